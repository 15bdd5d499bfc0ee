"""Long work as stored operations: asked for, waited for, cancelled, looked up later."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.server import task_store as store
from optwidgets.server.compute.computations import check_arguments, find
from optwidgets.server.compute.recording import Question
from optwidgets.server.errors import NotFound, ServerError
from optwidgets.server.listening import Listening
from optwidgets.server.task_store import UNFINISHED, State, StoredTask
from optwidgets.tasks import Cancelled

if TYPE_CHECKING:
    from optwidgets.server.host import Host
    from optwidgets.server.transaction import Transaction

log = logging.getLogger(__name__)

NEWS_SECONDS = 0.1

Told = Callable[[StoredTask], None]

_CANCELLED = {"error_type": "Cancelled", "status_code": 409, "field": None}
_RESTARTED = {**_CANCELLED, "detail": "The server was restarted. Nothing was changed; ask again."}


class Tasks:
    """The tasks of a host's sessions.

    Parameters
    ----------
    host
        Where the sessions are.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._running: dict[str, asyncio.Task[None]] = {}
        self._progress: dict[str, tuple[float | None, str]] = {}
        self._told: Listening[StoredTask] = Listening()

    async def recover(self) -> None:
        """Mark what was under way when the server stopped as cancelled."""
        await self._host.write(
            lambda tx: store.end(
                tx, store.column.state.in_(UNFINISHED), "cancelled", error=_RESTARTED
            )
        )

    async def submit(self, question: Question, *, deadline: float | None = None) -> StoredTask:
        """Store a task and begin it when it is its turn; a repeat returns the same task.

        Raises
        ------
        OptwidgetsError
            When there is no such computation, or it does not take these arguments.
        Unprocessable
            When the key came with other content before.
        TooMany
            When too many tasks of the session wait.
        """
        computation = find(question.name)
        check_arguments(computation, question.arguments)
        assert question.key is not None
        once = question.once
        assert once is not None

        def insert(tx: Transaction) -> StoredTask:
            task = store.insert(tx, question, once)
            if computation.records and not task.replayed:
                tx.check_lock(question.session_id)
            return task

        made = await self._host.write(insert)
        if not made.replayed:
            running = asyncio.create_task(self._run(made, question, deadline))
            self._running[made.id] = running
            running.add_done_callback(lambda _: self._running.pop(made.id, None))
            self._tell(made)
        return made

    async def get(self, session_id: str, task_id: str) -> StoredTask:
        """Return a task.

        Raises
        ------
        NotFound
            When the session has no such task.
        """
        where = sa.and_(store.column.session_id == session_id, store.column.id == task_id)
        found = await self._host.read(lambda connection: store.select(connection, where))
        if not found:
            raise NotFound(f"There is no task {task_id[:80]!r} in this session.")
        return self._with_progress(found[0])

    async def list(
        self, session_id: str, *, states: tuple[State, ...] = (), limit: int = 100
    ) -> list[StoredTask]:
        """Return the newest tasks of a session, newest first."""
        where = store.column.session_id == session_id
        if states:
            where = sa.and_(where, store.column.state.in_(states))
        found = await self._host.read(lambda connection: store.select(connection, where, limit))
        return [self._with_progress(task) for task in found]

    async def wait(self, session_id: str, task_id: str, seconds: float) -> StoredTask:
        """Return a task once it has ended, or after so many seconds as it is then."""
        ended = asyncio.Event()

        def look(task: StoredTask) -> None:
            if task.id == task_id and task.finished:
                ended.set()

        stop = self.subscribe(session_id, look)
        try:
            task = await self.get(session_id, task_id)
            if task.finished:
                return task
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), seconds)
            return await self.get(session_id, task_id)
        finally:
            stop()

    async def cancel(self, session_id: str, task_id: str, who: str) -> StoredTask:
        """Cancel a task; answers at once, and its process is gone within a second.

        A task that has ended already stays as it is.
        """
        task = await self.get(session_id, task_id)
        error = {**_CANCELLED, "detail": f"Cancelled by {who}. Nothing was changed."}
        mine = sa.and_(store.column.id == task.id, store.column.state.in_(UNFINISHED))
        ended = await self._host.write(lambda tx: store.end(tx, mine, "cancelled", error=error))
        if ended and (running := self._running.get(task.id)) is not None:
            running.cancel()
        task = await self.get(session_id, task_id)
        if ended:
            self._tell(task)
        return task

    def subscribe(self, session_id: str, callback: Told) -> Callable[[], None]:
        """Call back when a task of a session changes, in the event loop; return how to stop it."""
        return self._told.add(session_id, callback)

    def counts(self) -> dict[str, int]:
        """Return how many tasks there are in each state; takes a moment."""
        query = sa.select(store.column.state, sa.func.count()).group_by(store.column.state)
        with self._host.database.reading() as connection:
            return {str(state): int(count) for state, count in connection.execute(query)}

    async def close(self) -> None:
        """Stop what runs; at the next start it is shown as cancelled."""
        for running in list(self._running.values()):
            running.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    # ------------------------------------------------------------ inside

    async def _run(self, task: StoredTask, question: Question, deadline: float | None) -> None:
        """Compute and record; whatever happens becomes the state of the task."""
        told = 0.0
        loop = asyncio.get_running_loop()

        async def on_start() -> None:
            await self._host.write(lambda tx: store.begin(tx, task.id))
            await self._tell_newest(task)

        def on_progress(fraction: float | None, stage: str) -> None:
            nonlocal told
            changed = self._progress.get(task.id, (None, ""))[1] != stage
            self._progress[task.id] = (fraction, stage)
            if changed or loop.time() - told >= NEWS_SECONDS:
                told = loop.time()
                self._tell(store.running(task, fraction, stage))

        # What makes this task unique has been decided; the computation needs no key.
        asked = Question(
            question.session_id,
            question.name,
            question.arguments,
            question.principal,
            question.actor,
        )
        try:
            await self._host.computing.answer(
                asked,
                on_progress=on_progress,
                deadline=deadline,
                on_start=on_start,
                and_then=lambda tx, computed: store.done(tx, task.id, computed),
            )
        except asyncio.CancelledError:
            # Whoever cancelled it has said so in the table, or the server is stopping.
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the task
            await self._fail(task, error)
        finally:
            self._progress.pop(task.id, None)
        await self._tell_newest(task)

    async def _fail(self, task: StoredTask, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        if not isinstance(error, OptwidgetsError):
            log.error("Task %s failed.", task.id, exc_info=error)
        mine = sa.and_(store.column.id == task.id, store.column.state.in_(UNFINISHED))
        told = _error(error)
        try:
            await self._host.write(lambda tx: store.end(tx, mine, "failed", error=told))
        except OptwidgetsError as again:  # the disk is full, the session is gone
            log.warning("That task %s failed could not be recorded: %s", task.id, again)

    def _with_progress(self, task: StoredTask) -> StoredTask:
        if task.state != "running":
            return task
        return store.running(task, *self._progress.get(task.id, (None, "")))

    async def _tell_newest(self, task: StoredTask) -> None:
        with contextlib.suppress(NotFound):
            self._tell(await self.get(task.session_id, task.id))

    def _tell(self, task: StoredTask) -> None:
        self._told.tell(task.session_id, task)


def _error(error: Exception) -> dict[str, Any]:
    if not isinstance(error, OptwidgetsError):
        detail = "The task failed in the server; its log says why. Nothing was changed."
        return {"detail": detail, "error_type": "Fault", "status_code": 500, "field": None}
    return {
        "detail": str(error),
        "error_type": type(error).__name__,
        "status_code": error.status if isinstance(error, ServerError) else 400,
        "field": error.field,
    }
