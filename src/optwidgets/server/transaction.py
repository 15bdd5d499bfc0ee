"""What operations work on: the hosted sessions, inside the writer's transaction."""

from __future__ import annotations

import logging
import re
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.acting import storable
from optwidgets.journal.database import entries_table, sessions_table
from optwidgets.journal.entry import now
from optwidgets.journal.locations import summary
from optwidgets.journal.opening import is_due
from optwidgets.server.answers import Answers, Once
from optwidgets.server.errors import Conflict, NoSuchSession, Unprocessable
from optwidgets.server.journal import HostedJournal
from optwidgets.server.locks import Lock, Locks
from optwidgets.server.tables import cards_table
from optwidgets.session import OptimizationSession

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.folding import Folded
    from optwidgets.journal.state import SessionState
    from optwidgets.journal.store import Store
    from optwidgets.server.database import ServerDatabase

log = logging.getLogger(__name__)

_CARD = sa.update(cards_table).where(cards_table.c.session_id == sa.bindparam("its_session"))
SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_HOSTED = 256
# While a server runs it makes a snapshot when so much was added, and so large a share of the
# rows: it is for one that is killed, which folds again half a second's worth of changes.
GROWN_WEIGHT = 20_000
GROWN_SHARE = 4


@dataclass
class Hosted:
    """A session that is held in memory, with its journal."""

    session: OptimizationSession
    journal: HostedJournal

    @property
    def store(self) -> Store:
        """What folds the journal."""
        return self.session._store  # noqa: SLF001 - users need it not


@dataclass(frozen=True)
class News:
    """What a group has changed: told once it is on the disk.

    Parameters
    ----------
    states
        Session to its state, or None when it was deleted or has to be read anew.
    entries
        Session to its new entries.
    locks
        Session to its lock, or None when it is free from now on.
    grown
        Sessions that a new snapshot should be made of.
    outside
        Whether a notebook with the same file may have written: no state told before is certain.
    unknown
        Whether anything may have been written meanwhile: all has to be read anew.
    """

    states: dict[str, SessionState | None] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    locks: dict[str, Lock | None] = field(default_factory=dict)
    grown: set[str] = field(default_factory=set)
    outside: bool = False
    unknown: bool = False


