"""Clients, users, organisations and tokens, as a server with one owner shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from optwidgets.journal.entry import now
from optwidgets.server.auth import add_token, hash_of
from optwidgets.server.errors import NotFound
from optwidgets.server.sigopt.experiment import epoch
from optwidgets.server.sigopt.records import FIRST_CLIENT, OWNER
from optwidgets.server.tables import tokens_table

if TYPE_CHECKING:
    from optwidgets.server.auth import Principal

ORGANIZATION = "1"
#: A link that is given away is good for so long.
GUEST_DAYS = 30.0
RENEWED_DAYS = 30.0


def client_json(client: str) -> dict[str, Any]:
    """Write a client: a name under which experiments stand."""
    return {
        "object": "client",
        "id": client,
        "organization": ORGANIZATION,
        "name": "optwidgets" if client == FIRST_CLIENT else f"Client {client}",
        "created": None,
        "client_security": {},
    }


def user_json(principal: Principal) -> dict[str, Any]:
    """Write the owner, under the name of the token that asks."""
    return {
        "object": "user",
        "id": OWNER,
        "name": principal.name,
        "email": None,
        "created": None,
        "deleted": False,
    }


def organization_json() -> dict[str, Any]:
    """Write the organisation."""
    return {
        "object": "organization",
        "id": ORGANIZATION,
        "name": "optwidgets",
        "created": None,
        "deleted": False,
    }


def token_json(
    text: str,
    principal: Principal,
    *,
    experiment: str | None = None,
    expires: str | None = None,
) -> dict[str, Any]:
    """Write a token: its text, which only its holder can send, and what it is good for."""
    everywhere = principal.sessions is None
    return {
        "object": "token",
        "token": text,
        "token_type": "client-api" if everywhere else "guest",
        "client": FIRST_CLIENT,
        "user": OWNER,
        "organization": ORGANIZATION,
        "experiment": experiment,
        "training_run": None,
        "all_experiments": everywhere,
        "development": False,
        "permissions": "read" if principal.scope == "read" else "write",
        "scope": principal.scope,
        "expires": epoch(expires) if expires else None,
        "lease_length": None,
    }


def guest_token(connection: sa.Connection, maker: str, session_id: str) -> tuple[str, str]:
    """Make a token that can read one session for some weeks; return its text and its end."""
    text = add_token(
        connection, f"guest of {maker}"[:100], "read", sessions=[session_id], days=GUEST_DAYS
    )
    query = sa.select(tokens_table.c.expires_at).where(tokens_table.c.hash == hash_of(text))
    return text, str(connection.execute(query).scalar())


def rotate(connection: sa.Connection, text: str) -> str:
    """Put a new token in the place of one, with all its rights, and return its text.

    Raises
    ------
    NotFound
        When the old one is not there.
    """
    old = _line_of(connection, text)
    new = add_token(connection, old.name, old.scope)
    connection.execute(
        sa.update(tokens_table)
        .where(tokens_table.c.hash == hash_of(new))
        .values(sessions=old.sessions, expires_at=old.expires_at)
    )
    revoke(connection, text)
    return new


def end_of(connection: sa.Connection, text: str) -> str | None:
    """Return when a token expires; None for never."""
    found: str | None = _line_of(connection, text).expires_at
    return found


def renew(connection: sa.Connection, text: str) -> str | None:
    """Let a token that expires last for some weeks from now on, and return when it does.

    Raises
    ------
    NotFound
        When it is not there.
    """
    line = _line_of(connection, text)
    if line.expires_at is None:
        return None
    weeks = datetime.now(UTC) + timedelta(days=RENEWED_DAYS)
    expires: str = max(line.expires_at, weeks.isoformat(timespec="milliseconds"))
    mine = tokens_table.c.id == line.id
    connection.execute(sa.update(tokens_table).where(mine).values(expires_at=expires))
    return expires


def revoke(connection: sa.Connection, text: str) -> None:
    """Make a token good for nothing from now on.

    Raises
    ------
    NotFound
        When it is not there.
    """
    mine = tokens_table.c.id == _line_of(connection, text).id
    connection.execute(sa.update(tokens_table).where(mine).values(revoked_at=now()))


def _line_of(connection: sa.Connection, text: str) -> sa.Row[Any]:
    query = sa.select(tokens_table).where(tokens_table.c.hash == hash_of(text))
    line = connection.execute(query).first()
    if line is None or line.revoked_at is not None:
        raise NotFound("There is no such token.")
    return line


def only_experiment(principal: Principal, numbers: Sequence[str]) -> str | None:
    """Return the number of the only experiment that a token is for, or None."""
    return numbers[0] if principal.sessions is not None and len(numbers) == 1 else None
