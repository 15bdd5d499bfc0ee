"""Looking at every request from outside: how it was answered, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Gets the scope of a request, the status of its answer, and the seconds that it took.
Watcher = Callable[[Any, int, float], None]


class Watched:
    """Middleware that tells of each request once it has been served.

    Parameters
    ----------
    app
        What comes behind it.
    watchers
        Who is told, in this order.
    """

    def __init__(self, app: ASGIApp, watchers: Sequence[Watcher]) -> None:
        self._app = app
        self._watchers = tuple(watchers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, and tell of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            seconds = time.perf_counter() - began
            for watcher in self._watchers:
                watcher(scope, status, seconds)
