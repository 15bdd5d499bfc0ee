"""One thread that works through the tasks of a session.

Cancelling is cooperative: the next call of `progress` raises `Cancelled`. A thread that doesn't
react in half a second is left to itself: its result is dropped and a new thread takes the next
task, so that Cancel answers in under a second whatever the library underneath is doing.
"""

# ruff: noqa: SLF001 - a task and its worker are two halves of one thing

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from optwidgets.tasks.task import Cancelled, DeadlineExceeded, Progress, Task, TaskState
from optwidgets.tasks.telling import Outbox
from optwidgets.tasks.turns import short_turns

T = TypeVar("T")

GRACE_SECONDS = 0.5
THROTTLE_SECONDS = 0.1


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
        self._outbox = Outbox()
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
        self._outbox.send()
        return task

    def cancel(self, task: Task[Any]) -> bool:
        """Cancel a task, and answer within half a second even if it doesn't listen."""
        with self._lock:
            waiting = task in self._queue
            if waiting:
                self._queue.remove(task)
                self._end(task, "cancelled", error=Cancelled(task._cancelled_words()))
            elif task is not self._current or task.state != "running":
                return task.state == "cancelling"
            else:
                task.state = "cancelling"
                task._stop = Cancelled
                self._tell(task)
        self._outbox.send()
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
            self._outbox.send()
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
                self._finish(task, me, error=task._late())
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
            with short_turns():
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
                error = Cancelled(task._cancelled_words())
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
        self._outbox.send()

    def _abandon(self, task: Task[Any]) -> None:
        """Stop waiting for a thread that doesn't react to being cancelled."""
        with self._lock:
            if self._current is not task or task.state != "cancelling":
                return
            self._current = None
            self._thread = None
            self._end(task, "cancelled", error=Cancelled(task._cancelled_words()))
            if self._queue:
                self._ensure_thread()
        self._outbox.send()

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
                self._end(task, "failed", error=task._late())
                if self._queue:
                    self._ensure_thread()
            else:
                self._thread = threading.Thread(
                    target=self._take_over, args=(task,), name="optwidgets-task", daemon=True
                )
                self._thread.start()
        self._outbox.send()

    def _take_over(self, task: Task[Any]) -> None:
        self._use_fallback(task, threading.current_thread())
        self._run()

    # ------------------------------------------------------------ telling

    def _progress_of(self, task: Task[Any], me: threading.Thread) -> Progress:
        told = 0.0

        def progress(fraction: float | None, stage: str) -> None:
            nonlocal told
            if self._thread is not me:
                raise Cancelled(task._cancelled_words())
            if task._stop is not None:
                raise task._stop(task._cancelled_words())
            task.fraction = None if fraction is None else min(max(float(fraction), 0.0), 1.0)
            changed = stage != task.stage
            task.stage = stage
            now = time.monotonic()
            if now - told >= THROTTLE_SECONDS or (changed and told == 0.0):
                told = now
                with self._lock:
                    self._tell(task)
                self._outbox.send()

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
            self._outbox.put(lambda: task.future.set_exception(error))
        else:
            self._outbox.put(lambda: task.future.set_result(result))

    def _tell(self, task: Task[Any]) -> None:
        """Put news into the outbox; the caller holds the lock and sends it afterwards."""
        if self._on_event is not None and not task.quiet:
            tell, news = self._on_event, task.to_dict()
            self._outbox.put(lambda: tell(news))


def _later(seconds: float, function: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()
