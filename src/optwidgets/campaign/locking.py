"""The lock of a session on a server: one controller has the campaign, and others only read.

Not to be taken for `lock_data` and its like, which record a decision in the audit log.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.client.remote_journal import RemoteJournal
    from optwidgets.client.session_lock import SessionLock
    from optwidgets.journal.store import Store

LOCK_SECONDS = 600.0


class SessionLocking:
    """Having a session on a server for oneself; mixed into `OptimizationSession`."""

    if TYPE_CHECKING:
        _store: Store

        @property
        def remote(self) -> RemoteJournal | None:
            """The journal on the server."""
            ...

    @property
    def lock_holder(self) -> dict[str, Any] | None:
        """Who holds the lock of the session, asked of its server; None while it is free.

        A dict with ``name``, ``since``, ``until`` (None without an end) and ``mine``.
        """
        remote = self.remote
        holder = None if remote is None else remote.session_lock.look()
        return None if holder is None else asdict(holder)

    def take_lock(self, who: str | None = None, *, seconds: float | None = LOCK_SECONDS) -> None:
        """Have the session for oneself: until it is given back, others can only read.

        What others type in meanwhile is refused with a sentence that names `who`, in notebooks,
        in programs and by every API of the server.

        Parameters
        ----------
        who
            Who has it, such as an instrument; the session's actor if not given.
        seconds
            When it ends by itself, unless it is renewed: a controller that dies must not keep
            everybody out. None is without an end.

        Raises
        ------
        OptwidgetsError
            When somebody else holds it, or the session is on no server.

        Examples
        --------
        >>> from optwidgets.session import OptimizationSession
        >>> OptimizationSession().take_lock("Flow reactor 3")
        Traceback (most recent call last):
        ...
        optwidgets.errors.OptwidgetsError: This session is on no server of optwidgets, whose locks \
bind everybody. Bring it to one with persist(...) before it is locked.
        """
        self._the_lock().take(who or self._store.current_actor, seconds)

    def renew_lock(self, *, seconds: float | None = LOCK_SECONDS) -> None:
        """Hold the lock for longer, so many seconds from now.

        Raises
        ------
        OptwidgetsError
            When it has ended or was broken meanwhile: others may have changed the session.
        """
        self._the_lock().renew(seconds)

    def give_back_lock(self) -> None:
        """Let others write again."""
        self._the_lock().give_back()

    def break_lock(self, reason: str) -> None:
        """Free the session from somebody else's lock, deliberately.

        Parameters
        ----------
        reason
            Why; it is recorded in the audit log, with who did it.
        """
        self._the_lock().break_(reason)

    def _the_lock(self) -> SessionLock:
        remote = self.remote
        if remote is None:
            raise OptwidgetsError(
                "This session is on no server of optwidgets, whose locks bind everybody. Bring it to "
                "one with persist(...) before it is locked."
            )
        return remote.session_lock
