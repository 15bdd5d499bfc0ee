"""One line of JSON per request, without what is secret: no query, no headers, no body."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

from optwidgets.journal.entry import now

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("optwidgets.server.requests")


class Logs:
    """Middleware that writes the log. Tokens travel in queries and headers, which it leaves out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request and note it."""
        if scope["type"] != "http" or not log.isEnabledFor(logging.INFO):
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
            principal = scope.get("state", {}).get("principal")
            line = {
                "at": now(),
                "method": scope["method"],
                "path": scope["path"][:200],
                "status": status,
                "ms": round(1000 * (time.perf_counter() - began), 1),
                "token": principal.name if principal else None,
            }
            log.info(json.dumps(line))
