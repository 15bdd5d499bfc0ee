"""Waiting for a task as for a plain function, with a progress bar when it takes long."""

from __future__ import annotations

import sys
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
    from tqdm.auto import tqdm

    with tqdm(
        total=1.0,
        desc=task.label,
        leave=False,
        file=sys.stderr,
        bar_format=_UNKNOWN,
    ) as bar:
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
            # In a notebook a bar that is not full stays, although it was told to go.
            bar.n = bar.total


def _settle(task: Task[Any]) -> None:
    try:
        task.future.exception(timeout=2 * GRACE_SECONDS)
    except (FutureTimeoutError, KeyboardInterrupt):
        return
