"""While a task computes, the other threads of the process get their turns soon."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

#: Python lets a thread that computes go on for 5 ms before another one gets its turn. An edit in the
#: grid needs about ten turns until it is acknowledged.
SECONDS = 0.001

_lock = threading.Lock()
_before: list[float] = []
_running = 0


@contextlib.contextmanager
def short_turns() -> Iterator[None]:
    """Have the threads of this process take turns of a millisecond meanwhile.

    Examples
    --------
    >>> before = sys.getswitchinterval()
    >>> with short_turns():
    ...     round(sys.getswitchinterval(), 6)
    0.001
    >>> sys.getswitchinterval() == before
    True
    """
    global _running  # noqa: PLW0603 - the setting belongs to the whole process, too
    with _lock:
        _running += 1
        if _running == 1:
            _before.append(sys.getswitchinterval())
            sys.setswitchinterval(min(SECONDS, _before[-1]))
    try:
        yield
    finally:
        with _lock:
            _running -= 1
            if _running == 0:
                sys.setswitchinterval(_before.pop())
