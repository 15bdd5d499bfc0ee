"""What is refused before any route sees it: foreign hosts and pages, bodies too large or slow.

A server that only reads also refuses here what would write.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request

from optwidgets.server.errors import NotAllowed, ServerError, TooLarge, Unavailable, WrongType
from optwidgets.server.settings import LOOPBACK_NAMES, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NAME_AND_PORT = re.compile(r"(?:\[([0-9a-f:.%]+)\]|([^:\[\]]*))(?::[0-9]*)?")

READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: Header of every answer of a server that shows what is whole in a damaged file.
WARNING = b"x-optwidgets-warning"

#: Bytes per second below which a body takes too long.
SLOWEST = 64 << 10


class Guard:
    """Middleware that checks ``Host``, ``Origin`` and the body.

    A page of another site can make a browser send requests to this machine (DNS rebinding,
    forged forms); it cannot choose these two headers.

    Parameters
    ----------
    app
        What comes behind it.
    settings
        Which names and origins are good.
    refuse
        Makes the answer: request, status, error.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        refuse: Callable[[Request, int, Exception], Response],
    ) -> None:
        self._app = app
        self._settings = settings
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
        except ServerError as error:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008, "reason": str(error)[:120]})
                return
            request = Request(scope)
            await self._refuse(request, error.status, error)(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive, self._settings)
        warning = self._settings.read_only

        async def answer(message: Message) -> None:
            if warning and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (WARNING, warning.encode())]
            # The framework takes a body that breaks off for one that cannot be read.
            if not body.too_large:
                await send(message)
            elif message["type"] == "http.response.start":
                error = _too_large(self._settings)
                await self._refuse(Request(scope), error.status, error)(scope, receive, send)

        await self._app(scope, body.receive, answer)

    def _check(self, scope: Scope) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        for name in (b"host", b"origin"):
            # Which of two counts is understood differently by those in between.
            if sum(sent == name for sent, _ in scope["headers"]) > 1:
                raise ServerError(f"A request has one {name.decode().capitalize()}, not several.")
        host = _name(headers.get(b"host", ""))
        if not self._is_mine(host):
            raise NotAllowed(
                f"This server is not called {host[:80]!r}. Start it with --allow-host to let that "
                "name in."
            )
        origin = headers.get(b"origin")
        if origin is not None and not self._is_good_origin(origin):
            raise NotAllowed(
                f"Pages of {origin[:80]!r} may not call this server. Start it with --allow-origin "
                "to let them."
            )
        if headers.get(b"content-encoding", "identity").lower() != "identity":
            raise WrongType("Send the body as it is, without Content-Encoding.")
        if self._settings.read_only and scope.get("method", "GET") not in READING:
            raise Unavailable(self._settings.read_only)
        length = headers.get(b"content-length", "")
        if length.isdigit() and int(length) > self._settings.max_body_bytes:
            raise _too_large(self._settings)

    def _is_mine(self, host: str) -> bool:
        settings = self._settings
        if host in LOOPBACK_NAMES or host in {settings.host, *settings.allowed_hosts}:
            return True
        # Listening on all addresses means being called by any of them; names have to be told,
        # because a name can be made to lead here by anybody.
        return settings.host in {"0.0.0.0", "::"} and _is_address(host)  # noqa: S104

    def _is_good_origin(self, origin: str) -> bool:
        if origin in self._settings.allowed_origins:
            return True
        try:
            parts = urlsplit(origin)
            return parts.port == self._settings.port and self._is_mine(parts.hostname or "")
        except ValueError:
            return False


class _Body:
    """Receives the body of a request, up to the limit and not for ever."""

    def __init__(self, receive: Receive, settings: Settings) -> None:
        self._receive = receive
        self._settings = settings
        self._size = 0
        self._complete = False
        self._began = 0.0
        self.too_large = False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()  # waits for the client to go away
        now = asyncio.get_running_loop().time()
        self._began = self._began or now
        # For the body as a whole: a letter now and then would hold a request for ever.
        until = self._began + self._settings.body_seconds + self._size / SLOWEST
        try:
            async with asyncio.timeout_at(max(until, now)):
                message = await self._receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            if self._size > self._settings.max_body_bytes:
                self.too_large = True
                raise _too_large(self._settings)
        return message


def _too_large(settings: Settings) -> TooLarge:
    return TooLarge(f"A body may have up to {settings.max_body_bytes >> 20} MiB. Send it in parts.")


def _name(host: str) -> str:
    """Return the name in a ``Host`` header, without port and brackets.

    Examples
    --------
    >>> _name("[::1]:8000"), _name("Lab:8000"), _name("localhost:8000.evil.example")
    ('::1', 'lab', 'localhost:8000.evil.example')
    """
    host = host.strip().lower()
    found = _NAME_AND_PORT.fullmatch(host)
    return host if found is None else found[1] or found[2]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
