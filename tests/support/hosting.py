"""A server's host without its web server, for tests of what lies below the APIs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from optwidgets.server.database import ServerDatabase
from optwidgets.server.host import Host
from optwidgets.server.settings import Settings


@contextlib.asynccontextmanager
async def hosted(path: Path) -> AsyncIterator[Host]:
    """Run a host on a database file as long as the block lasts."""
    host = Host(ServerDatabase(str(path)), Settings(str(path)))
    try:
        yield host
    finally:
        await host.close()
