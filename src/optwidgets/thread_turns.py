"""How threads share the interpreter while a task is at work beside the interface."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: An edit changes threads about ten times on its way through a kernel. At Python's usual five
#: milliseconds each it would wait for most of its time; shorter turns slow a fit by about 1 %.
TURN_SECONDS = 0.0005


class _ShortTurns:
    """Counts the threads at work, so that the last one brings the usual turns back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work = 0
        self._usual = sys.getswitchinterval()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if self._at_work == 0:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(min(self._usual, TURN_SECONDS))
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1
                if self._at_work == 0:
                    sys.setswitchinterval(self._usual)


#: ``with short_turns():`` lets other threads have their turn soon; any number may enter it.
short_turns = _ShortTurns()
