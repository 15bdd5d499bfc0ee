"""Time that goes on evenly, whatever is done to the clock of the machine."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from time import monotonic, time

_BEGAN = time() - monotonic()
#: More are hardly held at once; what is left out is judged by the clock again.
_MANY = 10_000


def steady_time() -> float:
    """Return seconds since 1970, from a clock that was looked at when this process began.

    For what this process decides, such as whether an address is still good, and not for what is
    shown: the clock of the machine may have been put right meanwhile.

    Examples
    --------
    >>> before = steady_time()
    >>> 0 <= steady_time() - before < 1
    True
    """
    return _BEGAN + monotonic()


class Ends:
    """When things end whose end is written down as a time of day.

    What began in this process ends after as many seconds as it was to last. Of what an earlier
    process began, only times of day are known. They count once: when it is first asked for.

    Examples
    --------
    >>> ends = Ends()
    >>> ends.set("lock", 10.0)
    >>> since, until = "1999-12-31T00:00:00+00:00", "1999-12-31T00:10:00+00:00"
    >>> 9 < ends.left("lock", since, until) <= 10
    True
    >>> ends.left("of an earlier process", since, until) <= 0
    True
    """

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}
        self._mine = threading.Lock()

    def set(self, name: str, seconds: float) -> None:
        """Have something end so many seconds from now."""
        with self._mine:
            self._ends.pop(name, None)
            while len(self._ends) >= _MANY:
                del self._ends[next(iter(self._ends))]
            self._ends[name] = monotonic() + seconds

    def left(self, name: str, since: str, until: str) -> float:
        """Return the seconds that something has left; when it began and ends, in ISO 8601."""
        end = self._ends.get(name)
        if end is not None:
            return end - monotonic()
        last = datetime.fromisoformat(until)
        whole = (last - datetime.fromisoformat(since)).total_seconds()
        told = (last - datetime.now(UTC)).total_seconds()
        # A clock that was set back while no server ran makes nothing last longer than it was to.
        seconds = min(told, whole) if whole > 0 else told
        self.set(name, seconds)
        return seconds
