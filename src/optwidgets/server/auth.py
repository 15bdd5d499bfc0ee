"""Who may do what: tokens, their scopes, and the principal of a request."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import now
from optwidgets.server.errors import NotAllowed, NotFound
from optwidgets.server.tables import tokens_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optwidgets.server.database import ServerDatabase

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")
# A revoked token works for so long at most.
CACHE_SECONDS = 1.0


@dataclass(frozen=True)
class Principal:
    """Who makes a request.

    Parameters
    ----------
    id
        Id of the token.
    name
        Its name; changes are recorded under it.
    scope
        ``read``, ``write`` (reads, too) or ``admin`` (everything).
    sessions
        Sessions it is good for; None for all of them.

    Examples
    --------
    >>> robot = Principal("a1", "robot", "write", frozenset({"reactor"}))
    >>> robot.actor("Ann"), robot.may("read", "reactor"), robot.may("read", "other")
    ('Ann (robot)', True, False)
    """

    id: str
    name: str
    scope: Scope
    sessions: frozenset[str] | None = None

    def actor(self, given: str | None = None) -> str:
        """Return the name under which changes are recorded: the token's, and who says they are."""
        if not given or given == self.name:
            return self.name
        if self == EVERYBODY:
            return given[:100]  # no token, no name to add
        return f"{given[:100]} ({self.name})"

    def may(self, scope: Scope, session_id: str | None = None) -> bool:
        """Return whether the token is good for a scope, and for a session if one is given."""
        if SCOPES.index(self.scope) < SCOPES.index(scope):
            return False
        return session_id is None or self.sessions is None or session_id in self.sessions

    def check(self, session_id: str) -> None:
        """Refuse a session that the token is not good for.

        Raises
        ------
        NotAllowed
            With the way out.
        """
        if not self.may("read", session_id):
            raise NotAllowed(
                f"The token {self.name!r} is not good for this session. Use one that is, or make "
                "one with optwidgets token create --session."
            )

    def check_scope(self, scope: Scope) -> None:
        """Refuse what the token's scope does not allow.

        Raises
        ------
        NotAllowed
            With the way out.
        """
        if not self.may(scope):
            raise NotAllowed(
                f"The token {self.name!r} has the scope {self.scope}; this needs {scope}. Make "
                f"one with optwidgets token create --scope {scope}."
            )


EVERYBODY = Principal("local", "local", "admin")
"""Who makes requests to a server without tokens."""


@dataclass(frozen=True)
class Token:
    """A token as it is stored: everything but its text."""

    id: str
    name: str
    scope: Scope
    sessions: tuple[str, ...] | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None

    @property
    def valid(self) -> bool:
        """Whether it is good now."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now())

    @property
    def principal(self) -> Principal:
        """Who comes with it."""
        allowed = None if self.sessions is None else frozenset(self.sessions)
        return Principal(self.id, self.name, self.scope, allowed)


def create_token(
    database: ServerDatabase,
    name: str,
    scope: str,
    *,
    sessions: Sequence[str] | None = None,
    days: float | None = None,
) -> str:
    """Make a token and return its text, which is stored nowhere.

    Parameters
    ----------
    name
        For people, and for the journal.
    scope
        ``read``, ``write`` or ``admin``.
    sessions
        Ids of the sessions it is good for; all if not given.
    days
        After how many days it expires; never if not given.

    Raises
    ------
    OptwidgetsError
        For an unknown scope or an empty name.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from optwidgets.server.database import ServerDatabase
    >>> database = ServerDatabase(str(pathlib.Path(tempfile.mkdtemp()) / "lab.db"))
    >>> text = create_token(database, "robot", "write")
    >>> text.startswith("ow_"), [token.name for token in list_tokens(database)]
    (True, ['robot'])
    >>> database.close()
    """
    with database.writing() as connection:
        return add_token(connection, name, scope, sessions=sessions, days=days)


def add_token(
    connection: sa.Connection,
    name: str,
    scope: str,
    *,
    sessions: Sequence[str] | None = None,
    days: float | None = None,
) -> str:
    """Make a token inside a transaction; see `create_token`."""
    if scope not in SCOPES:
        raise OptwidgetsError(
            f"The scope must be one of {', '.join(SCOPES)}, not {scope!r}.", field="--scope"
        )
    if not name.strip() or len(name) > 100:
        raise OptwidgetsError("A token needs a name of up to 100 characters.", field="--name")
    if days is not None and not 0 < days < 36_500:
        raise OptwidgetsError(
            f"A token expires after 0 to 36500 days, not {days:g}.", field="--days"
        )
    text = f"ow_{secrets.token_urlsafe(32)}"
    expires = None if days is None else datetime.now(UTC) + timedelta(days=days)
    connection.execute(
        sa.insert(tokens_table).values(
            id=secrets.token_hex(6),
            name=name.strip(),
            hash=hash_of(text),
            scope=scope,
            sessions=None if sessions is None else json.dumps(list(sessions)),
            created_at=now(),
            expires_at=None if expires is None else expires.isoformat(timespec="milliseconds"),
            revoked_at=None,
        )
    )
    return text


def list_tokens(database: ServerDatabase) -> list[Token]:
    """Return all tokens, also those that are no longer good, the oldest first."""
    query = sa.select(tokens_table).order_by(tokens_table.c.created_at, tokens_table.c.id)
    with database.reading() as connection:
        return [_token(row) for row in connection.execute(query)]


def revoke_token(database: ServerDatabase, token_id: str) -> None:
    """Make a token good for nothing from now on.

    Raises
    ------
    NotFound
        When there is none of that id or name.
    """
    this = sa.or_(tokens_table.c.id == token_id, tokens_table.c.name == token_id)
    open_ones = tokens_table.c.revoked_at.is_(None)
    with database.writing() as connection:
        done = connection.execute(
            sa.update(tokens_table).where(this, open_ones).values(revoked_at=now())
        )
        if not done.rowcount:
            raise NotFound(
                f"There is no token {token_id!r} to revoke. List them with optwidgets token list."
            )


class Tokens:
    """Looks tokens up, and remembers them for a second.

    Parameters
    ----------
    database
        Where they are stored.
    """

    def __init__(self, database: ServerDatabase) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Token | None]] = {}

    def find(self, text: str) -> Token | None:
        """Return the token of a text, also one that is no longer good, or None."""
        digest = hash_of(text)
        at = time.monotonic()
        with self._lock:
            cached = self._known.get(digest)
        if cached is not None and at - cached[0] < CACHE_SECONDS:
            return cached[1]
        query = sa.select(tokens_table).where(tokens_table.c.hash == digest)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        token = None if row is None else _token(row)
        with self._lock:
            if len(self._known) > 1000:
                self._known.clear()  # guesses must not fill the memory
            self._known[digest] = (at, token)
        return token

    def forget(self, text: str) -> None:
        """Look a token up anew the next time, since it was changed here."""
        with self._lock:
            self._known.pop(hash_of(text), None)


def hash_of(text: str) -> str:
    """Return what is stored of a token. Its 256 random bits need no slow hash."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _token(row: sa.Row[Any]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        scope=row.scope,
        sessions=None if row.sessions is None else tuple(json.loads(row.sessions)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
