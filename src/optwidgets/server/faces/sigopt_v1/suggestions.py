"""Suggestions and queued suggestions of v1."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from optwidgets.errors import OptwidgetsError
from optwidgets.server.errors import NotFound
from optwidgets.server.faces.sigopt_v1.answers import (
    Nothing,
    Page,
    Thing,
    answer,
    json_body,
    nothing,
    query,
)
from optwidgets.server.faces.sigopt_v1.lists import PAGING, flag, make_router, part_of
from optwidgets.server.faces.sigopt_v1.requests import Body, IdempotencyKey
from optwidgets.server.signing_in import Reader, Writer, host_of
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.rows import (
    NO_MARKS,
    is_open,
    is_queued,
    is_suggestion,
    queued_json,
    suggestion_json,
)
from optwidgets.server.sigopt.suggesting import Suggestions, find_row

router = make_router("/v1/experiments/{experiment_id}")

KEYS = ("assignments", "task", "metadata")


@router.post("/suggestions", response_model=Thing, openapi_extra=json_body(*KEYS))
async def create(
    request: Request, experiment_id: str, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Ask for a suggestion, or give one by hand."""
    handed = await Suggestions(host_of(request), principal).suggest(experiment_id, body, key=key)
    return answer(request, suggestion_json(handed.experiment, handed.row, handed.mark))


@router.get(
    "/suggestions", response_model=Page, openapi_extra=query(*PAGING, "state", "id", "deleted")
)
async def list_all(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return suggestions in pages, the newest first."""
    desk = Desk(host_of(request), principal)
    experiment = await desk.experiment(experiment_id)
    marks = await desk.marks(experiment)
    asked = request.query_params
    wanted = _ids(asked.get("id"))
    state = asked.get("state")
    if state not in (None, "open", "closed"):
        raise OptwidgetsError("state must be open or closed.", field="state")
    # What was deleted is gone: nobody who asks for it may take what is there for it.
    table = () if flag(request, "deleted") else experiment.state.table
    rows = [
        row
        for row in table
        if is_suggestion(row, marks.get(row.id, NO_MARKS))
        and (wanted is None or row.id in wanted)
        and (state is None or row.is_pending == (state == "open"))
    ][::-1]
    part, answered = part_of(request, rows, lambda row: row.id)
    data = [suggestion_json(experiment, row, marks.get(row.id, NO_MARKS)) for row in part]
    return answer(request, answered(data))


@router.delete("/suggestions", response_model=Nothing, openapi_extra=query("state"))
async def delete_all(request: Request, experiment_id: str, principal: Writer) -> Response:
    """Delete suggestions: with ``state=open`` those without a result, else all."""
    state = request.query_params.get("state")
    if state not in (None, "open"):
        raise OptwidgetsError("state must be open, or be left out.", field="state")
    which = is_open if state == "open" else is_suggestion
    await Suggestions(host_of(request), principal).remove(experiment_id, which)
    return nothing(request)


@router.get("/suggestions/{suggestion_id}", response_model=Thing)
async def fetch(
    request: Request, experiment_id: str, suggestion_id: str, principal: Reader
) -> Response:
    """Return a suggestion."""
    desk = Desk(host_of(request), principal)
    experiment = await desk.experiment(experiment_id)
    row = find_row(experiment, suggestion_id)
    mark = (await desk.marks(experiment, [row.id])).get(row.id, NO_MARKS)
    if not is_suggestion(row, mark):
        raise NotFound(f"There is no suggestion {row.id} in the experiment {experiment.id}.")
    return answer(request, suggestion_json(experiment, row, mark))


@router.put(
    "/suggestions/{suggestion_id}", response_model=Thing, openapi_extra=json_body("metadata")
)
async def update(
    request: Request, experiment_id: str, suggestion_id: str, body: Body, principal: Writer
) -> Response:
    """Change the metadata of a suggestion."""
    desk = Suggestions(host_of(request), principal)
    handed = await desk.change_metadata(experiment_id, suggestion_id, body)
    return answer(request, suggestion_json(handed.experiment, handed.row, handed.mark))


@router.delete("/suggestions/{suggestion_id}", response_model=Nothing)
async def delete(
    request: Request, experiment_id: str, suggestion_id: str, principal: Writer
) -> Response:
    """Delete a suggestion; its observation stays."""
    desk = Suggestions(host_of(request), principal)
    await desk.remove(experiment_id, is_suggestion, suggestion_id)
    return nothing(request)


@router.post("/queued_suggestions", response_model=Thing, openapi_extra=json_body(*KEYS))
async def create_queued(
    request: Request, experiment_id: str, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Queue settings: they are handed out before what the optimiser finds."""
    handed = await Suggestions(host_of(request), principal).queue(experiment_id, body, key=key)
    return answer(request, queued_json(handed.experiment, handed.row))


@router.get("/queued_suggestions", response_model=Page, openapi_extra=query(*PAGING))
async def list_queued(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return the queue in pages, the newest first."""
    desk = Desk(host_of(request), principal)
    experiment = await desk.experiment(experiment_id)
    marks = await desk.marks(experiment)
    rows = [
        row
        for row in experiment.state.table.pending()
        if is_queued(row, marks.get(row.id, NO_MARKS))
    ][::-1]
    part, answered = part_of(request, rows, lambda row: row.id)
    data: list[Any] = [queued_json(experiment, row) for row in part]
    return answer(request, answered(data))


@router.delete("/queued_suggestions", response_model=Nothing)
async def delete_all_queued(request: Request, experiment_id: str, principal: Writer) -> Response:
    """Empty the queue."""
    await Suggestions(host_of(request), principal).remove(experiment_id, is_queued)
    return nothing(request)


@router.get("/queued_suggestions/{suggestion_id}", response_model=Thing)
async def fetch_queued(
    request: Request, experiment_id: str, suggestion_id: str, principal: Reader
) -> Response:
    """Return a queued suggestion."""
    desk = Desk(host_of(request), principal)
    experiment = await desk.experiment(experiment_id)
    row = find_row(experiment, suggestion_id, "queued suggestion")
    mark = (await desk.marks(experiment, [row.id])).get(row.id, NO_MARKS)
    if not is_queued(row, mark):
        raise NotFound(f"There is no queued suggestion {row.id}.")
    return answer(request, queued_json(experiment, row))


@router.delete("/queued_suggestions/{suggestion_id}", response_model=Nothing)
async def delete_queued(
    request: Request, experiment_id: str, suggestion_id: str, principal: Writer
) -> Response:
    """Take settings out of the queue."""
    desk = Suggestions(host_of(request), principal)
    await desk.remove(experiment_id, is_queued, suggestion_id)
    return nothing(request)


def _ids(text: str | None) -> set[int] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.strip("[]").replace('"', "").split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        raise OptwidgetsError("id must be ids with commas between, such as 1,2.", field="id")
    return {int(part) for part in parts}
