"""What a face is: an API that the server speaks, as a translation of the same operations."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI, Request, Response


@dataclass(frozen=True)
class Face:
    """One API.

    Parameters
    ----------
    routers
        Its routes.
    credentials
        Returns the token of a request in the form of this API, or None.
    error
        Returns the answer to a request that failed: request, status, error.
    lifespan
        Is open while the server runs, such as for what happens without a request.
    """

    routers: tuple[APIRouter, ...]
    credentials: Callable[[Request], Awaitable[str | None]]
    error: Callable[[Request, int, Exception], Response]
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None


def authorization(header: str | None) -> str | None:
    """Return the token in an ``Authorization`` header: Bearer, or the user name of Basic.

    Examples
    --------
    >>> authorization("Bearer ow_abc"), authorization("Basic b3dfYWJjOg=="), authorization(None)
    ('ow_abc', 'ow_abc', None)
    """
    scheme, _, rest = (header or "").partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest or None
    if scheme.lower() == "basic":
        try:
            user = base64.b64decode(rest, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return None
        return user or None
    return None


async def header_token(request: Request) -> str | None:
    """Return the token of the ``Authorization`` header."""
    return authorization(request.headers.get("authorization"))
