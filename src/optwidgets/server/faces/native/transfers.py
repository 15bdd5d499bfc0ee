"""Rows in bulk: files of rows in, and out."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from optwidgets.server.declaring import refusal
from optwidgets.server.errors import ServerError, WrongType
from optwidgets.server.faces.native.errors import ERRORS, ErrorBody
from optwidgets.server.faces.native.requests import Key, SessionId
from optwidgets.server.signing_in import Reader, Writer, host_of, needs

router = APIRouter(
    prefix="/api/v1/sessions/{session_id}/rows",
    tags=["rows"],
    responses=ERRORS | {504: refusal(ErrorBody)},
)

#: Content types that a browser sends to other sites only after asking them.
READABLE = (
    "text/csv",
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/json",
    "application/octet-stream",
)
WRITTEN = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in READABLE},
    }
}


class ImportBody(BaseModel):
    """What a file holds, and the numbers of the rows that were added."""

    ok: bool
    n_rows: int
    n_fit: int
    n_results: int
    n_known: int
    n_repeated: int
    n_bad: int
    mapping: dict[str, str]
    unknown: list[str]
    missing_columns: list[str]
    missing: dict[str, int]
    outside: dict[str, int]
    bad: list[str]
    problems: list[str]
    remarks: list[str]
    words: str
    rows: list[int]
    revision: int


Mapping = Annotated[
    str | None,
    Query(
        max_length=2000,
        description="JSON object: column of the file to column of the table, or null to leave it "
        "out. Columns that are not named are matched by their names.",
    ),
]


@router.post("/import", response_model=ImportBody, status_code=201, openapi_extra=_BODY)
async def import_rows(
    request: Request, session_id: SessionId, principal: Writer, key: Key, mapping: Mapping = None
) -> Response:
    """Add the rows of a CSV, Parquet, Excel or JSON file as one step, all or none.

    What is wrong with it is said in sentences; nothing is added then. A repeat with the same
    key adds nothing.
    """
    host = host_of(request)
    arguments = await _arguments(request, mapping)
    computed = await host.compute(session_id, "import", arguments, principal=principal, key=key)
    headers = {"Idempotency-Replayed": "true"} if computed.replayed else {}
    revision = computed.entries[-1].revision if computed.entries else None
    if revision is None:
        revision = (await host.state(session_id)).revision
    return JSONResponse({**computed.result, "revision": revision}, 201, headers)


@router.post("/import/preview", response_model=ImportBody, openapi_extra=_BODY)
async def preview_import(
    request: Request, session_id: SessionId, principal: Reader, mapping: Mapping = None
) -> Response:
    """Tell what an import would do; nothing is changed."""
    host = host_of(request)
    arguments = await _arguments(request, mapping)
    computed = await host.compute(session_id, "preview-import", arguments, principal=principal)
    revision = (await host.state(session_id)).revision
    return JSONResponse({**computed.result, "revision": revision})


@router.get(
    "/export",
    dependencies=[needs("read")],
    response_class=Response,
    responses={
        200: {
            "content": {
                kind.partition(";")[0]: {
                    "schema": {"type": "array", "items": {"type": "object"}}
                    if kind == "application/json"
                    else {"type": "string", "format": "binary"}
                }
                for kind in WRITTEN.values()
            }
        }
    },
)
async def export_rows(
    request: Request,
    session_id: SessionId,
    format: Literal["csv", "parquet", "xlsx", "json"] = "csv",  # noqa: A002 - the word for it
    if_none_match: Annotated[str | None, Header(max_length=100)] = None,
) -> Response:
    """Return all rows as a file. Text that a spreadsheet would run as a formula is guarded."""
    from optwidgets.data.exporting import export_bytes

    state = await host_of(request).state(session_id)
    tag = f'"{state.revision}-{format}"'
    if if_none_match == tag:
        return Response(status_code=304, headers={"ETag": tag})
    content = await asyncio.to_thread(export_bytes, state.table, state.space, format)
    headers = {"ETag": tag, "Content-Disposition": f'attachment; filename="rows.{format}"'}
    return Response(content, headers=headers, media_type=WRITTEN[format])


async def _arguments(request: Request, mapping: str | None) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in READABLE:
        raise WrongType(
            f"The content type {kind[:60]!r} is not one of {', '.join(READABLE)}.",
            field="Content-Type",
        )
    content = base64.b64encode(await request.body()).decode()
    return {"content": content, "mapping": _mapping(mapping)}


def _mapping(text: str | None) -> dict[str, str | None] | None:
    if text is None:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(
        value is None or isinstance(value, str) for value in found.values()
    ):
        raise ServerError(
            'mapping must be a JSON object such as {"Temp": "temperature", "Remark": null}.',
            field="mapping",
        )
    return found
