"""The lock of a session on its server: who holds it, and taking it, renewing it, breaking it."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optwidgets.client.http import NotAllowed, Refused
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.client.http import Http


@dataclass(frozen=True)
class Holder:
    """Who holds a lock.

    Parameters
    ----------
    name
        In their own words.
    since, until
        ISO 8601 in UTC; `until` is None without an end.
    mine
        Whether it is held by this session.

    Examples
    --------
    >>> Holder("Flow reactor 3", "2026-01-02T03:04:05+00:00", None).words
    'Flow reactor 3 holds the lock of this session since 03:04 UTC.'
    """

    name: str
    since: str
    until: str | None
    mine: bool = False

    @property
    def words(self) -> str:
        """Who holds it, since when and until when."""
        until = "" if self.until is None else f" until {self.until[11:16]} UTC"
        since = f"{self.since[11:16]} UTC"
        return f"{self.name[:80]} holds the lock of this session since {since}{until}."


class SessionLock:
    """The lock of a session on its server.

    Parameters
    ----------
    http, route
        The server, and the path of the session.
    changed
        Called when somebody else holds it from now on.
    """

    def __init__(self, http: Http, route: str, changed: Callable[[], None]) -> None:
        self._http = http
        self._route = f"{route}/lock"
        self._changed = changed
        self._told: Mapping[str, Any] = {}
        self._mutex = threading.Lock()
        self.token: str | None = None
        """Token of the lock, while this session holds it."""

    @property
    def holder(self) -> Holder | None:
        """Who holds the lock, as far as it is known; None while the session is free."""
        told = self._told
        if not told.get("locked"):
            return None
        return Holder(
            str(told["locked_by"]),
            str(told["locked_at"]),
            told.get("expires_at"),
            self.token is not None,
        )

    @property
    def words(self) -> str:
        """Who else holds the lock, or nothing."""
        holder = self.holder
        return "" if holder is None or holder.mine else holder.words

    def again(self) -> None:
        """Ask who holds it now, if it was held when the line was cut."""
        if self._told.get("locked"):
            self.look()

    def look(self) -> Holder | None:
        """Ask the server who holds it."""
        self.know(self._http.request("GET", self._route))
        return self.holder

    def heard(self, data: str) -> None:
        """Take what the server tells to those who follow."""
        self.know(json.loads(data))

    def know(self, told: Mapping[str, Any]) -> None:
        """Take how the lock stands, with our token if it is ours."""
        with self._mutex:
            if told.get("lock_token"):
                self.token = str(told["lock_token"])
            elif not told.get("locked") or told["locked_at"] != self._told.get("locked_at"):
                # Given back, ended or broken, or another one: ours opens nothing any more.
                self.token = None
            self._told = told
        self._changed()

    def take(self, who: str, seconds: float | None) -> Holder:
        """Take the lock for this session.

        Raises
        ------
        OptwidgetsError
            When somebody else holds it.
        """
        body = {"locked_by": who, "client_id": "optwidgets", "seconds": seconds}
        try:
            told = self._http.request("POST", self._route, body=body, lock=self.token)
        except NotAllowed as error:
            if error.body.get("error_type") != "SessionLockedError":
                raise
            raise OptwidgetsError(str(error)) from error
        self.know(told)
        return Holder(who, str(told["locked_at"]), told.get("expires_at"), mine=True)

    def renew(self, seconds: float | None) -> Holder | None:
        """Hold the lock for longer, counted from now."""
        token = self._own("renewed")
        told = self._write("renew", {"seconds": seconds}, token)
        self.know({**told, "lock_token": token})
        return self.holder

    def give_back(self) -> None:
        """Free the session."""
        self._own("given back")
        self.know(self._http.request("DELETE", self._route, lock=self.token))

    def break_(self, reason: str) -> None:
        """Free the session from somebody else's lock."""
        if not reason.strip():
            raise OptwidgetsError(
                "Say why the lock is broken: it is noted for the others.", field="reason"
            )
        self.know(self._write("break", {"reason": reason}, None))

    def _write(self, name: str, body: Mapping[str, Any], token: str | None) -> dict[str, Any]:
        try:
            told: dict[str, Any] = self._http.request(
                "POST", f"{self._route}/{name}", body=body, key=str(uuid.uuid4()), lock=token
            )
        except Refused:
            self.look()
            raise
        return told

    def _own(self, what: str) -> str:
        if self.token is None:
            raise OptwidgetsError(
                f"This session holds no lock that can be {what}: it was not taken here, has "
                "ended, or was broken. Take it with take_lock()."
            )
        return self.token
