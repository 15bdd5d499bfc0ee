"""Long work beside the notebook: one worker per session, progress, cancel, deadline.

A task runs in a thread and calls `progress` often. Cancelling is cooperative: the next
call of `progress` raises `Cancelled`. A thread that doesn't react in half a second is
left to itself: its result is dropped and a new thread takes the next task, so that
Cancel answers in under a second whatever the library underneath is doing.
"""

# ruff: noqa: SLF001 - a task and its worker are two halves of one thing

from __future__ import annotations

import contextvars
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from typing import Any, Generic, Literal, TypeVar

from optwidgets.errors import OptwidgetsError
from optwidgets.turns import short_turns

T = TypeVar("T")
Progress = Callable[[float | None, str], None]
TaskState = Literal["queued", "running", "cancelling", "done", "failed", "cancelled"]

GRACE_SECONDS = 0.5
THROTTLE_SECONDS = 0.1
_ids = itertools.count(1)


class Cancelled(OptwidgetsError):  # noqa: N818 - a wish of the user, no error
    """The user cancelled the task; nothing was changed."""


class DeadlineExceeded(OptwidgetsError):  # noqa: N818 - as `TimeoutError` reads
    """The task did not end before its deadline."""


def no_progress(fraction: float | None, stage: str) -> None:
    """Report to nobody."""


