"""What happens by itself: jobs run out of time, models of devices are averaged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.experiments import complete, time_out
from optwidgets.runs.jobs import Job, JobState
from optwidgets.server.faces.vergeai import models, store
from optwidgets.server.faces.vergeai.heavy import work
from optwidgets.server.faces.vergeai.store import Placed

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

    from optwidgets.server.host import Host
    from optwidgets.server.transaction import Transaction

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0


class Running:
    """Keeps the clocks of running jobs, and averages. Belongs to the server's event loop.

    Parameters
    ----------
    host
        The server's host.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self._loop = asyncio.get_running_loop()
        # By the loop's clock, which is monotonic: nobody can set it.
        self._clocks: dict[str, asyncio.TimerHandle] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Take up what the last server left: half written models, clocks, averages."""
        await self.host.write(lambda tx: models.sweep(tx.connection))
        for placed in await self.host.read(store.active_experiments):
            self.follow(placed)

    async def close(self) -> None:
        """Stop; `start` takes it up again."""
        for clock in self._clocks.values():
            clock.cancel()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def change(self, operation: Callable[[Transaction], Placed]) -> Placed:
        """Do an operation that changes an experiment, and all that follows from it by itself."""

        def run(tx: Transaction) -> Placed:
            placed = operation(tx)
            store.save_experiment(tx.connection, placed.project_id, placed.experiment)
            # Also when nobody waits for the answer any more.
            tx.after_commit(lambda: self._tell(placed))
            return placed

        placed = await self.host.write(run)
        self.follow(placed)
        return placed

    async def averaged(self, job_id: str) -> None:
        """Return when the models of a job have been averaged, if they are being averaged."""
        task = self._tasks.get(job_id)
        if task is not None:
            await asyncio.wait([task])

    def follow(self, placed: Placed) -> None:
        """Set the clock of the job that runs, or average its models."""
        for job in placed.experiment.jobs:
            if job.state is not JobState.IN_PROGRESS and job.id in self._clocks:
                self._clocks.pop(job.id).cancel()
            if (
                job.state is JobState.IN_PROGRESS
                and job.id not in self._clocks
                and job.setup.criteria
            ):
                left = job.seconds_left(time.time())
                self._clocks[job.id] = self._loop.call_later(left, self._ring, placed, job.id)
            if job.state is JobState.AGGREGATION_IN_PROGRESS:
                self._begin(job.id, lambda job=job: self._average(placed, job))  # type: ignore[misc]

    # ------------------------------------------------------------ inside

    def _tell(self, placed: Placed) -> None:
        with contextlib.suppress(RuntimeError):  # a loop that was closed follows nothing
            self._loop.call_soon_threadsafe(self._follow_newest, placed)

    def _follow_newest(self, placed: Placed) -> None:
        # The answer may have been there first, and a later change, too.
        if placed.experiment.is_active:
            self._begin(f"look {placed.experiment.id}", lambda: self._look(placed.experiment.id))

    async def _look(self, experiment_id: str) -> None:
        with contextlib.suppress(OptwidgetsError):  # deleted meanwhile
            self.follow(
                await self.host.read(lambda c: store.load_experiment(c, None, experiment_id))
            )

    def _begin(self, name: str, work: Callable[[], object]) -> None:
        if name in self._tasks:
            return

        async def run() -> None:
            try:
                await work()  # type: ignore[misc]
            except Exception:
                log.exception("%s failed; it is tried again", name)
                self._loop.call_later(RETRY_SECONDS, self._begin, name, work)
            finally:
                self._tasks.pop(name, None)

        self._tasks[name] = self._loop.create_task(run())

    def _ring(self, placed: Placed, job_id: str) -> None:
        self._clocks.pop(job_id, None)
        self._begin(f"time {job_id}", lambda: self._time_out(placed, job_id))

    async def _time_out(self, placed: Placed, job_id: str) -> None:
        def operation(tx: Transaction) -> Placed:
            now = store.load_experiment(tx.connection, placed.project_id, placed.experiment.id)
            return Placed(now.project_id, time_out(now.experiment, job_id, time.time()))

        with contextlib.suppress(OptwidgetsError):  # deleted meanwhile
            await self.change(operation)

    async def _average(self, placed: Placed, job: Job) -> None:
        given = list(job.submissions.values())
        samples = [one.samples for one in given]
        mean = await work(self.host, "average", [one.model for one in given], samples)
        name = f"{placed.project_id}/{placed.experiment.id}/{job.id}/aggregate_model"
        file = await models.store(self.host, placed.project_id, job.id, name, mean)

        def operation(tx: Transaction) -> Placed:
            now = store.load_experiment(tx.connection, placed.project_id, placed.experiment.id)
            after = complete(now.experiment, job.id, file, time.time())
            models.keep(tx.connection, file)
            return Placed(now.project_id, after)

        try:
            await self.change(operation)
        except OptwidgetsError as error:  # cancelled or deleted meanwhile
            log.info("The mean of job %s is not needed: %s", job.id, error)
            await self.host.write(lambda tx: models.discard(tx.connection, file))


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Run while the server runs."""
    running = Running(app.state.host)
    app.state.vergeai = running
    await running.start()
    try:
        yield
    finally:
        await running.close()


def running_of(request: Request) -> Running:
    """Return what runs for this face."""
    running: Running = request.app.state.vergeai
    return running
