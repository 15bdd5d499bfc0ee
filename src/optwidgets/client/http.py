"""One server over HTTP: the token, time limits, repeating what is safe to repeat, clear faults."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from optwidgets.client.address import Address, find_token
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import canonical_json
from optwidgets.journal.protocol import JournalError

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# Answers of a server, or of a proxy before it, that is not there for the moment.
_FOR_NOW = frozenset({429, 502, 503, 504})


class Unreachable(JournalError):  # noqa: N818 - a state of the line, and no fault of the caller
    """The server cannot be reached for now; the same request may be sent again.

    Parameters
    ----------
    message
        What is known, in words.
    retry_after
        Seconds that the server asked to wait, or None.
    is_there
        Whether something answers at the address, if only that it is busy, or too late.
    """

    def __init__(
        self, message: str, retry_after: float | None = None, *, is_there: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.is_there = is_there


class Refused(OptwidgetsError):  # noqa: N818 - as `Unreachable`
    """The server has answered, and the answer is no.

    Parameters
    ----------
    message
        The server's sentence.
    status
        HTTP status.
    body
        The answer as JSON values.
    """

    def __init__(self, message: str, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class LockedOut(Refused):
    """Somebody else holds the lock of the session; nothing was changed."""


class NotAllowed(Refused, JournalError):  # noqa: N818 - as `Unreachable`
    """The token is missing, not known, or not good for this."""


class Pauses:
    """Growing pauses between attempts, each of random length so that clients spread out.

    Examples
    --------
    >>> pauses = Pauses(random.Random(1))
    >>> all(0.25 <= pauses.next() <= 30 for _ in range(20))
    True
    """

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()  # noqa: S311 - no secret
        self._longest = FIRST_PAUSE_SECONDS

    def next(self, at_least: float | None = None) -> float:
        """Return the seconds to wait before the next attempt."""
        pause = self._longest * self._chance.uniform(0.5, 1.0)
        self._longest = min(2 * self._longest, LONGEST_PAUSE_SECONDS)
        return min(max(pause, at_least or 0.0), LONGEST_PAUSE_SECONDS)

    def reset(self) -> None:
        """Begin with a short pause again."""
        self._longest = FIRST_PAUSE_SECONDS


class Http:
    """A server and its token; thread-safe.

    Parameters
    ----------
    address
        Where the server is.
    token
        Token; see `find_token` for where else it is looked for.
    """

    def __init__(self, address: Address, token: str | None = None) -> None:
        self.address = address
        found = find_token(address, token)
        self._has_token = found is not None
        self._client = httpx.Client(
            base_url=address.base,
            headers={"Authorization": f"Bearer {found}"} if found else {},
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        raw: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        revision: int | None = None,
        patience: float = 0.0,
        if_away: bool = True,
        limit: float = ANSWER_SECONDS,
        lock: str | None = None,
    ) -> Any:
        """Send a request and return the answer as JSON values.

        Parameters
        ----------
        method, path, body, query
            The request; the path begins with a slash.
        raw
            Bytes to send instead of JSON values.
        key
            Idempotency key: sent again with the same key, a request is done once.
        revision
            The revision that the session must still have, as `If-Match`.
        patience
            Seconds for which a server that is away is tried again. Only requests that
            are safe to repeat are: reads, and those with a key.
        if_away
            Whether that holds for an address, too, where nothing answers.
        limit
            Seconds for one answer.
        lock
            Token of the session's lock.

        Raises
        ------
        Unreachable
            When the server is away.
        Refused
            When it says no.
        """
        headers = {} if key is None else {"Idempotency-Key": key}
        content: str | bytes | None = raw
        if raw is not None:
            headers["Content-Type"] = "application/octet-stream"
        if lock is not None:
            headers["X-Lock-Token"] = lock
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = canonical_json(body)
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        repeatable = key is not None or method in {"GET", "PUT"}
        request: dict[str, Any] = {
            "headers": headers,
            "content": content,
            "params": query,
            "repeatable": repeatable,
            "timeout": httpx.Timeout(limit, connect=min(limit, CONNECT_SECONDS)),
        }
        pauses, end = Pauses(), time.monotonic() + patience
        while True:
            try:
                return self._send(method, path, **request)
            except Unreachable as error:
                pause = pauses.next(error.retry_after)
                if not (if_away or error.is_there):
                    raise
                if not repeatable or time.monotonic() + pause > end:
                    raise
                time.sleep(pause)

    @contextmanager
    def stream(
        self, path: str, headers: Mapping[str, str], silence: float
    ) -> Iterator[httpx.Response]:
        """Open an answer that does not end, and give it up after some seconds of silence."""
        limits = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=silence)
        try:
            with self._client.stream("GET", path, headers=dict(headers), timeout=limits) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    self._checked(answer)
                yield answer
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    # ------------------------------------------------------------ inside

    def _send(self, method: str, path: str, *, repeatable: bool, **request: Any) -> Any:
        try:
            try:
                answer = self._client.request(method, path, **request)
            except httpx.TimeoutException:
                raise
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                # Most often a kept connection that the server closed just now.
                if not repeatable:
                    raise
                answer = self._client.request(method, path, **request)
        except (httpx.HTTPError, RuntimeError) as error:
            # httpx raises a plain RuntimeError once the client was closed.
            raise self._unreachable(error) from error
        return self._checked(answer)

    def _checked(self, answer: httpx.Response) -> Any:
        if answer.status_code in _FOR_NOW:
            raise Unreachable(
                f"The server at {self.address.host} is busy or restarting (HTTP "
                f"{answer.status_code}). Try again in a moment.",
                _seconds(answer.headers.get("Retry-After")),
                is_there=True,
            )
        if answer.status_code == httpx.codes.NO_CONTENT:
            return None
        try:
            body = answer.json()
        except ValueError:
            raise JournalError(self._stranger()) from None
        if answer.is_success:
            return body
        if not isinstance(body, dict) or "detail" not in body:
            raise JournalError(self._stranger())
        detail = str(body["detail"])
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise NotAllowed(self._signed_out(), answer.status_code, body)
        if answer.status_code == httpx.codes.FORBIDDEN:
            raise NotAllowed(detail, answer.status_code, body)
        if answer.status_code == httpx.codes.LOCKED:
            raise LockedOut(detail, answer.status_code, body)
        if answer.status_code == httpx.codes.NOT_FOUND and detail == "Not Found":
            # The words of a server that does not know the route at all.
            raise JournalError(
                f"The server at {self.address.host} is too old for this, or another program's. "
                "Update optwidgets there."
            )
        raise Refused(detail, answer.status_code, body)

    def _stranger(self) -> str:
        return (
            f"What answers at {self.address.base} is no optwidgets server. Check the address and "
            "the port; `optwidgets serve` prints them."
        )

    def _signed_out(self) -> str:
        if self._has_token:
            return (
                f"The server at {self.address.host} does not know this token: it was revoked, has "
                "expired, or is another server's. `optwidgets token create` there makes a new one."
            )
        return (
            f"The server at {self.address.host} wants a token. Give it with token=..., or set "
            "OPTWIDGETS_TOKEN; `optwidgets token create` there makes one."
        )

    def _unreachable(self, error: Exception) -> Unreachable:
        if isinstance(error, httpx.TimeoutException) and not isinstance(
            error, httpx.ConnectTimeout
        ):
            return Unreachable(
                f"The server at {self.address.host} does not answer in time.", is_there=True
            )
        return Unreachable(
            f"No server can be reached at {self.address.base}. Check the address and that "
            "`optwidgets serve` runs there."
        )


def _seconds(text: str | None) -> float | None:
    try:
        return max(float(text), 0.0) if text else None
    except ValueError:  # a date; the pauses are long enough
        return None


class Shared:
    """The connections of this process, one set for each server and token.

    Sessions on one server share them, as a browser's tabs do.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str | None], Http] = {}

    def get(self, address: Address, token: str | None = None) -> Http:
        """Return the server's connections."""
        found = find_token(address, token)
        with self._lock:
            name = (address.base, found)
            if name not in self._known:
                self._known[name] = Http(address, found)
            return self._known[name]


servers = Shared()
