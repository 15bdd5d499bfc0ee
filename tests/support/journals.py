"""One journal of each kind, for the suites that every journal has to pass."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from optwidgets.client.address import Address
from optwidgets.client.http import Http
from optwidgets.client.outbox import Outbox
from optwidgets.client.pushing import push_journal
from optwidgets.client.remote_journal import RemoteJournal
from optwidgets.journal.entry import now
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.sql import SqlJournal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from optwidgets.journal.protocol import Journal


def new_journal(request: pytest.FixtureRequest, folder: Path) -> Journal:
    """Return an empty journal of the kind that the fixture's parameter names."""
    if request.param == "memory":
        return MemoryJournal()
    if request.param == "sqlite":
        return SqlJournal(folder / "a.db")
    server = request.getfixturevalue("server")
    return remote_journal(server.url, None, folder)


def remote_journal(
    url: str, token: str | None, folder: Path, session_id: str | None = None
) -> RemoteJournal:
    """Return the journal of a session on a server, an empty new one if none is named."""
    http = Http(Address(url), token)
    if session_id is None:
        session_id = str(uuid.uuid4())
        push_journal(http, session_id, now(), [])
    return RemoteJournal(http, session_id, outbox=Outbox(url, session_id, folder / "outbox.db"))
