"""Experiments of training runs are told from others without reading their sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_runs_only"
down_revision = "0009_arriving"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this revision brings; the first listing fills it in."""
    op.add_column("sigopt_experiments", sa.Column("runs_only", sa.Integer))
