"""The journal of a session on a server of ALchemist: entries here, what they mean over there."""

from __future__ import annotations

import contextlib
import re
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from optwidgets.client.alchemist.calls import calls_of
from optwidgets.client.alchemist.news import Known, differences
from optwidgets.client.alchemist.poll import Poll
from optwidgets.client.alchemist.twice import not_there_yet, under_their_names
from optwidgets.client.appending import Append
from optwidgets.client.delivery import Delivery
from optwidgets.client.http import Http, Refused, Unreachable
from optwidgets.client.keeping import Keeping
from optwidgets.client.line import Line
from optwidgets.client.outbox import Outbox
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import canonical_json
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.numbering import renumbered
from optwidgets.journal.protocol import JournalError, conflict
from optwidgets.journal.state import apply_all, initial_state, reduce

if TYPE_CHECKING:
    from optwidgets.client.alchemist.saying import Call
    from optwidgets.client.events import ServerEvent
    from optwidgets.client.outbox import Waiting
    from optwidgets.journal.changes import Change
    from optwidgets.journal.entry import Entry, Step
    from optwidgets.journal.protocol import Listener

THERE = "ALchemist server"
"""In whose name changes are recorded that were made over there."""
FRESH_SECONDS = 0.5
NOT_FOUND = 404
_NUMBER = re.compile(r"\{(\d+)\}")
#: What a session file says anew each time, and what is only for the server itself.
_VOLATILE = ("_session_store_metadata", "control", "model_config", "last_suggestions")


