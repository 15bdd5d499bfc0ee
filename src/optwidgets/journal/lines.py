"""Entries as lines of a database: how they are written and read, whoever holds the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from optwidgets.journal.database import entries_table
from optwidgets.journal.entry import Stored, check_chain

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLUMNS = [column for column in entries_table.c if column.name != "session_id"]


def lines_of(session_id: str, entries: Iterable[Stored]) -> list[dict[str, Any]]:
    """Return the lines of entries, for an insert."""
    return [
        {
            "session_id": session_id,
            "revision": entry.revision,
            "at": entry.at,
            "actor": entry.actor,
            "key": entry.key,
            "step": entry.step,
            "step_group": entry.group,
            "target": entry.target,
            "body": entry.body,
            "hash": entry.hash,
        }
        for entry in entries
    ]


def select_stored(
    connection: sa.Connection, session_id: str, where: sa.ColumnElement[bool]
) -> list[Stored]:
    """Return the entries of a session for which something holds, in order."""
    query = (
        sa.select(*_COLUMNS)
        .where(entries_table.c.session_id == session_id, where)
        .order_by(entries_table.c.revision)
    )
    return [Stored(*row) for row in connection.execute(query)]


def read_stored(
    connection: sa.Connection,
    session_id: str,
    after: int = 0,
    *,
    where: str | None = None,
    limit: int | None = None,
) -> list[Stored]:
    """Return the entries with a revision above `after`, their chain checked.

    Raises
    ------
    OptwidgetsError
        When one is missing or was altered; `where` says in words where it stands. With
        `limit` only so many of them are read.
    """
    where = where or f"The session {session_id}"
    wanted = entries_table.c.revision >= max(after, 1)
    if limit is not None:
        wanted &= entries_table.c.revision <= max(after, 0) + limit
    stored = select_stored(connection, session_id, wanted)
    if after <= 0:
        check_chain(session_id, stored, where=where)
        return stored
    if stored:
        check_chain(stored[0], stored[1:], where=where)
    return stored[1:]
