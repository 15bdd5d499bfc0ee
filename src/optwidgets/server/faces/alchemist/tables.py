"""What ALchemist's API keeps beside a session: its control record and backups.

None of it is part of the campaign, so none of it is in the journal: a controller's heartbeat
must not be something that a person undoes.
"""

from __future__ import annotations

import sqlalchemy as sa

from optwidgets.server.tables import metadata, of_session

controls_table = sa.Table(
    "alchemist_controls",
    metadata,
    of_session(primary_key=True),
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
