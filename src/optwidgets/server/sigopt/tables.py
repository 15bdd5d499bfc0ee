"""What SigOpt's API needs beside the sessions: numbers, owners, and free data of rows."""

from __future__ import annotations

import sqlalchemy as sa

from optwidgets.journal.database import sessions_table
from optwidgets.server.tables import metadata


def _of_session(*, primary_key: bool, unique: bool = False) -> sa.Column[str]:
    return sa.Column(
        "session_id",
        sa.Text,
        sa.ForeignKey(sessions_table.c.id, ondelete="CASCADE"),
        primary_key=primary_key,
        unique=unique,
        nullable=False,
    )


# A session gets its number when a client of SigOpt's API first sees it.
experiments_table = sa.Table(
    "sigopt_experiments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of_session(primary_key=False, unique=True),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("project", sa.Text),
    sa.Column("deleted", sa.Integer, nullable=False),
    # Whether its suggestions are training runs; null until somebody looked.
    sa.Column("runs_only", sa.Integer),
    sqlite_autoincrement=True,  # a number is never used twice
)

# Free data of rows, as JSON: metadata, the worker that holds a suggestion, its place in the queue.
rows_table = sa.Table(
    "sigopt_rows",
    metadata,
    _of_session(primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("data", sa.Text, nullable=False),
)

projects_table = sa.Table(
    "sigopt_projects",
    metadata,
    sa.Column("client", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),  # JSON: metadata
    sa.Column("deleted", sa.Integer, nullable=False),
    sa.Column("created", sa.Integer, nullable=False),
    sa.Column("updated", sa.Integer, nullable=False),
)
