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


async def _revision(
    if_match: Annotated[
        str | None,
        Header(
            pattern=r'^(W/)?"?[0-9]{1,12}"?$',
            description="The revision that the change was made on, in quotes.",
        ),
    ] = None,
) -> int | None:
    if if_match is None:
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > 12:
        raise ServerError(
            f'If-Match must be a revision, such as "12", not {if_match[:40]!r}.', field="If-Match"
        )
    return int(text)


Key = Annotated[str, Depends(_key)]
ExpectedRevision = Annotated[int | None, Depends(_revision)]
