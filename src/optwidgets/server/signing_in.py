"""From a request to who makes it: the dependency that every route has."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from optwidgets.server.auth import EVERYBODY, Principal, Scope, Tokens
from optwidgets.server.errors import NotSignedIn, TooMany, Unavailable
from optwidgets.server.faces import spoken_at
from optwidgets.server.locks import HEADER, borne

if TYPE_CHECKING:
    from optwidgets.server.host import Host

MAX_FAILURES = 10
FAILURE_SECONDS = 60.0
MAX_ADDRESSES = 10_000
RULE = "__optwidgets_rule__"


def host_of(request: Request) -> Host:
    """Return the host that serves a request."""
    host: Host = request.app.state.host
    return host


def needs(scope: Scope) -> Any:
    """Return the dependency of a route: who makes the request, with the scope checked.

    A path parameter ``session_id`` is checked, too, and the token of a lock is noted. Every
    route has this, or `public`.
    """

    async def check(request: Request) -> Principal:
        note_lock_token(request)
        principal = await signed_in(request)
        principal.check_scope(scope)
        session_id = request.path_params.get("session_id")
        if session_id is not None:
            principal.check(session_id)
        return principal

    setattr(check, RULE, scope)
    return Depends(check)


def note_lock_token(request: Request) -> None:
    """Note the token of a lock that a request carries, for what it writes."""
    borne.set(request.headers.get(HEADER))


def public() -> Any:
    """Return the dependency of a route that needs no token, such as the server's health."""

    async def check() -> None:
        return None

    setattr(check, RULE, "public")
    return Depends(check)


Reader = Annotated[Principal, needs("read")]
Writer = Annotated[Principal, needs("write")]
Admin = Annotated[Principal, needs("admin")]


async def signed_in(request: Request) -> Principal:
    """Return who makes a request.

    Raises
    ------
    NotSignedIn
        Without a token, or with one that is unknown, expired or revoked.
    TooMany
        After ten wrong tokens from one address within a minute.
    """
    if request.app.state.settings.no_auth:
        return EVERYBODY
    # Found before by a face that has to know earlier.
    known: Principal | None = getattr(request.state, "principal", None)
    if known is not None:
        return known
    text = await spoken_at(request.url.path).face.credentials(request)
    principal = await principal_of(request, text)
    request.state.principal = principal
    return principal


async def principal_of(request: Request, text: str | None) -> Principal:
    """Return who comes with the text of a token; see `signed_in`."""
    if not text:
        raise NotSignedIn("This server needs a token. Make one with optwidgets token create.")
    failures: Failures = request.app.state.failures
    address = request.client.host if request.client else ""
    tokens: Tokens = request.app.state.tokens
    token = tokens.find(text)
    if token is not None and token.valid:
        return token.principal
    failures.count(address)
    if token is None:
        raise NotSignedIn("The server does not know this token. Make one with optwidgets token.")
    why = "was revoked" if token.revoked_at else f"expired at {token.expires_at}"
    raise NotSignedIn(f"The token {token.name!r} {why}. Make a new one with optwidgets token.")


async def still_signed_in(request: Request) -> bool:
    """Return whether the token of a connection that stays open is good to this day.

    Asked before each news, so that one that was revoked or has expired hears no more of them.
    """
    if request.app.state.settings.no_auth:
        return True
    text = await spoken_at(request.url.path).face.credentials(request)
    tokens: Tokens = request.app.state.tokens
    try:
        token = tokens.find(text or "")
    except Unavailable:
        return True  # the database is away for a moment: nothing is new, and nobody is sent off
    return token is not None and token.valid


class Failures:
    """Counts wrong tokens by address, so that they cannot be guessed in numbers."""

    def __init__(self) -> None:
        self._of: dict[str, deque[float]] = {}

    def count(self, address: str) -> None:
        """Count a wrong token.

        Raises
        ------
        TooMany
            When there were too many of them within a minute.
        """
        at = time.monotonic()
        if len(self._of) > MAX_ADDRESSES:
            self._of.clear()
        times = self._of.setdefault(address, deque(maxlen=MAX_FAILURES))
        if len(times) == MAX_FAILURES and at - times[0] < FAILURE_SECONDS:
            raise TooMany(
                "Too many wrong tokens from this address. Wait a minute.",
                retry_after=int(FAILURE_SECONDS),
            )
        times.append(at)
