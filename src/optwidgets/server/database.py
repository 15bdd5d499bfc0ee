"""The database of a server: a SQLite file or PostgreSQL, migrated, and held by one server."""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.database import Database
from optwidgets.journal.locations import path_of
from optwidgets.journal.protocol import JournalError
from optwidgets.server.errors import Full, ServerError, Unavailable
from optwidgets.server.postgres import SCHEMES, Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_MILLISECONDS = 5_000
_DISK_FULL = "53100"  # PostgreSQL, appendix A


class ServerDatabase:
    """The database that a server holds; no second server may write to it.

    Parameters
    ----------
    location
        Name of a SQLite file, or a ``postgresql://`` address.

    Raises
    ------
    OptwidgetsError
        When it cannot be opened, belongs to a newer version, or another server holds it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> database = ServerDatabase(str(pathlib.Path(tempfile.mkdtemp()) / "lab.db"))
    >>> with database.reading() as connection:
    ...     connection.execute(sa.text("SELECT count(*) FROM sessions")).scalar()
    0
    >>> database.close()
    """

    def __init__(self, location: str, *, exclusive: bool = True) -> None:
        self._exclusive = exclusive
        self._kind: _Kind = (
            Postgres(location) if location.startswith(SCHEMES) else _Sqlite(location)
        )
        self.name = self._kind.name
        self.path = self._kind.path
        if exclusive:
            with in_words(self.name):
                self._kind.hold()
        try:
            self.engine = self._kind.engine()
            self._migrate()
        except BaseException:
            self._kind.release()
            raise

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a SQLite file."""
        return self.path is not None

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a read transaction on a connection of its own."""
        with in_words(self.name), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a write transaction, for whoever writes without a server (the command line)."""
        with in_words(self.name), self._beside() as connection, connection.begin():
            yield connection

    @property
    def holding(self) -> int:
        """A number that changes when the database was lost and is held again.

        Nobody knows what was written in between: what is in memory has to be read again.
        """
        return self._kind.holding

    def write_connection(self) -> sa.Connection:
        """Return the connection of the one who writes; one at a time.

        Raises
        ------
        Lost
            When another server has taken the database over.
        """
        if not self._exclusive:
            return self._beside()
        return self._kind.write_connection(self.engine)

    def _beside(self) -> sa.Connection:
        """Return a connection for a change of one line, such as a token, beside a server."""
        return self.engine.connect().execution_options(optw_write=True)

    def outside_changes(self, connection: sa.Connection) -> int | None:
        """Return a number that changes when another process has written, if there is one.

        A kernel may have the same SQLite file open. A PostgreSQL database has one server.
        """
        if not self.is_sqlite:
            return None
        driver: Any = connection.connection.driver_connection
        return int(driver.execute("PRAGMA data_version").fetchone()[0])

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, so that one file is the whole truth."""
        if self.is_sqlite:
            with (
                contextlib.suppress(sa.exc.SQLAlchemyError, sqlite3.Error),
                self.engine.connect() as connection,
            ):
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections and let another server in."""
        self.checkpoint()
        self.engine.dispose()
        self._kind.release()

    def _migrate(self) -> None:
        from optwidgets.server.migrate import upgrade

        with in_words(self.name), self.write_connection() as connection:
            upgrade(connection, self.name, self.path)


class _Kind(Protocol):
    """What differs between the two kinds of databases."""

    name: str
    path: Path | None
    holding: int

    def engine(self) -> sa.Engine: ...
    def hold(self) -> None: ...
    def write_connection(self, engine: sa.Engine) -> sa.Connection: ...
    def release(self) -> None: ...


class _Sqlite:
    holding = 0  # the system keeps the lock as long as the process lives

    def __init__(self, location: str) -> None:
        self.path: Path | None = path_of(location)
        self.name = self.path.name
        # For nobody else on the machine: who may read sessions is said by tokens.
        with contextlib.suppress(OSError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))
        # Makes the rest of the file, or says why it is no session file.
        Database(self.path).close()
        self._lock: int | None = None

    def engine(self) -> sa.Engine:
        engine = sa.create_engine(
            f"sqlite:///{self.path}", pool_size=8, max_overflow=24, pool_timeout=30
        )
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def hold(self) -> None:
        import fcntl

        if self._lock is not None:
            return
        assert self.path is not None
        file = self.path.with_name(f"{self.path.name}.lock")
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # The system gives the lock back when this process ends, however it ends.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 200).decode(errors="replace").strip() or "another server"
            os.close(descriptor)
            raise OptwidgetsError(
                f"{self.name} is held by {holder}. One server writes to a database: stop that "
                "one first, or use another file."
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        self._lock = descriptor

    def write_connection(self, engine: sa.Engine) -> sa.Connection:
        return engine.connect().execution_options(optw_write=True)

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    # SQLite's own knows ASCII only: who looks for "ölbad" would not find "Ölbad".
    connection.create_function("lower", 1, _lower, deterministic=True)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _begin(connection: sa.Connection) -> None:
    # IMMEDIATE takes the write lock at once, so that a transaction never fails half way.
    write = connection.get_execution_options().get("optw_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextlib.contextmanager
def in_words(name: str) -> Iterator[None]:
    """Turn faults of the database into errors with a status and one sentence."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise sentence(error, name) from error
    except JournalError as error:
        raise _journal_error(error) from error


def sentence(error: sa.exc.DBAPIError, name: str) -> ServerError:
    """Return what a fault of the database means for a request."""
    cause = error.orig
    code = (getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF
    state = str(getattr(cause, "sqlstate", "") or "")
    if code == sqlite3.SQLITE_FULL or state == _DISK_FULL:
        return Full("The disk is full: nothing was recorded. Free some space and repeat.")
    if code == sqlite3.SQLITE_IOERR:
        return Full(
            "The disk could not be written: nothing was recorded. It may be full or failing."
        )
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return Unavailable(
            f"{name} is damaged. Start the server again: it then shows what is whole in it."
        )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return Unavailable(f"{name} is held by another process. Repeat in a moment.")
    return Unavailable(f"{name} is out of reach for now. Repeat in a moment.")


def is_connection_lost(error: BaseException) -> bool:
    """Return whether a fault is that of a connection, so that another one may do."""
    if not isinstance(error, sa.exc.DBAPIError) or getattr(error.orig, "sqlite_errorcode", None):
        return False
    state = str(getattr(error.orig, "sqlstate", "") or "")
    if state == _DISK_FULL:
        return False  # another connection finds no more space
    return (
        error.connection_invalidated
        or isinstance(error, sa.exc.OperationalError)
        or state[:2] in {"08", "57"}
        or state in {"40001", "40P01"}
    )


def _journal_error(error: JournalError) -> ServerError:
    kind = Full if "disk is full" in str(error) else Unavailable
    return kind(str(error))
