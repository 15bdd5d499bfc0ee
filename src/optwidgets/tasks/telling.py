"""News in order, told while no lock is held."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Outbox:
    """Calls that are put in under a lock, and made in order once it is free.

    Who is called may take the session's lock, whose holder may be submitting a task: so nothing
    is called under the lock of who tells.

    Examples
    --------
    >>> outbox, heard = Outbox(), []
    >>> outbox.put(lambda: heard.append("queued"))
    >>> heard
    []
    >>> outbox.send()
    >>> heard
    ['queued']
    """

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], object]] = deque()
        self._sending = threading.Lock()

    def put(self, call: Callable[[], object]) -> None:
        """Put in a call; whoever does it sends once no lock is held."""
        self._waiting.append(call)

    def send(self) -> None:
        """Make the calls that wait; one thread at a time does, so that they stay in order."""
        while self._waiting and self._sending.acquire(blocking=False):
            try:
                while self._waiting:
                    self._waiting.popleft()()
            finally:
                self._sending.release()
