"""On whose behalf changes are made, under which key, and what their author had seen."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import overload


@dataclass
class Request:
    """On whose behalf changes are made, and under which conditions."""

    actor: str
    key: str | None = None
    expected_revision: int | None = None
    seen: str | None = None
    used: int = 0

    def next_key(self) -> str | None:
        """Return the key of the next append: the second one of a request gets its own."""
        if self.key is None:
            return None
        self.used += 1
        return self.key if self.used == 1 else f"{self.key}#{self.used}"


_request: ContextVar[Request | None] = ContextVar("optwidgets_request", default=None)


@contextlib.contextmanager
def acting(
    actor: str,
    *,
    key: str | None = None,
    expected_revision: int | None = None,
    seen: str | None = None,
) -> Iterator[None]:
    """Make changes in somebody's name, at most once per key, on a known revision.

    Holds for everything that the current thread changes inside the block. `seen` is the
    `Store.mark` of what the author had seen; if not given, what is known in this process.
    """
    token = _request.set(Request(storable(actor), storable(key), expected_revision, seen))
    try:
        yield
    finally:
        _request.reset(token)


def current_request() -> Request | None:
    """Return what `acting` says in this thread now."""
    return _request.get()


@overload
def storable(text: str) -> str: ...


@overload
def storable(text: None) -> None: ...


def storable(text: str | None) -> str | None:
    """Return a text without half characters, which no database takes."""
    return None if text is None else text.encode("utf-8", "replace").decode()
