"""How a server is set up."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from optwidgets.errors import OptwidgetsError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Settings:
    """How a server is set up; checked on construction.

    Parameters
    ----------
    database
        Name of a SQLite file, or a ``postgresql://`` address.
    host, port
        Where it listens.
    no_auth
        Whether requests need no token; on loopback only.
    allowed_hosts
        Names by which the server may be called, besides those of loopback and `host`: the
        name in front of a reverse proxy, for example.
    allowed_origins
        Origins of web pages that may call it, such as ``https://lab.example.org``.
    max_body_bytes
        Largest body of a request.
    head_seconds
        How long a client may take to send the head of a request.
    body_seconds
        How long a client may take to send a body, and a second more for each 64 KiB of it.
    connections
        How many connections one address may hold. Loopback may hold any number: a proxy on the
        same machine stands for many clients.
    children
        How many processes compute fits and suggestions.
    warm
        Whether one of them is started with the server, so that the first one who asks does not
        wait for it.
    child_memory_bytes
        Largest address space of one of them.
    deadline_seconds
        After how long a suggestion is answered with points that cover the space evenly.
    backups
        Whether a SQLite file is copied once an hour, into a folder beside it.
    read_only
        Why nothing may be recorded; empty if it may.

    Raises
    ------
    OptwidgetsError
        When requests without a token are asked for on an address that others can reach.

    Examples
    --------
    >>> Settings(database="lab.db").host
    '127.0.0.1'
    >>> Settings(database="lab.db", host="0.0.0.0", no_auth=True)
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: --no-auth is possible on loopback only, not on 0.0.0.0: \
anybody who reaches it could change every session. Leave it out, or use --host 127.0.0.1.
    """

    database: str
    host: str = "127.0.0.1"
    port: int = 8000
    no_auth: bool = False
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    max_body_bytes: int = 64 << 20
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    connections: int = 200
    children: int = 2
    warm: bool = False
    child_memory_bytes: int = 8 << 30
    deadline_seconds: float = 60.0
    backups: bool = True
    read_only: str = ""

    def __post_init__(self) -> None:
        if self.no_auth and not is_loopback(self.host):
            raise OptwidgetsError(
                f"--no-auth is possible on loopback only, not on {self.host}: anybody who reaches "
                "it could change every session. Leave it out, or use --host 127.0.0.1.",
                field="--no-auth",
            )
        if not 0 <= self.port <= 65535:
            raise OptwidgetsError(
                f"The port must be from 0 to 65535, not {self.port}.", field="--port"
            )


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host.lower() in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
