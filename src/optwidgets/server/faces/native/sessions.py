"""The sessions of the server: listed, searched, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from optwidgets.journal.database import sessions_table
from optwidgets.server.errors import ServerError
from optwidgets.server.faces.native.errors import ERRORS
from optwidgets.server.signing_in import Reader, host_of
from optwidgets.server.tables import cards_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optwidgets.server.auth import Principal

router = APIRouter(prefix="/api/v1/sessions", tags=["sessions"], responses=ERRORS)

MAX_SESSIONS = 1000


class SessionCard(BaseModel):
    """One session in a list."""

    id: str
    name: str
    rows: int
    results: int
    variables: int
    created: str
    last_change: str
    revision: int


class SessionsBody(BaseModel):
    """Sessions, those that were made last first; ``next`` is ``after`` of the next page."""

    sessions: list[SessionCard]
    next: str | None


@router.get("", response_model=SessionsBody)
async def list_sessions(
    request: Request,
    principal: Reader,
    search: Annotated[
        str, Query(max_length=200, description="Part of the name, or the beginning of the id.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_SESSIONS)] = 100,
    after: Annotated[
        str | None, Query(max_length=200, description="``next`` of the page before.")
    ] = None,
) -> Response:
    """List the sessions that the token is good for."""
    query = _query(principal, search.strip(), _cursor(after)).limit(limit + 1)
    found = await host_of(request).read(lambda connection: connection.execute(query).all())
    page = found[:limit]
    more = len(found) > limit
    body = {
        "sessions": [_card(row) for row in page],
        "next": f"{page[-1].created_at} {page[-1].id}" if more else None,
    }
    return JSONResponse(body)


def _query(
    principal: Principal, search: str, after: tuple[str, str] | None
) -> sa.Select[tuple[object, ...]]:
    session, card = sessions_table.c, cards_table.c
    query = (
        sa.select(
            session.id,
            session.created_at,
            card.name,
            card.rows,
            card.results,
            card.variables,
            card.revision,
            card.last_change,
        )
        .select_from(sessions_table.outerjoin(cards_table, card.session_id == session.id))
        .order_by(session.created_at.desc(), session.id)
    )
    if principal.sessions is not None:
        query = query.where(session.id.in_(principal.sessions))
    if search:
        query = query.where(
            sa.or_(
                card.name.icontains(search, autoescape=True),
                session.id.startswith(search, autoescape=True),
            )
        )
    if after is not None:
        created, last = after
        query = query.where(
            sa.or_(
                session.created_at < created,
                sa.and_(session.created_at == created, session.id > last),
            )
        )
    return query


def _cursor(after: str | None) -> tuple[str, str] | None:
    if after is None:
        return None
    created, space, last = after.partition(" ")
    if not space or "\0" in after:
        raise ServerError(
            "after must be what next of the page before says. Leave it out to begin.", field="after"
        )
    return created, last


def _card(row: sa.Row[tuple[object, ...]] | Sequence[object]) -> dict[str, object]:
    found = row._asdict()  # type: ignore[union-attr]
    return {
        "id": found["id"],
        "name": found["name"] or "",
        "rows": found["rows"] or 0,
        "results": found["results"] or 0,
        "variables": found["variables"] or 0,
        "created": found["created_at"],
        "last_change": found["last_change"] or found["created_at"],
        "revision": found["revision"] or 0,
    }
