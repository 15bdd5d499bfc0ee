"""Routes over which models come and go: by grant, without a key."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.experiments import check_no_start_model, check_open, submit, with_start_model
from optwidgets.runs.jobs import Job, ModelFile, Submission
from optwidgets.server.addresses import base_url
from optwidgets.server.faces.vergeai import grants, models, shapes, store
from optwidgets.server.faces.vergeai.heavy import work
from optwidgets.server.faces.vergeai.running import running_of
from optwidgets.server.faces.vergeai.store import Placed
from optwidgets.server.signing_in import host_of, public
from optwidgets.server.steady import steady_time

if TYPE_CHECKING:
    from optwidgets.server.host import Host
    from optwidgets.server.transaction import Transaction

router = APIRouter(prefix="/v1/model", tags=["vergeai"], responses=shapes.REFUSALS)
SIGNATURE = "x-optwidgets-signature"
_UPLOAD_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["key", SIGNATURE, "file"],
                    "properties": {
                        "key": {"type": "string"},
                        SIGNATURE: {"type": "string"},
                        "file": {"type": "string", "format": "binary"},
                    },
                }
            }
        },
    }
}


def form(request: Request, grant: grants.Grant, target: grants.Target) -> dict[str, Any]:
    """Return where and with which fields a model is sent."""
    return {
        "model_url": {
            "url": f"{base_url(request)}/v1/model/upload/{grant.id}",
            "fields": {"key": target.name, SIGNATURE: grant.secret},
        }
    }


def download_address(request: Request, grant: grants.Grant) -> dict[str, str]:
    """Return where a model is fetched."""
    address = f"{base_url(request)}/v1/model/download/{grant.id}"
    return {"model_url": f"{address}?signature={grant.secret}"}


@router.post(
    "/upload/{grant_id}",
    status_code=204,
    response_class=Response,
    dependencies=[public()],
    openapi_extra=_UPLOAD_FORM,
)
async def upload(request: Request, grant_id: str) -> Response:
    """Take a model; it is on the disk, and part of its experiment, when this answers."""
    at = steady_time()
    host = host_of(request)
    # Before the body: who has no grant fills no disk.
    await host.read(lambda connection: grants.look_up(connection, grant_id, at))
    name, secret, content = await _read_form(request)
    kind, target = await host.write(
        lambda tx: grants.claim(
            tx.connection, ("start_model", "device_model"), grant_id, secret, at
        )
    )
    if not hmac.compare_digest(target.name.encode(), name.encode()):
        raise grants.refused()
    await work(host, "check", [content])
    take = _take_start_model if kind == "start_model" else _take_device_model
    await take(request, target, content)
    return Response(status_code=204)


@router.get(
    "/download/{grant_id}",
    dependencies=[public()],
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "The model"}},
)
async def download(request: Request, grant_id: str, signature: str = "") -> Response:
    """Give a model out, byte for byte."""
    at = steady_time()
    host = host_of(request)
    _, target = await host.write(
        lambda tx: grants.claim(tx.connection, ("download",), grant_id, signature, at)
    )
    file = ModelFile("", target.name, target.size, target.blob, target.sha256)
    return StreamingResponse(
        models.stream(host, file),
        media_type="application/json",
        headers={"Content-Length": str(file.size), "Cache-Control": "no-store"},
    )


async def _take_start_model(request: Request, target: grants.Target, content: bytes) -> None:
    host = host_of(request)
    file = await models.store(host, target.project_id, target.experiment_id, target.name, content)

    def operation(tx: Transaction) -> Placed:
        placed = store.load_experiment(tx.connection, target.project_id, target.experiment_id)
        check_no_start_model(placed.experiment)
        models.keep(tx.connection, file)
        return Placed(placed.project_id, with_start_model(placed.experiment, file))

    await _change(request, operation, file)


async def _take_device_model(request: Request, target: grants.Target, content: bytes) -> None:
    host = host_of(request)
    placed = await host.read(
        lambda connection: store.load_by_job(connection, target.project_id, target.job_id)
    )
    job = placed.experiment.job(target.job_id)
    check_open(job, target.device_id)
    await _check_shapes(host, job, content)
    file = await models.store(host, target.project_id, target.device_id, target.name, content)

    def operation(tx: Transaction) -> Placed:
        now = store.load_by_job(tx.connection, target.project_id, target.job_id)
        given = Submission(file, target.samples)
        changed = submit(now.experiment, target.job_id, target.device_id, given)
        models.keep(tx.connection, file)
        return Placed(now.project_id, changed)

    await _change(request, operation, file)
    # So that a client that looks next sees the mean, and not an old state.
    await running_of(request).averaged(target.job_id)


async def _change(request: Request, operation: Any, file: ModelFile) -> None:
    """Do an operation that makes a model part of an experiment; drop the model if it cannot."""
    try:
        await running_of(request).change(operation)
    except OptwidgetsError:
        await host_of(request).write(lambda tx: models.discard(tx.connection, file))
        raise


async def _check_shapes(host: Host, job: Job, content: bytes) -> None:
    """Refuse a model that could not be averaged; the one of a single device is not averaged."""
    if job.setup.num_devices > 1 and job.start_model is not None:
        await work(host, "like", [job.start_model, content])


async def _read_form(request: Request) -> tuple[str, str, bytes]:
    async with request.form(max_files=1, max_fields=8, max_part_size=4096) as fields:
        file = fields.get("file")
        if not isinstance(file, UploadFile):
            raise OptwidgetsError(
                "The form has no part named file; send the model in it, after the given fields.",
                field="file",
            )
        content = await file.read()
        return str(fields.get("key", "")), str(fields.get(SIGNATURE, "")), content
