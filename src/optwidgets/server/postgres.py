"""A PostgreSQL database of a server: the connection that writes is the one that holds it."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.server.errors import Lost

if TYPE_CHECKING:
    from datetime import datetime

SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")
# "optwidge" in ASCII: the number under which one server locks a database.
ADVISORY_LOCK = 0x6F70747769646765
PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.05
# A machine without power says no good-bye: after half a minute its connection, and with it the
# lock, are given up, and not after two hours.
_KEEPALIVE = (
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 4",
)
_HOLDER = """
SELECT activity.pid, activity.backend_start
FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid)
WHERE locks.locktype = 'advisory' AND locks.granted AND locks.objsubid = 1
AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND (locks.classid::bigint << 32 | locks.objid::bigint) = %s
"""
_MYSELF = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"


class Postgres:
    """A PostgreSQL database, with a lock that lives and dies with the connection that writes.

    Were the lock on another connection, that one could be lost alone: a second server would be
    let in while this one goes on writing.

    Parameters
    ----------
    location
        Its ``postgresql://`` address.
    """

    path: Path | None = None

    def __init__(self, location: str) -> None:
        rest = location.partition("://")[2]
        self._url = sa.make_url(f"postgresql+psycopg://{rest}")
        self.name = f"{self._url.host or 'localhost'}/{self._url.database}"
        self.holding = 0
        """How often the lock was taken: a new number means that it was lost in between."""
        self._backend: tuple[int, datetime] | None = None
        self._lost = False
        self._held: Any = None
        self._writers = sa.create_engine(self._url, pool_size=1, max_overflow=0, pool_pre_ping=True)
        sa.event.listen(self._writers, "do_connect", self._connect)

    def engine(self) -> sa.Engine:
        """Return what makes connections that hold nothing."""
        return sa.create_engine(self._url, pool_size=8, max_overflow=24, pool_pre_ping=True)

    def hold(self) -> None:
        """Take the lock.

        Raises
        ------
        OptwidgetsError
            When another server has it.
        """
        self._writers.connect().close()

    def write_connection(self, engine: sa.Engine) -> sa.Connection:  # noqa: ARG002 - SQLite's
        """Return the connection that holds the lock, which is taken again if it was lost.

        Raises
        ------
        Lost
            When another server has taken it meanwhile; from then on every time.
        """
        return self._writers.connect()

    def release(self) -> None:
        """Let another server in."""
        held, self._held = self._held, None
        if held is not None:
            # Closing alone would free it a moment later, when the database notices.
            with contextlib.suppress(Exception):
                held.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
        self._writers.dispose()

    # ------------------------------------------------------------ inside

    def _connect(
        self, dialect: sa.Dialect, _: Any, words: Any, options: dict[str, Any]
    ) -> sa.engine.interfaces.DBAPIConnection:
        connection: Any = dialect.connect(*words, **options)
        try:
            connection.autocommit = True
            for line in _KEEPALIVE:
                connection.execute(line)
            self._take(connection)
            connection.autocommit = False
        except BaseException:
            connection.close()
            raise
        self._held = connection
        return connection  # type: ignore[no-any-return]

    def _take(self, connection: Any) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._try(connection):
            holder = connection.execute(_HOLDER, [ADVISORY_LOCK]).fetchone()
            if holder is not None and holder == self._backend:
                # Our own, over a network that is gone. Ended here, it cannot write any more.
                connection.execute("SELECT pg_terminate_backend(%s)", [holder[0]])
            elif holder is not None or time.monotonic() > until:
                raise self._refused()
            time.sleep(PAUSE_SECONDS)
        self._backend = connection.execute(_MYSELF).fetchone()
        self.holding += 1

    def _try(self, connection: Any) -> bool:
        if self._lost:
            raise self._refused()
        asked = connection.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
        return bool(asked.fetchone()[0])

    def _refused(self) -> OptwidgetsError:
        if not self.holding:
            return OptwidgetsError(
                f"{self.name} is held by another server. One server writes to a database: "
                "stop that one first, or use another database."
            )
        # Once and for all: what is in memory here is older than what the other one has written.
        self._lost = True
        return Lost(
            f"Another server has taken {self.name} over while this one had lost its database. "
            "Nothing was recorded and nothing more will be: this server ends. Use the other one."
        )
