"""Snapshots of sessions, so that a large one is opened without folding its journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_snapshots"
down_revision = "0007_locks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this revision brings; a kernel may have added it to its file already."""
    if sa.inspect(op.get_bind()).has_table("snapshots"):
        return
    op.create_table(
        "snapshots",
        sa.Column(
            "session_id",
            sa.Text,
            sa.ForeignKey("sessions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("checksum", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
