"""Fitted models as numbers, for notebooks that show a session and fit nothing themselves."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from optwidgets.server.declaring import refusal
from optwidgets.server.faces.native.errors import ERRORS, ErrorBody
from optwidgets.server.faces.native.requests import SessionId
from optwidgets.server.signing_in import Reader, host_of

router = APIRouter(
    prefix="/api/v1/sessions/{session_id}",
    tags=["tasks"],
    responses=ERRORS | {504: refusal(ErrorBody)},
)


class FitProgressBody(BaseModel):
    """How far a fit is."""

    fraction: float | None
    stage: str


class FitBody(BaseModel):
    """``fit`` is null until it is there; ask again then."""

    fit: dict[str, Any] | None
    progress: FitProgressBody


@router.get("/fit", response_model=FitBody)
async def read_fit(
    request: Request,
    session_id: SessionId,
    principal: Reader,
    revision: Annotated[int, Query(ge=1, le=1 << 53)],
    objective: Annotated[str, Query(max_length=200)],
    wait: Annotated[float, Query(ge=0, le=30, description="Seconds to wait for its end.")] = 0,
) -> Response:
    """Read the fitted model of an objective, for the session as it was at a revision.

    ``fit`` holds ``config``, ``seed`` and ``rows`` (what was fitted), ``model`` (log parameters,
    noise and how outcomes were bent; null for forests), and ``mean`` and
    ``sd`` of each result as predicted from the others. It is computed once for all who ask, and
    nothing is recorded.
    """
    fits = host_of(request).fits
    return JSONResponse(await fits.get(session_id, objective, revision, principal, wait))
