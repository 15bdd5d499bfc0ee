"""One thread that writes: many operations, one commit.

A commit waits for the disk, for milliseconds. What arrives meanwhile is committed together, so
that eight clients are served several times as fast as one after the other, with the same promise:
whoever got an answer finds it on the disk.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from optwidgets.server.database import is_connection_lost, sentence
from optwidgets.server.errors import Lost, Unavailable

if TYPE_CHECKING:
    from optwidgets.server.answers import Once
    from optwidgets.server.database import ServerDatabase

log = logging.getLogger(__name__)

MAX_GROUP = 256
GATHER_SECONDS = 0.002
RECONNECT_SECONDS = 10.0
# Faults of the disk or the connection; others, such as a broken rule of a table, are the
# operation's own.
_OF_THE_GROUP = (sa.exc.OperationalError, sa.exc.InternalError, sa.exc.InterfaceError)


@dataclass
class Job:
    """An operation that waits to be done.

    Parameters
    ----------
    operation
        Gets the scope of the group; called again if the group has to be done again.
    once
        The request it is done for, if that has a key: it may then be done again when it is unknown
        whether it was committed, because it finds its own answer.
    """

    operation: Callable[[Any], Any]
    once: Once | None = None
    future: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None


class Scope(Protocol):
    """What the operations of a group work on; made by whoever owns the writer."""

    wrote: bool
    """Whether the operation wrote anything, or may have."""

    def begin(self, connection: sa.Connection, requests: Sequence[Once]) -> None:
        """Take the connection of a new group, and which of its requests have keys."""
        ...

    def begin_operation(self) -> None:
        """Expect the next operation of the group."""
        ...

    def keep(self) -> None:
        """Keep what the operation did."""
        ...

    def before_commit(self) -> None:
        """Write what belongs to the operations that were kept."""
        ...

    def committed(self) -> None:
        """Tell the world: all of it is on the disk."""
        ...

    def failed(self) -> None:
        """Forget what the group did in memory."""
        ...


class Writer:
    """The thread that writes to a database.

    Parameters
    ----------
    database
        Where to.
    scope
        What operations work on.
    tell
        Calls back, in the thread that has to know, once a group is over. One call for all of the
        group: waking another thread costs as much as an operation.
    """

    def __init__(
        self, database: ServerDatabase, scope: Scope, tell: Callable[[Callable[[], None]], None]
    ) -> None:
        self._database = database
        self._scope = scope
        self._tell = tell
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._connection: sa.Connection | None = None
        self._closing = False
        self._size = 0  # of the group before
        self.commits = 0
        self.operations = 0
        self._thread = threading.Thread(target=self._run, name="optwidgets-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many operations wait."""
        return self._queue.qsize()

    def submit(self, operation: Callable[[Any], Any], once: Once | None = None) -> Future[Any]:
        """Do an operation in the next group; the future ends when it is on the disk."""
        if self._closing:
            raise Unavailable("The server is stopping. Repeat when it is back.")
        job = Job(operation, once)
        self._queue.put(job)
        return job.future

    def close(self) -> None:
        """Write what waits, then end the thread."""
        self._closing = True
        self._queue.put(None)
        self._thread.join()

    # ------------------------------------------------------------ inside

    def _run(self) -> None:
        ended = False
        while not ended:
            jobs, ended = self._next_group()
            if jobs:
                self._serve(jobs)
        if self._connection is not None:
            self._connection.close()

    def _next_group(self) -> tuple[list[Job], bool]:
        """Return the operations that wait, and whether they are the last ones.

        Those who were answered together ask again together, within a moment: one commit for all
        of them saves more than the moment costs. A single client does not wait.
        """
        jobs: list[Job] = []
        expected, self._size = self._size, 0
        until = 0.0
        job = self._queue.get()
        while job is not None:
            jobs.append(job)
            self._size = len(jobs)
            if len(jobs) >= MAX_GROUP:
                return jobs, False
            until = until or time.monotonic() + GATHER_SECONDS
            wait = until - time.monotonic() if len(jobs) < expected else 0.0
            try:
                job = self._queue.get(block=wait > 0, timeout=max(wait, 0.0))
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _serve(self, jobs: list[Job]) -> None:
        """Commit a group; with a lost connection, try again on another one."""
        until = time.monotonic() + RECONNECT_SECONDS
        pause = 0.05
        left = jobs
        while left:
            committing = False
            try:
                connection = self._connect()
                with connection.begin() as transaction:
                    self._scope.begin(connection, [job.once for job in left if job.once])
                    for job in left:
                        self._do(job)
                    self._scope.before_commit()
                    committing = True
                    transaction.commit()
            except _SpoiledError as spoiled:
                # The others are done again without it.
                self._scope.failed()
                self._tell(partial(_finish, [spoiled.job]))
                left = [job for job in left if job is not spoiled.job]
                continue
            except BaseException as error:  # noqa: BLE001 - told to whoever waits
                self._scope.failed()
                self._drop_connection()
                lost = is_connection_lost(error)
                if not lost or time.monotonic() > until:
                    self._tell(partial(_fail, left, self._in_words(error)))
                    return
                if committing:
                    unsure = [job for job in left if job.once is None]
                    unknown = Unavailable(
                        "The database was lost while this was being recorded, so it is unknown "
                        "whether it was. Look before you repeat it; with an Idempotency-Key a "
                        "repeat is safe."
                    )
                    self._tell(partial(_fail, unsure, unknown))
                    left = [job for job in left if job.once is not None]
                time.sleep(pause)
                pause = min(pause * 2, 1.0)
                continue
            self.commits += 1
            self.operations += len(left)
            self._scope.committed()
            self._tell(partial(_finish, left))
            return

    def _do(self, job: Job) -> None:
        """Do one operation; raise `_SpoiledError` if it failed and left something behind.

        A savepoint for each operation would cost more than the operations: one that fails does
        so before it writes, nearly always.
        """
        job.result, job.error = None, None
        self._scope.begin_operation()
        try:
            job.result = job.operation(self._scope)
        except _OF_THE_GROUP:
            raise
        except BaseException as error:  # told to whoever waits
            job.error = error
            if self._scope.wrote or isinstance(error, sa.exc.DBAPIError):
                raise _SpoiledError(job) from error
        else:
            self._scope.keep()

    def _connect(self) -> sa.Connection:
        if self._connection is None:
            self._connection = self._database.write_connection()
        return self._connection

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def _in_words(self, error: BaseException) -> BaseException:
        if isinstance(error, sa.exc.DBAPIError):
            return sentence(error, self._database.name)
        if not isinstance(error, Lost):
            log.error("A group could not be written.", exc_info=error)
        return error


class _SpoiledError(Exception):
    """An operation failed after it had written."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


def _finish(jobs: list[Job]) -> None:
    for job in jobs:
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)


def _fail(jobs: list[Job], error: BaseException) -> None:
    for job in jobs:
        # An operation that was refused for its own reason keeps that reason.
        job.future.set_exception(job.error or error)
