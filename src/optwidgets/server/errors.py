"""What can go wrong in a request, each with its HTTP status and one sentence."""

from __future__ import annotations

import errno
from typing import ClassVar

from optwidgets.errors import OptwidgetsError


class ServerError(OptwidgetsError):
    """A request that cannot be met; `status` is that of the answer."""

    status: ClassVar[int] = 400


class NotSignedIn(ServerError):
    """No token, or one that is unknown, expired or revoked."""

    status = 401


class NotAllowed(ServerError):
    """The token is not good for this."""

    status = 403


class NotFound(ServerError):
    """There is no such thing."""

    status = 404


class NoSuchSession(NotFound):
    """There is no session of that id."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"There is no session {session_id[:80]!r} on this server. List them with GET "
            "/api/v1/sessions."
        )


class Conflict(ServerError):
    """It is there already, or in another state."""

    status = 409


class PreconditionFailed(ServerError):
    """Somebody else was quicker; see `optwidgets.journal.protocol.ConflictError`."""

    status = 412


class TooLarge(ServerError):
    """A body beyond the limit."""

    status = 413


class WrongType(ServerError):
    """A body of a type that is not taken here."""

    status = 415


class Unprocessable(ServerError):
    """A body that is well formed and cannot be meant."""

    status = 422


class Locked(ServerError):
    """Somebody holds the lock of the session, and the request does not carry its token."""

    status = 423


class TooMany(ServerError):
    """Too many requests; `retry_after` seconds later is soon enough."""

    status = 429

    def __init__(self, message: str, *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotInstalled(ServerError):
    """The server was installed to record only, without what computing needs."""

    status = 501

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"This server only records: {missing} is not installed on it. Compute in the notebook "
            '(attach with compute="kernel"), or install optwidgets there with all that it needs.'
        )


class Unavailable(ServerError):
    """The database is out of reach for now, or the server is stopping."""

    status = 503


class Lost(Unavailable):
    """Another server has taken the database over: this one writes nothing more."""


class Full(ServerError):
    """The disk is full: nothing was recorded."""

    status = 507


def is_full(error: BaseException | None) -> bool:
    """Return whether a disk was full, such as that of the temporary files of an upload.

    Examples
    --------
    >>> is_full(OSError(errno.ENOSPC, "No space left on device")), is_full(OSError("?"))
    (True, False)
    """
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
