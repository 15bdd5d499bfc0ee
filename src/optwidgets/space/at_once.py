"""Changes that are made on what is known here: nothing of others comes in between."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar


class HasLock(Protocol):
    """A handle whose reads may bring in what others did, unless it holds its lock."""

    _lock: AbstractContextManager[Any]


S = TypeVar("S", bound=HasLock)
P = ParamSpec("P")
R = TypeVar("R")


def at_once(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Have a method read and change under the lock of its handle.

    What others did before, and its author has not seen, is told then, and not overwritten.
    """

    @functools.wraps(method)
    def locked(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._lock:
            return method(self, *args, **kwargs)

    return locked
