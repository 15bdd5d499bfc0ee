"""The processes that compute for the server: kept warm, limited, killed and replaced."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import to_stored
from optwidgets.journal.entry import Stored
from optwidgets.server.compute.computations import Computation, check_arguments, find
from optwidgets.server.compute.errors import KEPT, Broken, OutOfMemory, TooSlow
from optwidgets.server.compute.process import Child, ChildDied, OnProgress

log = logging.getLogger(__name__)

EntriesAfter = Callable[[int], Awaitable[list[Stored]]]
_SIGKILL = -9


@dataclass(frozen=True)
class Outcome:
    """What a computation came to.

    Parameters
    ----------
    result
        Its answer, as JSON values.
    changes
        For each step that it wants recorded the changes, as `encode_change` writes them.
    fell_back
        Whether the deadline passed and its fallback answered.
    """

    result: Any
    changes: tuple[tuple[str, ...], ...] = ()
    fell_back: bool = False


class ComputePool:
    """Runs computations in child processes; belongs to one event loop.

    A process that was cancelled, too slow or broken is killed and replaced. Each process
    keeps copies of the sessions it computed for, so that the next question about one
    of them sends only what changed and finds its models fitted.

    Parameters
    ----------
    children
        How many computations run at a time.
    memory_bytes
        Address space of each process.

    Examples
    --------
    >>> import asyncio
    >>> from optwidgets.journal.memory import MemoryJournal
    >>> from optwidgets.session import OptimizationSession
    >>> session = OptimizationSession(journal=MemoryJournal("a-session"))
    >>> session.add_variable("temperature", "real", bounds=(20, 100))
    >>> async def plan():
    ...     pool = ComputePool()
    ...     try:
    ...         return await pool.run(
    ...             "a-session", stored_entries(session), "design", {"n_points": 4}
    ...         )
    ...     finally:
    ...         await pool.close()
    >>> len(asyncio.run(plan()).result["points"])
    4
    """

    def __init__(self, *, children: int = 1, memory_bytes: int = 8 << 30) -> None:
        self._memory_bytes = memory_bytes
        self._threads = max(1, (os.cpu_count() or 1) // children)
        self._free = asyncio.Semaphore(children)
        self._idle: list[Child] = []
        self._all: set[Child] = set()
        self._turns: dict[str, _Turn] = {}
        self._background: set[asyncio.Task[Any]] = set()
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Numbers of the processes that are alive."""
        return sorted(child.pid for child in self._all if child.alive)

    def warm(self) -> None:
        """Start one process while nobody waits for it; `run` starts what else it needs."""

        async def start() -> None:
            self._idle.append(await self._spawn())

        self._in_background(start())

    async def close(self) -> None:
        """End all processes."""
        self._closed = True
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.gather(*(child.stop() for child in self._all), return_exceptions=True)
        self._all.clear()
        self._idle.clear()

    @contextlib.asynccontextmanager
    async def turn(self, session_id: str) -> AsyncIterator[None]:
        """Wait until no other computation that records is under way for a session."""
        turn = self._turns.setdefault(session_id, _Turn())
        turn.wanted += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                self._turns.pop(session_id, None)

    async def run(
        self,
        session_id: str,
        entries_after: EntriesAfter,
        name: str,
        arguments: Mapping[str, Any],
        *,
        created_at: str = "",
        on_progress: OnProgress | None = None,
        deadline: float | None = None,
    ) -> Outcome:
        """Run a computation on a session as it is recorded; what it changes is not recorded.

        Parameters
        ----------
        session_id, created_at
            Which session, and since when there is one.
        entries_after
            Gives the recorded entries after a revision.
        name, arguments
            One of `optwidgets.server.compute.computations.names`, and JSON values for it.
        on_progress
            Called with the share that is done (or None) and what is being done.
        deadline
            Seconds after which the process is killed; that of the computation if not given.

        Raises
        ------
        OptwidgetsError
            What the computation says of its arguments or the session.
        ComputeError
            When memory or time ran out, or the computation is broken.
        asyncio.CancelledError
            When the awaiting task is cancelled; the process is gone within half a second.
        """
        found = find(name)
        check_arguments(found, arguments)
        seconds = found.deadline if deadline is None else deadline
        asked = _Asked(session_id, created_at, entries_after, on_progress)
        try:
            async with self._free, asyncio.timeout(seconds):
                return await self._run(asked, found, arguments)
        except TimeoutError:
            if found.fallback is None:
                raise TooSlow(found.label, seconds) from None
        instead = find(found.fallback)
        log.warning("%s did not end within %g s; %s instead.", found.label, seconds, instead.label)
        try:
            async with self._free, asyncio.timeout(instead.deadline):
                outcome = await self._run(asked, instead, {**arguments, "within": seconds})
        except TimeoutError:
            raise TooSlow(instead.label, seconds + instead.deadline) from None
        return Outcome(outcome.result, outcome.changes, fell_back=True)

    # ------------------------------------------------------------ inside

    async def _run(
        self, asked: _Asked, found: Computation, arguments: Mapping[str, Any]
    ) -> Outcome:
        # A session that was deleted and came again is another one.
        name = f"{asked.session_id} {asked.created_at}"
        child = await self._take(name)
        answer: dict[str, Any] = {}
        try:
            entries = await asked.entries_after(child.held.get(name, 0))
            request = {
                "copy": name,
                "session": asked.session_id,
                "created_at": asked.created_at,
                "entries": [astuple(entry) for entry in entries],
                "module": found.run.__module__,
                "name": found.name,
                "arguments": dict(arguments),
            }
            answer = await child.ask(request, asked.on_progress)
        except ChildDied as died:
            # The system kills what takes all memory of the machine.
            if died.code == _SIGKILL:
                raise OutOfMemory(found.label, self._memory_bytes) from None
            log.exception("%s ended its process.", found.label)
            raise Broken(f"{found.label} failed in the server. {_SEE_LOG}") from None
        finally:
            # Whoever was interrupted, by an error or by being cancelled, leaves a
            # process that goes on computing.
            if "held" in answer:
                self._idle.append(child)
            else:
                self._replace(child)
        if "failed" in answer:
            raise self._error(found, answer["failed"])
        return Outcome(answer["result"], tuple(tuple(step) for step in answer["changes"]))

    async def _take(self, copy: str) -> Child:
        """Return an idle process, that which knows most of the session, or a new one."""
        self._idle = [child for child in self._idle if child.alive]
        if not self._idle:
            return await self._spawn()
        best = max(self._idle, key=lambda child: child.held.get(copy, -1))
        self._idle.remove(best)
        return best

    async def _spawn(self) -> Child:
        try:
            child = await Child.start(memory_bytes=self._memory_bytes, threads=self._threads)
        except (ChildDied, TimeoutError, OSError) as error:
            raise Broken(f"No process for computations could be started: {error}") from error
        if self._closed:
            await child.stop()
            raise Broken("The server is stopping.")
        self._all.add(child)
        return child

    def _replace(self, child: Child) -> None:
        """Kill a process and have another one warm, while nobody waits for it."""

        async def replace() -> None:
            await child.stop()
            self._all.discard(child)
            if not self._closed and not self._idle:
                self._idle.append(await self._spawn())

        self._in_background(replace())

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._replaced)

    def _replaced(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and task.exception() is not None and not self._closed:
            log.warning("No process is warm: %s", task.exception())

    def _error(self, found: Computation, failed: Mapping[str, Any]) -> OptwidgetsError:
        if failed["kind"] == "memory":
            return OutOfMemory(found.label, self._memory_bytes)
        if failed["kind"] == "fault":
            log.error("%s failed: %s", found.label, failed["trace"])
            return Broken(f"{found.label} failed in the server. {_SEE_LOG}")
        return KEPT[failed["kind"]](
            failed["message"], field=failed["field"], row=failed["row"], column=failed["column"]
        )


_SEE_LOG = "Nothing was changed; its log says why."


@dataclass(frozen=True)
class _Asked:
    session_id: str
    created_at: str
    entries_after: EntriesAfter
    on_progress: OnProgress | None


class _Turn:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted = 0


def stored_entries(session: Any) -> EntriesAfter:
    """Return what gives the entries of a session of this process, as they would be stored."""

    async def after(revision: int) -> list[Stored]:
        return [to_stored(entry) for entry in session.entries(revision)]

    return after
