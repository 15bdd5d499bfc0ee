"""The journal of a session on a server of ALchemist: entries here, what they mean over there."""

from __future__ import annotations

import contextlib
import re
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from optwidgets.client.alchemist.calls import calls_of
from optwidgets.client.alchemist.news import Known, differences
from optwidgets.client.http import Http, Refused, Unreachable
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import canonical_json
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.protocol import JournalError, conflict
from optwidgets.journal.state import apply_all, initial_state, reduce

if TYPE_CHECKING:
    from optwidgets.client.alchemist.saying import Call
    from optwidgets.journal.changes import Change
    from optwidgets.journal.entry import Entry, Step
    from optwidgets.journal.protocol import Listener

THERE = "ALchemist server"
"""In whose name changes are recorded that were made over there."""
FRESH_SECONDS = 0.5
FOLLOW_SECONDS = 1.0
NOT_FOUND = 404
_NUMBER = re.compile(r"\{(\d+)\}")
#: What a session file says anew each time, and what is only for the server itself.
_VOLATILE = ("_session_store_metadata", "control", "model_config", "last_suggestions")


class AlchemistJournal:
    """Entries of a session on a server of ALchemist 0.4.0, which has no journal itself.

    The session there is read as a file and followed; its differences become entries here. What
    is changed here is said there with the calls that ALchemist has, and refused with a sentence
    where it has none: edits, exclusions and deletions of results, notes, conditions, constraints
    that are not linear, results for several objectives. Goals, limits, settings and models stay
    in this process, as each client over there has its own.

    Parameters
    ----------
    http
        The server.
    session_id
        The session over there.

    Raises
    ------
    OptwidgetsError
        When there is no such session.
    """

    def __init__(self, http: Http, session_id: str) -> None:
        self.http = http
        self.session_id = session_id
        self.location: str | None = f"ALchemist at {http.address.host}"
        self.lock = threading.RLock()
        self.path = None
        self._route = f"/api/v1/sessions/{quote(session_id, safe='')}"
        self._known = Known()
        self._seen = ""
        self._asked = 0.0
        self._follower: _Follower | None = None
        document = self._fetch()
        self.created_at = str((document.get("metadata") or {}).get("created_at") or "")
        self._copy = MemoryJournal(session_id, self.created_at or None, lock=self.lock)
        self.created_at = self._copy.created_at
        self._state = initial_state(session_id, self.created_at)
        self._copy.subscribe(self._fold)
        self._take(document)

    # ------------------------------------------------------------ the protocol

    def append(
        self,
        changes: Sequence[Change],
        *,
        actor: str,
        expected_revision: int | None = None,
        key: str | None = None,
        step: Step = "do",
        target: int | None = None,
    ) -> list[Entry]:
        """Record changes as one step, over there first; see `Journal.append`.

        Raises
        ------
        OptwidgetsError
            When ALchemist's API cannot say a change, or its server refuses one. Of several
            changes the first ones may then stand over there; they are entries here, too.
        """
        with self.lock:
            if key is not None and (known := self._copy.with_key(key)):
                return known
            revision = len(self._copy)
            if expected_revision is not None and expected_revision != revision:
                raise conflict(expected_revision, self._copy.read(expected_revision))
            calls = calls_of(changes, self._state, self._known.items)
            staged: dict[int, str] = {}
            try:
                for call in calls:
                    self._send(call, staged)
            except OptwidgetsError:
                # What was said before the fault holds over there, and is to be seen here.
                with contextlib.suppress(OptwidgetsError):
                    self.refresh()
                raise
            entries = self._copy.append(changes, actor=actor, key=key, step=step, target=target)
            if calls:
                # The change is made; what else is new over there can wait.
                with contextlib.suppress(JournalError):
                    self.refresh()
            return entries

    def read(self, after: int = 0) -> list[Entry]:
        """Return the entries with a revision above `after`."""
        return self._copy.read(after)

    def with_key(self, key: str) -> list[Entry]:
        """Return the entries that were appended under a key; it is known in this process only."""
        return self._copy.with_key(key)

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call back with new entries, also those of others; return how to stop it."""
        return self._copy.subscribe(callback)

    def poll(self) -> None:
        """Look for changes over there, not more often than every half a second."""
        if time.monotonic() - self._asked >= FRESH_SECONDS:
            self.refresh()

    def watch(self) -> None:
        """Look for changes over there each second from now on, until the journal is closed."""
        if self._follower is None:
            self._follower = _Follower(self)
            self._follower.start()

    def verify(self) -> None:
        """Check the hash chain of the entries here; over there is none."""
        self._copy.verify()

    def close(self) -> None:
        """Follow no more."""
        if self._follower is not None:
            self._follower.stop()

    # ------------------------------------------------------------ the other side

    def refresh(self) -> None:
        """Read the session over there, and take what is different as entries.

        Raises
        ------
        JournalError
            When the server is away, or the session there is gone.
        """
        with self.lock:
            self._take(self._fetch())

    def _take(self, document: dict[str, Any]) -> None:
        self._asked = time.monotonic()
        seen = canonical_json(_lasting(document))
        if seen == self._seen:
            return
        known = Known(dict(self._known.rows), dict(self._known.items))
        try:
            changes = differences(self._state, document, known)
            apply_all(self._state, changes)
        except OptwidgetsError as error:
            raise JournalError(
                f"What changed at {self.http.address.host} cannot be shown here: {error}"
            ) from error
        self._known = known
        if changes:
            # No step of ours: it cannot be undone from here.
            self._copy.append(changes, actor=THERE, step="start")
        self._seen = seen

    def _fetch(self) -> dict[str, Any]:
        try:
            document = self.http.request("GET", f"{self._route}/export")
        except Refused as error:
            if error.status == NOT_FOUND:
                raise JournalError(
                    f"ALchemist's server at {self.http.address.host} has no session "
                    f"{self.session_id[:80]}. Its page shows the id of a session."
                ) from error
            raise
        if not isinstance(document, dict):
            raise JournalError(f"What answers at {self.http.address.base} is no ALchemist server.")
        return document

    def _send(self, call: Call, staged: dict[int, str]) -> None:
        items = {**self._known.items, **staged}
        path = _NUMBER.sub(lambda found: quote(items[int(found[1])], safe=""), call.path)
        try:
            answer = self.http.request(call.method, self._route + path, body=call.body)
        except Unreachable as error:
            raise Unreachable(f"{error} Nothing was recorded here.") from error
        if call.stages:
            fresh = answer["items"][-len(call.stages) :]
            staged |= {n: str(i["id"]) for n, i in zip(call.stages, fresh, strict=True)}
            self._known.items |= staged

    def _fold(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._state = reduce(self._state, entry)


class _Follower(threading.Thread):
    """Refreshes a journal each second, as long as somebody holds it."""

    def __init__(self, journal: AlchemistJournal) -> None:
        super().__init__(name="optwidgets-alchemist", daemon=True)
        self._journal = weakref.ref(journal)
        self._ended = threading.Event()

    def run(self) -> None:
        """Refresh until the end; a server that is away is asked again."""
        pause = FOLLOW_SECONDS
        while not self._ended.wait(pause):
            journal = self._journal()
            if journal is None:
                return
            began = time.monotonic()
            with contextlib.suppress(OptwidgetsError):
                journal.refresh()
            del journal
            # A large session takes its server a while: it is not kept busy by looking.
            pause = max(FOLLOW_SECONDS, 5 * (time.monotonic() - began))

    def stop(self) -> None:
        """End it."""
        self._ended.set()


def _lasting(document: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in document.items() if name not in _VOLATILE}
    details = dict(kept.get("metadata") or {})
    details.pop("last_modified", None)
    return {**kept, "metadata": details}
