"""Training runs, their checkpoints, and experiments of runs, of v1."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from optwidgets.server.faces.sigopt_v1.answers import (
    ERRORS,
    Nothing,
    Page,
    Thing,
    answer,
    json_body,
    nothing,
    query,
)
from optwidgets.server.faces.sigopt_v1.requests import Body, IdempotencyKey
from optwidgets.server.signing_in import Reader, Writer, host_of
from optwidgets.server.sigopt import records
from optwidgets.server.sigopt.paging import page, pagination
from optwidgets.server.sigopt.training.filters import read_filters
from optwidgets.server.sigopt.training.logged import KEYS
from optwidgets.server.sigopt.training.runs import Runs

router = APIRouter(
    prefix="/v1", tags=["SigOpt v1"], responses=ERRORS, default_response_class=Response
)
PAGING = ("limit", "before", "after")
LIST = (*PAGING, "filters", "deleted")
PROJECT = "/clients/{client_id}/projects/{project_id}/training_runs"


@router.post(PROJECT, response_model=Thing, openapi_extra=json_body(*KEYS))
async def create(
    request: Request,
    client_id: str,
    project_id: str,
    body: Body,
    principal: Writer,
    key: IdempotencyKey,
) -> Response:
    """Begin a training run of a project."""
    runs = Runs(host_of(request), principal)
    return answer(request, await runs.create(_client(client_id), project_id, body, key=key))


@router.post(PROJECT + "/batch", response_model=Page, openapi_extra=json_body("runs", "fields"))
async def create_batch(
    request: Request,
    client_id: str,
    project_id: str,
    body: Body,
    principal: Writer,
    key: IdempotencyKey,
) -> Response:
    """Record training runs that were done elsewhere, all or nothing."""
    runs = Runs(host_of(request), principal)
    made = await runs.create_batch(_client(client_id), project_id, body, key=key)
    return answer(request, pagination(made))


@router.get(PROJECT, response_model=Page, openapi_extra=query(*LIST))
async def list_of_project(
    request: Request, client_id: str, project_id: str, principal: Reader
) -> Response:
    """Return the training runs of a project in pages, the newest first."""
    runs = Runs(host_of(request), principal)
    runs.check_everywhere()
    found = await _list(request, runs, client=_client(client_id), project=project_id)
    return answer(request, found)


@router.get("/training_runs", response_model=Page, openapi_extra=query(*LIST))
async def list_all(request: Request, principal: Reader) -> Response:
    """Return all training runs in pages, the newest first."""
    runs = Runs(host_of(request), principal)
    runs.check_everywhere()
    return answer(request, await _list(request, runs))


@router.post(
    "/experiments/{experiment_id}/training_runs",
    response_model=Thing,
    openapi_extra=json_body(*KEYS),
)
@router.post(
    "/aiexperiments/{experiment_id}/training_runs",
    response_model=Thing,
    openapi_extra=json_body(*KEYS),
)
async def create_in_experiment(
    request: Request, experiment_id: str, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Begin a training run at the point that an experiment suggests."""
    runs = Runs(host_of(request), principal)
    return answer(request, await runs.create_in(experiment_id, body, key=key))


@router.get(
    "/experiments/{experiment_id}/training_runs", response_model=Page, openapi_extra=query(*LIST)
)
@router.get(
    "/aiexperiments/{experiment_id}/training_runs", response_model=Page, openapi_extra=query(*LIST)
)
async def list_of_experiment(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return the training runs of an experiment in pages, the newest first."""
    runs = Runs(host_of(request), principal)
    experiment = await runs.experiment(experiment_id)
    return answer(request, await _list(request, runs, experiment=experiment.id))


@router.get("/experiments/{experiment_id}/best_training_runs", response_model=Page)
@router.get("/aiexperiments/{experiment_id}/best_training_runs", response_model=Page)
async def best(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return the training runs of the best observations."""
    runs = Runs(host_of(request), principal)
    return answer(request, pagination(await runs.best_runs(experiment_id)))


# ------------------------------------------------------------ one run


@router.get("/training_runs/{run_id}", response_model=Thing)
async def fetch(request: Request, run_id: str, principal: Reader) -> Response:
    """Return a training run, also one that was deleted."""
    return answer(request, await Runs(host_of(request), principal).run(run_id))


@router.put("/training_runs/{run_id}", response_model=Thing, openapi_extra=json_body(*KEYS))
async def replace(request: Request, run_id: str, body: Body, principal: Writer) -> Response:
    """Replace parts of a training run."""
    runs = Runs(host_of(request), principal)
    return answer(request, await runs.change(run_id, body, merge=False))


# OpenAPI knows no method MERGE; the same update is PUT, which replaces.
@router.api_route("/training_runs/{run_id}", methods=["MERGE"], include_in_schema=False)
async def merge(request: Request, run_id: str, body: Body, principal: Writer) -> Response:
    """Merge something into a training run, at every depth."""
    runs = Runs(host_of(request), principal)
    return answer(request, await runs.change(run_id, body, merge=True))


@router.delete("/training_runs/{run_id}", response_model=Nothing)
async def delete(request: Request, run_id: str, principal: Writer) -> Response:
    """Delete a training run; ``deleted: false`` brings it back."""
    await Runs(host_of(request), principal).delete_run(run_id)
    return nothing(request)


# ------------------------------------------------------------ checkpoints


@router.post(
    "/training_runs/{run_id}/checkpoints",
    response_model=Thing,
    openapi_extra=json_body("values", "metadata"),
)
async def create_checkpoint(
    request: Request, run_id: str, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Record what was measured in the middle of a training run."""
    runs = Runs(host_of(request), principal)
    return answer(request, await runs.add_checkpoint(run_id, body, key=key))


@router.get(
    "/training_runs/{run_id}/checkpoints", response_model=Page, openapi_extra=query(*PAGING)
)
async def list_checkpoints(request: Request, run_id: str, principal: Reader) -> Response:
    """Return the checkpoints of a training run in pages, the newest first."""
    found = await Runs(host_of(request), principal).checkpoints(run_id)
    return answer(request, _page(request, found))


@router.get("/training_runs/{run_id}/checkpoints/{checkpoint_id}", response_model=Thing)
async def fetch_checkpoint(
    request: Request, run_id: str, checkpoint_id: str, principal: Reader
) -> Response:
    """Return one checkpoint."""
    runs = Runs(host_of(request), principal)
    return answer(request, await runs.checkpoint(run_id, checkpoint_id))


async def _list(request: Request, runs: Runs, **which: Any) -> dict[str, Any]:
    asked = request.query_params
    deleted = asked.get("deleted", "").lower() in {"true", "1"}
    filters = read_filters(asked.get("filters"))
    return _page(request, await runs.list_runs(filters, deleted=deleted, **which))


def _page(request: Request, found: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    asked = request.query_params
    part, paging = page(found, lambda item: item[0], **{name: asked.get(name) for name in PAGING})
    return pagination([item for _, item in part], paging, count=len(found))


def _client(text: str) -> str:
    return str(records.read_id(text, "client"))
