"""Snapshots as lines of a database, whoever holds the connection."""

from __future__ import annotations

import sqlalchemy as sa

from optwidgets.journal.database import entries_table, snapshots_table
from optwidgets.journal.snapshot import Snapshot


def load_snapshot(connection: sa.Connection, session_id: str) -> Snapshot | None:
    """Return the snapshot of a session if its journal goes on from where it was taken."""
    if not sa.inspect(connection).has_table(snapshots_table.name):
        return None  # a file of a version that kept none
    mine = snapshots_table.c.session_id == session_id
    columns = (snapshots_table.c[name] for name in Snapshot.__dataclass_fields__)
    found = connection.execute(sa.select(*columns).where(mine)).first()
    if found is None:
        return None
    snapshot = Snapshot(**found._mapping)  # noqa: SLF001 - the public name of it
    before = sa.select(sa.func.count()).where(
        entries_table.c.session_id == session_id, entries_table.c.revision <= snapshot.revision
    )
    last = sa.select(entries_table.c.hash).where(
        entries_table.c.session_id == session_id, entries_table.c.revision == snapshot.revision
    )
    fits = (
        connection.execute(last).scalar() == snapshot.hash
        and connection.execute(before).scalar() == snapshot.revision
    )
    return snapshot if fits else None


def store_snapshot(connection: sa.Connection, session_id: str, snapshot: Snapshot) -> None:
    """Put a snapshot in the place of the one before."""
    snapshots_table.create(connection, checkfirst=True)
    mine = snapshots_table.c.session_id == session_id
    connection.execute(sa.delete(snapshots_table).where(mine))
    connection.execute(sa.insert(snapshots_table).values(session_id=session_id, **vars(snapshot)))
