"""Observations of v1."""

from __future__ import annotations

from fastapi import Request, Response

from optwidgets.errors import OptwidgetsError
from optwidgets.server.faces.sigopt_v1.answers import (
    Nothing,
    Page,
    Thing,
    answer,
    json_body,
    nothing,
    query,
)
from optwidgets.server.faces.sigopt_v1.lists import PAGING, make_router, part_of
from optwidgets.server.faces.sigopt_v1.requests import Body, IdempotencyKey
from optwidgets.server.signing_in import Reader, Writer, host_of
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.observing import KEYS
from optwidgets.server.sigopt.paging import MAX_PAGE, pagination
from optwidgets.server.sigopt.reporting import Observations
from optwidgets.server.sigopt.rows import NO_MARKS, observation_json
from optwidgets.server.sigopt.sorting import read_flag, sorted_rows

router = make_router("/v1/experiments/{experiment_id}/observations")


@router.post("", response_model=Thing, openapi_extra=json_body(*KEYS))
async def create(
    request: Request, experiment_id: str, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Record an observation: of a suggestion, or of settings."""
    desk = Observations(host_of(request), principal)
    return answer(request, await desk.observe(experiment_id, body, key=key))


@router.post("/batch", response_model=Page, openapi_extra=json_body("observations", "dry_run"))
async def create_batch(
    request: Request, experiment_id: str, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Record several observations, all or nothing."""
    desk = Observations(host_of(request), principal)
    return answer(request, pagination(await desk.observe_batch(experiment_id, body, key=key)))


@router.get("", response_model=Page, openapi_extra=query(*PAGING, "sort", "ascending", "deleted"))
async def list_all(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return observations in pages, the newest first."""
    desk = Desk(host_of(request), principal)
    experiment = await desk.experiment(experiment_id)
    marks = await desk.marks(experiment)
    asked = request.query_params
    rows = list(experiment.observed())
    if read_flag(asked.get("deleted"), "deleted"):
        rows = [row for row in experiment.state.table if row.state == "excluded"]
    if len(rows) > MAX_PAGE and asked.get("limit") is None:
        raise OptwidgetsError(
            f"There are {len(rows)} observations. Ask for pages with limit of at most {MAX_PAGE}.",
            field="limit",
        )
    rows = sorted_rows(
        experiment, rows, marks, sort=asked.get("sort"), ascending=asked.get("ascending")
    )
    part, answered = part_of(request, rows, lambda row: row.id)
    data = [observation_json(experiment, row, marks.get(row.id, NO_MARKS)) for row in part]
    return answer(request, answered(data))


@router.delete("", response_model=Nothing)
async def delete_all(request: Request, experiment_id: str, principal: Writer) -> Response:
    """Delete all observations."""
    await Observations(host_of(request), principal).delete_observation(experiment_id)
    return nothing(request)


@router.get("/{observation_id}", response_model=Thing)
async def fetch(
    request: Request, experiment_id: str, observation_id: str, principal: Reader
) -> Response:
    """Return an observation."""
    desk = Observations(host_of(request), principal)
    return answer(request, await desk.observation(experiment_id, observation_id))


@router.put("/{observation_id}", response_model=Thing, openapi_extra=json_body(*KEYS))
async def update(
    request: Request, experiment_id: str, observation_id: str, body: Body, principal: Writer
) -> Response:
    """Change what is given of an observation."""
    desk = Observations(host_of(request), principal)
    return answer(request, await desk.update_observation(experiment_id, observation_id, body))


@router.delete("/{observation_id}", response_model=Nothing)
async def delete(
    request: Request, experiment_id: str, observation_id: str, principal: Writer
) -> Response:
    """Delete an observation."""
    desk = Observations(host_of(request), principal)
    await desk.delete_observation(experiment_id, observation_id)
    return nothing(request)
