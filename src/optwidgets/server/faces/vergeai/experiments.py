"""Routes of experiments."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from immutables import Map

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.experiments import Experiment, check_no_start_model
from optwidgets.runs.projects import Project, Role
from optwidgets.server.faces.vergeai import bodies, grants, linking, shapes, store, wire
from optwidgets.server.faces.vergeai.callers import Caller, calls
from optwidgets.server.faces.vergeai.running import running_of
from optwidgets.server.faces.vergeai.store import Placed
from optwidgets.server.faces.vergeai.transfers import form
from optwidgets.server.signing_in import host_of

if TYPE_CHECKING:
    import sqlalchemy as sa

    from optwidgets.server.transaction import Transaction

router = APIRouter(prefix="/v1/experiment", tags=["vergeai"], responses=shapes.REFUSALS)


@router.post("/create", response_model=shapes.ExperimentShape)
async def create(
    request: Request, body: bodies.ExperimentToCreate, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Begin an experiment.

    With `hyperparameters` (an extension) it gets these; without, in a project that is linked
    to a session, those that the session suggests.
    """
    host = host_of(request)

    def project_of(connection: sa.Connection) -> Project:
        project = store.load_project(connection, body.project_id)
        caller.check(project, Role.WRITE)
        return project

    project = await host.read(project_of)
    new = Experiment(uuid.uuid4().hex, Map(body.hyperparameters or {}))
    if body.hyperparameters is None and project.session_id is not None:
        new = await linking.suggest(host, project.session_id, caller, new)

    def operation(tx: Transaction) -> None:
        project_of(tx.connection)  # a suggestion takes time: it may be gone
        store.save_experiment(tx.connection, project.id, new, created_at=time.time())

    await host.write(operation)
    return wire.experiment(new)


@router.get("/get/{project_id}/{experiment_id}", response_model=shapes.ExperimentShape)
async def get(
    request: Request,
    project_id: bodies.Id,
    experiment_id: bodies.Id,
    caller: Annotated[Caller, calls("read")],
) -> Any:
    """Return an experiment."""

    def query(connection: sa.Connection) -> dict[str, Any]:
        caller.check(store.load_project(connection, project_id), Role.READ)
        return wire.experiment(
            store.load_experiment(connection, project_id, experiment_id).experiment
        )

    return await host_of(request).read(query)


@router.post("/submit_start_model", response_model=shapes.UploadAt)
async def submit_start_model(
    request: Request, body: bodies.OfExperiment, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Return where to send the start model; the address is good once, for a minute."""

    def operation(tx: Transaction) -> grants.Grant:
        caller.check(store.load_project(tx.connection, body.project_id), Role.WRITE)
        placed = store.load_experiment(tx.connection, body.project_id, body.experiment_id)
        check_no_start_model(placed.experiment)
        return grants.give(tx.connection, "start_model", target, grants.UPLOAD_SECONDS)

    target = grants.Target(
        f"{body.project_id}/{body.experiment_id}/start_model", body.project_id, body.experiment_id
    )
    return form(request, await host_of(request).write(operation), target)


@router.get("/list/{project_id}", response_model=shapes.ExperimentList)
async def list_all(
    request: Request,
    project_id: bodies.Id,
    caller: Annotated[Caller, calls("read")],
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: bodies.Id | None = None,
) -> Any:
    """Return the experiments of a project, the oldest first (an extension)."""

    def query(connection: sa.Connection) -> dict[str, Any]:
        caller.check(store.load_project(connection, project_id), Role.READ)
        found = store.experiments_of(connection, project_id)
        ids = [one.id for one in found]
        if after is not None and after not in ids:
            store.load_experiment(connection, project_id, after)
        start = 0 if after is None else ids.index(after) + 1
        page = found[start : start + limit]
        more = start + limit < len(found)
        return {
            "experiments": [wire.experiment(one) for one in page],
            "next": page[-1].id if more else None,
        }

    return await host_of(request).read(query)


@router.post("/delete", response_model=shapes.Nothing)
async def delete(
    request: Request, body: bodies.OfExperiment, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Delete an experiment with its jobs and models (an extension).

    Its row in the session stays, as what was measured does.
    """

    def operation(tx: Transaction) -> None:
        caller.check(store.load_project(tx.connection, body.project_id), Role.ADMIN)
        placed = store.load_experiment(tx.connection, body.project_id, body.experiment_id)
        store.delete_experiment(tx.connection, placed.experiment)

    await host_of(request).write(operation)
    return {}


@router.post("/set_hyperparameters", response_model=shapes.ExperimentShape)
async def set_hyperparameters(
    request: Request, body: bodies.HyperparametersToSet, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Change the hyperparameters of an experiment that has no job yet (an extension)."""

    def operation(tx: Transaction) -> Placed:
        caller.check(store.load_project(tx.connection, body.project_id), Role.WRITE)
        placed = store.load_experiment(tx.connection, body.project_id, body.experiment_id)
        if placed.experiment.jobs:
            raise OptwidgetsError(
                "The experiment has jobs already; its hyperparameters are fixed. Create another."
            )
        # What was suggested is no longer what is tried.
        changed = replace(placed.experiment, hyperparameters=Map(body.hyperparameters), row=None)
        return Placed(placed.project_id, changed)

    return wire.experiment((await running_of(request).change(operation)).experiment)
