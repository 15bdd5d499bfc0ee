"""Bringing a session to a server: in one request, or a long journal in parts."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from optwidgets.client.http import Refused
from optwidgets.client.wire import entry_to_json
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import canonical_json
from optwidgets.tasks import no_progress

if TYPE_CHECKING:
    from optwidgets.client.http import Http
    from optwidgets.journal.entry import Entry
    from optwidgets.tasks import Progress

PATIENCE_SECONDS = 45.0
WHOLE_SECONDS = 60.0
"""For so long a whole journal may take; ten thousand entries are some megabytes."""
COMPLETING_SECONDS = 600.0
"""For so long the server may read a journal of a hundred megabytes."""
WHOLE_BYTES = 8 << 20
"""Up to this length a journal goes in one request."""
PART_BYTES = 4 << 20
_SMALLEST_PART = 64 << 10
_NO_SUCH, _TOO_LARGE = 404, 413


def push_journal(http: Http, session_id: str, created_at: str, entries: Sequence[Entry]) -> None:
    """Bring a whole journal to a server, with its id and hashes; see `Parcel`."""
    parcel = Parcel(http, session_id, created_at)
    parcel.pack(entries)
    parcel.deliver()


class Parcel:
    """A journal on its way to a server.

    Parameters
    ----------
    http
        The server.
    session_id, created_at
        The session.
    """

    def __init__(self, http: Http, session_id: str, created_at: str) -> None:
        self._http = http
        self._session_id = session_id
        self._created_at = created_at
        self._lines: list[bytes] = []
        self._route = f"/api/v1/sessions/{quote(session_id, safe='')}/journal"

    @property
    def is_long(self) -> bool:
        """Whether it has to go in parts."""
        return sum(map(len, self._lines)) > WHOLE_BYTES

    def pack(self, entries: Sequence[Entry]) -> None:
        """Put in the entries, or those that came after the ones that are in it."""
        for entry in entries[len(self._lines) :]:
            self._lines.append(canonical_json(entry_to_json(entry)).encode())

    def send_ahead(self, progress: Progress = no_progress) -> None:
        """Send what is in it, which nobody sees before `deliver`; goes on where it stopped.

        Raises
        ------
        Unreachable
            When the server stays away; what has arrived need not be sent again.
        OptwidgetsError
            When the server has a session of this id.
        """
        if not self.is_long:
            return
        content = self._content()
        start = self._arrived(content)
        size = PART_BYTES
        while start < len(content):
            progress(start / len(content), f"{start >> 20} of {len(content) >> 20} MB")
            try:
                told = self._http.request(
                    "PUT",
                    f"{self._route}/parts/{start}",
                    raw=content[start : start + size],
                    patience=PATIENCE_SECONDS,
                    limit=WHOLE_SECONDS,
                )
            except Refused as error:
                # The server, or a proxy before it, takes less at a time.
                if error.status != _TOO_LARGE or size <= _SMALLEST_PART:
                    raise
                size //= 4
                continue
            start = int(told["bytes"])

    def deliver(self, progress: Progress = no_progress) -> None:
        """Have the server make a session of it, all or nothing.

        Raises
        ------
        Refused
            When the server has a session of this id with other entries.
        """
        if not self.is_long:
            entries = [json.loads(line) for line in self._lines]
            self._http.request(
                "PUT",
                self._route,
                body={"created_at": self._created_at, "entries": entries},
                patience=PATIENCE_SECONDS,
                if_away=False,
                limit=WHOLE_SECONDS,
            )
            return
        if self._is_there():
            return
        self.send_ahead(progress)
        progress(None, "The server reads it")
        content = self._content()
        self._http.request(
            "POST",
            f"{self._route}/parts/complete",
            body={"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()},
            key=str(uuid.uuid4()),
            patience=PATIENCE_SECONDS,
            limit=COMPLETING_SECONDS,
        )

    # ------------------------------------------------------------ inside

    def _content(self) -> bytes:
        head = canonical_json({"created_at": self._created_at}).encode()
        return b"\n".join([head, *self._lines, b""])

    def _arrived(self, content: bytes) -> int:
        """Count the bytes that are there already, of this very journal."""
        told = self._http.request(
            "GET", f"{self._route}/parts", patience=PATIENCE_SECONDS, if_away=False
        )
        if told["exists"]:
            if self._is_there():
                return len(content)
            raise OptwidgetsError(
                f"There is a session {self._session_id} on the server already, with other entries. "
                "Attach to that one, or save yours under a new id."
            )
        size = int(told["bytes"])
        same = hashlib.sha256(content[:size]).hexdigest() == told["sha256"]
        return size if size <= len(content) and same else 0

    def _is_there(self) -> bool:
        """Return whether the server has a session that begins with these entries."""
        query = {"after": len(self._lines) - 1, "limit": 1}
        try:
            found = self._http.request(
                "GET", self._route, query=query, patience=PATIENCE_SECONDS, limit=WHOLE_SECONDS
            )
        except Refused as error:
            if error.status == _NO_SUCH:
                return False
            raise
        # A hash vouches for all entries before it, too.
        mine = json.loads(self._lines[-1])["hash"]
        return [entry["hash"] for entry in found["entries"]] == [mine]
