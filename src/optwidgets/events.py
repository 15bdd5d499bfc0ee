"""Named events and their subscribers."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Callback = Callable[[dict[str, Any]], None]

log = logging.getLogger(__name__)


class Events:
    """A fixed set of events; a callback that fails is logged and harms nobody else.

    Parameters
    ----------
    names
        The events there are.

    Examples
    --------
    >>> events = Events(["task"])
    >>> stop = events.on("task", print)
    >>> events.emit("task", {"state": "running"})
    {'state': 'running'}
    >>> stop()
    >>> events.emit("task", {"state": "done"})
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._callbacks: dict[str, list[Callback]] = {name: [] for name in names}
        self._lock = threading.Lock()

    def on(self, name: str, callback: Callback) -> Callable[[], None]:
        """Call back at each event of a name; return how to stop it."""
        if name not in self._callbacks:
            known = ", ".join(sorted(self._callbacks))
            raise OptwidgetsError(f"There is no event {name!r}. The events are {known}.")
        with self._lock:
            self._callbacks[name].append(callback)

        def stop() -> None:
            self.off(name, callback)

        return stop

    def off(self, name: str, callback: Callback) -> None:
        """Call back no more; nothing happens if it never was."""
        with self._lock:
            if callback in self._callbacks.get(name, ()):
                self._callbacks[name].remove(callback)

    def wanted(self, name: str) -> bool:
        """Return whether anybody listens."""
        return bool(self._callbacks[name])

    def emit(self, name: str, payload: dict[str, Any]) -> None:
        """Tell the subscribers, in the order in which they came."""
        for callback in tuple(self._callbacks[name]):
            try:
                callback(payload)
            except Exception:
                log.exception("A subscriber of the event %r failed.", name)
