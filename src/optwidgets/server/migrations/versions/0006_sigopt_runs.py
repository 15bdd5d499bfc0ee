"""Training runs of SigOpt's API, their checkpoints and files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_sigopt_runs"
down_revision = "0005_sigopt"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this revision brings."""
    op.create_table(
        "sigopt_training_runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("project", sa.Text),
        sa.Column("experiment", sa.Integer, index=True),
        sa.Column("row", sa.Integer),
        sa.Column("observed", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("deleted", sa.Integer, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("completed", sa.Integer),
        sa.Column("document", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("sigopt_runs_of_project", "sigopt_training_runs", ["client", "project"])
    op.create_table(
        "sigopt_checkpoints",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_run(),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sigopt_files",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_run(),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text),
        sa.Column("expires_at", sa.Float(53), nullable=False),
        sa.Column("content", sa.LargeBinary),
        sqlite_autoincrement=True,
    )


def _of_run() -> sa.Column[int]:
    key = sa.ForeignKey("sigopt_training_runs.id", ondelete="CASCADE")
    return sa.Column("run", sa.Integer, key, nullable=False, index=True)