class AlchemistJournal(Keeping):
    """Entries of a session on a server of ALchemist 0.4.0, which has no journal itself.

    The session there is read as a file and followed; its differences become entries here. What
    is changed here is said there with the calls that ALchemist has, and refused with a sentence
    where it has none: edits, exclusions and deletions of results, notes, conditions, constraints
    that are not linear, results for several objectives. Goals, limits, settings and models stay
    in this process, as each client over there has its own.

    While the server is away, changes wait in this user's outbox and are entries for the time
    being, as with a `RemoteJournal`. ALchemist knows no keys: what may have arrived although
    its answer was lost is looked for over there before it is said again.

    Parameters
    ----------
    http
        The server.
    session_id
        The session over there.
    outbox
        Where changes wait.

    Raises
    ------
    OptwidgetsError
        When there is no such session.
    """

    def __init__(self, http: Http, session_id: str, *, outbox: Outbox | None = None) -> None:
        self.http = http
        self.session_id = session_id
        self.location: str | None = f"ALchemist at {http.address.host}"
        self.lock = threading.RLock()
        self.path = None
        self._route = f"/api/v1/sessions/{quote(session_id, safe='')}"
        self._known = Known()
        self._seen = ""
        self._asked = 0.0
        document = self._fetch()
        created_at = str((document.get("metadata") or {}).get("created_at") or "")
        # What holds over there, and what is shown: the same, and what waits behind it.
        self._there = MemoryJournal(session_id, created_at or None, lock=self.lock)
        self.created_at = self._there.created_at
        self._copy = MemoryJournal(session_id, self.created_at, lock=self.lock)
        self._shown = 0
        self._state = initial_state(session_id, self.created_at)
        self._state_shown = self._state
        self._there.subscribe(self._fold)
        self.outbox = outbox or Outbox(f"{http.address.base}#alchemist", session_id)
        #: Keys of what may have arrived without an answer, and the revision that it came after.
        self._tried = _heads(self.outbox.waiting())
        self._delivery = Delivery(self, self.outbox)
        self.line = Line(
            self,
            http,
            self._route,
            self.lock,
            lambda: (self.outbox.count(), len(self.outbox.aside())),
            link=Poll,
        )
        self._take(document)
        self._show()
        if self.outbox.count():
            # Left behind by a process that ended while the server was away.
            try:
                self._delivery.run()
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
            # Before anything is said: what arrives without an answer came after it.
            base = len(self._there)
            sent = Append(tuple(changes), actor, key or str(uuid.uuid4()), step, target)
            if self.line.is_up and not self.outbox.count():
                try:
                    return self._say(sent)
                except Unreachable as error:
                    self._tried[sent.key] = base
                    self.line.down(str(error))
            waiting = [entry.change for entry in self._copy.read(self._shown)]
            # What cannot be said is refused now.
            calls_of(sent.changes, apply_all(self._state_shown, waiting), self._known.items)
            return self._keep(sent, base)

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
        if self.line.hears or time.monotonic() - self._asked < FRESH_SECONDS:
            return
        try:
            self.refresh()
        except Unreachable as error:
            self.line.down(str(error))
        except OptwidgetsError as error:
            # What is here can still be read and saved; see `RemoteJournal.poll`.
            self.line.refused(str(error))

    def watch(self) -> None:
        """Look for changes over there each second from now on, until the journal is closed."""
        self.line.follow()

    def verify(self) -> None:
        """Check the hash chain of the entries here; over there is none."""
        self._copy.verify()

    def close(self) -> None:
        """Follow no more. What was not said over there yet stays in the outbox."""
        self.line.close()

    # ------------------------------------------------------------ the line

    @property
    def known_revision(self) -> int:
        """Newest revision of what holds over there."""
        return len(self._there)

    def line_up(self) -> None:
        """Look, and say what waits: the server answers."""
        if self.outbox.count():
            self._delivery.run()
        else:
            self.refresh()
        self.line.up()

    def line_down(self, why: str, *, for_good: bool) -> None:
        """Know that the server is away."""
        self.line.down(why, for_good=for_good)

    def heard(self, event: ServerEvent) -> None:
        """Take no news: ALchemist sends none."""

    # ------------------------------------------------------------ for the delivery

    def catch_up(self) -> None:
        """Read the session over there."""
        self.refresh()

    def arrived(self, entries: Sequence[Entry]) -> None:
        """Know already what was said."""

    def entries_after(self, revision: int) -> list[Entry]:
        """Return the entries of what holds over there."""
        return self._there.read(revision)

    def settle(self) -> None:
        """Show what holds over there: nothing of ours waits any more."""
        with self.lock:
            self._show()
        self.line.tell()

    def post(self, append: Append, *, seen: int | None) -> list[Entry]:  # noqa: ARG002 - all was seen
        """Say over there what waited, unless it is there already."""
        with self.lock:
            # If its answer was lost, it is among what came since it was said first.
            since = self._there.read(self._tried.setdefault(append.key, len(self._there)))
            left, arrived = not_there_yet(append.changes, self._state, since)
            changes = renumbered(left, self._state) if append.step == "do" else tuple(left)
            said = self._record(append, changes) if changes else []
            del self._tried[append.key]
            return under_their_names(append.changes, said, arrived, self._there.read())

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

    def _say(self, append: Append) -> list[Entry]:
        """Say a change over there, and show it."""
        entries = self._record(append, append.changes)
        self._show()
        # The change is made; what else is new over there can wait.
        with contextlib.suppress(JournalError):
            self.refresh()
        return entries

    def _record(self, append: Append, changes: Sequence[Change]) -> list[Entry]:
        calls = calls_of(changes, self._state, self._known.items)
        staged: dict[int, str] = {}
        try:
            for call in calls:
                self._send(call, staged)
        except Unreachable:
            # What arrived all the same is looked for when it is said again.
            raise
        except OptwidgetsError:
            # What was said before the fault holds over there, and is to be seen here.
            with contextlib.suppress(OptwidgetsError):
                self.refresh()
            raise
        return self._there.append(
            changes, actor=append.actor, key=append.key, step=append.step, target=append.target
        )

    def _show(self) -> None:
        before, self._shown = self._shown, len(self._there)
        self._state_shown = self._state
        self._copy.rewrite(before, self._there.read(before))

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
            self._there.append(changes, actor=THERE, step="start")
        self._seen = seen
        if not self.outbox.count():
            self._show()

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
        answer = self.http.request(call.method, self._route + path, body=call.body)
        if call.stages:
            fresh = answer["items"][-len(call.stages) :]
            staged |= {n: str(i["id"]) for n, i in zip(call.stages, fresh, strict=True)}
            self._known.items |= staged

    def _fold(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._state = reduce(self._state, entry)


def _heads(waiting: Sequence[Waiting]) -> dict[str, int]:
    """Return what other processes may have said: of each the oldest, as they go in order.

    What had come before is not known, so all that is over there is looked through.
    """
    oldest = {item.episode: item.key for item in reversed(waiting)}
    return dict.fromkeys(oldest.values(), 0)


def _lasting(document: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in document.items() if name not in _VOLATILE}
    details = dict(kept.get("metadata") or {})
    details.pop("last_modified", None)
    return {**kept, "metadata": details}
