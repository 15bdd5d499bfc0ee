"""The lock of a session: while it is held, only who has its token changes the session.

One controller has the campaign then, such as an instrument that runs by itself. The lock binds
every API, notebooks that are attached, and what is computed for them. It is no part of the
campaign, so it is not in the journal.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import now
from optwidgets.server.errors import Locked, NotFound
from optwidgets.server.steady import Ends
from optwidgets.server.tables import locks_table

HEADER = "X-Lock-Token"
MAX_SECONDS = 31 * 86400.0

#: Token of the lock that the request at hand carries; the writer's thread is told of it.
borne: ContextVar[str | None] = ContextVar("borne", default=None)


@dataclass(frozen=True)
class Lock:
    """A lock that is held.

    Parameters
    ----------
    locked_by
        Who holds it, in their own words.
    locked_at
        Since when, ISO 8601 in UTC.
    expires_at
        When it ends by itself, or None.
    client_id
        A name of the holder's own, or None.
    token_hash
        Hash of its token, which is told once.

    Examples
    --------
    >>> Lock("Robot", "2026-01-02T03:04:05.000+00:00").sentence
    'Robot holds the lock of this session since 2026-01-02T03:04:05.000+00:00.'
    """

    locked_by: str
    locked_at: str
    expires_at: str | None = None
    client_id: str | None = None
    token_hash: str = ""

    @property
    def sentence(self) -> str:
        """Who holds it, and since when."""
        until = "" if self.expires_at is None else f" and until {self.expires_at}"
        return (
            f"{self.locked_by[:80]} holds the lock of this session since {self.locked_at}{until}."
        )

    @property
    def is_over(self) -> bool:
        """Whether its time has passed."""
        return self.seconds_left is not None and self.seconds_left <= 0

    @property
    def seconds_left(self) -> float | None:
        """For how long it holds yet, or None without an end.

        `expires_at` is told to people; a clock that is set ends no lock and holds none longer.
        """
        if self.expires_at is None:
            return None
        return _ends.left(_name(self), self.locked_at, self.expires_at)

    def opened_by(self, token: str | None) -> bool:
        """Return whether a token is the lock's."""
        return token is not None and secrets.compare_digest(_hash(token), self.token_hash)


