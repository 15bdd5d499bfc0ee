"""What the routes of the native API read from the headers of a request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path

from optwidgets.server.describing import NEEDED
from optwidgets.server.errors import ServerError

SessionId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$")]


class MissingKeyError(ServerError):
    """A write without an idempotency key."""


async def _key(
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=200,
            description="Repeat a request with the same key, and it counts once.",
            json_schema_extra={NEEDED: True},
        ),
    ] = None,
) -> str:
    if not idempotency_key:
        raise MissingKeyError(
            "A write needs the header Idempotency-Key: any text that you use for this request "
            "only, such as a UUID. Sending the request again with it is then safe."
        )
    return idempotency_key


Key = Annotated[str, Depends(_key)]
