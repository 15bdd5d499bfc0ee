"""A long journal arrives in parts, and is a session once it is whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_arriving"
down_revision = "0008_snapshots"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this revision brings."""
    op.create_table(
        "arriving",
        sa.Column("session_id", sa.Text, primary_key=True),
        sa.Column("principal", sa.Text, primary_key=True),
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
