"""The rows of a session: read page by page, added, edited, left out, taken in again."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from optwidgets.server.errors import NotFound
from optwidgets.server.faces.native.errors import ERRORS
from optwidgets.server.faces.native.requests import SessionId
from optwidgets.server.faces.native.writing import Changing
from optwidgets.server.signing_in import host_of, needs

if TYPE_CHECKING:
    from optwidgets.data.experiment_manager import ExperimentManager
    from optwidgets.journal.state import SessionState
    from optwidgets.session import OptimizationSession

router = APIRouter(prefix="/api/v1/sessions/{session_id}/rows", tags=["rows"], responses=ERRORS)

MAX_ROWS = 10_000
MAX_NEW_ROWS = 500
_LARGEST = (1 << 53) - 1

RowState = Literal["suggested", "running", "done", "failed", "excluded"]
Number = Annotated[int, Path(ge=1, le=_LARGEST, description="Number of the row.")]
Numbers = Annotated[
    list[Annotated[int, Field(ge=1, le=_LARGEST)]], Field(min_length=1, max_length=MAX_ROWS)
]
Text = Annotated[str, Field(max_length=1000)]
Value = float | str | bool | None


class RowBody(BaseModel):
    """One experiment; what a row does not have is left out."""

    id: int
    inputs: dict[str, Any]
    outputs: dict[str, float]
    state: RowState
    noise: float | None = None
    iteration: int | None = None
    finished_at: str | None = None
    note: str = ""
    reason: str = ""
    created_at: str = ""
    suggestion: dict[str, Any] | None = None


class RowsBody(BaseModel):
    """Rows in the order of the table; ``next`` is ``after`` of the next page."""

    rows: list[RowBody]
    next: int | None
    total: int
    revision: int


class NewRow(BaseModel):
    """An experiment to be recorded; a suggested point that was tried is completed."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    inputs: dict[str, Value] = Field(max_length=1000)
    outputs: float | dict[str, float] | None = Field(
        default=None, description="Objective to result, or the result of the only one."
    )
    noise: float | None = Field(default=None, description="Variance of the result.")
    iteration: int | None = Field(default=None, ge=0, le=_LARGEST)
    reason: Text | None = None
    note: Text = ""
    state: RowState | None = None


class NewRows(BaseModel):
    """Experiments to be recorded, all or none."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    rows: list[NewRow] = Field(min_length=1, max_length=MAX_NEW_ROWS)


class Numbered(BaseModel):
    """Which rows were touched, and the revision since."""

    rows: list[int]
    revision: int


class Cells(BaseModel):
    """Column to new value: variables, objectives, ``note``, ``reason``, ``state``, ``noise``."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    values: dict[str, Value] = Field(min_length=1, max_length=1000)


class Marked(BaseModel):
    """Rows, and why."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    rows: Numbers
    reason: Text = ""


class Result(BaseModel):
    """What was measured."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    outputs: float | dict[str, float]
    noise: float | None = None


