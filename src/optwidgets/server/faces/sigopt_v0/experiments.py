"""Experiments of v0: create, suggest, report, and what is around them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from optwidgets.errors import OptwidgetsError
from optwidgets.server.faces.sigopt_v0.answers import (
    ERRORS,
    Envelope,
    answer,
    experiment_of,
    form,
    query,
)
from optwidgets.server.faces.sigopt_v0.params import Params, count_of, data_of
from optwidgets.server.faces.sigopt_v1.requests import IdempotencyKey
from optwidgets.server.signing_in import Reader, Writer, host_of
from optwidgets.server.sigopt import records
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.paging import page, pagination
from optwidgets.server.sigopt.reporting import Observations
from optwidgets.server.sigopt.rows import NO_MARKS, observation_json, suggestion_json
from optwidgets.server.sigopt.standing import best_rows
from optwidgets.server.sigopt.suggesting import Handed, Suggestions

router = APIRouter(
    prefix="/v0/experiments",
    tags=["SigOpt v0"],
    responses=ERRORS,
    default_response_class=JSONResponse,
)

TOKENS = ("user_token", "client_token", "worker_id")
MAX_SUGGESTIONS = 50


@router.post("/create", response_model=Envelope, openapi_extra=form("client_id", "data", *TOKENS))
async def create(
    request: Request, params: Params, principal: Writer, key: IdempotencyKey
) -> Response:
    """Create an experiment."""
    client = client_of(params.get("client_id", records.FIRST_CLIENT))
    desk = Desk(host_of(request), principal)
    experiment = await desk.create(data_of(params), client=client, key=key)
    return answer(experiment=experiment_of(await desk.shown(experiment)))


@router.get("/{experiment_id}", response_model=Envelope, openapi_extra=query(*TOKENS))
async def fetch(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return an experiment."""
    desk = Desk(host_of(request), principal)
    found = await desk.shown(await desk.experiment(experiment_id))
    return answer(experiment=experiment_of(found))


@router.post(
    "/{experiment_id}/update", response_model=Envelope, openapi_extra=form("data", *TOKENS)
)
async def update(
    request: Request, experiment_id: str, params: Params, principal: Writer, key: IdempotencyKey
) -> Response:
    """Change an experiment."""
    desk = Desk(host_of(request), principal)
    experiment = await desk.update(experiment_id, data_of(params), key=key)
    return answer(experiment=experiment_of(await desk.shown(experiment)))


@router.post("/{experiment_id}/delete", response_model=Envelope, openapi_extra=form(*TOKENS))
async def delete(request: Request, experiment_id: str, principal: Writer) -> Response:
    """Delete an experiment."""
    await Desk(host_of(request), principal).delete(experiment_id)
    return answer()


@router.post("/{experiment_id}/suggest", response_model=Envelope, openapi_extra=form(*TOKENS))
async def suggest(
    request: Request, experiment_id: str, params: Params, principal: Writer, key: IdempotencyKey
) -> Response:
    """Suggest settings; a worker gets its own until it reports."""
    desk = Suggestions(host_of(request), principal)
    handed = await desk.suggest(experiment_id, worker=worker_of(params), key=key)
    return answer(suggestion=suggestion_of(handed))


@router.post(
    "/{experiment_id}/suggestmulti", response_model=Envelope, openapi_extra=form("count", *TOKENS)
)
async def suggest_several(
    request: Request, experiment_id: str, params: Params, principal: Writer, key: IdempotencyKey
) -> Response:
    """Suggest several different settings."""
    desk = Suggestions(host_of(request), principal)
    found = await desk.suggest_several(experiment_id, count_of(params, MAX_SUGGESTIONS), key=key)
    return answer(suggestions=[suggestion_of(handed) for handed in found])


@router.post(
    "/{experiment_id}/report", response_model=Envelope, openapi_extra=form("data", *TOKENS)
)
async def report(
    request: Request, experiment_id: str, params: Params, principal: Writer, key: IdempotencyKey
) -> Response:
    """Report a result; settings that were suggested close their suggestion."""
    await Observations(host_of(request), principal).observe(experiment_id, data_of(params), key=key)
    return answer()


