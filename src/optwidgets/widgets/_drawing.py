"""Draws in the background: the newest wish counts, and nobody waits for it."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


class Drawer:
    """Runs one method again and again, in a thread of its own, as long as it is wished for.

    Wishes that come while it runs count as one. The session's worker is not used: a
    figure of the last model must not wait for the fit of the next one.

    Parameters
    ----------
    draw
        Bound method; its object is not kept alive.

    Examples
    --------
    >>> class View:
    ...     drawn = 0
    ...
    ...     def draw(self):
    ...         self.drawn += 1
    >>> view = View()
    >>> drawer = Drawer(view.draw)
    >>> drawer.wish()
    >>> drawer.settle(10)
    True
    >>> view.drawn
    1
    """

    def __init__(self, draw: Callable[[], Any]) -> None:
        self._draw = weakref.WeakMethod(draw)
        self._lock = threading.Lock()
        self._wished = False
        self._running = False
        self._idle = threading.Event()
        self._idle.set()

    def wish(self) -> None:
        """Have it drawn soon; returns at once."""
        with self._lock:
            self._wished = True
            if self._running:
                return
            self._running = True
            self._idle.clear()
        threading.Thread(target=self._run, name="optwidgets-figures", daemon=True).start()

    def settle(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to draw; return whether that is so."""
        return self._idle.wait(timeout)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._wished:
                    self._running = False
                    self._idle.set()
                    return
                self._wished = False
            draw = self._draw()
            if draw is None:
                continue
            try:
                draw()
            except Exception:
                # The view outlives a figure that cannot be drawn; the log has the details.
                log.exception("A figure could not be drawn.")
            del draw
