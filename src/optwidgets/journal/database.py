"""One SQLite file: opening it safely, its schema, and its faults in words."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sqlite3
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from optwidgets.journal.entry import now
from optwidgets.journal.people import user_name
from optwidgets.journal.protocol import DamagedError, JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA_VERSION = 1
APPLICATION_ID = 0x6F707477  # "optw" in the header of the file
BUSY_SECONDS = 5.0
_CHECKS = {"everything": "integrity_check(1)", "pages": "quick_check(1)", "nothing": ""}

metadata = sa.MetaData()

sessions_table = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created_at", sa.Text, nullable=False),
)

entries_table = sa.Table(
    "entries",
    metadata,
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.id"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("key", sa.Text),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("step_group", sa.Integer, nullable=False),
    sa.Column("target", sa.Integer),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("entries_by_key", "session_id", "key", sqlite_where=sa.text("key IS NOT NULL")),
)

writers_table = sa.Table(
    "writers",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
)

# What the entries come to, so that opening a session need not fold them; see `snapshot`. Files
# of versions before it have no such table, and need none.
snapshots_table = sa.Table(
    "snapshots",
    metadata,
    sa.Column(
        "session_id",
        sa.Text,
        sa.ForeignKey("sessions.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("format", sa.Integer, nullable=False),
    sa.Column("checksum", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)


class Database:
    """A session file, open on one connection that all threads share under `lock`.

    Parameters
    ----------
    path
        The file.
    create
        Whether to make the file if it is missing.
    busy_seconds
        How long a write waits for another process.
    check
        What is looked through for damage: ``"everything"``, also whether indexes fit the
        tables, because a damaged index hides rows without any other sign; ``"pages"``, which
        is enough to look at names; or ``"nothing"``, for what is opened once more.

    Raises
    ------
    JournalError
        When the file is missing, no session file, damaged, or of a newer version.
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = True,
        busy_seconds: float = BUSY_SECONDS,
        check: Literal["everything", "pages", "nothing"] = "everything",
    ) -> None:
        self.path = path.absolute()
        self.name = path.name
        self.lock = threading.RLock()
        self._busy_seconds = busy_seconds
        self._check = _CHECKS[check]
        self._token = uuid.uuid4().hex
        self._registered = False
        self._check_file(create=create)
        self.read_only = self.path.exists() and not (
            os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)
        )
        self._engine = sa.create_engine("sqlite://", creator=self._connect, poolclass=StaticPool)
        sa.event.listen(self._engine, "begin", _begin)
        try:
            with self.sentences("opened"):
                self._prepare()
        except BaseException:
            self._engine.dispose()
            raise
        self._inode = self._file_identity()

    # ------------------------------------------------------------ transactions

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a read transaction: one consistent view of the file."""
        with (
            self.lock,
            self.sentences("read"),
            self._engine.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a write transaction; what it wrote is on the disk when it ends."""
        with self.lock, self.sentences("saved"):
            if self.read_only:
                raise JournalError(
                    f"Not saved: {self.name} is read-only here. Copy the file to a folder that "
                    "you may write to and open the copy."
                )
            if self._file_identity() != self._inode:
                raise JournalError(
                    f"Not saved: {self.name} was moved, replaced or deleted while it was open. "
                    "Put it back, or save this session under a new name with save_session()."
                )
            with self._engine.connect().execution_options(optw_write=True) as connection:
                with connection.begin():
                    newly_registered = not self._registered
                    if newly_registered:
                        self._register(connection)
                    yield connection
                self._registered = True

    def data_version(self) -> int:
        """Return a number that changes when another connection commits."""
        with self.lock, self.sentences("read"), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            return int(driver.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Sign this writer off and close the file."""
        with self.lock:
            if self._registered:
                # A file that cannot be written any more has no use for the sign-off.
                with contextlib.suppress(Exception), self.writing() as connection:
                    connection.execute(
                        sa.delete(writers_table).where(writers_table.c.token == self._token)
                    )
            self._registered = False
            self._engine.dispose()

    # ------------------------------------------------------------ opening

    def _check_file(self, *, create: bool) -> None:
        if self.path.is_dir():
            raise JournalError(f"{self.name} is a folder. Give the name of a file.")
        if self.path.exists():
            self._check_header()
            return
        if not create:
            raise JournalError(f"There is no file {self.name} in {self.path.parent}.")
        if not self.path.parent.is_dir():
            raise JournalError(
                f"The folder {self.path.parent} does not exist. Make it first, or choose another."
            )
        if not os.access(self.path.parent, os.W_OK):
            raise JournalError(
                f"The folder {self.path.parent} is read-only. Choose a folder that you may write "
                "to."
            )

    def _check_header(self) -> None:
        try:
            with self.path.open("rb") as file:
                head = file.read(16)
        except OSError as error:
            raise JournalError(f"{self.name} cannot be read: {error.strerror}.") from error
        if head.lstrip()[:1] in {b"{", b"["}:
            raise JournalError(
                f"{self.name} is a JSON file. Load it with "
                "OptimizationSession.load_session(...), then go on in a .db file."
            )
        if head and head != b"SQLite format 3\x00":
            raise JournalError(
                f"{self.name} is no session file, or its beginning is damaged. Choose another "
                "file, or restore a backup."
            )

    def _connect(self) -> sqlite3.Connection:
        if not self.read_only:
            return self._open("rwc")
        try:
            connection = self._open("ro")
            connection.execute("PRAGMA schema_version").fetchone()
        except sqlite3.OperationalError:
            # In a read-only folder the shared index of the log cannot be made; the
            # file alone can still be read as it is.
            connection = self._open("ro&immutable=1")
        return connection

    def _open(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode={mode}",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,  # transactions are begun by `_begin`
            check_same_thread=False,  # every use is under `lock`
        )
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    def _prepare(self) -> None:
        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            tables = driver.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            application = driver.execute("PRAGMA application_id").fetchone()[0]
            version = driver.execute("PRAGMA user_version").fetchone()[0]
            if tables and application != APPLICATION_ID:
                raise JournalError(
                    f"{self.name} is a database of another program. Choose another file."
                )
            if version > SCHEMA_VERSION:
                raise JournalError(
                    f"{self.name} was written by a newer version of optwidgets (file version "
                    f"{version}, this one reads up to {SCHEMA_VERSION}). Update optwidgets."
                )
            if self._check and driver.execute(f"PRAGMA {self._check}").fetchone()[0] != "ok":
                raise _damaged(self.name)
            if not self.read_only:
                driver.execute("PRAGMA journal_mode=WAL")
        if not tables:
            self._create_schema()

    def _create_schema(self) -> None:
        with (
            self._engine.connect().execution_options(optw_write=True) as connection,
            connection.begin(),
        ):
            driver: Any = connection.connection.driver_connection
            # Another process may have been first while this one waited for the lock.
            if driver.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return
            metadata.create_all(connection)
            driver.execute(f"PRAGMA application_id={APPLICATION_ID}")
            driver.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def _file_identity(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    # ------------------------------------------------------------ writers

    def _register(self, connection: sa.Connection) -> None:
        """Leave word who writes, for those who have to wait."""
        for writer in connection.execute(sa.select(writers_table)).all():
            if not _alive(writer.pid, writer.host):
                connection.execute(
                    sa.delete(writers_table).where(writers_table.c.token == writer.token)
                )
        connection.execute(
            sa.insert(writers_table).values(
                token=self._token,
                pid=os.getpid(),
                host=socket.gethostname(),
                user=user_name(),
                since=now(),
            )
        )

    def _holders(self) -> str:
        try:
            with self._engine.connect() as connection, connection.begin():
                writers = connection.execute(
                    sa.select(writers_table).where(writers_table.c.token != self._token)
                ).all()
        except sa.exc.SQLAlchemyError:
            return "another program"
        names = [
            f"process {w.pid} of {w.user} on {w.host} (open since {w.since[:16].replace('T', ' ')}"
            " UTC)"
            for w in writers
            if _alive(w.pid, w.host)
        ]
        return " or ".join(names) or "another program"

    # ------------------------------------------------------------ faults in words

    @contextlib.contextmanager
    def sentences(self, what: str) -> Iterator[None]:
        """Turn faults of SQLite into one sentence each; `what` was to be done."""
        try:
            yield
        except (sa.exc.DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
            code = (getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF
            if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                raise _damaged(self.name) from error
            raise JournalError(self._sentence(cause, code, what)) from error
        except UnicodeDecodeError as error:
            # What SQLite says of a damaged schema quotes it.
            raise _damaged(self.name) from error

    def _sentence(self, cause: BaseException | None, code: int, what: str) -> str:
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return (
                f"Not {what}: {self.name} has been held for more than {self._busy_seconds:g} s "
                f"by {self._holders()}. Repeat when that is done; all before it is safe."
            )
        if code == sqlite3.SQLITE_FULL or (
            code == sqlite3.SQLITE_IOERR and what == "saved" and _nearly_full(self.path)
        ):
            return "Not saved: the disk is full. Free some space and repeat; all before it is safe."
        if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}:
            return (
                f"Not {what}: {self.name} or its folder is read-only or gone. Copy the file to a "
                "folder that you may write to."
            )
        return (
            f"Not {what}: {self.name} reported {cause}. The disk may be full, over a quota or "
            "failing; all before it is safe."
        )


def _begin(connection: sa.Connection) -> None:
    # IMMEDIATE takes the write lock at once: a transaction never fails half way
    # because another process was quicker.
    write = connection.get_execution_options().get("optw_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _damaged(name: str) -> DamagedError:
    return DamagedError(
        f"{name} is damaged: its pages do not fit together. Nothing was changed. Restore a "
        "backup of the file."
    )


def _nearly_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < 1 << 20
    except OSError:
        return False


def _alive(pid: int, host: str) -> bool:
    """Return False only for a process of this machine that has ended."""
    if host != socket.gethostname():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
