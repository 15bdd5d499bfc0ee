"""What is kept beside a session: its control record and its backup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from optwidgets.journal.entry import now
from optwidgets.server.faces.alchemist.tables import backups_table, controls_table

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState

_IDLE: Mapping[str, Any] = {
    "requested": "run",
    "requested_at": None,
    "requested_by": None,
    "reported": "idle",
    "reported_at": None,
    "reported_by": None,
    "detail": None,
}


def control_of(connection: sa.Connection, session_id: str, state: SessionState) -> dict[str, Any]:
    """Return what is asked of the controller of a campaign, and what it says that it does."""
    query = sa.select(controls_table.c.record).where(controls_table.c.session_id == session_id)
    stored = connection.execute(query).scalar()
    known = json.loads(stored) if stored else state.extras.get("control") or {}
    return {**_IDLE, **{name: known[name] for name in _IDLE if name in known}}


def write_control(connection: sa.Connection, session_id: str, record: Mapping[str, Any]) -> None:
    """Keep a control record in place of the one before."""
    text = json.dumps(dict(record), allow_nan=False)
    mine = controls_table.c.session_id == session_id
    done = connection.execute(sa.update(controls_table).where(mine).values(record=text))
    if not done.rowcount:
        connection.execute(sa.insert(controls_table).values(session_id=session_id, record=text))


def write_backup(
    connection: sa.Connection, session_id: str, state: SessionState, document: str
) -> None:
    """Keep a copy of a session that outlives it, in place of the copy before."""
    connection.execute(sa.delete(backups_table).where(backups_table.c.session_id == session_id))
    connection.execute(
        sa.insert(backups_table).values(
            session_id=session_id,
            name=state.name,
            n_experiments=state.table.counts["done"],
            n_variables=len(state.space),
            model_trained=state.model is not None,
            revision=state.revision,
            made_at=now(),
            document=document,
        )
    )


def backup_revision(connection: sa.Connection, session_id: str) -> int | None:
    """Return the revision of a session's backup, or None when there is none."""
    mine = backups_table.c.session_id == session_id
    return connection.execute(sa.select(backups_table.c.revision).where(mine)).scalar()


def backup_document(connection: sa.Connection, session_id: str) -> str | None:
    """Return the backup of a session as the text of a session file, or None."""
    mine = backups_table.c.session_id == session_id
    return connection.execute(sa.select(backups_table.c.document).where(mine)).scalar()


def list_backups(connection: sa.Connection) -> list[dict[str, Any]]:
    """Return all backups, the newest first."""
    t = backups_table.c
    columns = (t.session_id, t.name, t.n_experiments, t.n_variables, t.model_trained, t.made_at)
    query = sa.select(*columns).order_by(t.made_at.desc(), t.session_id)
    return [
        {
            "session_id": row.session_id,
            "session_name": row.name,
            "backup_time": row.made_at,
            "n_experiments": row.n_experiments,
            "n_variables": row.n_variables,
            "model_trained": row.model_trained,
        }
        for row in connection.execute(query)
    ]


def delete_backup(connection: sa.Connection, session_id: str) -> bool:
    """Delete the backup of a session and return whether there was one."""
    mine = backups_table.c.session_id == session_id
    return bool(connection.execute(sa.delete(backups_table).where(mine)).rowcount)


def delete_old_backups(connection: sa.Connection, hours: int) -> int:
    """Delete the backups that are older than some hours and return how many they were."""
    before = (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="milliseconds")
    old = backups_table.c.made_at < before
    return int(connection.execute(sa.delete(backups_table).where(old)).rowcount)