class Locks:
    """The locks of all sessions, inside the writer's transaction.

    They are few and looked at by every write, so they are kept in memory; what another process
    or a group that failed has changed is read again.

    Parameters
    ----------
    reading, writing
        Return the connection of the group.
    changed
        Is told which session's lock is another one now.
    """

    def __init__(
        self,
        reading: Callable[[], sa.Connection],
        writing: Callable[[], sa.Connection],
        changed: Callable[[str, Lock | None], None],
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._changed = changed
        self._known: dict[str, Lock] | None = None

    def forget(self) -> None:
        """Read them again when they are needed."""
        self._known = None

    def of(self, session_id: str) -> Lock | None:
        """Return the lock of a session, or None while it is free."""
        lock = self._last(session_id)
        return None if lock is None or lock.is_over else lock

    def check(self, session_id: str, token: str | None) -> None:
        """Raise unless the session is free or the token is that of its lock.

        Who still carries the token of a lock that ran out or was broken is refused, too: others
        may have written meanwhile, and an instrument that goes on must know.

        Raises
        ------
        Locked
            Status 423; the sentence says who holds the lock since when.
        """
        lock = self._last(session_id)
        if lock is None:
            return
        if not lock.is_over:
            raise_unless(lock, token)
        elif lock.opened_by(token):
            raise Locked(
                f"The lock that {lock.locked_by[:80]} held ended at {lock.expires_at}. Nothing was "
                "changed. Look what others did meanwhile, then take it anew, or send no token."
            )

    def take(
        self,
        session_id: str,
        locked_by: str,
        *,
        token: str | None,
        client_id: str | None = None,
        seconds: float | None = None,
        over: bool = False,
    ) -> tuple[Lock, str]:
        """Take the lock of a session, or take it over with its token.

        Parameters
        ----------
        session_id, locked_by, client_id
            Of which session, and for whom.
        token
            What the request carries.
        seconds
            When it ends by itself, unless it is renewed.
        over
            Take it over without the token, as an administrator may.

        Returns
        -------
        tuple
            The lock and its new token; earlier tokens open it no longer.
        """
        if not locked_by.strip():
            raise OptwidgetsError("Say who locks the session.", field="locked_by")
        _check(seconds)
        if not over:
            raise_unless(self.of(session_id), token)
        fresh = secrets.token_urlsafe(32)
        lock = _ending(Lock(locked_by, now(), None, client_id, _hash(fresh)), seconds)
        self._write(session_id, lock)
        return lock, fresh

    def renew(self, session_id: str, token: str | None, seconds: float | None) -> Lock:
        """Have a lock end later, counted from now; with its token only.

        Raises
        ------
        NotFound
            When the session is free: the lock has ended meanwhile, and others may have written.
        Locked
            When somebody else has it.
        """
        lock = self.of(session_id)
        if lock is None:
            raise NotFound(
                "Nobody holds the lock of this session: it has ended, or was broken. Take it "
                "anew, and look what others did meanwhile."
            )
        raise_unless(lock, token)
        _check(seconds)
        lock = _ending(lock, seconds)
        self._write(session_id, lock)
        return lock

    def release(self, session_id: str, token: str | None, *, over: bool = False) -> None:
        """Free a session, with the token of its lock or, with `over`, as an administrator."""
        lock = self.of(session_id)
        if not over:
            raise_unless(lock, token)
        if lock is not None:
            self._write(session_id, None)

    def end(self, session_id: str) -> Lock | None:
        """Free a session from a lock of somebody who does not know of it yet.

        Returns
        -------
        Lock or None
            The lock that was held. Its token is remembered, for `check`.
        """
        lock = self.of(session_id)
        if lock is not None:
            self._write(session_id, _ending(lock, 0.0))
        return lock

    def _last(self, session_id: str) -> Lock | None:
        """Return the lock of a session, also one that is over and was not given back."""
        if self._known is None:
            self._known = all_locks(self._reading())
        return self._known.get(session_id)

    def _write(self, session_id: str, lock: Lock | None) -> None:
        connection = self._writing()
        column = locks_table.c
        connection.execute(sa.delete(locks_table).where(column.session_id == session_id))
        if lock is not None:
            values = {name: getattr(lock, name) for name in _COLUMNS}
            connection.execute(sa.insert(locks_table).values(session_id=session_id, **values))
        # Read anew instead of noted: the operation may still fail, and then nothing was written.
        self.forget()
        self._changed(session_id, None if lock is None or lock.is_over else lock)


def raise_unless(lock: Lock | None, token: str | None) -> None:
    """Raise `Locked` unless there is no lock, or it is opened by the token."""
    if lock is None or lock.opened_by(token):
        return
    raise Locked(
        f"{lock.sentence} Nothing was changed. Wait until it is given back, break it, or send its "
        f"token in the header {HEADER}."
    )


def standing(lock: Lock | None) -> dict[str, Any]:
    """Write how a lock stands, as ALchemist does; the end only of one that has an end.

    Examples
    --------
    >>> standing(None)
    {'locked': False, 'locked_by': None, 'locked_at': None}
    """
    if lock is None:
        return {"locked": False, "locked_by": None, "locked_at": None}
    told = {"locked": True, "locked_by": lock.locked_by, "locked_at": lock.locked_at}
    return told if lock.expires_at is None else {**told, "expires_at": lock.expires_at}


def all_locks(connection: sa.Connection) -> dict[str, Lock]:
    """Return the locks that are held, and those that were not given back, by session."""
    columns = (locks_table.c.session_id, *(locks_table.c[name] for name in _COLUMNS))
    found = connection.execute(sa.select(*columns))
    return {
        session_id: Lock(**dict(zip(_COLUMNS, rest, strict=True))) for session_id, *rest in found
    }


_COLUMNS = ("locked_by", "locked_at", "expires_at", "client_id", "token_hash")


#: Of all locks of this process: those who ask have read the lock from the database.
_ends = Ends()


def _ending(lock: Lock, seconds: float | None) -> Lock:
    """Return a lock that ends so many seconds from now, or that has no end."""
    if seconds is None:
        return replace(lock, expires_at=None)
    at = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    ending = replace(lock, expires_at=at)
    _ends.set(_name(ending), seconds)
    return ending


def _name(lock: Lock) -> str:
    return f"{lock.token_hash} {lock.expires_at}"


def _check(seconds: float | None) -> None:
    if seconds is not None and not 0 < seconds <= MAX_SECONDS:
        raise OptwidgetsError(
            f"A lock can hold for up to {MAX_SECONDS:.0f} seconds, not {seconds:g}. Give a number "
            "in between, or leave it out for a lock without an end.",
            field="seconds",
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
