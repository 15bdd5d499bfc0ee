"""One piece of long work: what it is, how far it is, and what became of it."""

from __future__ import annotations

import contextvars
import itertools
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.tasks.worker import Worker

T = TypeVar("T")
Progress = Callable[[float | None, str], None]
TaskState = Literal["queued", "running", "cancelling", "done", "failed", "cancelled"]

_ids = itertools.count(1)


class Cancelled(OptwidgetsError):  # noqa: N818 - a wish of the user, no error
    """The user cancelled the task; nothing was changed."""


class CancelledLate(Cancelled):
    """It was cancelled, but a server has recorded what it found, or may still; the words say which."""


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

    def _cancelled_words(self) -> str:
        return f"Cancelled after {self.elapsed:.0f} s. Nothing was changed."

    def _late(self) -> DeadlineExceeded:
        return DeadlineExceeded(f"{self.label} was not done within {self._deadline:g} s.")
