"""What sessions there are, in a file or on a server."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

from optwidgets.client.address import Address, is_address, parse_address
from optwidgets.client.http import Http, servers
from optwidgets.errors import OptwidgetsError
from optwidgets.journal import locations
from optwidgets.journal.locations import SessionSummary
from optwidgets.space.text import short

if TYPE_CHECKING:
    import pandas as pd

PAGE = 200
LISTED = 8


def sessions(location: str | PathLike[str], *, token: str | None = None) -> pd.DataFrame:
    """List the sessions of a file or of a server.

    Parameters
    ----------
    location
        Name of the file, or address of the server.
    token
        Token for the server; if not given, the one in `OPTWIDGETS_TOKEN` or the keyring.

    Returns
    -------
    DataFrame
        One row per session, the one that changed last first: ``id``, ``name``,
        ``rows``, ``results``, ``variables``, ``created``, ``last_change``.

    Raises
    ------
    JournalError
        When there is no such file or server, or it holds no sessions that can be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from optwidgets import OptimizationSession, sessions
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "reactor.db"
    >>> session = OptimizationSession.open(path, name="Yield study")
    >>> session.add_variable("temperature", "real", bounds=(20, 100))
    >>> session.close()
    >>> sessions(path)[["name", "rows", "variables"]]
              name  rows  variables
    0  Yield study     0          1
    """
    if is_address(location):
        return locations.as_frame(server_sessions(servers.get(parse_address(str(location)), token)))
    return locations.as_frame(locations.summaries(location))


def server_sessions(http: Http) -> list[SessionSummary]:
    """Return the sessions of a server that the token may see, the one that changed last first."""
    found: list[SessionSummary] = []
    after: Any = None
    while True:
        query = {"limit": PAGE} | ({} if after is None else {"after": after})
        page = http.request("GET", "/api/v1/sessions", query=query)
        found += [
            SessionSummary(**{name: line[name] for name in SessionSummary.__dataclass_fields__})
            for line in page["sessions"]
        ]
        after = page.get("next")
        if after is None:
            return sorted(found, key=lambda line: line.last_change, reverse=True)


def choose(http: Http, address: Address, name: str | None) -> str:
    """Return the id of the session that is meant: by name, by id, or the only one there is.

    Raises
    ------
    OptwidgetsError
        When there is none, or several.
    """
    known = server_sessions(http)
    if name is None:
        meant, asked = known, "sessions"
    else:
        meant = [line for line in known if name in {line.id, line.name}]
        asked = f"sessions named {name!r}"
    if len(meant) == 1:
        return meant[0].id
    if not meant:
        there = ", ".join(short(line.name or line.id) for line in known[:LISTED]) or "none"
        raise OptwidgetsError(
            f"The server at {address.host} has no {asked}; there is: {there}. To begin one there, "
            "call persist() on a session."
        )
    listed = ", ".join(f"{line.id} ({short(line.name)})" for line in meant[:LISTED])
    raise OptwidgetsError(
        f"The server at {address.host} has {len(meant)} {asked}. Say which one by its id with "
        f"session=...: {listed}."
    )
