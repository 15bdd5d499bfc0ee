"""What a user writes for a server: its address, perhaps a session in it, and the token."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from optwidgets.journal.protocol import JournalError
from optwidgets.space.text import short

TOKEN_VARIABLE = "OPTWIDGETS_TOKEN"  # noqa: S105 - the name of the variable
_SESSION_PATH = re.compile(r"^(?P<before>.*?)/(?:s|api/v1/sessions)/(?P<id>[^/]+)/?$")


@dataclass(frozen=True)
class Address:
    """A server, and the session on it that is meant.

    Parameters
    ----------
    base
        Address of the server without a slash at its end and without a token.
    session
        Id of the session, or None if the address names none.
    token
        The token that stood in the address as a user name, or None.
    """

    base: str
    session: str | None = None
    token: str | None = None

    @property
    def host(self) -> str:
        """Host and port, as they are shown to people."""
        return urlsplit(self.base).netloc


def is_address(location: object) -> bool:
    """Return whether a location is a server's and no file.

    Examples
    --------
    >>> is_address("http://lab:8000"), is_address("reactor.db")
    (True, False)
    """
    return isinstance(location, str) and location.strip().lower().startswith(
        ("http://", "https://")
    )


def parse_address(url: str) -> Address:
    """Read the address of a server or of a session on it.

    Parameters
    ----------
    url
        Such as ``http://lab:8000``, or with a session ``http://lab:8000/s/ID``.

    Raises
    ------
    JournalError
        When it is no address of a server.

    Examples
    --------
    >>> parse_address("http://lab:8000/s/4f1c")
    Address(base='http://lab:8000', session='4f1c', token=None)
    >>> parse_address("lab:8000")
    Traceback (most recent call last):
    ...
    optwidgets.journal.protocol.JournalError: 'lab:8000' is no address of a server. Write it \
like http://localhost:8000.
    """
    try:
        parts = urlsplit(url.strip()) if is_address(url) else None
        port = parts.port if parts else None
    except (ValueError, AttributeError):
        parts = None
    if parts is None or not parts.hostname:
        raise JournalError(
            f"{short(repr(url))} is no address of a server. Write it like http://localhost:8000."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path, session = parts.path, None
    found = _SESSION_PATH.match(path)
    if found:
        path, session = found["before"], unquote(found["id"])
    base = f"{parts.scheme.lower()}://{host}{f':{port}' if port else ''}{path.rstrip('/')}"
    return Address(base, session, unquote(parts.username) if parts.username else None)


def find_token(address: Address, token: str | None = None) -> str | None:
    """Return the token for a server: given, in the address, `OPTWIDGETS_TOKEN`, or the keyring.

    In the keyring of the system it stands under the service "optwidgets" and the server's address.
    """
    return token or address.token or os.environ.get(TOKEN_VARIABLE) or _from_keyring(address.base)


def _from_keyring(base: str) -> str | None:
    # A machine without a keyring, or one that is locked, has no token there; no more is known.
    with suppress(Exception):
        import keyring

        return keyring.get_password("optwidgets", base)
    return None
