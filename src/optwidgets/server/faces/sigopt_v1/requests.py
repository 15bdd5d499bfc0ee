"""What the routes of v1 read: JSON objects, queries, and the token of Basic authentication."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Depends, Header, Request

from optwidgets.errors import OptwidgetsError
from optwidgets.server.sigopt.reading import read_json

QUICK_BYTES = 1 << 16


async def _body(request: Request) -> dict[str, Any]:
    """Read the JSON object of a request, whatever its content type says; nothing is ``{}``."""
    text = await request.body()
    if not text.strip():
        return {}
    # A large batch takes a while to read; others are served meanwhile.
    found = read_json(text) if len(text) < QUICK_BYTES else await asyncio.to_thread(read_json, text)
    if not isinstance(found, dict):
        raise OptwidgetsError("The body must be a JSON object.")
    return found


def _key(
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=100, description="Repeat a request with the same key, and it counts once."
        ),
    ] = None,
) -> str | None:
    return idempotency_key or None


Body = Annotated[dict[str, Any], Depends(_body)]
IdempotencyKey = Annotated[str | None, Depends(_key)]
