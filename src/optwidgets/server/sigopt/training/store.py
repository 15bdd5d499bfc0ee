"""Training runs and checkpoints in their tables."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from optwidgets.journal.entry import canonical_json
from optwidgets.server.errors import NotFound
from optwidgets.server.sigopt.records import OWNER, read_id
from optwidgets.server.sigopt.training.tables import checkpoints_table, files_table, runs_table


@dataclass(frozen=True)
class Run:
    """One training run as it is stored; times in seconds since the epoch.

    Parameters
    ----------
    id
        Its number; 0 before it is stored.
    client, project
        Whose it is.
    experiment, row
        Number of its experiment, and of the row that it fills; None outside of experiments.
    observed
        Whether the row holds its result.
    state
        ``active``, ``completed`` or ``failed``.
    document
        What was logged.
    """

    client: str
    project: str | None
    id: int = 0
    experiment: int | None = None
    row: int | None = None
    observed: bool = False
    owner: str = OWNER
    state: str = "active"
    deleted: bool = False
    created: int = 0
    updated: int = 0
    completed: int | None = None
    document: Mapping[str, Any] = field(default_factory=dict)


def add(connection: sa.Connection, run: Run) -> Run:
    """Store a new run; it comes back with its number and times."""
    at = int(time.time())
    run = replace(run, created=at, updated=at)
    done = connection.execute(sa.insert(runs_table).values(_values(run)))
    key = done.inserted_primary_key
    assert key is not None
    return replace(run, id=int(key[0]))


def save(connection: sa.Connection, run: Run) -> Run:
    """Store a changed run; it comes back with the time of the change."""
    run = replace(run, updated=int(time.time()))
    connection.execute(sa.update(runs_table).where(runs_table.c.id == run.id).values(_values(run)))
    return run


def find(connection: sa.Connection, text: str) -> Run:
    """Return a run by the number in a route.

    Raises
    ------
    NotFound
        When there is none.
    """
    number = read_id(text, "training run")
    found = connection.execute(sa.select(runs_table).where(runs_table.c.id == number)).first()
    if found is None:
        raise NotFound(f"There is no training run {number}.")
    return _run(found)


def list_runs(
    connection: sa.Connection,
    *,
    client: str | None = None,
    project: str | None = None,
    experiment: int | None = None,
    rows: Collection[int] | None = None,
    deleted: bool = False,
) -> list[Run]:
    """Return runs, the newest first: those of a project, of an experiment, of some rows."""
    query = sa.select(runs_table).order_by(runs_table.c.id.desc())
    if client is not None:
        query = query.where(runs_table.c.client == client)
    if project is not None:
        query = query.where(runs_table.c.project == project)
    if experiment is not None:
        query = query.where(runs_table.c.experiment == experiment)
    if rows is not None:
        query = query.where(runs_table.c.row.in_(list(rows)))
    query = query.where(runs_table.c.deleted == int(deleted))
    return [_run(row) for row in connection.execute(query)]


def delete_of_experiment(connection: sa.Connection, experiment: int) -> None:
    """Delete the runs of an experiment; they can be brought back one by one."""
    mine = runs_table.c.experiment == experiment
    connection.execute(sa.update(runs_table).where(mine).values(deleted=1))


def counts(connection: sa.Connection, experiment: int) -> dict[str, int]:
    """Return how many runs of an experiment are in each state."""
    query = (
        sa.select(runs_table.c.state, sa.func.count())
        .where(runs_table.c.experiment == experiment, runs_table.c.deleted == 0)
        .group_by(runs_table.c.state)
    )
    return {str(state): int(count) for state, count in connection.execute(query)}


# ------------------------------------------------------------ checkpoints


@dataclass(frozen=True)
class Checkpoint:
    """What was measured in the middle of a run."""

    id: int
    run: int
    created: int
    values: list[dict[str, Any]]
    metadata: dict[str, Any]


def add_checkpoint(
    connection: sa.Connection, run: int, values: list[dict[str, Any]], metadata: dict[str, Any]
) -> Checkpoint:
    """Store a checkpoint."""
    at = int(time.time())
    document = canonical_json({"values": values, "metadata": metadata})
    done = connection.execute(
        sa.insert(checkpoints_table).values(run=run, created=at, document=document)
    )
    key = done.inserted_primary_key
    assert key is not None
    return Checkpoint(int(key[0]), run, at, values, metadata)


def checkpoints(connection: sa.Connection, run: int) -> list[Checkpoint]:
    """Return the checkpoints of a run, the newest first."""
    query = (
        sa.select(checkpoints_table)
        .where(checkpoints_table.c.run == run)
        .order_by(checkpoints_table.c.id.desc())
    )
    return [
        Checkpoint(row.id, row.run, row.created, **json.loads(row.document))
        for row in connection.execute(query)
    ]


def checkpoint_counts(connection: sa.Connection, runs: Collection[int]) -> dict[int, int]:
    """Return the number of checkpoints of runs that have any."""
    query = sa.select(checkpoints_table.c.run, sa.func.count()).group_by(checkpoints_table.c.run)
    if len(runs) <= 500:
        query = query.where(checkpoints_table.c.run.in_(list(runs)))
    return {int(run): int(count) for run, count in connection.execute(query)}


def files_of(connection: sa.Connection, runs: Collection[int]) -> dict[int, list[str]]:
    """Return the numbers of the files of runs that have any."""
    query = sa.select(files_table.c.run, files_table.c.id).where(files_table.c.content.is_not(None))
    if len(runs) <= 500:
        query = query.where(files_table.c.run.in_(list(runs)))
    found: dict[int, list[str]] = {}
    for run, number in connection.execute(query.order_by(files_table.c.id)):
        found.setdefault(int(run), []).append(str(number))
    return found


def _values(run: Run) -> dict[str, Any]:
    return {
        "client": run.client,
        "project": run.project,
        "experiment": run.experiment,
        "row": run.row,
        "observed": int(run.observed),
        "owner": run.owner,
        "state": run.state,
        "deleted": int(run.deleted),
        "created": run.created,
        "updated": run.updated,
        "completed": run.completed,
        "document": canonical_json(dict(run.document)),
    }


def _run(row: sa.Row[Any]) -> Run:
    values = row._asdict()
    return Run(
        **{
            **values,
            "observed": bool(row.observed),
            "deleted": bool(row.deleted),
            "document": json.loads(row.document),
        }
    )
