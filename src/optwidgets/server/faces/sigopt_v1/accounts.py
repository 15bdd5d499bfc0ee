"""Tokens, clients, projects and organisations of v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request, Response

from optwidgets.errors import OptwidgetsError
from optwidgets.server.auth import Principal
from optwidgets.server.errors import NotFound
from optwidgets.server.face import header_token
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
from optwidgets.server.faces.sigopt_v1.lists import (
    PAGING,
    client_number,
    flag,
    make_router,
    part_of,
)
from optwidgets.server.faces.sigopt_v1.requests import Body, IdempotencyKey
from optwidgets.server.signing_in import Reader, Writer, host_of
from optwidgets.server.sigopt import records
from optwidgets.server.sigopt.accounts import (
    ORGANIZATION,
    client_json,
    end_of,
    guest_token,
    only_experiment,
    organization_json,
    renew,
    revoke,
    rotate,
    token_json,
)
from optwidgets.server.sigopt.definition import CREATE_KEYS
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.paging import pagination
from optwidgets.server.sigopt.projects import (
    create_project,
    project_json,
    projects_json,
    update_project,
)
from optwidgets.server.sigopt.reading import Fields

if TYPE_CHECKING:
    from optwidgets.server.transaction import Transaction

router = make_router()


# ------------------------------------------------------------ tokens


@router.get("/tokens/{token}", response_model=Thing)
async def fetch_token(request: Request, token: str, principal: Reader) -> Response:
    """Return what the token of the request is good for; ``self`` is its name."""
    text = await _own_token(request, token)
    desk = Desk(host_of(request), principal)
    numbers = []
    if principal.sessions is not None:
        numbers = [str(record.id) for record in await desk.listed(state="all")]
    only = only_experiment(principal, numbers)
    return answer(request, token_json(text, principal, experiment=only))


@router.put("/tokens/{token}", response_model=Thing, openapi_extra=json_body("token", "expires"))
async def change_token(request: Request, token: str, body: Body, principal: Writer) -> Response:
    """Put a new token in the place of the one that asks, or let it last longer.

    ``{"token": "rotate"}`` and ``{"expires": "renew"}``, also both; an admin's token alone can
    last longer, since whoever gave away a token with an end meant it.
    """
    fields = Fields(body, "The token", ("token", "expires"))
    for name, word in (("token", "rotate"), ("expires", "renew")):
        if fields.has(name) and fields.require(name) != word:
            raise fields.wrong(name, f'"{word}"')
    if not fields.has("token") and not fields.has("expires"):
        raise OptwidgetsError('The token needs {"token": "rotate"} or {"expires": "renew"}.')
    if fields.has("expires"):
        principal.check_scope("admin")
    own = await _own_token(request, token)

    def operation(tx: Transaction) -> tuple[str, str | None]:
        end = renew(tx.connection, own) if fields.has("expires") else end_of(tx.connection, own)
        return (rotate(tx.connection, own) if fields.has("token") else own), end

    text, expires = await host_of(request).write(operation)
    request.app.state.tokens.forget(own)
    return answer(request, token_json(text, principal, expires=expires))


@router.delete("/tokens/{token}", response_model=Nothing)
async def delete_token(request: Request, token: str, principal: Writer) -> Response:  # noqa: ARG001
    """Revoke the token that asks; those of others are for ``optwidgets token revoke``."""
    own = await _own_token(request, token)
    await host_of(request).write(lambda tx: revoke(tx.connection, own))
    request.app.state.tokens.forget(own)
    return nothing(request)


@router.post("/experiments/{experiment_id}/tokens", response_model=Thing)
async def create_token(request: Request, experiment_id: str, principal: Writer) -> Response:
    """Make a token that can read this experiment, and nothing else, for some weeks."""
    desk = Desk(host_of(request), principal)

    def operation(tx: Transaction) -> tuple[str, str, str]:
        record, _ = desk.opened(tx, experiment_id)
        text, expires = guest_token(tx.connection, principal.name, record.session_id)
        return text, expires, record.session_id

    text, expires, session_id = await desk.host.write(operation)
    guest = Principal("", "guest", "read", frozenset({session_id}))
    return answer(
        request, token_json(text, guest, experiment=str(int(experiment_id)), expires=expires)
    )


async def _own_token(request: Request, token: str) -> str:
    """Return the text of the token that asks; those of others are not shown."""
    own = await header_token(request) or ""
    if token not in ("self", own):
        raise NotFound("There is no such token. Ask for tokens/self.")
    return own


# ------------------------------------------------------------ clients


@router.get("/clients/{client_id}", response_model=Thing)
async def fetch_client(request: Request, client_id: str, principal: Reader) -> Response:  # noqa: ARG001
    """Return a client."""
    return answer(request, client_json(client_number(client_id)))


@router.get("/clients/{client_id}/experiments", response_model=Page, openapi_extra=query(*LIST))
async def client_experiments(request: Request, client_id: str, principal: Reader) -> Response:
    """Return the experiments of a client in pages."""
    desk = Desk(host_of(request), principal)
    return answer(request, await list_experiments(request, desk, client=client_number(client_id)))


@router.post(
    "/clients/{client_id}/experiments", response_model=Thing, openapi_extra=json_body(*CREATE_KEYS)
)
async def create_client_experiment(
    request: Request, client_id: str, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Create an experiment of a client."""
    desk = Desk(host_of(request), principal)
    experiment = await desk.create(body, client=client_number(client_id), key=key)
    return answer(request, await desk.shown(experiment))


