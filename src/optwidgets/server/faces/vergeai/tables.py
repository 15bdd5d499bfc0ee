"""The tables of this face: projects, their devices and experiments, models, grants."""

from __future__ import annotations

import sqlalchemy as sa

from optwidgets.server.tables import metadata


def _part_of(name: str, table: str, *, primary_key: bool = False) -> sa.Column[str]:
    """Return the column of a row that goes when what it is a part of goes."""
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(
        name, sa.Text, key, primary_key=primary_key, nullable=False, index=not primary_key
    )


projects = sa.Table(
    "vergeai_projects",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    # The session whose search space it optimises. No foreign key: a deleted session
    # leaves a project that only trains.
    sa.Column("session_id", sa.Text),
    sa.Column("created_at", sa.Float(53), nullable=False),
)

members = sa.Table(
    "vergeai_members",
    metadata,
    _part_of("project_id", "vergeai_projects", primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("role", sa.Integer, nullable=False),
)

devices = sa.Table(
    "vergeai_devices",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _part_of("project_id", "vergeai_projects"),
    sa.Column("key_hash", sa.Text, nullable=False, unique=True),
    sa.Column("registered_at", sa.Float(53), nullable=False),
)

experiments = sa.Table(
    "vergeai_experiments",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _part_of("project_id", "vergeai_projects"),
    sa.Column("created_at", sa.Float(53), nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    # `encode_experiment`: an experiment with its jobs changes as one.
    sa.Column("document", sa.Text, nullable=False),
)

jobs = sa.Table(
    "vergeai_jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _part_of("experiment_id", "vergeai_experiments"),
)

blobs = sa.Table(
    "vergeai_blobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project_id", sa.Text, nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    # False while its parts come in; what never became part of an experiment is swept.
    sa.Column("kept", sa.Boolean, nullable=False),
)

parts = sa.Table(
    "vergeai_parts",
    metadata,
    _part_of("blob", "vergeai_blobs", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

grants = sa.Table(
    "vergeai_grants",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("secret_hash", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float(53), nullable=False, index=True),
)
