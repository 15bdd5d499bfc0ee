"""The tables of training runs."""

from __future__ import annotations

import sqlalchemy as sa

from optwidgets.server.tables import metadata


def _of_run() -> sa.Column[int]:
    key = sa.ForeignKey("sigopt_training_runs.id", ondelete="CASCADE")
    return sa.Column("run", sa.Integer, key, nullable=False, index=True)


runs_table = sa.Table(
    "sigopt_training_runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("project", sa.Text),
    # Number of the experiment, and of the row that is its suggestion and observation.
    sa.Column("experiment", sa.Integer, index=True),
    sa.Column("row", sa.Integer),
    sa.Column("observed", sa.Integer, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("deleted", sa.Integer, nullable=False),
    sa.Column("created", sa.Integer, nullable=False),
    sa.Column("updated", sa.Integer, nullable=False),
    sa.Column("completed", sa.Integer),
    sa.Column("document", sa.Text, nullable=False),  # JSON: what was logged
    sa.Index("sigopt_runs_of_project", "client", "project"),
    sqlite_autoincrement=True,
)

checkpoints_table = sa.Table(
    "sigopt_checkpoints",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of_run(),
    sa.Column("created", sa.Integer, nullable=False),
    sa.Column("document", sa.Text, nullable=False),  # JSON: values, metadata
    sqlite_autoincrement=True,
)

files_table = sa.Table(
    "sigopt_files",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of_run(),
    sa.Column("created", sa.Integer, nullable=False),
    sa.Column("document", sa.Text, nullable=False),  # JSON: name, file name, type, size, MD5
    sa.Column("secret_hash", sa.Text),  # of the address to send it to; null once it is used
    sa.Column("expires_at", sa.Float(53), nullable=False),
    sa.Column("content", sa.LargeBinary),
    sqlite_autoincrement=True,
)