@router.get("/organizations", response_model=Page)
async def list_organizations(
    request: Request,
    principal: Reader,  # noqa: ARG001
) -> Response:
    """Return the only organisation."""
    return answer(request, pagination([organization_json()]))


@router.get("/organizations/{organization_id}", response_model=Thing)
async def fetch_organization(
    request: Request,
    organization_id: str,
    principal: Reader,  # noqa: ARG001
) -> Response:
    """Return the organisation."""
    if organization_id != ORGANIZATION:
        raise NotFound(f"There is no organization {organization_id[:40]!r}.")
    return answer(request, organization_json())


# ------------------------------------------------------------ projects


@router.post(
    "/clients/{client_id}/projects",
    response_model=Thing,
    openapi_extra=json_body("id", "name", "metadata"),
)
async def create_a_project(
    request: Request, client_id: str, body: Body, principal: Writer, key: IdempotencyKey
) -> Response:
    """Create a project."""
    desk, client = _everywhere(request, principal), client_number(client_id)

    def operation(tx: Transaction) -> dict[str, Any]:
        project = create_project(tx.connection, client, records.OWNER, body)
        return project_json(tx.connection, client, project)

    return answer(request, await desk.once(operation, key, "project", client, body))


@router.get(
    "/clients/{client_id}/projects", response_model=Page, openapi_extra=query(*PAGING, "deleted")
)
async def list_projects(request: Request, client_id: str, principal: Reader) -> Response:
    """Return the projects of a client in pages."""
    desk, client = _everywhere(request, principal), client_number(client_id)
    deleted = flag(request, "deleted")
    found = await desk.host.read(
        lambda connection: projects_json(connection, client, deleted=deleted)
    )
    # Names have no order of their own: a marker is the place in the list.
    part, answered = part_of(request, list(enumerate(found)), lambda item: item[0])
    return answer(request, answered([item for _, item in part]))


@router.get("/clients/{client_id}/projects/{project_id}", response_model=Thing)
async def fetch_project(
    request: Request, client_id: str, project_id: str, principal: Reader
) -> Response:
    """Return a project."""
    desk, client = _everywhere(request, principal), client_number(client_id)
    found = await desk.host.read(lambda connection: project_json(connection, client, project_id))
    return answer(request, found)


@router.put(
    "/clients/{client_id}/projects/{project_id}",
    response_model=Thing,
    openapi_extra=json_body("name", "metadata", "deleted"),
)
async def change_project(
    request: Request, client_id: str, project_id: str, body: Body, principal: Writer
) -> Response:
    """Change a project."""
    desk, client = _everywhere(request, principal), client_number(client_id)

    def operation(tx: Transaction) -> dict[str, Any]:
        update_project(tx.connection, client, project_id, body)
        return project_json(tx.connection, client, project_id)

    return answer(request, await desk.host.write(operation))


@router.get(
    "/clients/{client_id}/projects/{project_id}/experiments",
    response_model=Page,
    openapi_extra=query(*LIST),
)
async def project_experiments(
    request: Request, client_id: str, project_id: str, principal: Reader
) -> Response:
    """Return the experiments of a project in pages."""
    desk, client = Desk(host_of(request), principal), client_number(client_id)
    await desk.host.read(lambda connection: project_json(connection, client, project_id))
    found = await list_experiments(request, desk, client=client, project=project_id)
    return answer(request, found)


def _everywhere(request: Request, principal: Principal) -> Desk:
    desk = Desk(host_of(request), principal)
    desk.check_everywhere()
    return desk