class Transaction:
    """The sessions of a database, for one operation at a time.

    Parameters
    ----------
    database
        Where they are kept.
    publish
        Gets the news of each group once it is on the disk.
    """

    def __init__(self, database: ServerDatabase, publish: Callable[[News], None]) -> None:
        self._database = database
        self._publish = publish
        self._hosted: OrderedDict[str, Hosted] = OrderedDict()
        self._connection: sa.Connection | None = None
        self._outside: int | None = None
        self._holding = database.holding
        self._unknown = False
        self._news = News()
        self._callbacks: list[Callable[[], None]] = []
        self._touched: set[str] = set()
        self._changed: set[str] = set()
        self._waiting: list[Callable[[], None]] = []
        self._lines: dict[sa.Table, list[dict[str, Any]]] = {}
        self.answers = Answers()
        """What was answered to the requests of the group before."""
        self.wrote = False
        """Whether the operation wrote anything, or may have."""
        self.locks = Locks(lambda: self.reading, lambda: self.connection, self._lock_changed)
        self.lock_token: str | None = None
        """Token of a lock that came with the operation."""

    @property
    def connection(self) -> sa.Connection:
        """The connection of the group; for tables of a face."""
        self.wrote = True
        return self.reading

    @property
    def reading(self) -> sa.Connection:
        """The connection of the group for whoever only reads; it sees what the group wrote."""
        assert self._connection is not None, "only inside an operation"
        self._flush()
        return self._connection

    @property
    def beside(self) -> sa.Connection:
        """The connection for reading tables that nobody fills with `insert`.

        What waits to be inserted goes on waiting, so that a group is still inserted at once.
        """
        assert self._connection is not None, "only inside an operation"
        return self._connection

    def insert(self, table: sa.Table, lines: list[dict[str, Any]]) -> None:
        """Insert lines into a table, together with those of the group's other operations."""
        self.wrote = True
        self._lines.setdefault(table, []).extend(lines)

    # ------------------------------------------------------------ for operations

    def session(self, session_id: str) -> OptimizationSession:
        """Return a session; what is done to it is part of the operation.

        Raises
        ------
        NoSuchSession
            When there is none of that id.
        """
        self._touched.add(session_id)
        hosted = self._hosted.get(session_id)
        if hosted is None:
            hosted = self._load(session_id)
        else:
            self._hosted.move_to_end(session_id)
        return hosted.session

    def create_session(
        self, name: str = "", session_id: str | None = None, *, created_at: str | None = None
    ) -> OptimizationSession:
        """Begin a session.

        Raises
        ------
        Unprocessable
            When the id has other characters than letters, digits, ``_`` and ``-``.
        Conflict
            When there is one of that id.
        """
        session_id = session_id or str(uuid.uuid4())
        if not SESSION_ID.fullmatch(session_id):
            raise Unprocessable(
                f"{session_id[:80]!r} is no id of a session. Use up to 64 letters, digits, _ and -."
            )
        if self._created_at(session_id) is not None:
            raise Conflict(f"There is a session {session_id} already. Use another id.")
        created_at = created_at or now()
        self.connection.execute(
            sa.insert(sessions_table).values(id=session_id, created_at=created_at)
        )
        self._touched.add(session_id)
        self._changed.add(session_id)
        return self._host(session_id, created_at, name).session

    def journal(self, session_id: str) -> HostedJournal:
        """Return the journal of a session, for taking over a whole one."""
        self.session(session_id)
        return self._hosted[session_id].journal

    def check_lock(self, session_id: str) -> None:
        """Refuse to change a session that somebody else has locked; for tables beside it.

        Raises
        ------
        Locked
            Unless the operation came with the token.
        """
        self.locks.check(session_id, self.lock_token)

    def fold_of(self, session_id: str) -> Folded:
        """Return the fold of a session, for a snapshot of it."""
        self.session(session_id)
        return self._hosted[session_id].store.folded

    def keep_snapshots(self) -> None:
        """Keep snapshots of the sessions that were changed much: the next start is fast then."""
        for hosted in self._hosted.values():
            hosted.store.keep_snapshot()

    def delete_session(self, session_id: str) -> None:
        """Delete a session with all that it holds; this is final."""
        self.session(session_id)
        self.check_lock(session_id)
        self.locks.forget()
        self._drop(session_id)
        for table, column in (
            (cards_table, cards_table.c.session_id),
            (entries_table, entries_table.c.session_id),
            (sessions_table, sessions_table.c.id),
        ):
            self.connection.execute(sa.delete(table).where(column == session_id))

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back once the operation is on the disk, in the writer's thread."""
        self._waiting.append(callback)

    # ------------------------------------------------------------ for the writer

    def begin(self, connection: sa.Connection, requests: Sequence[Once]) -> None:
        """Take the connection of a new group, and what other processes wrote meanwhile."""
        self._connection = connection
        self.answers = Answers()
        self.answers.read(connection, requests)
        if self._database.holding != self._holding:
            self._forget_all()
        outside = self._database.outside_changes(connection)
        self._news = News(outside=outside != self._outside, unknown=self._unknown)
        self._callbacks, self._lines, self._changed = [], {}, set()
        if self._news.outside:
            self._outside = outside
            self.locks.forget()
            for session_id, hosted in list(self._hosted.items()):
                try:
                    hosted.journal.look_outside()
                except OptwidgetsError:
                    # Damaged, or of a later version: who asks for it is told, others are served.
                    self._drop(session_id)
                self._collect(session_id)

    def begin_operation(self) -> None:
        """Expect the next operation."""
        self._touched, self._waiting = set(), []
        self.wrote, self.lock_token = False, None

    def keep(self) -> None:
        """Keep what the operation did."""
        for session_id in self._touched:
            self._collect(session_id)
        self._callbacks += self._waiting

    def failed(self) -> None:
        """Forget what the group did: it is read again when it is needed."""
        for session_id, hosted in list(self._hosted.items()):
            if session_id in self._changed or hosted.journal.fresh:
                self._drop(session_id)
        self._lines = {}
        self._outside = None
        self.locks.forget()

    def before_commit(self) -> None:
        """Bring the list of sessions up to date."""
        for session_id, entries in self._news.entries.items():
            hosted = self._hosted.get(session_id)
            if hosted is not None and entries:
                self._write_card(hosted, entries[-1].at)
                if is_due(hosted.store.folded, least=GROWN_WEIGHT, share=GROWN_SHARE):
                    self._news.grown.add(session_id)
        for session_id in self._too_many():
            self._hosted[session_id].store.keep_snapshot()
        self._flush()

    def committed(self) -> None:
        """Tell the news, and let go of sessions that were not needed for long."""
        self._publish(self._news)
        self._unknown = False
        for callback in self._callbacks:
            try:
                callback()
            except Exception:
                # It is on the disk all the same, and the others who wait are to hear of it.
                log.exception("What should follow a commit failed")
        for session_id in self._too_many():
            self._drop(session_id)

    # ------------------------------------------------------------ inside

    def _forget_all(self) -> None:
        """Read everything again: the database was lost, and with it what was written last."""
        self._holding, self._unknown = self._database.holding, True
        self.locks.forget()
        for session_id in list(self._hosted):
            self._drop(session_id)

    def _too_many(self) -> list[str]:
        """Return the sessions that were not needed for longest, beyond what is held."""
        return list(self._hosted)[: max(0, len(self._hosted) - MAX_HOSTED)]

    def _flush(self) -> None:
        lines, self._lines = self._lines, {}
        for table, values in lines.items():
            assert self._connection is not None
            self._connection.execute(sa.insert(table), values)

    def _load(self, session_id: str) -> Hosted:
        created_at = self._created_at(session_id)
        if created_at is None:
            raise NoSuchSession(session_id)
        return self._host(session_id, created_at)

    def _host(self, session_id: str, created_at: str, name: str = "") -> Hosted:
        journal = HostedJournal(
            session_id,
            created_at,
            lambda: self.reading,
            self.insert,
            lambda: self.check_lock(session_id),
        )
        session = OptimizationSession(journal=journal, name=name or None)
        hosted = self._hosted[session_id] = Hosted(session, journal)
        return hosted

    def _created_at(self, session_id: str) -> str | None:
        if not SESSION_ID.fullmatch(session_id):
            return None
        query = sa.select(sessions_table.c.created_at).where(sessions_table.c.id == session_id)
        found = self.reading.execute(query).scalar()
        return None if found is None else str(found)

    def _lock_changed(self, session_id: str, lock: Lock | None) -> None:
        self.after_commit(lambda: self._publish(News(locks={session_id: lock})))

    def _drop(self, session_id: str) -> None:
        hosted = self._hosted.pop(session_id, None)
        if hosted is not None:
            hosted.session.close()
        self._news.states[session_id] = None

    def _collect(self, session_id: str) -> None:
        hosted = self._hosted.get(session_id)
        if hosted is None:
            return
        self._news.states[session_id] = hosted.session.state
        if hosted.journal.fresh:
            self._changed.add(session_id)
            self._news.entries.setdefault(session_id, []).extend(hosted.journal.fresh)
            hosted.journal.fresh.clear()

    def _write_card(self, hosted: Hosted, last_change: str) -> None:
        state = hosted.session.state
        line = summary(state, hosted.session.id, hosted.journal.created_at, last_change)
        values = {
            "its_session": line.id,
            "name": storable(line.name),
            "rows": line.rows,
            "results": line.results,
            "variables": line.variables,
            "revision": state.revision,
            "last_change": last_change,
        }
        if not self.connection.execute(_CARD, values).rowcount:
            values["session_id"] = values.pop("its_session")
            self.connection.execute(sa.insert(cards_table), values)
