"""The tables of VergeAI's API: projects, devices, experiments, models, grants."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002_vergeai"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "vergeai_projects",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text),
        sa.Column("created_at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "vergeai_members",
        _of("vergeai_projects", "project_id", primary_key=True),
        sa.Column("user", sa.Text, primary_key=True),
        sa.Column("role", sa.Integer, nullable=False),
    )
    op.create_table(
        "vergeai_devices",
        sa.Column("id", sa.Text, primary_key=True),
        _of("vergeai_projects", "project_id", nullable=False, index=True),
        sa.Column("key_hash", sa.Text, nullable=False, unique=True),
        sa.Column("registered_at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "vergeai_experiments",
        sa.Column("id", sa.Text, primary_key=True),
        _of("vergeai_projects", "project_id", nullable=False, index=True),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "vergeai_jobs",
        sa.Column("id", sa.Text, primary_key=True),
        _of("vergeai_experiments", "experiment_id", nullable=False, index=True),
    )
    op.create_table(
        "vergeai_blobs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("project_id", sa.Text, nullable=False, index=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("kept", sa.Boolean, nullable=False),
    )
    op.create_table(
        "vergeai_parts",
        _of("vergeai_blobs", "blob", primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "vergeai_grants",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Float(53), nullable=False, index=True),
    )


def _of(table: str, name: str, **options: Any) -> sa.Column[str]:
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.Text, key, **options)
