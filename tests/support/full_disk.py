"""SQLite's own 'disk is full', without a disk: no connection of a database gets one page more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from optwidgets.server.database import ServerDatabase

_LIMIT = (1 << 32) - 2


@contextmanager
def full_disk(database: ServerDatabase) -> Iterator[None]:
    """Have a server's database find the disk full as long as the block lasts.

    What fits into the pages there are is still written, as on a real disk.
    """
    pages = 1  # SQLite takes it as: not one page more

    def limit(connection: sa.Connection) -> None:
        connection.connection.driver_connection.execute(f"PRAGMA max_page_count={pages}")

    sa.event.listen(database.engine, "begin", limit)
    try:
        yield
    finally:
        pages = _LIMIT  # for whichever connection is used next