class Task(Generic[T]):
    """One piece of long work.

    Attributes
    ----------
    id
        Name of the task, unique in the process.
    label
        What it does, in words.
    stage
        What it is doing now, in words.
    fraction
        Share that is done, 0 to 1, or None when that is unknown.
    state
        ``queued``, ``running``, ``cancelling``, ``done``, ``failed`` or ``cancelled``.
    fell_back
        Whether the deadline passed and the fallback gave the result.
    quiet
        Whether views should not show it: work nobody asked for.
    """

    def __init__(
        self,
        label: str,
        function: Callable[[Progress], T],
        *,
        then: Callable[[T], Any] | None = None,
        deadline: float | None = None,
        fallback: Callable[[Progress], T] | None = None,
        quiet: bool = False,
    ) -> None:
        self.id = f"task-{next(_ids)}"
        self.label = label
        self.stage = ""
        self.fraction: float | None = None
        self.state: TaskState = "queued"
        self.fell_back = False
        self.quiet = quiet
        self.future: Future[Any] = Future()
        # An event loop that stops waiting may not cancel it: only the worker ends a task.
        self.future.set_running_or_notify_cancel()
        self._function = function
        self._then = then
        self._deadline = deadline
        self._fallback = fallback
        self._stop: type[OptwidgetsError] | None = None
        self._started = time.monotonic()
        self._ended: float | None = None
        self._worker: Worker | None = None
        # In whose name the result is recorded is a matter of who asked for it.
        self._context = contextvars.copy_context()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return (self._ended or time.monotonic()) - self._started

    @property
    def finished(self) -> bool:
        """Whether the task has ended, one way or another."""
        return self.state in {"done", "failed", "cancelled"}

    def cancel(self) -> bool:
        """Ask the task to end without changing anything; False if it is too late."""
        return self._worker is not None and self._worker.cancel(self)

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the result.

        Raises
        ------
        Cancelled
            When the task was cancelled.
        OptwidgetsError
            When it is not ready after `timeout` seconds.
        """
        try:
            return self.future.result(timeout)
        except FutureTimeoutError:
            if self.future.done():
                raise
            raise OptwidgetsError(f"{self.label} is not done after {timeout:g} s.") from None

    def to_dict(self) -> dict[str, Any]:
        """Return what a view shows: id, label, stage, fraction, elapsed_s, state."""
        return {
            "id": self.id,
            "label": self.label,
            "stage": self.stage,
            "fraction": self.fraction,
            "elapsed_s": round(self.elapsed, 3),
            "state": self.state,
        }


class Worker:
    """Runs the tasks of one session, one after the other.

    Parameters
    ----------
    on_event
        Called with `Task.to_dict` whenever the state of a task changes, and at most ten
        times a second with its progress. Called in order, under no lock, from whichever
        thread made the change. Quiet tasks are not reported.

    Examples
    --------
    >>> worker = Worker()
    >>> task = worker.submit("Count", lambda progress: sum(range(10)))
    >>> task.result(), task.state
    (45, 'done')
    """

    def __init__(self, on_event: Callable[[dict[str, Any]], None] | None = None) -> None:
        self._on_event = on_event
        self._outbox: deque[Callable[[], None]] = deque()
        self._telling = threading.Lock()
        self._queue: deque[Task[Any]] = deque()
        self._lock = threading.RLock()
        self._current: Task[Any] | None = None
        self._thread: threading.Thread | None = None

    @property
    def current(self) -> Task[Any] | None:
        """The task that runs now, or None."""
        return self._current

    @property
    def tasks(self) -> list[Task[Any]]:
        """The running task and those that wait."""
        with self._lock:
            return [*([self._current] if self._current else []), *self._queue]

    def owns_current_thread(self) -> bool:
        """Whether the caller is a task of this worker."""
        return threading.current_thread() is self._thread

    def submit(
        self,
        label: str,
        function: Callable[[Progress], T],
        *,
        then: Callable[[T], Any] | None = None,
        deadline: float | None = None,
        fallback: Callable[[Progress], T] | None = None,
        quiet: bool = False,
    ) -> Task[T]:
        """Queue a function and return its task.

        Parameters
        ----------
        label
            What it does, in words.
        function
            The work; takes `progress`.
        then
            What is done with its result, such as recording it. Runs only if the task
            is still wanted, and cannot be cancelled; what it returns is the result.
        deadline
            Seconds after which `fallback` gives the result instead.
        fallback
            Quick replacement of `function`. Without one the task fails at its deadline.
        quiet
            Whether views should not show the task.
        """
        task: Task[T] = Task(
            label, function, then=then, deadline=deadline, fallback=fallback, quiet=quiet
        )
        task._worker = self
        with self._lock:
            self._queue.append(task)
            self._tell(task)
            self._ensure_thread()
        self._send()
        return task

    def cancel(self, task: Task[Any]) -> bool:
        """Cancel a task, and answer within half a second even if it doesn't listen."""
        with self._lock:
            waiting = task in self._queue
            if waiting:
                self._queue.remove(task)
                self._end(task, "cancelled", error=Cancelled(_cancelled_words(task)))
            elif task is not self._current or task.state != "running":
                return task.state == "cancelling"
            else:
                task.state = "cancelling"
                task._stop = Cancelled
                self._tell(task)
        self._send()
        if not waiting:
            _later(GRACE_SECONDS, lambda: self._abandon(task))
        return True

    def cancel_all(self) -> None:
        """Cancel the running task and all that wait."""
        for task in reversed(self.tasks):
            self.cancel(task)

    # ------------------------------------------------------------ the thread

    def _ensure_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="optwidgets-task", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        me = threading.current_thread()
        while True:
            with self._lock:
                if self._thread is not me:
                    return
                if not self._queue:
                    # A thread costs next to nothing to start: none waits idle, and no
                    # thread keeps a forgotten session alive.
                    self._thread = None
                    return
                task = self._queue.popleft()
                self._current = task
                task.state = "running"
                task._started = time.monotonic()
                self._tell(task)
            self._send()
            if task._deadline is not None:
                _later(task._deadline, partial(self._pass_deadline, task))
            self._work(task, task._function, me)

    def _work(
        self, task: Task[Any], function: Callable[[Progress], Any], me: threading.Thread
    ) -> None:
        try:
            with short_turns():
                result = function(self._progress_of(task, me))
        except DeadlineExceeded:
            if task._fallback is None or self._thread is not me:
                self._finish(task, me, error=_late(task))
                return
            self._use_fallback(task, me)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the task
            self._finish(task, me, error=error)
        else:
            self._finish(task, me, result=result)

    def _use_fallback(self, task: Task[Any], me: threading.Thread) -> None:
        assert task._fallback is not None
        with self._lock:
            task._stop = None
            task.fell_back = True
        try:
            result = task._fallback(self._progress_of(task, me))
        except BaseException as error:  # noqa: BLE001 - as above
            self._finish(task, me, error=error)
        else:
            self._finish(task, me, result=result)

    def _finish(
        self,
        task: Task[Any],
        me: threading.Thread,
        *,
        result: Any = None,
        error: BaseException | None = None,
    ) -> None:
        with self._lock:
            if self._thread is not me or task.finished:
                return  # abandoned: somebody else has answered for this task
            # Whoever did the work may know better what became of it.
            if task.state == "cancelling" and not isinstance(error, Cancelled):
                error = Cancelled(_cancelled_words(task))
            elif error is None:
                # From here the task counts: too late to cancel.
                self._current = None
        if error is None and task._then is not None:
            try:
                result = task._context.run(task._then, result)
            except BaseException as raised:  # noqa: BLE001 - as above
                error = raised
        with self._lock:
            state: TaskState = "done"
            if error is not None:
                state = "cancelled" if isinstance(error, Cancelled) else "failed"
            self._current = None
            self._end(task, state, result=result, error=error)
        self._send()

    def _abandon(self, task: Task[Any]) -> None:
        """Stop waiting for a thread that doesn't react to being cancelled."""
        with self._lock:
            if self._current is not task or task.state != "cancelling":
                return
            self._current = None
            self._thread = None
            self._end(task, "cancelled", error=Cancelled(_cancelled_words(task)))
            if self._queue:
                self._ensure_thread()
        self._send()

    def _pass_deadline(self, task: Task[Any]) -> None:
        with self._lock:
            if self._current is not task or task.state != "running":
                return
            task._stop = DeadlineExceeded
        _later(GRACE_SECONDS, lambda: self._replace(task))

    def _replace(self, task: Task[Any]) -> None:
        """Run the fallback in a new thread when the old one does not react."""
        with self._lock:
            if self._current is not task or task.state != "running" or task.fell_back:
                return
            if task._stop is not DeadlineExceeded:
                return
            if task._fallback is None:
                self._current = None
                self._thread = None
                self._end(task, "failed", error=_late(task))
                if self._queue:
                    self._ensure_thread()
            else:
                self._thread = threading.Thread(
                    target=self._take_over, args=(task,), name="optwidgets-task", daemon=True
                )
                self._thread.start()
        self._send()

    def _take_over(self, task: Task[Any]) -> None:
        self._use_fallback(task, threading.current_thread())
        self._run()

    # ------------------------------------------------------------ telling

    def _progress_of(self, task: Task[Any], me: threading.Thread) -> Progress:
        told = 0.0

        def progress(fraction: float | None, stage: str) -> None:
            nonlocal told
            if self._thread is not me:
                raise Cancelled(_cancelled_words(task))
            if task._stop is not None:
                raise task._stop(_cancelled_words(task))
            task.fraction = None if fraction is None else min(max(float(fraction), 0.0), 1.0)
            changed = stage != task.stage
            task.stage = stage
            now = time.monotonic()
            if now - told >= THROTTLE_SECONDS or (changed and told == 0.0):
                told = now
                with self._lock:
                    self._tell(task)
                self._send()

        return progress

    def _end(
        self,
        task: Task[Any],
        state: TaskState,
        *,
        result: Any = None,
        error: BaseException | None = None,
    ) -> None:
        task.state = state
        task._ended = time.monotonic()
        # Views are told first: who waits for the result then finds them settled.
        self._tell(task)
        if error is not None:
            self._outbox.append(lambda: task.future.set_exception(error))
        else:
            self._outbox.append(lambda: task.future.set_result(result))

    def _tell(self, task: Task[Any]) -> None:
        """Put news into the outbox; the caller holds the lock and calls `_send` after it."""
        if self._on_event is not None and not task.quiet:
            tell, news = self._on_event, task.to_dict()
            self._outbox.append(lambda: tell(news))

    def _send(self) -> None:
        # Under no lock: a subscriber may take the session's lock, whose holder may be
        # submitting a task. And in order: one thread at a time empties the outbox.
        while self._outbox and self._telling.acquire(blocking=False):
            try:
                while self._outbox:
                    self._outbox.popleft()()
            finally:
                self._telling.release()


def _later(seconds: float, function: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()


def _cancelled_words(task: Task[Any]) -> str:
    return f"Cancelled after {task.elapsed:.0f} s. Nothing was changed."


def _late(task: Task[Any]) -> DeadlineExceeded:
    return DeadlineExceeded(f"{task.label} was not done within {task._deadline:g} s.")
