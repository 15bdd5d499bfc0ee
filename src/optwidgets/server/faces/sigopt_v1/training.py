"""Training runs, their checkpoints, and experiments of runs, of v1."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request, Response

from optwidgets.server.faces.sigopt_v1.answers import (
    Nothing,
    Page,
    Thing,
    answer,
    json_body,
    nothing,
    query,
)
from optwidgets.server.faces.sigopt_v1.lists import (
    PAGING,
    client_number,
    flag,
    make_router,
    part_of,
)
from optwidgets.server.faces.sigopt_v1.requests import Body, IdempotencyKey
from optwidgets.server.signing_in import Reader, Writer, host_of
from optwidgets.server.sigopt.paging import pagination
from optwidgets.server.sigopt.training.filters import read_filters
from optwidgets.server.sigopt.training.logged import KEYS
from optwidgets.server.sigopt.training.runs import Runs

router = make_router()
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
    return answer(request, await runs.create(client_number(client_id), project_id, body, key=key))


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
    made = await runs.create_batch(client_number(client_id), project_id, body, key=key)
    return answer(request, pagination(made))


@router.get(PROJECT, response_model=Page, openapi_extra=query(*LIST))
async def list_of_project(
    request: Request, client_id: str, project_id: str, principal: Reader
) -> Response:
    """Return the training runs of a project in pages, the newest first."""
    runs = Runs(host_of(request), principal)
    runs.check_everywhere()
    found = await _list(request, runs, client=client_number(client_id), project=project_id)
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

RUN = "/training_runs/{run_id}"
RUN_OF = "/experiments/{experiment_id}/training_runs/{run_id}"


async def _named(request: Request, run_id: str, principal: Reader) -> None:
    """Refuse a run that is none of the experiment in the path."""
    number = request.path_params.get("experiment_id")
    if number is not None:
        await Runs(host_of(request), principal).check_run_of(number, run_id)


InExperiment = Depends(_named)


@router.get(RUN, response_model=Thing)
@router.get(RUN_OF, response_model=Thing, dependencies=[InExperiment])
async def fetch(request: Request, run_id: str, principal: Reader) -> Response:
    """Return a training run, also one that was deleted."""
    return answer(request, await Runs(host_of(request), principal).run(run_id))


@router.put(RUN, response_model=Thing, openapi_extra=json_body(*KEYS))
@router.put(
    RUN_OF, response_model=Thing, openapi_extra=json_body(*KEYS), dependencies=[InExperiment]
)
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


@router.delete(RUN, response_model=Nothing)
@router.delete(RUN_OF, response_model=Nothing, dependencies=[InExperiment])
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
    filters = read_filters(request.query_params.get("filters"))
    return _page(request, await runs.list_runs(filters, deleted=flag(request, "deleted"), **which))


def _page(request: Request, found: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    part, answered = part_of(request, found, lambda item: item[0])
    return answered([item for _, item in part])
