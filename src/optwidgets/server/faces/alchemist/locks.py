"""The lock of a session: while it is held, only who has its token writes."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import now
from optwidgets.server.faces.alchemist.errors import SessionLockedError
from optwidgets.server.faces.alchemist.tables import locks_table


@dataclass(frozen=True)
class Lock:
    """A lock that is held; its token is known by its hash only."""

    token_hash: str
    locked_by: str
    locked_at: str

    def opened_by(self, token: str | None) -> bool:
        """Return whether a token is the lock's."""
        return token is not None and secrets.compare_digest(_hash(token), self.token_hash)


def lock_of(connection: sa.Connection, session_id: str) -> Lock | None:
    """Return the lock of a session, or None while it is free."""
    columns = (locks_table.c.token_hash, locks_table.c.locked_by, locks_table.c.locked_at)
    found = connection.execute(
        sa.select(*columns).where(locks_table.c.session_id == session_id)
    ).one_or_none()
    return None if found is None else Lock(*found)


def check_lock(connection: sa.Connection, session_id: str, token: str | None) -> None:
    """Raise unless the session is free or the token is that of its lock.

    Raises
    ------
    SessionLockedError
        Status 403; the sentence says who holds the lock since when.
    """
    lock = lock_of(connection, session_id)
    if lock is None or lock.opened_by(token):
        return
    raise SessionLockedError(
        f"{lock.locked_by[:80]} holds the lock of this session since {lock.locked_at}. Send its "
        "token as lock_token or in the header X-Lock-Token, or wait until it is released."
    )


def take_lock(
    connection: sa.Connection,
    session_id: str,
    locked_by: str,
    client_id: str | None,
    *,
    token: str | None,
    is_admin: bool,
) -> tuple[Lock, str]:
    """Take the lock of a session, or take it over with its token or as an administrator.

    Returns
    -------
    tuple
        The lock and its new token; earlier tokens open it no longer.
    """
    if not locked_by.strip():
        raise OptwidgetsError("Say who locks the session.", field="locked_by")
    if not is_admin:
        check_lock(connection, session_id, token)
    fresh = secrets.token_urlsafe(32)
    lock = Lock(_hash(fresh), locked_by, now())
    connection.execute(sa.delete(locks_table).where(locks_table.c.session_id == session_id))
    connection.execute(
        sa.insert(locks_table).values(
            session_id=session_id,
            client_id=client_id,
            token_hash=lock.token_hash,
            locked_by=lock.locked_by,
            locked_at=lock.locked_at,
        )
    )
    return lock, fresh


def release_lock(
    connection: sa.Connection, session_id: str, *, token: str | None, is_admin: bool
) -> bool:
    """Free a session, with the token of its lock or as an administrator.

    Returns
    -------
    bool
        Whether it was locked.
    """
    if not is_admin:
        check_lock(connection, session_id, token)
    gone = connection.execute(sa.delete(locks_table).where(locks_table.c.session_id == session_id))
    return bool(gone.rowcount)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
