"""Who wants to know what happens in which session; all of it in the event loop."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Generic, TypeVar

News = TypeVar("News")


class Listening(Generic[News]):
    """Callbacks by session.

    Examples
    --------
    >>> listening: Listening[str] = Listening()
    >>> heard: list[str] = []
    >>> stop = listening.add("4f1c", heard.append)
    >>> listening.tell("4f1c", "locked")
    >>> stop()
    >>> listening.tell("4f1c", "free")
    >>> heard, listening.somebody("4f1c")
    (['locked'], False)
    """

    def __init__(self) -> None:
        self._of: dict[str, list[Callable[[News], None]]] = {}

    def add(self, session_id: str, callback: Callable[[News], None]) -> Callable[[], None]:
        """Call back with the news of a session; return how to stop it."""
        callbacks = self._of.setdefault(session_id, [])
        callbacks.append(callback)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                callbacks.remove(callback)
            if not callbacks and self._of.get(session_id) is callbacks:
                del self._of[session_id]

        return stop

    def somebody(self, session_id: str) -> bool:
        """Return whether anybody listens."""
        return session_id in self._of

    def tell(self, session_id: str, news: News) -> None:
        """Call everybody back who listens."""
        for callback in tuple(self._of.get(session_id, ())):
            callback(news)

    def tell_all(self, news: News) -> None:
        """Call everybody back, of every session."""
        for session_id in tuple(self._of):
            self.tell(session_id, news)
