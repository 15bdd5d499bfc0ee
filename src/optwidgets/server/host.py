"""The host: every session of a database, every write to it, and who is told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from optwidgets.journal.entry import Entry
from optwidgets.server.answers import Answer, Answers, Once
from optwidgets.server.caretaker import Caretaker
from optwidgets.server.errors import Lost
from optwidgets.server.fits import Fits
from optwidgets.server.listening import Listening
from optwidgets.server.locks import Lock, all_locks, borne
from optwidgets.server.snapshots import SnapshotKeeper
from optwidgets.server.stepping import Stepping
from optwidgets.server.tables import answers_table
from optwidgets.server.transaction import News, Transaction
from optwidgets.server.writer import Writer

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.server.auth import Principal
    from optwidgets.server.compute.recording import Computed, Computing
    from optwidgets.server.database import ServerDatabase
    from optwidgets.server.settings import Settings
    from optwidgets.server.tasks import Tasks
    from optwidgets.session import OptimizationSession

log = logging.getLogger(__name__)

T = TypeVar("T")
Told = Callable[[list[Entry] | None], None]
LockTold = Callable[[Lock | None], None]

LOOK_SECONDS = 0.25
HOLD_SECONDS = 2.0


class Host:
    """Keeps the sessions of a database. Make it inside a running event loop.

    Parameters
    ----------
    database
        The database, held by this process.
    settings
        How the server is set up.

    Examples
    --------
    >>> import asyncio, pathlib, tempfile
    >>> from optwidgets.server.database import ServerDatabase
    >>> from optwidgets.server.settings import Settings
    >>> path = str(pathlib.Path(tempfile.mkdtemp()) / "lab.db")
    >>> async def main():
    ...     host = Host(ServerDatabase(path), Settings(path))
    ...     session_id = await host.write(lambda tx: tx.create_session("Reactor").id)
    ...     name = (await host.state(session_id)).name
    ...     await host.close()
    ...     return name
    >>> asyncio.run(main())
    'Reactor'
    """

    def __init__(self, database: ServerDatabase, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.closing = asyncio.Event()
        """Set when the server stops: streams end."""
        self._loop = asyncio.get_running_loop()
        self._states: dict[str, SessionState] = {}
        self.lost = asyncio.Event()
        """Set when another server has taken the database: this one has nothing more to do."""
        self._told: Listening[list[Entry] | None] = Listening()
        self._locks_told: Listening[Lock | None] = Listening()
        self.writer = Writer(database, Transaction(database, self._publish), self._in_loop)
        self._computing: Computing | None = None
        self._tasks: Tasks | None = None
        self.fits = Fits(self)
        self.stepping = Stepping(self)
        self._snapshots = SnapshotKeeper(self)
        self.caretaker = Caretaker(database.path, with_backups=settings.backups)
        look = self._look_outside if database.is_sqlite else self._look_whether_held
        self._looking = asyncio.create_task(look())

    # ------------------------------------------------------------ writing

    async def write(self, operation: Callable[[Transaction], T]) -> T:
        """Do an operation in the writer's thread; when this returns, it is on the disk.

        If it raises, nothing that it did is kept. Operations are short: no fit, no search, no
        reading of files.
        """
        return await self._submit(operation)

    async def write_once(
        self, operation: Callable[[Transaction], Answer], once: Once | None
    ) -> Answer:
        """Do an operation at most once per key, and give its answer again to a repeat.

        Raises
        ------
        Unprocessable
            When the key came with other content before.
        """
        if once is None:
            return await self._submit(operation)
        return await self._submit(lambda tx: _once(tx, operation, once), once)

    async def _submit(self, operation: Callable[[Transaction], T], once: Once | None = None) -> T:
        token = borne.get()

        def bearing(tx: Transaction) -> T:
            tx.lock_token = token
            return operation(tx)

        answered: asyncio.Future[T] = self._loop.create_future()

        def take(done: Future[T]) -> None:
            # A client that went away does not undo what was written; it is not told either.
            if answered.done():
                return
            error = done.exception()
            if error is None:
                answered.set_result(done.result())
            else:
                if isinstance(error, Lost):
                    self._give_up()
                answered.set_exception(error)

        self.writer.submit(operation if token is None else bearing, once).add_done_callback(take)
        return await answered

    # ------------------------------------------------------------ reading

    async def state(self, session_id: str) -> SessionState:
        """Return the state that is on the disk.

        Raises
        ------
        NoSuchSession
            When there is no such session.
        """
        state = self._states.get(session_id)
        if state is None:
            state = await self._submit(lambda tx: tx.session(session_id).state)
        return state

    async def view(self, session_id: str, look: Callable[[OptimizationSession], T]) -> T:
        """Read through a session's own methods, in the writer's thread."""
        return await self._submit(lambda tx: look(tx.session(session_id)))

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        """Run a query on a connection of its own, in a thread."""

        def run() -> T:
            with self.database.reading() as connection:
                return query(connection)

        return await asyncio.to_thread(run)

    async def lock(self, session_id: str) -> Lock | None:
        """Return the lock of a session, or None while it is free.

        Raises
        ------
        NoSuchSession
            When there is no such session.
        """
        await self.state(session_id)
        lock = (await self.read(all_locks)).get(session_id)
        return None if lock is None or lock.is_over else lock

    async def answered(self, once: Once) -> Answer | None:
        """Return what was answered under a key before, or None.

        Raises
        ------
        Unprocessable
            When the key came with other content.
        """
        answers = Answers()
        await self.read(lambda connection: answers.read(connection, [once]))
        return answers.find(once)

    # ------------------------------------------------------------ computing

    @property
    def computing(self) -> Computing:
        """What computes for the sessions; its processes start when they are needed."""
        from optwidgets.server.compute.recording import Computing

        if self._computing is None:
            self._computing = Computing(self)
        return self._computing

    @property
    def children(self) -> list[int]:
        """Numbers of the processes that compute."""
        return [] if self._computing is None else self._computing.pool.pids

    @property
    def tasks(self) -> Tasks:
        """Long work of the sessions as stored operations."""
        from optwidgets.server.tasks import Tasks

        if self._tasks is None:
            self._tasks = Tasks(self)
        return self._tasks

    async def compute(
        self,
        session_id: str,
        name: str,
        arguments: dict[str, Any],
        *,
        principal: Principal,
        key: str | None = None,
        content: str | bytes | None = None,
        actor: str | None = None,
        on_progress: Callable[[float | None, str], None] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - also ends the child process
        and_then: Callable[[Transaction, Computed], None] | None = None,
    ) -> Computed:
        """Compute something in a child process and record what it changed.

        Cancelling the awaiting task kills the process; nothing is recorded then.

        Parameters
        ----------
        session_id
            Of which session.
        name, arguments
            One of `optwidgets.server.compute.computations.names`, and JSON values for it.
        principal, actor
            In whose name it is recorded.
        key, content
            What was computed under this key before is answered again; what the key stands for,
            if that is not the arguments.
        on_progress
            Called with the share that is done, or None, and what is being done.
        timeout
            Seconds after which the process is killed; a suggestion is then space-filling.
        and_then
            What is to be written in the same transaction as what the computation changed.

        Returns
        -------
        Computed
            ``result`` as JSON values, with the recorded numbers of rows, and ``entries``.

        Raises
        ------
        OptwidgetsError
            What the computation says of its arguments or the session.
        Conflict
            When the session was changed meanwhile so that the result does not fit any more.
        ComputeError
            When memory or time ran out.
        """
        from optwidgets.server.compute.recording import Question

        question = Question(session_id, name, arguments, principal, actor, key, content)
        return await self.computing.answer(
            question, on_progress=on_progress, deadline=timeout, and_then=and_then
        )

    # ------------------------------------------------------------ telling

    def subscribe(self, session_id: str, callback: Told) -> Callable[[], None]:
        """Call back with the entries of each commit, in the event loop; return how to stop it.

        None instead of entries: some may have been missed. Who needs all reads them anew.
        """
        return self._told.add(session_id, callback)

    def subscribe_lock(self, session_id: str, callback: LockTold) -> Callable[[], None]:
        """Call back when a lock is taken, renewed or given back, in the event loop.

        One that ends by itself is not told: its time was.
        """
        return self._locks_told.add(session_id, callback)

    async def close(self) -> None:
        """Write what waits and close the database."""
        self.closing.set()
        self._looking.cancel()
        await self.caretaker.close()
        if self._tasks is not None:
            await self._tasks.close()
        await self.fits.close()
        if self._computing is not None:
            await self._computing.pool.close()
        await self._snapshots.close()
        await asyncio.to_thread(self.writer.close)
        self.database.close()

    # ------------------------------------------------------------ inside

    def _in_loop(self, callback: Callable[[], None]) -> None:
        """Call back in the event loop; right here when it was closed and has nobody waiting."""
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            callback()

    def _publish(self, news: News) -> None:
        """Take the news of a group; called in the writer's thread, before answers go out."""
        if news.outside or news.unknown:
            # Also of sessions that have made room, which nobody looks at any more.
            self._states.clear()
        if news.unknown:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._told.tell_all, None)
        for session_id, state in news.states.items():
            if state is None:
                self._states.pop(session_id, None)
            else:
                self._states[session_id] = state
        if news.grown:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._snapshots.look_at, news.grown)
        if news.locks or any(map(self._told.somebody, news.entries)):
            # A loop that was closed has nobody to tell.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._tell, news)

    def _tell(self, news: News) -> None:
        for session_id, entries in news.entries.items():
            self._told.tell(session_id, entries)
        for session_id, lock in news.locks.items():
            self._locks_told.tell(session_id, lock)

    async def _look_outside(self) -> None:
        """Let the writer look for changes of other processes, while somebody could see them."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._states and not self.writer.waiting:
                with contextlib.suppress(Exception):
                    await self._submit(lambda _: None)

    async def _look_whether_held(self) -> None:
        """Let the writer notice that its database was lost, also while nobody writes.

        Else what others wrote meanwhile would not be seen here, and a second server had all night
        to come and go.
        """
        while not self.lost.is_set():
            await asyncio.sleep(HOLD_SECONDS)
            with contextlib.suppress(Exception):
                await self._submit(lambda tx: tx.beside.execute(sa.select(1)))

    def _give_up(self) -> None:
        """Show nothing of what is in memory any more, and let streams go to the other server."""
        if not self.lost.is_set():
            log.error("Another server has taken the database over: this one ends.")
            self.lost.set()
            self._states.clear()
            self._told.tell_all(None)


def _once(tx: Transaction, operation: Callable[[Transaction], Answer], once: Once) -> Answer:
    known = tx.answers.find(once)
    if known is not None:
        return known
    answer = operation(tx)
    tx.insert(answers_table, [tx.answers.note(once, answer)])
    return answer
