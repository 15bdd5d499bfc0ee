"""A journal in a SQLite file: one append is one durable transaction."""

from __future__ import annotations

import contextlib
import threading
import uuid
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from optwidgets.journal.changes import encode_change, from_stored
from optwidgets.journal.database import (
    BUSY_SECONDS,
    Database,
    entries_table,
    sessions_table,
)
from optwidgets.journal.entry import Entry, Step, Stored, genesis, new_group, now
from optwidgets.journal.lines import lines_of, read_stored, select_stored
from optwidgets.journal.listeners import Listeners
from optwidgets.journal.protocol import JournalError, conflict
from optwidgets.journal.snapshot_lines import load_snapshot, store_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optwidgets.journal.changes import Change
    from optwidgets.journal.protocol import Listener
    from optwidgets.journal.snapshot import Snapshot

POLL_SECONDS = 0.25


class SqlJournal:
    """Entries in a SQLite file, which many sessions and processes may share.

    Write-ahead log, ``synchronous=FULL``, one ``BEGIN IMMEDIATE`` transaction per
    append: what was acknowledged survives a kill of the process and a power cut.

    Parameters
    ----------
    path
        The file; made if it is missing.
    session_id
        Which session; None begins a new one.
    created_at
        Time of creation for a new session.
    busy_seconds
        How long an append waits for another process that writes.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from optwidgets.journal.changes import MetadataChanged
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "reactor.db"
    >>> journal = SqlJournal(path)
    >>> _ = journal.append([MetadataChanged({"name": "Reactor"})], actor="you")
    >>> journal.close()
    >>> again = SqlJournal(path, journal.session_id)
    >>> [entry.revision for entry in again.read()]
    [1]
    >>> again.close()
    """

    snapshot_at_close = True

    def __init__(
        self,
        path: str | Path,
        session_id: str | None = None,
        *,
        created_at: str | None = None,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self.path = Path(path).expanduser().absolute()
        self._database = Database(self.path, busy_seconds=busy_seconds)
        self.lock = self._database.lock
        self.location: str | None = self.path.name
        self.session_id = session_id or str(uuid.uuid4())
        try:
            self.created_at = self._sign_in(created_at or now())
            self._data_version = self._database.data_version()
        except BaseException:
            self._database.close()
            raise
        self._listeners = Listeners()
        self._watcher: _Watcher | None = None

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
        bodies = [encode_change(change) for change in changes]
        with self.lock:
            with self._database.writing() as connection:
                if key is not None:
                    known = self._select(connection, entries_table.c.key == key)
                    if known:
                        return _decode(known)
                revision, last_hash = self._last(connection)
                if expected_revision is not None and expected_revision != revision:
                    between = self._select(connection, entries_table.c.revision > expected_revision)
                    raise conflict(expected_revision, _decode(between))
                if not bodies:
                    return []
                group = new_group(
                    bodies,
                    last_revision=revision,
                    last_hash=last_hash,
                    actor=actor,
                    key=key,
                    step=step,
                    target=target,
                )
                connection.execute(sa.insert(entries_table), lines_of(self.session_id, group))
            entries = [
                Entry(s.revision, s.at, s.actor, s.key, step, s.group, s.target, change, s.hash)
                for s, change in zip(group, changes, strict=True)
            ]
            self._deliver(entries)
            return entries

    def read(self, after: int = 0) -> list[Entry]:
        """Return the entries with a revision above `after`, their chain checked."""
        with self._database.reading() as connection:
            return _decode(self._checked(connection, after))

    def with_key(self, key: str) -> list[Entry]:
        """Return the entries that were appended under an idempotency key."""
        with self._database.reading() as connection:
            return _decode(self._select(connection, entries_table.c.key == key))

    def snapshot(self) -> Snapshot | None:
        """Return the snapshot that is kept beside the entries, if it fits them."""
        # What is wrong with the file is said when its entries are read.
        with contextlib.suppress(JournalError), self._database.reading() as connection:
            return load_snapshot(connection, self.session_id)
        return None

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot beside the entries; a file that cannot be written does without."""
        with contextlib.suppress(JournalError), self._database.writing() as connection:
            store_snapshot(connection, self.session_id, snapshot)

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call back with new entries, also those of other processes."""
        with self.lock:
            if not len(self._listeners):
                with self._database.reading() as connection:
                    self._listeners.delivered, _ = self._last(connection)
            return self._listeners.add(callback)

    def watch(self) -> None:
        """Look for entries of other processes four times a second from now on."""
        with self.lock:
            if self._watcher is None:
                self._watcher = _Watcher(self)
                self._watcher.start()

    def poll(self) -> None:
        """Look for entries of other processes and hand them to the subscribers."""
        with self.lock:
            version = self._database.data_version()
            if version == self._data_version:
                return
            self._deliver(self.read(self._listeners.delivered))
            self._data_version = version

    def verify(self) -> None:
        """Check the hash chain of all entries."""
        with self._database.reading() as connection:
            self._checked(connection, 0)

    def close(self) -> None:
        """Sign off as a writer and close the file."""
        if self._watcher is not None:
            self._watcher.stop()
        self._database.close()

    # ------------------------------------------------------------ inside

    def _sign_in(self, created_at: str) -> str:
        wanted = sa.select(sessions_table.c.created_at).where(
            sessions_table.c.id == self.session_id
        )
        with self._database.reading() as connection:
            known = connection.execute(wanted).scalar()
        if known is not None:
            return str(known)
        with self._database.writing() as connection:
            connection.execute(
                sa.insert(sessions_table)
                .prefix_with("OR IGNORE", dialect="sqlite")
                .values(id=self.session_id, created_at=created_at)
            )
            return str(connection.execute(wanted).scalar())

    def _deliver(self, entries: list[Entry]) -> None:
        if not len(self._listeners):
            return
        if entries and entries[0].revision > self._listeners.delivered + 1:
            # Another process appended in between; everybody sees that first.
            entries = self.read(self._listeners.delivered)
        self._listeners.deliver(entries)

    def _checked(self, connection: sa.Connection, after: int) -> list[Stored]:
        where = f"The session in {self.path.name}"
        return read_stored(connection, self.session_id, after, where=where)

    def _select(self, connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[Stored]:
        return select_stored(connection, self.session_id, where)

    def _last(self, connection: sa.Connection) -> tuple[int, str]:
        """Return revision and hash of the newest entry, without its body."""
        query = (
            sa.select(entries_table.c.revision, entries_table.c.hash)
            .where(entries_table.c.session_id == self.session_id)
            .order_by(entries_table.c.revision.desc())
            .limit(1)
        )
        row = connection.execute(query).first()
        return (row.revision, row.hash) if row else (0, genesis(self.session_id))


def read_entries(
    connection: sa.Connection, session_id: str, name: str, after: int = 0
) -> list[Entry]:
    """Return the entries of a session after a revision; `name` is the file's."""
    return _decode(read_stored(connection, session_id, after, where=f"The session in {name}"))


def _decode(stored: Sequence[Stored]) -> list[Entry]:
    return [from_stored(line) for line in stored]


class _Watcher(threading.Thread):
    """Polls a journal while it lives; holds no reference that would keep it alive."""

    def __init__(self, journal: SqlJournal) -> None:
        super().__init__(name=f"optwidgets-watch-{journal.location}", daemon=True)
        self._journal = weakref.ref(journal)
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            journal = self._journal()
            if journal is None:
                return
            # A file that is out of reach for now (unplugged, locked): an append says so
            # to the user, and watching goes on.
            with contextlib.suppress(JournalError):
                journal.poll()
            del journal

    def stop(self) -> None:
        self._ended.set()
