"""Whether the server is well, for whoever starts it, and its counts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from optwidgets.server.declaring import refusal
from optwidgets.server.signing_in import host_of, needs, public

if TYPE_CHECKING:
    from optwidgets.server.host import Host

router = APIRouter(tags=["server"])

#: How long a write may take before the server is not taken for ready.
READY_SECONDS = 5.0


class HealthBody(BaseModel):
    """Whether the server is well."""

    status: Literal["healthy", "ready", "not ready"]
    service: Literal["optwidgets"]
    problem: str | None = None
    warnings: list[str] = []
    """What somebody should see to soon, such as little space; the server works."""


@router.get("/api/openapi.json", include_in_schema=False, dependencies=[public()])
async def document(request: Request) -> Response:
    """Describe the API. It takes a second to write the first time, which others need not wait."""
    await request.app.state.faces.all()
    return JSONResponse(await asyncio.to_thread(request.app.openapi))


@router.get("/health", response_model=HealthBody, dependencies=[public()])
@router.get("/health/live", response_model=HealthBody, dependencies=[public()])
async def health(request: Request) -> Response:
    """Say that the process answers; if it does not, start it again."""
    return JSONResponse(_body(host_of(request), "healthy"))


@router.get(
    "/health/ready",
    response_model=HealthBody,
    responses={503: refusal(HealthBody)},
    dependencies=[public()],
)
async def ready(request: Request) -> Response:
    """Say whether requests are served: the database can be reached and is not being closed."""
    host = host_of(request)
    problem = None
    if host.closing.is_set():
        problem = "The server is stopping."
    elif host.lost.is_set():
        problem = "Another server has taken the database over."
    else:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await host.read(lambda connection: connection.execute(sa.select(1)).scalar())
                # Through the writer, so that one that hangs is found.
                await host.write(lambda _: None)
        except Exception:  # noqa: BLE001 - whatever it is, the details are in the log alone
            problem = "The database cannot be reached."
    body = _body(host, "not ready" if problem else "ready", problem)
    return JSONResponse(body, 503 if problem else 200)


@router.get("/metrics", dependencies=[needs("read")], response_class=Response)
async def metrics(request: Request) -> Response:
    """Return the counts of the server, for Prometheus."""
    text = await asyncio.to_thread(request.app.state.metrics.text)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _body(host: Host, status: str, problem: str | None = None) -> dict[str, Any]:
    read_only = host.settings.read_only
    warnings = [*([read_only] if read_only else []), *host.caretaker.warnings]
    return {"status": status, "service": "optwidgets", "problem": problem, "warnings": warnings}
