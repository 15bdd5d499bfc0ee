"""Clients, users, organisations and tokens, as a server with one owner shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

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
    old = connection.execute(
        sa.select(tokens_table).where(tokens_table.c.hash == hash_of(text))
    ).first()
    if old is None or old.revoked_at is not None:
        raise NotFound("There is no such token.")
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    new = add_token(connection, old.name, old.scope)
    connection.execute(
        sa.update(tokens_table)
        .where(tokens_table.c.hash == hash_of(new))
        .values(sessions=old.sessions, expires_at=old.expires_at)
    )
    connection.execute(
        sa.update(tokens_table).where(tokens_table.c.id == old.id).values(revoked_at=at)
    )
    return new


def only_experiment(principal: Principal, numbers: Sequence[str]) -> str | None:
    """Return the number of the only experiment that a token is for, or None."""
    return numbers[0] if principal.sessions is not None and len(numbers) == 1 else None
