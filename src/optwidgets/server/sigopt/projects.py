"""Projects: names under which experiments are kept together."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import canonical_json
from optwidgets.server.errors import Conflict, NotFound
from optwidgets.server.sigopt.reading import Fields
from optwidgets.server.sigopt.tables import experiments_table, projects_table
from optwidgets.server.sigopt.training.tables import runs_table
from optwidgets.space.text import short

PROJECT_ID = re.compile(r"[a-z0-9\-_.]{1,32}")
MAX_NAME = 500


def check_project(connection: sa.Connection, client: str, project: str | None) -> None:
    """Refuse a project that is not there.

    Raises
    ------
    OptwidgetsError
        With the way out.
    """
    if project is None:
        return
    if _find(connection, client, project) is None:
        raise OptwidgetsError(
            f"There is no project {short(project)}. Create it first, or leave project out.",
            field="project",
        )


def create_project(connection: sa.Connection, client: str, owner: str, data: Any) -> str:
    """Make a project, and return its id.

    Raises
    ------
    Conflict
        When there is one of that id.
    """
    fields = Fields(data, "The project", ("id", "name", "metadata"))
    fields.require("id")
    fields.require("name")
    project_id = fields.text("id", longest=32) or ""
    if not PROJECT_ID.fullmatch(project_id):
        raise fields.wrong("id", "up to 32 of the characters a-z, 0-9, -, _ and .")
    name = fields.text("name", longest=MAX_NAME) or ""
    if _find(connection, client, project_id) is not None:
        raise Conflict(f"There is a project {project_id} already. Use another id.")
    at = int(time.time())
    connection.execute(
        sa.insert(projects_table).values(
            client=client,
            id=project_id,
            name=name,
            owner=owner,
            data=canonical_json({"metadata": fields.metadata()}),
            deleted=0,
            created=at,
            updated=at,
        )
    )
    return project_id


def update_project(connection: sa.Connection, client: str, project_id: str, data: Any) -> None:
    """Change name, metadata or deleted of a project."""
    found = _find(connection, client, project_id)
    if found is None:
        raise NotFound(f"There is no project {short(project_id)}.")
    fields = Fields(data, "The project", ("name", "metadata", "deleted"))
    values: dict[str, Any] = {"updated": int(time.time())}
    if fields.has("name"):
        values["name"] = fields.text("name", longest=MAX_NAME)
    if "metadata" in fields.data:
        values["data"] = canonical_json({"metadata": fields.metadata()})
    if fields.has("deleted"):
        values["deleted"] = int(fields.flag("deleted"))
    mine = (projects_table.c.client == client, projects_table.c.id == project_id)
    connection.execute(sa.update(projects_table).where(*mine).values(values))


def project_json(connection: sa.Connection, client: str, project_id: str) -> dict[str, Any]:
    """Write one project.

    Raises
    ------
    NotFound
        When there is none of that id.
    """
    found = _find(connection, client, project_id)
    if found is None:
        raise NotFound(f"There is no project {short(project_id)}.")
    return _json(connection, found)


def projects_json(
    connection: sa.Connection, client: str, *, deleted: bool = False
) -> list[dict[str, Any]]:
    """Write the projects of a client, the newest first."""
    query = (
        sa.select(projects_table)
        .where(projects_table.c.client == client, projects_table.c.deleted == int(deleted))
        .order_by(projects_table.c.created.desc(), projects_table.c.id)
    )
    return [_json(connection, row) for row in connection.execute(query)]


def _find(connection: sa.Connection, client: str, project_id: str) -> sa.Row[Any] | None:
    mine = (projects_table.c.client == client, projects_table.c.id == project_id)
    return connection.execute(sa.select(projects_table).where(*mine)).first()


def _json(connection: sa.Connection, row: sa.Row[Any]) -> dict[str, Any]:
    count = (
        sa.select(sa.func.count())
        .select_from(experiments_table)
        .where(
            experiments_table.c.client == row.client,
            experiments_table.c.project == row.id,
            experiments_table.c.deleted == 0,
        )
    )
    runs = (
        sa.select(sa.func.count())
        .select_from(runs_table)
        .where(
            runs_table.c.client == row.client,
            runs_table.c.project == row.id,
            runs_table.c.deleted == 0,
        )
    )
    return {
        "object": "project",
        "id": row.id,
        "name": row.name,
        "client": row.client,
        "user": row.owner,
        "created": row.created,
        "updated": row.updated,
        "metadata": json.loads(row.data).get("metadata") or None,
        "experiment_count": connection.execute(count).scalar() or 0,
        "training_run_count": connection.execute(runs).scalar() or 0,
        "deleted": bool(row.deleted),
    }
