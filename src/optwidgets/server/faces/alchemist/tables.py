"""What ALchemist's API keeps beside a session: its lock, its control record, backups.

None of it is part of the campaign, so none of it is in the journal: a controller's heartbeat
must not be something that a person undoes.
"""

from __future__ import annotations

import sqlalchemy as sa

from optwidgets.journal.database import sessions_table
from optwidgets.server.tables import metadata


def _session_key() -> sa.Column[str]:
    key = sa.ForeignKey(sessions_table.c.id, ondelete="CASCADE")
    return sa.Column("session_id", sa.Text, key, primary_key=True)


locks_table = sa.Table(
    "alchemist_locks",
    metadata,
    _session_key(),
    sa.Column("token_hash", sa.Text, nullable=False),  # the token itself is told once
    sa.Column("locked_by", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text),
    sa.Column("locked_at", sa.Text, nullable=False),
)

controls_table = sa.Table(
    "alchemist_controls",
    metadata,
    _session_key(),
    sa.Column("record", sa.Text, nullable=False),  # JSON
)

# No foreign key: a backup outlives its session, that is what it is for.
backups_table = sa.Table(
    "alchemist_backups",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("n_experiments", sa.Integer, nullable=False),
    sa.Column("n_variables", sa.Integer, nullable=False),
    sa.Column("model_trained", sa.Boolean, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),  # the session file
)
