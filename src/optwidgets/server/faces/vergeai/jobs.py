"""Routes of jobs."""

from __future__ import annotations

import random
import time
import uuid
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Request

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.experiments import add_job, cancel, with_metrics
from optwidgets.runs.jobs import Job, JobState, ModelFile, choose_devices, read_setup
from optwidgets.runs.projects import Project, Role
from optwidgets.server.faces.vergeai import bodies, grants, linking, shapes, store, wire
from optwidgets.server.faces.vergeai.callers import Caller, calls
from optwidgets.server.faces.vergeai.running import running_of
from optwidgets.server.faces.vergeai.store import Placed
from optwidgets.server.faces.vergeai.transfers import download_address
from optwidgets.server.signing_in import host_of

if TYPE_CHECKING:
    import sqlalchemy as sa

    from optwidgets.server.transaction import Transaction

router = APIRouter(prefix="/v1/job", tags=["vergeai"], responses=shapes.REFUSALS)
_chance = random.SystemRandom()


@router.post("/create", response_model=shapes.JobShape)
async def create(
    request: Request, body: bodies.JobToCreate, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Add a job to an experiment; it starts at once if none runs."""
    setup = read_setup(body.model_dump())
    now = time.time()
    job_id = uuid.uuid4().hex

    def operation(tx: Transaction) -> Placed:
        project = store.load_project(tx.connection, body.project_id)
        caller.check(project, Role.WRITE)
        placed = store.load_experiment(tx.connection, project.id, body.experiment_id)
        devices = choose_devices(setup, list(project.devices), _chance)
        longer = add_job(placed.experiment, Job(job_id, setup, devices, created_at=now), now)
        store.add_job_id(tx.connection, longer.id, job_id)
        return Placed(project.id, longer)

    return _job(await running_of(request).change(operation), job_id)


@router.get("/get/{project_id}/{job_id}", response_model=shapes.JobShape)
async def get(
    request: Request,
    project_id: bodies.Id,
    job_id: bodies.Id,
    caller: Annotated[Caller, calls("read")],
) -> Any:
    """Return a job."""

    def query(connection: sa.Connection) -> Placed:
        caller.check(store.load_project(connection, project_id), Role.READ)
        return store.load_by_job(connection, project_id, job_id)

    return _job(await host_of(request).read(query), job_id)


@router.get("/list/{project_id}/{experiment_id}", response_model=shapes.JobList)
async def list_all(
    request: Request,
    project_id: bodies.Id,
    experiment_id: bodies.Id,
    caller: Annotated[Caller, calls("read")],
) -> Any:
    """Return the jobs of an experiment in the order of their execution (an extension)."""

    def query(connection: sa.Connection) -> Placed:
        caller.check(store.load_project(connection, project_id), Role.READ)
        return store.load_experiment(connection, project_id, experiment_id)

    placed = await host_of(request).read(query)
    return {"jobs": [_job(placed, job.id) for job in placed.experiment.jobs]}


@router.post("/cancel", response_model=shapes.Nothing)
async def cancel_job(
    request: Request, body: bodies.OfJob, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Cancel a job; the next one starts if it was running."""

    def operation(tx: Transaction) -> Placed:
        project, placed = _find(tx.connection, body)
        caller.check(project, Role.WRITE)
        return Placed(project.id, cancel(placed.experiment, body.job_id, time.time()))

    await running_of(request).change(operation)
    return {}


@router.post("/report", response_model=shapes.Reported)
async def report(
    request: Request, body: bodies.Report, caller: Annotated[Caller, calls("write", devices=True)]
) -> Any:
    """Report what was measured in a job (an extension).

    In a project that is linked to a session the objectives among the metrics are written into
    the row of the experiment.
    """

    def operation(tx: Transaction) -> Placed:
        project, placed = _find(tx.connection, body)
        job = placed.experiment.job(body.job_id)
        caller.check_or_device(project, Role.WRITE, job.devices)
        experiment = with_metrics(placed.experiment, body.job_id, body.metrics)
        if project.session_id is not None:
            experiment = linking.record(tx, project.session_id, caller, experiment, body.metrics)
        return Placed(project.id, experiment)

    experiment = (await running_of(request).change(operation)).experiment
    metrics = dict(experiment.job(body.job_id).metrics)
    return {"job_id": body.job_id, "metrics": metrics, "row": experiment.row}


@router.get("/start_model/{project_id}/{job_id}", response_model=shapes.DownloadAt)
async def start_model(
    request: Request,
    project_id: bodies.Id,
    job_id: bodies.Id,
    caller: Annotated[Caller, calls("read", devices=True)],
) -> Any:
    """Return where to fetch the model that a job starts from; good once, for five minutes."""

    def operation(tx: Transaction) -> grants.Grant:
        project = store.load_project(tx.connection, project_id)
        if caller.principal is not None:
            caller.check(project, Role.READ)
        placed = store.load_by_job(tx.connection, project_id, job_id)
        job = placed.experiment.job(job_id)
        caller.check_or_device(project, Role.READ, job.devices)
        if job.start_model is None:
            raise OptwidgetsError("The job has no start model yet: it waits for the one before.")
        return _fetch(tx, placed, job, job.start_model, grants.START_MODEL_SECONDS)

    return download_address(request, await host_of(request).write(operation))


@router.get("/aggregate_model/{project_id}/{job_id}", response_model=shapes.DownloadAt)
async def aggregate_model(
    request: Request,
    project_id: bodies.Id,
    job_id: bodies.Id,
    caller: Annotated[Caller, calls("read")],
) -> Any:
    """Return where to fetch the mean of the models of a job; good once, for a minute."""

    def operation(tx: Transaction) -> grants.Grant:
        caller.check(store.load_project(tx.connection, project_id), Role.READ)
        placed = store.load_by_job(tx.connection, project_id, job_id)
        job = placed.experiment.job(job_id)
        if job.state is not JobState.COMPLETED or job.aggregate_model is None:
            raise OptwidgetsError(
                f"The job has no aggregate model: its status is {job.state}, not COMPLETED."
            )
        return _fetch(tx, placed, job, job.aggregate_model, grants.AGGREGATE_SECONDS)

    return download_address(request, await host_of(request).write(operation))


def _fetch(
    tx: Transaction, placed: Placed, job: Job, file: ModelFile, seconds: float
) -> grants.Grant:
    target = grants.Target(
        file.name,
        placed.project_id,
        placed.experiment.id,
        job.id,
        blob=file.blob,
        size=file.size,
        sha256=file.sha256,
    )
    return grants.give(tx.connection, "download", target, seconds)


def _find(connection: sa.Connection, body: bodies.OfJob) -> tuple[Project, Placed]:
    """Return the project and the experiment of a job; the project's id may be left out."""
    if body.project_id is not None:
        store.load_project(connection, body.project_id)
    placed = store.load_by_job(connection, body.project_id, body.job_id)
    return store.load_project(connection, placed.project_id), placed


def _job(placed: Placed, job_id: str) -> dict[str, Any]:
    return wire.job(placed.experiment.job(job_id), placed.project_id, placed.experiment.id)
