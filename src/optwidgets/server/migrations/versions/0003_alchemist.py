"""Locks, control records and backups of ALchemist's API."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_alchemist"
down_revision = "0002_vergeai"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this revision brings."""
    op.create_table(
        "alchemist_locks",
        _session_key(),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("locked_by", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text),
        sa.Column("locked_at", sa.Text, nullable=False),
    )
    op.create_table(
        "alchemist_controls",
        _session_key(),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_table(
        "alchemist_backups",
        sa.Column("session_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("n_experiments", sa.Integer, nullable=False),
        sa.Column("n_variables", sa.Integer, nullable=False),
        sa.Column("model_trained", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )


def _session_key() -> sa.Column[str]:
    key = sa.ForeignKey("sessions.id", ondelete="CASCADE")
    return sa.Column("session_id", sa.Text, key, primary_key=True)