@router.get("", response_model=RowsBody, dependencies=[needs("read")])
async def read_rows(
    request: Request,
    session_id: SessionId,
    after: Annotated[int, Query(ge=0, le=_LARGEST, description="Number of a row.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 1000,
    state: RowState | None = None,
) -> Response:
    """Read rows by their numbers, from small to large."""
    found = await host_of(request).state(session_id)
    # Ten thousand rows take a while, in which others are answered.
    body = await asyncio.to_thread(_page, found, after, limit, state)
    headers = {"ETag": f'"{found.revision}"'}
    return Response(body, media_type="application/json", headers=headers)


def _page(found: SessionState, after: int, limit: int, state: RowState | None) -> bytes:
    table = found.table
    later = (table.rows[number] for number in table.ids[bisect_right(table.ids, after) :])
    wanted = (row for row in later if state is None or row.state == state)
    page = list(islice(wanted, limit + 1))
    body = {
        "rows": [row.to_dict() for row in page[:limit]],
        "next": page[limit - 1].id if len(page) > limit else None,
        "total": len(table),
        "revision": found.revision,
    }
    return bytes(JSONResponse(body).body)


@router.post("", response_model=Numbered, status_code=201)
async def add_rows(change: Changing, body: NewRows) -> Response:
    """Record experiments."""

    def operation(session: OptimizationSession) -> dict[str, Any]:
        return {
            "rows": [
                session.add_experiment(
                    row.inputs,
                    row.outputs,
                    noise=row.noise,
                    iteration=row.iteration,
                    reason=row.reason,
                    note=row.note,
                    state=row.state,
                )
                for row in body.rows
            ]
        }

    return await change.make(body.model_dump(), operation, 201)


@router.post("/exclude", response_model=Numbered)
async def exclude(change: Changing, body: Marked) -> Response:
    """Keep rows but do not use them, for a reason."""
    return await _mark(change, body, lambda manager: manager.exclude(body.rows, body.reason))


@router.post("/fail", response_model=Numbered)
async def fail(change: Changing, body: Marked) -> Response:
    """Mark rows as failed, for a reason; the model learns where experiments fail."""
    return await _mark(change, body, lambda manager: manager.fail(body.rows, body.reason))


@router.post("/restore", response_model=Numbered)
async def restore(change: Changing, body: Marked) -> Response:
    """Use excluded or failed rows again."""
    return await _mark(
        change, body, lambda manager: manager.restore(body.rows, body.reason or None)
    )


@router.post("/accept", response_model=Numbered)
async def accept(change: Changing, body: Marked) -> Response:
    """Accept suggested rows: they are running from now on."""
    return await _mark(change, body, lambda manager: manager.accept(body.rows))


@router.post("/delete", response_model=Numbered)
async def delete(change: Changing, body: Marked) -> Response:
    """Delete rows; undo brings them back."""
    return await _mark(change, body, lambda manager: manager.delete(body.rows))


@router.get("/{row:int}", response_model=RowBody, dependencies=[needs("read")])
async def read_row(request: Request, session_id: SessionId, row: Number) -> Response:
    """Read one row."""
    state = await host_of(request).state(session_id)
    if row not in state.table.ids:
        raise NotFound(f"There is no row {row} in this session.")
    return JSONResponse(state.table.row(row).to_dict(), headers={"ETag": f'"{state.revision}"'})


@router.patch("/{row:int}", response_model=Numbered)
async def edit_row(change: Changing, row: Number, body: Cells) -> Response:
    """Change cells of a row; null clears one."""

    def operation(session: OptimizationSession) -> dict[str, Any]:
        _check_there(session, [row])
        session.experiment_manager.edit(row, body.values)
        return {"rows": [row]}

    return await change.make(body.model_dump(), operation)


@router.post("/{row:int}/result", response_model=Numbered)
async def record_result(change: Changing, row: Number, body: Result) -> Response:
    """Record the results of a row: of all objectives, or of some of them."""

    def operation(session: OptimizationSession) -> dict[str, Any]:
        _check_there(session, [row])
        session.experiment_manager.record(row, body.outputs, body.noise)
        return {"rows": [row]}

    return await change.make(body.model_dump(), operation)


@router.delete("/{row:int}", response_model=Numbered)
async def delete_row(change: Changing, row: Number) -> Response:
    """Delete a row; undo brings it back."""

    def operation(session: OptimizationSession) -> dict[str, Any]:
        _check_there(session, [row])
        session.experiment_manager.delete(row)
        return {"rows": [row]}

    return await change.make(None, operation)


async def _mark(
    change: Changing, body: Marked, do: Callable[[ExperimentManager], None]
) -> Response:
    def operation(session: OptimizationSession) -> dict[str, Any]:
        _check_there(session, body.rows)
        do(session.experiment_manager)
        return {"rows": body.rows}

    return await change.make(body.model_dump(), operation)


def _check_there(session: OptimizationSession, numbers: list[int]) -> None:
    known = set(session.state.table.ids)
    missing = [number for number in numbers if number not in known]
    if missing:
        raise NotFound(f"There is no row {missing[0]} in this session.")
