"""The journal of a session that the server holds; it lives in the writer's transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from optwidgets.journal.changes import from_stored
from optwidgets.journal.database import entries_table
from optwidgets.journal.entry import Entry, Step, Stored, check_chain, genesis, new_group
from optwidgets.journal.foreseeing import text_of
from optwidgets.journal.lines import lines_of, read_stored, select_stored
from optwidgets.journal.listeners import Listeners
from optwidgets.journal.protocol import conflict
from optwidgets.journal.snapshot_lines import load_snapshot, store_snapshot

if TYPE_CHECKING:
    from optwidgets.journal.changes import Change
    from optwidgets.journal.protocol import Listener
    from optwidgets.journal.snapshot import Snapshot


class HostedJournal:
    """Entries of one session in the database of a server; see `optwidgets.journal.protocol`.

    Used in the writer's thread only. An append is final when the writer has committed its group;
    if that fails, the session that folded it is dropped and read again.

    Parameters
    ----------
    session_id, created_at
        Identity of the session, which is in the database already.
    reading
        Returns the connection of the group that is being written.
    insert
        Puts lines into a table.
    allowed
        Raises while somebody else has locked the session.
    """

    location: str | None = None
    # Its session is closed when it was forgotten, or spoiled by what was not committed.
    snapshot_at_close = False

    def __init__(
        self,
        session_id: str,
        created_at: str,
        reading: Callable[[], sa.Connection],
        insert: Callable[[sa.Table, list[dict[str, Any]]], None],
        allowed: Callable[[], None],
    ) -> None:
        self.session_id = session_id
        self.created_at = created_at
        self.lock = threading.RLock()
        self.fresh: list[Entry] = []
        """Entries of the group that nobody outside was told of yet."""
        self._reading = reading
        self._put = insert
        self._allowed = allowed
        self._listeners = Listeners()
        self._revision = 0
        self._hash = genesis(session_id)
        self._keys: set[str] = set()

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
        """Record changes as one step; see `Journal.append`."""
        if key is not None and (known := self.with_key(key)):
            return known
        if expected_revision is not None and expected_revision != self._revision:
            raise conflict(expected_revision, self.read(expected_revision))
        if not changes:
            return []
        self._allowed()
        group = new_group(
            [text_of(change) for change in changes],
            last_revision=self._revision,
            last_hash=self._hash,
            actor=actor,
            key=key,
            step=step,
            target=target,
        )
        self._insert(group)
        entries = [
            Entry(s.revision, s.at, s.actor, s.key, step, s.group, s.target, change, s.hash)
            for s, change in zip(group, changes, strict=True)
        ]
        self._take(group, entries)
        return entries

    def take_over(self, stored: Sequence[Stored], entries: Sequence[Entry] | None = None) -> None:
        """Take in a whole journal from elsewhere, with its hashes.

        Parameters
        ----------
        stored, entries
            The journal as it is stored, and as it is read; read here if not given.

        Raises
        ------
        OptwidgetsError
            When its chain does not fit, or an entry is none that this version knows.
        """
        check_chain(self.session_id, stored, where="The journal that was sent")
        self._allowed()
        self._insert(stored)
        read = [from_stored(entry) for entry in stored] if entries is None else list(entries)
        self._take(stored, read)

    def read(self, after: int = 0) -> list[Entry]:
        """Return the entries with a revision above `after`, their chain checked."""
        stored = read_stored(self._reading(), self.session_id, after)
        if stored and stored[-1].revision > self._revision:
            self._note(stored)
        return [from_stored(entry) for entry in stored]

    def with_key(self, key: str) -> list[Entry]:
        """Return the entries that were appended under an idempotency key."""
        if key not in self._keys:
            return []
        where = entries_table.c.key == key
        return [
            from_stored(entry) for entry in select_stored(self._reading(), self.session_id, where)
        ]

    def snapshot(self) -> Snapshot | None:
        """Return the snapshot that is kept beside the entries, if it fits them."""
        found = load_snapshot(self._reading(), self.session_id)
        if found is not None:
            self._revision, self._hash = found.revision, found.hash
            keys = sa.select(entries_table.c.key).where(
                entries_table.c.session_id == self.session_id, entries_table.c.key.is_not(None)
            )
            self._keys.update(self._reading().execute(keys).scalars())
        return found

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot beside the entries, in the group of the operation at hand."""
        store_snapshot(self._reading(), self.session_id, snapshot)

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call back with new entries; return how to stop it."""
        return self._listeners.add(callback)

    def poll(self) -> None:
        """Do nothing: the writer looks for entries of other processes before each group."""

    def look_outside(self) -> None:
        """Take in what another process, such as a kernel with the same file, has appended."""
        entries = self.read(self._revision)
        if entries:
            self.fresh.extend(entries)
            self._listeners.deliver(entries)

    def watch(self) -> None:
        """Do nothing; see `poll`."""

    def verify(self) -> None:
        """Check the hash chain of all entries."""
        read_stored(self._reading(), self.session_id)

    def close(self) -> None:
        """Do nothing: the connection is the writer's."""

    # ------------------------------------------------------------ inside

    def _insert(self, group: Sequence[Stored]) -> None:
        rows = lines_of(self.session_id, group)
        if rows:
            self._put(entries_table, rows)

    def _take(self, group: Sequence[Stored], entries: list[Entry]) -> None:
        self._note(group)
        self.fresh.extend(entries)
        self._listeners.deliver(entries)

    def _note(self, stored: Sequence[Stored]) -> None:
        if stored:
            self._revision, self._hash = stored[-1].revision, stored[-1].hash
            self._keys.update(s.key for s in stored if s.key is not None)
