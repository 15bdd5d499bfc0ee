"""The tables of this face: projects, their devices and experiments, models, grants."""

from __future__ import annotations

import sqlalchemy as sa

from optwidgets.server.tables import metadata

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
    sa.Column(
        "project_id",
        sa.Text,
        sa.ForeignKey("vergeai_projects.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("role", sa.Integer, nullable=False),
)

devices = sa.Table(
    "vergeai_devices",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column(
        "project_id",
        sa.Text,
        sa.ForeignKey("vergeai_projects.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("key_hash", sa.Text, nullable=False, unique=True),
    sa.Column("registered_at", sa.Float(53), nullable=False),
)

experiments = sa.Table(
    "vergeai_experiments",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column(
        "project_id",
        sa.Text,
        sa.ForeignKey("vergeai_projects.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("created_at", sa.Float(53), nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    # `encode_experiment`: an experiment with its jobs changes as one.
    sa.Column("document", sa.Text, nullable=False),
)

jobs = sa.Table(
    "vergeai_jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column(
        "experiment_id",
        sa.Text,
        sa.ForeignKey("vergeai_experiments.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
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
    sa.Column(
        "blob",
        sa.Text,
        sa.ForeignKey("vergeai_blobs.id", ondelete="CASCADE"),
        primary_key=True,
    ),
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
