"""``If-Match``: the revision that a change was made on, for every API whose clients may send it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from optwidgets.server.errors import ServerError


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


ExpectedRevision = Annotated[int | None, Depends(_revision)]