@router.post(
    "/{experiment_id}/reportmulti", response_model=Envelope, openapi_extra=form("data", *TOKENS)
)
async def report_several(
    request: Request, experiment_id: str, params: Params, principal: Writer, key: IdempotencyKey
) -> Response:
    """Report several results, all or nothing: a list, or ``{"observations": [...]}``."""
    data = data_of(params)
    if isinstance(data, list):
        data = {"observations": data}
    await Observations(host_of(request), principal).observe_batch(experiment_id, data, key=key)
    return answer()


@router.post("/{experiment_id}/reset", response_model=Envelope, openapi_extra=form(*TOKENS))
async def reset(request: Request, experiment_id: str, principal: Writer) -> Response:
    """Delete all suggestions and observations."""
    await Observations(host_of(request), principal).reset(experiment_id)
    return answer()


@router.get(
    "/{experiment_id}/history",
    response_model=Envelope,
    openapi_extra=query("limit", "before", "after", *TOKENS),
)
async def history(
    request: Request, experiment_id: str, params: Params, principal: Reader
) -> Response:
    """Return the observations in pages, the newest first."""
    desk = Desk(host_of(request), principal)
    experiment = await desk.experiment(experiment_id)
    rows = list(experiment.observed())[::-1]
    asked = {name: params.get(name) for name in ("limit", "before", "after")}
    found, paging = page(rows, lambda row: row.id, **asked)
    marks = await desk.marks(experiment, [row.id for row in found])
    data = [observation_json(experiment, row, marks.get(row.id, NO_MARKS)) for row in found]
    return answer(observations=pagination(data, paging, count=len(rows)))


@router.get(
    "/{experiment_id}/bestobservation", response_model=Envelope, openapi_extra=query(*TOKENS)
)
async def best_observation(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return the best observation, or null."""
    desk = Desk(host_of(request), principal)
    experiment = await desk.experiment(experiment_id)
    best = best_rows(experiment)[:1]
    marks = await desk.marks(experiment, [row.id for row in best])
    found = [observation_json(experiment, row, marks.get(row.id, NO_MARKS)) for row in best]
    return answer(observation=found[0] if found else None)


@router.get("/{experiment_id}/workers", response_model=Envelope, openapi_extra=query(*TOKENS))
async def workers(request: Request, experiment_id: str, principal: Reader) -> Response:
    """Return which worker holds which suggestion."""
    held = await Suggestions(host_of(request), principal).workers(experiment_id)
    found = []
    for worker, handed in held:
        suggestion = suggestion_of(handed)
        claimed = suggestion["created"]
        found.append({"id": worker, "suggestion": suggestion, "claimed_time": claimed})
    return answer(workers=found)


@router.post("/{experiment_id}/releaseworker", response_model=Envelope, openapi_extra=form(*TOKENS))
async def release_worker(
    request: Request, experiment_id: str, params: Params, principal: Writer
) -> Response:
    """Take a worker's suggestion away from it; it stays open."""
    worker = worker_of(params)
    if worker is None:
        raise OptwidgetsError("releaseworker needs the worker_id.", field="worker_id")
    await Suggestions(host_of(request), principal).release(experiment_id, worker)
    return answer()


def suggestion_of(handed: Handed) -> dict[str, Any]:
    """Write a suggestion as v0 reads it."""
    info = handed.row.suggestion
    improves = info is not None and "EI" in info.strategy
    return {
        **suggestion_json(handed.experiment, handed.row, handed.mark),
        "expected_improvement": info.gain if improves and info is not None else None,
    }


def worker_of(params: dict[str, str]) -> str | None:
    """Return the id of the worker that asks, or None."""
    worker = params.get("worker_id") or None
    if worker is not None and len(worker) > 200:
        raise OptwidgetsError("worker_id has up to 200 characters.", field="worker_id")
    return worker


def client_of(text: str) -> str:
    """Return the id of a client: digits."""
    return str(records.read_id(text, "client"))
