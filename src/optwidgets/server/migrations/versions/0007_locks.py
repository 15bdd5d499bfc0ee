"""The lock of a session binds every API, and may end by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_locks"
down_revision = "0006_sigopt_runs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this revision brings."""
    op.rename_table("alchemist_locks", "session_locks")
    op.add_column("session_locks", sa.Column("expires_at", sa.Text))
