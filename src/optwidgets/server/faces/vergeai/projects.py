"""Routes of keys and projects."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from immutables import Map

from optwidgets.runs.projects import Project, Role, read_role, with_member
from optwidgets.server.auth import add_token
from optwidgets.server.errors import NotAllowed
from optwidgets.server.faces.vergeai import bodies, shapes, store, wire
from optwidgets.server.faces.vergeai.callers import Caller, calls
from optwidgets.server.signing_in import host_of
from optwidgets.server.tables import tokens_table

if TYPE_CHECKING:
    from optwidgets.server.transaction import Transaction

router = APIRouter(prefix="/v1", tags=["vergeai"], responses=shapes.REFUSALS)


@router.post("/auth/create", response_model=shapes.Key)
async def create_key(request: Request, caller: Annotated[Caller, calls("read")]) -> Any:
    """Make one more key for the same person, good for the same things and as long."""
    person = caller.person
    if request.app.state.settings.no_auth:
        # Any key is good here. One that is stored would be good for everything, for ever.
        return {"key": f"ow_{secrets.token_urlsafe(32)}"}

    def operation(tx: Transaction) -> str:
        row = tx.connection.execute(
            sa.select(tokens_table.c.expires_at).where(tokens_table.c.id == person.id)
        ).one()
        days = None
        if row.expires_at is not None:
            left = datetime.fromisoformat(row.expires_at) - datetime.now(UTC)
            days = left.total_seconds() / 86_400
        sessions = None if person.sessions is None else sorted(person.sessions)
        return add_token(tx.connection, person.name, person.scope, sessions=sessions, days=days)

    return {"key": await host_of(request).write(operation)}


@router.post("/project/create", response_model=shapes.ProjectId)
async def create(
    request: Request, body: bodies.ProjectToCreate, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Begin a project; who does owns it."""
    if body.session_id is None and caller.person.sessions is not None:
        raise NotAllowed(
            f"The token {caller.person.name!r} is good for some sessions only. Name the one that "
            "the project is for in session_id, or use a token without that limit."
        )
    project = Project(
        id=uuid.uuid4().hex,
        name=body.project_name,
        members=Map({caller.person.name: Role.OWNER}),
        session_id=body.session_id,
        created_at=time.time(),
    )

    def operation(tx: Transaction) -> None:
        _check_session(tx, caller, project.session_id)
        store.add_project(tx.connection, project)

    await host_of(request).write(operation)
    return {"project_id": project.id}


@router.get("/project/get/{project_id}", response_model=shapes.ProjectShape)
async def get(
    request: Request, project_id: bodies.Id, caller: Annotated[Caller, calls("read")]
) -> Any:
    """Return a project."""

    def query(connection: sa.Connection) -> dict[str, Any]:
        project = store.load_project(connection, project_id)
        caller.check(project, Role.READ)
        return wire.project(project, store.experiments_of(connection, project_id))

    return await host_of(request).read(query)


@router.post("/project/delete", response_model=shapes.Nothing)
async def delete(
    request: Request, body: bodies.OfProject, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Delete a project with all that it holds; its session stays."""

    def operation(tx: Transaction) -> None:
        caller.check(store.load_project(tx.connection, body.project_id), Role.ADMIN)
        store.delete_project(tx.connection, body.project_id)

    await host_of(request).write(operation)
    return {}


@router.get("/project/active_jobs/{project_id}", response_model=shapes.JobIds)
async def active_jobs(
    request: Request,
    project_id: bodies.Id,
    caller: Annotated[Caller, calls("read", devices=True)],
) -> Any:
    """Return the job that runs in each experiment, for devices that look for work."""

    def query(connection: sa.Connection) -> list[str]:
        project = store.load_project(connection, project_id)
        caller.check_or_device(project, Role.READ, project.devices)
        found = store.experiments_of(connection, project_id)
        return [one.current_job for one in found if one.is_active and one.current_job]

    return {"job_ids": await host_of(request).read(query)}


@router.post("/project/link", response_model=shapes.Nothing)
async def link(
    request: Request, body: bodies.Link, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Let new experiments try what a session suggests, and write their results into it.

    An extension; a session_id of null ends it.
    """

    def operation(tx: Transaction) -> None:
        caller.check(store.load_project(tx.connection, body.project_id), Role.ADMIN)
        _check_session(tx, caller, body.session_id)
        store.link(tx.connection, body.project_id, body.session_id)

    await host_of(request).write(operation)
    return {}


@router.post("/project/members", response_model=shapes.ProjectShape)
async def set_member(
    request: Request, body: bodies.Member, caller: Annotated[Caller, calls("write")]
) -> Any:
    """Give a user a role in a project, or take it away.

    An extension: a user is the name of a token.
    """
    role = None if body.permission_level is None else read_role(body.permission_level)

    def operation(tx: Transaction) -> dict[str, Any]:
        project = store.load_project(tx.connection, body.project_id)
        caller.check(project, Role.ADMIN)
        by_role = caller.role(project)
        project = with_member(project, caller.person.name, body.user, role, by_role=by_role)
        store.save_members(tx.connection, project)
        return wire.project(project, store.experiments_of(tx.connection, project.id))

    return await host_of(request).write(operation)


def _check_session(tx: Transaction, caller: Caller, session_id: str | None) -> None:
    """Refuse a session that is not there, or that the caller's token is not good for."""
    if session_id is not None:
        caller.person.check(session_id)
        tx.session(session_id)
