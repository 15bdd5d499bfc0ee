"""Routes of devices."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Request

from optwidgets.runs.experiments import check_open
from optwidgets.runs.projects import Device, Role
from optwidgets.server.auth import hash_of
from optwidgets.server.faces.vergeai import bodies, grants, shapes, store
from optwidgets.server.faces.vergeai.callers import Caller, calls
from optwidgets.server.faces.vergeai.errors import not_authorized
from optwidgets.server.faces.vergeai.transfers import form
from optwidgets.server.signing_in import host_of

if TYPE_CHECKING:
    import sqlalchemy as sa

    from optwidgets.server.transaction import Transaction

router = APIRouter(prefix="/v1/device", tags=["vergeai"], responses=shapes.REFUSALS)
ID_CHARACTERS = 32


@router.post("/create", response_model=shapes.DeviceKey)
async def create(
    request: Request, body: bodies.OfProject, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Register a device and return its key, which is stored as a hash only."""
    # 86 characters; the first 32 are the id, the 54 others are as many bits as anybody needs.
    key = secrets.token_urlsafe(64)
    device = Device(key[:ID_CHARACTERS], registered_at=time.time())

    def operation(tx: Transaction) -> None:
        caller.check(store.load_project(tx.connection, body.project_id), Role.WRITE)
        store.add_device(tx.connection, body.project_id, device, hash_of(key))

    await host_of(request).write(operation)
    return {"device_id": device.id, "device_api_key": key}


@router.post("/register", response_model=shapes.DeviceKey)
async def register(
    request: Request, body: bodies.OfProject, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Register a device: the newest client calls it so."""
    return await create(request, body, caller)


@router.get("/is_active/{project_id}/{job_id}/{device_id}", response_model=shapes.IsActive)
async def is_active(
    request: Request,
    project_id: bodies.Id,
    job_id: bodies.Id,
    device_id: bodies.Id,
    caller: Annotated[Caller, calls("read", devices=True)],
) -> Any:
    """Return whether a device still owes its model for a job."""

    def query(connection: sa.Connection) -> bool:
        project = store.load_project(connection, project_id)
        caller.check_or_device(project, Role.READ, {device_id})
        placed = store.load_by_job(connection, project_id, job_id)
        return placed.experiment.job(job_id).is_open_for(device_id)

    return {"is_device_active": await host_of(request).read(query)}


@router.post("/submit_model_update", response_model=shapes.UploadAt)
async def submit_model_update(
    request: Request,
    body: bodies.DeviceModel,
    caller: Annotated[Caller, calls("write", devices=True)],
) -> Any:
    """Return where a device sends its model; the address is good once, for a minute.

    `num_samples` (an extension) weighs the model in the mean, if all devices give it.
    """
    if caller.principal is not None or caller.device_id != body.device_id:
        raise not_authorized()

    def operation(tx: Transaction) -> tuple[grants.Grant, grants.Target]:
        project = store.load_project(tx.connection, body.project_id)
        caller.check_or_device(project, Role.OWNER, project.devices)
        placed = store.load_by_job(tx.connection, project.id, body.job_id)
        job = placed.experiment.job(body.job_id)
        caller.check_or_device(project, Role.OWNER, job.devices)
        check_open(job, body.device_id)
        target = grants.Target(
            f"{project.id}/{placed.experiment.id}/{job.id}/device_models/{body.device_id}",
            project.id,
            placed.experiment.id,
            job.id,
            body.device_id,
            body.num_samples,
        )
        return grants.give(tx.connection, "device_model", target, grants.UPLOAD_SECONDS), target

    return form(request, *await host_of(request).write(operation))
