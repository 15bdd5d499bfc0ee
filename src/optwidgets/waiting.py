"""Waiting for a task as for a plain function, with a progress bar when it takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, TypeVar

from optwidgets.tasks import GRACE_SECONDS, Task

T = TypeVar("T")

_KNOWN = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}{postfix}"
_UNKNOWN = "{desc}: {elapsed}{postfix}"


def wait_with_bar(task: Task[T], *, after: float = 1.0) -> Any:
    """Wait for a task as a plain function would, with a progress bar once it takes long.

    Ctrl+C cancels the task and is raised again when it has ended.
    """
    try:
        try:
            return task.future.result(timeout=after)
        except FutureTimeoutError:
            if task.future.done():
                raise
        return _wait_with_tqdm(task)
    except KeyboardInterrupt:
        task.cancel()
        _settle(task)
        raise


def _wait_with_tqdm(task: Task[Any]) -> Any:
    from tqdm.std import tqdm

    line = _line_of_the_cell()
    with tqdm(
        total=1.0,
        desc=task.label,
        leave=False,
        file=line or sys.stderr,
        ncols=_COLUMNS if line else None,
        ascii=False if line else None,
        bar_format=_UNKNOWN,
    ) as bar:
        if not bar.disable:  # as by TQDM_DISABLE=1
            bar.start_t -= task.elapsed
        try:
            while True:
                try:
                    return task.future.result(timeout=0.1)
                except FutureTimeoutError:
                    if task.future.done():
                        raise
                bar.bar_format = _UNKNOWN if task.fraction is None else _KNOWN
                bar.n = task.fraction or 0.0
                bar.set_postfix_str(task.stage, refresh=True)
        finally:
            bar.close()
            if line is not None:
                line.finish(f"{task.label}: {_ENDS.get(task.state, 'ended')} {task.elapsed:.1f} s")


_COLUMNS = 90
_ENDS = {"done": "done in", "failed": "failed after", "cancelled": "cancelled after"}


class CellLine:
    """A file for tqdm that is one line of a cell's output, rewritten in place.

    An output cannot be taken away again, only rewritten: a widget that was closed would
    leave an empty entry in the notebook, and this leaves what was done and how long it took.

    Parameters
    ----------
    show
        Shows a text and returns what rewrites it.
    """

    def __init__(self, show: Callable[[str], Callable[[str], None]]) -> None:
        self._show = show
        self._rewrite: Callable[[str], None] | None = None

    def write(self, text: str) -> int:
        """Show the newest line; blanks, with which tqdm wipes its line, are left out."""
        shown = text.rsplit("\r", 1)[-1].strip()
        if shown:
            self.finish(shown)
        return len(text)

    def finish(self, text: str) -> None:
        """Rewrite the line."""
        if self._rewrite is None:
            self._rewrite = self._show(text)
        else:
            self._rewrite(text)

    def flush(self) -> None:
        """Do nothing: a line is there when it is written."""


def _line_of_the_cell() -> CellLine | None:
    """Return the line of a notebook's cell, or None where a terminal has the output."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if getattr(shell, "kernel", None) is None:
        return None
    from IPython.display import display

    def show(text: str) -> Callable[[str], None]:
        handle: Any = display({"text/plain": text}, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        return lambda newer: handle.update({"text/plain": newer}, raw=True)

    return CellLine(show)


def _settle(task: Task[Any]) -> None:
    try:
        task.future.exception(timeout=2 * GRACE_SECONDS)
    except (FutureTimeoutError, KeyboardInterrupt):
        return
