"""The server's own tables; sessions and their entries are the journal's."""

from __future__ import annotations

import sqlalchemy as sa

from optwidgets.journal.database import sessions_table

# Apart from the journal's: a session file of a kernel holds none of these.
metadata = sa.MetaData()


def of_session(*, primary_key: bool = False) -> sa.Column[str]:
    """Return the column of a row that goes with its session."""
    key = sa.ForeignKey(sessions_table.c.id, ondelete="CASCADE")
    return sa.Column(
        "session_id", sa.Text, key, primary_key=primary_key, nullable=False, index=not primary_key
    )


tokens_table = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("sessions", sa.Text),  # JSON list of ids, or null for all of them
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Text),
    sa.Column("revoked_at", sa.Text),
)

# What was answered to a request with an idempotency key, so that its repeat changes nothing.
answers_table = sa.Table(
    "answers",
    metadata,
    sa.Column("principal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

# One line per session, so that listing them reads no journal. Written with each commit.
cards_table = sa.Table(
    "cards",
    metadata,
    of_session(primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("results", sa.Integer, nullable=False),
    sa.Column("variables", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("last_change", sa.Text, nullable=False),
)

# Who alone may change a session, so that a lock holds over a restart; its token is told once.
locks_table = sa.Table(
    "session_locks",
    metadata,
    of_session(primary_key=True),
    sa.Column("token_hash", sa.Text, nullable=False),
    sa.Column("locked_by", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text),
    sa.Column("locked_at", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Text),
)

# Parts of journals that are too long for one request; no session until the last one is there.
arriving_table = sa.Table(
    "arriving",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("principal", sa.Text, primary_key=True),
    sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

# Long work of a session, so that it can be looked up after its client, or the server, was away.
tasks_table = sa.Table(
    "tasks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    of_session(),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text),
    sa.Column("ended_at", sa.Text),
    sa.Column("result", sa.Text),  # JSON
    sa.Column("error", sa.Text),  # JSON: detail, error_type, status_code, field
    sa.Column("revision", sa.Integer),  # of the newest entry that it recorded
    sa.Column("fell_back", sa.Boolean, nullable=False),
    sa.UniqueConstraint("principal", "session_id", "key", name="one_task_per_key"),
)
