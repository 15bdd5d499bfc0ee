"""Projects and experiments in the tables; everything inside somebody else's transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from immutables import Map

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.experiments import Experiment
from optwidgets.runs.projects import Device, Project, Role
from optwidgets.runs.records import decode_experiment, encode_experiment
from optwidgets.server.faces.vergeai.tables import (
    blobs,
    devices,
    experiments,
    jobs,
    members,
    parts,
    projects,
)


@dataclass(frozen=True)
class Placed:
    """An experiment, and the id of its project."""

    project_id: str
    experiment: Experiment


def load_project(connection: sa.Connection, project_id: str) -> Project:
    """Return a project; an unknown id raises a sentence."""
    row = connection.execute(sa.select(projects).where(projects.c.id == project_id)).first()
    if row is None:
        raise OptwidgetsError(
            "There is no project with this project_id; create one or check the id.",
            field="project_id",
        )
    roles = connection.execute(
        sa.select(members).where(members.c.project_id == project_id).order_by(members.c.user)
    )
    own = connection.execute(
        sa.select(devices)
        .where(devices.c.project_id == project_id)
        .order_by(devices.c.registered_at, devices.c.id)
    )
    return Project(
        row.id,
        row.name,
        Map({member.user: Role(member.role) for member in roles}),
        Map({device.id: Device(device.id, device.registered_at) for device in own}),
        row.session_id,
        row.created_at,
    )


def add_project(connection: sa.Connection, project: Project) -> None:
    """Store a new project with its members."""
    connection.execute(
        sa.insert(projects).values(
            id=project.id,
            name=project.name,
            session_id=project.session_id,
            created_at=project.created_at,
        )
    )
    save_members(connection, project)


def save_members(connection: sa.Connection, project: Project) -> None:
    """Store the members of a project as they are now."""
    connection.execute(sa.delete(members).where(members.c.project_id == project.id))
    connection.execute(
        sa.insert(members),
        [
            {"project_id": project.id, "user": user, "role": int(role)}
            for user, role in project.members.items()
        ],
    )


def link(connection: sa.Connection, project_id: str, session_id: str | None) -> None:
    """Let a project optimise the search space of a session, or of none."""
    connection.execute(
        sa.update(projects).where(projects.c.id == project_id).values(session_id=session_id)
    )


def delete_project(connection: sa.Connection, project_id: str) -> None:
    """Delete a project with all that it holds; this is final."""
    own_blobs = sa.select(blobs.c.id).where(blobs.c.project_id == project_id)
    own_experiments = sa.select(experiments.c.id).where(experiments.c.project_id == project_id)
    for statement in (
        sa.delete(parts).where(parts.c.blob.in_(own_blobs)),
        sa.delete(blobs).where(blobs.c.project_id == project_id),
        sa.delete(jobs).where(jobs.c.experiment_id.in_(own_experiments)),
        sa.delete(experiments).where(experiments.c.project_id == project_id),
        sa.delete(devices).where(devices.c.project_id == project_id),
        sa.delete(members).where(members.c.project_id == project_id),
        sa.delete(projects).where(projects.c.id == project_id),
    ):
        connection.execute(statement)


def delete_experiment(connection: sa.Connection, experiment: Experiment) -> None:
    """Delete an experiment with its jobs and models; this is final."""
    own = [file.blob for file in experiment.models]
    for statement in (
        sa.delete(parts).where(parts.c.blob.in_(own)),
        sa.delete(blobs).where(blobs.c.id.in_(own)),
        sa.delete(jobs).where(jobs.c.experiment_id == experiment.id),
        sa.delete(experiments).where(experiments.c.id == experiment.id),
    ):
        connection.execute(statement)


def add_device(connection: sa.Connection, project_id: str, device: Device, key_hash: str) -> None:
    """Store a new device."""
    connection.execute(
        sa.insert(devices).values(
            id=device.id,
            project_id=project_id,
            key_hash=key_hash,
            registered_at=device.registered_at,
        )
    )


def find_device(connection: sa.Connection, key_hash: str) -> tuple[str, str] | None:
    """Return the id of a device and that of its project, by the hash of its key."""
    row = connection.execute(sa.select(devices).where(devices.c.key_hash == key_hash)).first()
    return None if row is None else (row.id, row.project_id)


def experiments_of(connection: sa.Connection, project_id: str) -> list[Experiment]:
    """Return the experiments of a project, the oldest first."""
    rows = connection.execute(
        sa.select(experiments.c.document)
        .where(experiments.c.project_id == project_id)
        .order_by(experiments.c.created_at, experiments.c.id)
    )
    return [_decode(row.document) for row in rows]


def active_experiments(connection: sa.Connection) -> list[Placed]:
    """Return all experiments with a job that runs."""
    rows = connection.execute(sa.select(experiments).where(experiments.c.is_active))
    return [Placed(row.project_id, _decode(row.document)) for row in rows]


def load_experiment(
    connection: sa.Connection, project_id: str | None, experiment_id: str
) -> Placed:
    """Return an experiment; an id that is unknown in the project raises a sentence."""
    row = connection.execute(
        sa.select(experiments).where(experiments.c.id == experiment_id)
    ).first()
    if row is None or project_id not in {None, row.project_id}:
        raise OptwidgetsError(
            "There is no experiment with this experiment_id in the project; create one or check "
            "the id.",
            field="experiment_id",
        )
    return Placed(row.project_id, _decode(row.document))


def load_by_job(connection: sa.Connection, project_id: str | None, job_id: str) -> Placed:
    """Return the experiment of a job; an id that is unknown in the project raises a sentence."""
    row = connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).first()
    if row is not None:
        placed = load_experiment(connection, None, row.experiment_id)
        if project_id in {None, placed.project_id}:
            return placed
    raise OptwidgetsError(
        "There is no job with this job_id in the project; create one or check the id.",
        field="job_id",
    )


def save_experiment(
    connection: sa.Connection, project_id: str, experiment: Experiment, *, created_at: float = 0.0
) -> None:
    """Store an experiment, new or changed, so that its jobs and models are found."""
    document = json.dumps(encode_experiment(experiment), separators=(",", ":"))
    values: dict[str, Any] = {"is_active": experiment.is_active, "document": document}
    known = connection.execute(
        sa.update(experiments).where(experiments.c.id == experiment.id).values(values)
    )
    if not known.rowcount:
        connection.execute(
            sa.insert(experiments).values(
                id=experiment.id, project_id=project_id, created_at=created_at, **values
            )
        )


def add_job_id(connection: sa.Connection, experiment_id: str, job_id: str) -> None:
    """Let a job be found by its id."""
    connection.execute(sa.insert(jobs).values(id=job_id, experiment_id=experiment_id))


def _decode(document: str) -> Experiment:
    return decode_experiment(json.loads(document))
