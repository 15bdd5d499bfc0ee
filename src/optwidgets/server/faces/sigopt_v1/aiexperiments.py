"""Experiments of training runs of v1: experiments whose suggestions are runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from optwidgets.server.faces.sigopt_v1.experiment_lists import (
    LIST,
    list_experiments,
    shown_of_runs,
)
from optwidgets.server.faces.sigopt_v1.lists import (
    client_number,
    flag,
    make_router,
)
from optwidgets.server.faces.sigopt_v1.requests import Body, IdempotencyKey
from optwidgets.server.signing_in import Reader, Writer, host_of
from optwidgets.server.sigopt.definition import CREATE_KEYS
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.projects import project_json
from optwidgets.server.sigopt.training import store
from optwidgets.server.sigopt.updating import KEYS

if TYPE_CHECKING:
    from optwidgets.server.transaction import Transaction

router = make_router()
PROJECT = "/clients/{client_id}/projects/{project_id}/aiexperiments"


@router.post(PROJECT, response_model=Thing, openapi_extra=json_body(*CREATE_KEYS))
async def create(
    request: Request,
    client_id: str,
    project_id: str,
    body: Body,
    principal: Writer,
    key: IdempotencyKey,
) -> Response:
    """Create an experiment of runs in a project."""
    desk = Desk(host_of(request), principal)
    client = client_number(client_id)
    experiment = await desk.create(
        {**body, "runs_only": True}, client=client, project=project_id, key=key
    )
    return answer(request, await shown_of_runs(desk, experiment))


@router.get(PROJECT, response_model=Page, openapi_extra=query(*LIST))
async def list_of_project(
    request: Request, client_id: str, project_id: str, principal: Reader
) -> Response:
    """Return the experiments of runs of a project in pages, the newest first."""
    desk = Desk(host_of(request), principal)
    client = client_number(client_id)
    await desk.host.read(lambda connection: project_json(connection, client, project_id))
    return answer(
        request,
        await list_experiments(request, desk, runs_only=True, client=client, project=project_id),
    )


@router.post("/aiexperiments", response_model=Thing, openapi_extra=json_body(*CREATE_KEYS))
async def create_anywhere(
    request: Request, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Create an experiment of runs, in the project that it names."""
    desk = Desk(host_of(request), principal)
    return answer(
        request, await shown_of_runs(desk, await desk.create({**body, "runs_only": True}, key=key))
    )


@router.get("/aiexperiments", response_model=Page, openapi_extra=query(*LIST))
async def list_all(request: Request, principal: Reader) -> Response:
    """Return all experiments of runs in pages, the newest first."""
    return answer(
        request, await list_experiments(request, Desk(host_of(request), principal), runs_only=True)
    )


@router.get("/aiexperiments/{experiment_id}", response_model=Thing)
async def fetch(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return an experiment of runs, also one that was deleted."""
    desk = Desk(host_of(request), principal)
    return answer(request, await shown_of_runs(desk, await desk.experiment(experiment_id)))


@router.put("/aiexperiments/{experiment_id}", response_model=Thing, openapi_extra=json_body(*KEYS))
async def update(
    request: Request, experiment_id: str, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Change an experiment of runs."""
    desk = Desk(host_of(request), principal)
    return answer(
        request, await shown_of_runs(desk, await desk.update(experiment_id, body, key=key))
    )


@router.delete(
    "/aiexperiments/{experiment_id}", response_model=Nothing, openapi_extra=query("include_runs")
)
async def delete(request: Request, experiment_id: str, principal: Writer) -> Response:
    """Delete an experiment of runs, with ``include_runs=true`` also its runs."""
    desk = Desk(host_of(request), principal)
    await desk.delete(experiment_id)
    if flag(request, "include_runs"):

        def operation(tx: Transaction) -> dict[str, Any]:
            record, _ = desk.opened(tx, experiment_id, alive=False)
            store.delete_of_experiment(tx.connection, record.id)
            return {}

        await desk.once(operation, None)
    return nothing(request)
