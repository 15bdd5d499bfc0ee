"""A journal on a server: the same promises, over a line that may be cut."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from optwidgets.client.appending import Append
from optwidgets.client.beginning import earlier_than, snapshot_in
from optwidgets.client.delivery import Delivery
from optwidgets.client.http import Http, LockedOut, Refused, Unreachable
from optwidgets.client.keeping import Keeping
from optwidgets.client.line import Line
from optwidgets.client.outbox import Outbox
from optwidgets.client.session_lock import SessionLock
from optwidgets.client.wire import (
    change_to_json,
    check_entries,
    entries_from_json,
)
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import encode_change
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.protocol import ConflictError, JournalError, conflict
from optwidgets.journal.touching import guarded

if TYPE_CHECKING:
    from optwidgets.client.events import ServerEvent
    from optwidgets.journal.changes import Change
    from optwidgets.journal.entry import Entry, Step
    from optwidgets.journal.protocol import Listener
    from optwidgets.journal.snapshot import Snapshot

NOT_FOUND, PRECONDITION_FAILED = 404, 412
FIRST_SECONDS = 45.0
"""For so long a server that is there, but busy or just starting, is given a chance."""
WHOLE_SECONDS = 60.0
"""For so long a whole journal may take to come or go; ten thousand entries are some megabytes."""
APPEND_SECONDS = 5.0
"""For so long somebody waits for an answer; after it the change is kept here, and sent again."""
FRESH_SECONDS = 0.1
"""For so long what was fetched is new enough; a loop that records results asks less."""


class RemoteJournal(Keeping):
    """Entries of a session on a server, with a copy here.

    An append is sent at once and is on the server's disk when it returns. While the line is
    cut it is kept in this user's outbox, on this disk, and is an entry for the time being:
    it is sent when the line is back, in order and counted once, and may then land at another
    revision, which subscribers are told as `Rewritten`. What the server cannot take then is
    set aside and not lost.

    Parameters
    ----------
    http
        The server.
    session_id
        The session.
    known
        The journal so far, if it is known here, as after `push_journal`.
    lock
        The lock to use; that of a session which changes its journal.
    outbox
        Where changes wait.
    """

    def __init__(
        self,
        http: Http,
        session_id: str,
        *,
        known: Sequence[Entry] = (),
        lock: threading.RLock | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        self.http = http
        self.session_id = session_id
        self.location: str | None = http.address.host
        self.path = None
        self.route = f"/api/v1/sessions/{quote(session_id, safe='')}"
        self.lock = lock or threading.RLock()
        head = http.request(
            "GET",
            f"{self.route}/journal",
            query={"after": len(known)} if known else {"snapshot": "true"},
            patience=FIRST_SECONDS,
            if_away=False,
            limit=WHOLE_SECONDS,
        )
        self.created_at = str(head["created_at"])
        self._snapshot = snapshot_in(head, session_id)
        if head.get("snapshot") and self._snapshot is None:
            # Of another version: the entries that it stands for are needed after all.
            head = {**head, "entries": []}
        earlier = None
        if self._snapshot is not None:
            earlier = earlier_than(self._snapshot, session_id, self._fetch, self._where)
        self._copy = MemoryJournal(session_id, self.created_at, lock=self.lock, earlier=earlier)
        self._copy.rewrite(len(self._copy), known)
        # What the server has confirmed: the first entries of the copy, and while changes of
        # ours wait for their place, those that came after.
        self._confirmed = len(self._copy)
        self._ahead: list[Entry] = []
        self._take(entries_from_json(head["entries"]))
        self._complete(head)
        self.outbox = outbox or Outbox(http.address.base, session_id)
        self._asked = 0.0
        self._delivery = Delivery(self, self.outbox)
        self.line = Line(
            self,
            http,
            f"{self.route}/events",
            self.lock,
            lambda: (self.outbox.count(), len(self.outbox.aside())),
            lambda: self.session_lock.words,
        )
        self.session_lock = SessionLock(http, self.route, self.line.tell)
        if self.outbox.count():
            # Left behind by a process that ended while the server was away.
            try:
                self._deliver()
            except Unreachable as error:
                self.line.down(str(error))

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
        """Record changes as one step; see `Journal.append`.

        Results are added whatever others did meanwhile. What sets something that others may
        set, too, is refused when more is known here than `expected_revision`; of what is not
        known here yet, only that is in the way which sets the same.
        """
        with self.lock:
            if key is not None and (known := self._copy.with_key(key)):
                return known
            for change in changes:
                encode_change(change)
            if not changes:
                self._expect(expected_revision)
                return []
            if guarded(changes):
                self._expect(expected_revision)
            sent = Append(tuple(changes), actor, key or str(uuid.uuid4()), step, target)
            if self.line.is_up and not self.outbox.count():
                try:
                    entries = self.post(sent, seen=expected_revision)
                    self.arrived(entries)
                except Unreachable as error:
                    # Also when it was recorded, but what others recorded before it could not be
                    # fetched: it waits, is sent again, and the server knows it by its key.
                    self.line.down(str(error))
                else:
                    return entries
            self._expect(expected_revision)
            return self._keep(sent, self._confirmed)

    def read(self, after: int = 0) -> list[Entry]:
        """Return the entries with a revision above `after`, those that still wait included."""
        return self._copy.read(after)

    def snapshot(self) -> Snapshot | None:
        """Return what the server gave in place of the first entries, if it did."""
        return self._snapshot

    def with_key(self, key: str) -> list[Entry]:
        """Return the entries that were appended under an idempotency key."""
        return self._copy.with_key(key)

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call back with new entries, also those of others; return how to stop it."""
        return self._copy.subscribe(callback)

    def poll(self) -> None:
        """Ask for entries of others, unless they come by themselves."""
        if self.line.hears or time.monotonic() - self._asked < FRESH_SECONDS:
            return
        try:
            self.catch_up()
            self._asked = time.monotonic()
        except Unreachable as error:
            self.line.down(str(error))
        except OptwidgetsError as error:
            # Deleted over there, or the token was revoked: what is here can still be read and saved.
            self.line.refused(str(error))

    def is_gone(self) -> bool:
        """Return whether the server says that it has no such session any more."""
        try:
            self.catch_up()
        except Refused as error:
            return error.status == NOT_FOUND
        except OptwidgetsError:
            return False
        return False

    def watch(self) -> None:
        """Have entries of others sent as they are made, from now on."""
        self.line.follow()

    def verify(self) -> None:
        """Check the hash chain of all entries, as the server holds them now."""
        try:
            everything = self._fetch(0)
        except Unreachable:
            self._copy.verify()
            return
        check_entries(self.session_id, everything, where=self._where)

    def close(self) -> None:
        """End the line; what the server does not have yet stays in the outbox."""
        self.line.close()

    # ------------------------------------------------------------ the line

    @property
    def url(self) -> str:
        """Address of the session, which `OptimizationSession.attach` takes."""
        return f"{self.http.address.base}/s/{self.session_id}"

    @property
    def known_revision(self) -> int:
        """Newest revision of the server that is known here."""
        return self._confirmed + len(self._ahead)

    def line_up(self) -> None:
        """Send what waits: the line is there."""
        self.session_lock.again()
        self._deliver()
        self.line.up()

    def line_down(self, why: str, *, for_good: bool) -> None:
        """Know that the line is cut."""
        self.line.down(why, for_good=for_good)

    def heard(self, event: ServerEvent) -> None:
        """Take the entries that the server sends."""
        if event.kind == "entries":
            self.arrived(entries_from_json(json.loads(event.data)["entries"]))
        elif event.kind == "lock":
            self.session_lock.heard(event.data)
            self._deliver()

    # ------------------------------------------------------------ for the delivery

    def catch_up(self) -> None:
        """Fetch what the server has and is not known here."""
        self.arrived(self._fetch(self.known_revision))

    def arrived(self, entries: Sequence[Entry]) -> None:
        """Take entries of the server, in whatever order they come in twice."""
        with self.lock:
            fresh = [entry for entry in entries if entry.revision > self.known_revision]
            if fresh and fresh[0].revision > self.known_revision + 1:
                fresh = self._fetch(self.known_revision)
            self._take(fresh)

    def post(self, append: Append, *, seen: int | None) -> list[Entry]:
        """Send an append and return its entries, which are not taken into the copy yet.

        Raises
        ------
        ConflictError
            When others have set the same after the revision `seen`; what came in between is
            known here then.
        """
        body = {
            "changes": [change_to_json(change) for change in append.changes],
            "step": append.step,
            "target": append.target,
            "actor": append.actor,
        }
        if seen is not None and guarded(append.changes):
            body["seen"] = seen
        try:
            answer = self.http.request(
                "POST",
                f"{self.route}/journal",
                body=body,
                key=append.key,
                limit=APPEND_SECONDS,
                lock=self.session_lock.token,
            )
        except LockedOut:
            # Ours may have ended unheard: its token opens nothing any more.
            self.session_lock.look()
            raise
        except Refused as error:
            if error.status != PRECONDITION_FAILED:
                raise
            between = entries_from_json(error.body.get("entries", ()))
            self.arrived(between)
            raise ConflictError(str(error), between) from error
        return entries_from_json(answer["entries"])

    def settle(self) -> None:
        """Show the journal as the server has it: nothing of ours waits any more."""
        with self.lock:
            ahead, self._ahead = self._ahead, []
            before = self._confirmed
            self._confirmed += len(ahead)
            self._copy.rewrite(before, ahead)
        self.line.tell()

    def entries_after(self, revision: int) -> list[Entry]:
        """Return the server's entries after a revision, as far as they are known."""
        with self.lock:
            known = self._copy.read(revision)[: max(self._confirmed - revision, 0)]
            return [*known, *(entry for entry in self._ahead if entry.revision > revision)]

    # ------------------------------------------------------------ inside

    @property
    def _where(self) -> str:
        return f"The session at {self.http.address.host}"

    def _expect(self, expected: int | None) -> None:
        newest = len(self._copy)
        if expected is not None and expected != newest:
            raise conflict(expected, self._copy.read(expected))

    def _take(self, fresh: Sequence[Entry]) -> None:
        if not fresh:
            return
        before = self._ahead[-1] if self._ahead else self._copy.link(self._confirmed)
        check_entries(before, fresh, where=self._where)
        if len(self._copy) > self._confirmed or self._ahead:
            self._ahead += fresh
            return
        self._confirmed += len(fresh)
        self._copy.rewrite(self._confirmed - len(fresh), fresh)

    def _fetch(self, after: int) -> list[Entry]:
        found: list[Entry] = []
        while True:
            page = self.http.request(
                "GET",
                f"{self.route}/journal",
                query={"after": after + len(found)},
                limit=WHOLE_SECONDS,
            )
            fresh = entries_from_json(page["entries"])
            found += fresh
            revision = int(page["revision"])
            if revision < after:
                raise JournalError(
                    f"{self._where} has fewer entries than it had: a backup was restored there. "
                    "Save this session to a file with save_session(), and look what is missing."
                )
            if not fresh or after + len(found) >= revision:
                return found

    def _complete(self, head: Any) -> None:
        while self.known_revision < int(head["revision"]):
            fresh = self._fetch(self.known_revision)
            if not fresh:
                return
            self._take(fresh)

    def _deliver(self) -> None:
        """Send what waits, unless somebody else has locked the session: it then waits on."""
        try:
            self._delivery.run()
        except LockedOut:
            self.line.follow()
