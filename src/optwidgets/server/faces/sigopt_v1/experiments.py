"""Experiments of v1."""

from __future__ import annotations

from fastapi import Request, Response

from optwidgets.server.faces.sigopt_v1.answers import (
    Nothing,
    Page,
    Thing,
    answer,
    json_body,
    nothing,
    query,
)
from optwidgets.server.faces.sigopt_v1.experiment_lists import LIST, list_experiments
from optwidgets.server.faces.sigopt_v1.lists import make_router
from optwidgets.server.faces.sigopt_v1.requests import Body, IdempotencyKey
from optwidgets.server.signing_in import Reader, Writer, host_of
from optwidgets.server.sigopt.definition import CREATE_KEYS
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.importances import Importances
from optwidgets.server.sigopt.paging import pagination
from optwidgets.server.sigopt.standing import best_json, best_rows, stopping_json
from optwidgets.server.sigopt.updating import KEYS

router = make_router()


@router.post("/experiments", response_model=Thing, openapi_extra=json_body(*CREATE_KEYS))
async def create(request: Request, body: Body, principal: Writer, key: IdempotencyKey) -> Response:
    """Create an experiment."""
    desk = Desk(host_of(request), principal)
    return answer(request, await desk.shown(await desk.create(body, key=key)))


@router.get("/experiments", response_model=Page, openapi_extra=query(*LIST))
async def list_all(request: Request, principal: Reader) -> Response:
    """Return experiments in pages, the newest first."""
    return answer(request, await list_experiments(request, Desk(host_of(request), principal)))


@router.get("/experiments/{experiment_id}", response_model=Thing)
async def fetch(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return an experiment, also one that was deleted."""
    desk = Desk(host_of(request), principal)
    return answer(request, await desk.shown(await desk.experiment(experiment_id)))


@router.put("/experiments/{experiment_id}", response_model=Thing, openapi_extra=json_body(*KEYS))
async def update(
    request: Request, experiment_id: str, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Change an experiment."""
    desk = Desk(host_of(request), principal)
    return answer(request, await desk.shown(await desk.update(experiment_id, body, key=key)))


@router.delete("/experiments/{experiment_id}", response_model=Nothing)
async def delete(request: Request, experiment_id: str, principal: Writer) -> Response:
    """Delete an experiment; ``state: "active"`` brings it back."""
    await Desk(host_of(request), principal).delete(experiment_id)
    return nothing(request)


@router.get("/experiments/{experiment_id}/best_assignments", response_model=Page)
async def best_assignments(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return the best observations: one, a Pareto set, or several solutions."""
    desk = Desk(host_of(request), principal)
    experiment = await desk.experiment(experiment_id)
    marks = await desk.marks(experiment, [row.id for row in best_rows(experiment)])
    return answer(request, pagination(best_json(experiment, marks)))


@router.get("/experiments/{experiment_id}/stopping_criteria", response_model=Thing)
async def stopping_criteria(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return whether to stop, and why."""
    experiment = await Desk(host_of(request), principal).experiment(experiment_id)
    return answer(request, stopping_json(experiment))


@router.get("/experiments/{experiment_id}/metric_importances", response_model=Page)
async def metric_importances(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return how much each parameter matters for each metric."""
    found = await Importances(host_of(request), principal).of_metrics(experiment_id)
    return answer(request, pagination(found))


@router.put("/experiments/{experiment_id}/metric_importances", response_model=Page)
async def recompute_importances(
    request: Request, experiment_id: str, principal: Writer
) -> Response:
    """Return the importances; they are never older than the results."""
    found = await Importances(host_of(request), principal).of_metrics(experiment_id)
    return answer(request, pagination(found))


@router.get("/experiments/{experiment_id}/importances", response_model=Thing)
async def importances(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return how much each parameter matters for the first metric."""
    found = await Importances(host_of(request), principal).of_metrics(experiment_id)
    return answer(request, {"object": "importances", "importances": found[0]["importances"]})
