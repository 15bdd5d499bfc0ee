"""Clients and users of v0. A server of ours has one owner; a client is a name for experiments."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from optwidgets.server.errors import NotFound
from optwidgets.server.faces.sigopt_v0.answers import ERRORS, Envelope, answer, experiment_of, query
from optwidgets.server.faces.sigopt_v0.experiments import TOKENS, client_of
from optwidgets.server.signing_in import Reader, host_of
from optwidgets.server.sigopt.accounts import client_json, user_json
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.records import OWNER

router = APIRouter(
    prefix="/v0", tags=["SigOpt v0"], responses=ERRORS, default_response_class=JSONResponse
)

#: An answer of v0 is no list of pages: more than this are found by v1.
MOST = 1000


@router.get("/clients/{client_id}", response_model=Envelope, openapi_extra=query(*TOKENS))
async def client(client_id: str, principal: Reader) -> Response:  # noqa: ARG001
    """Return a client. Its token cannot be shown again: only a hash of it is kept."""
    return answer(client=client_json(client_of(client_id)), client_token=None)


@router.get(
    "/clients/{client_id}/experiments", response_model=Envelope, openapi_extra=query(*TOKENS)
)
async def client_experiments(request: Request, client_id: str, principal: Reader) -> Response:
    """Return the experiments of a client, the newest first."""
    desk = Desk(host_of(request), principal)
    found = await desk.listed(client=client_of(client_id))
    states = [(record, await desk.host.state(record.session_id)) for record in found[:MOST]]
    shown = [await desk.shown(record.view(state)) for record, state in states]
    return answer(experiments=[experiment_of(experiment) for experiment in shown])


@router.get("/users/{user_id}", response_model=Envelope, openapi_extra=query(*TOKENS))
async def user(user_id: str, principal: Reader) -> Response:
    """Return the owner."""
    _check_user(user_id)
    return answer(user=user_json(principal))


@router.get("/users/{user_id}/roles", response_model=Envelope, openapi_extra=query(*TOKENS))
async def roles(user_id: str, principal: Reader) -> Response:
    """Return what the owner may do."""
    _check_user(user_id)
    role = {"role": principal.scope, "client": client_json("1"), "user": user_json(principal)}
    return answer(roles=[role])


def _check_user(user_id: str) -> None:
    if user_id not in (OWNER, "self"):
        raise NotFound(f"There is no user {user_id[:40]!r}.")
