"""Hourly backups of a SQLite database, beside the writer and the event loop."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from pathlib import Path

from optwidgets.journal.backups import back_up, backups_of
from optwidgets.server.space import LOW_BYTES

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0
#: After one that failed.
AGAIN_SECONDS = 300.0


class Backups:
    """Makes a backup an hour, if anything was written since the one before.

    Who calls `look` now and then is not held up by the writer, and does not hold it up.

    Parameters
    ----------
    path
        The database's file.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lab.db"
    >>> sqlite3.connect(path).close()
    >>> backups = Backups(path)
    >>> backups.look()
    >>> backups.made, backups.problem
    (1, None)
    >>> backups.close()
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._version: int | None = None  # of what the newest backup holds
        self._next: float | None = None  # when the next one is due, by the monotonic clock
        self._closing = False
        self.made = 0
        """How many this process has made."""
        self.problem: str | None = None
        """Why the last one could not be made."""

    def look(self) -> None:
        """Make a backup if one is due. Faults are noted; the next one is tried in five minutes."""
        if self._closing or self._due() > time.monotonic():
            return
        try:
            version = self._version_now()
            if version == self._version:
                return
            self._check_room()
            made = back_up(self._connected(), self._path)
        except (sqlite3.Error, OSError) as error:
            self._next = time.monotonic() + AGAIN_SECONDS
            self._note(error)
            return
        self._version = version
        self._next = time.monotonic() + EVERY_SECONDS
        self.made += 1
        self.problem = None
        log.info("Backup %s was made.", made.name)

    def interrupt(self) -> None:
        """Give up what is being made, in whatever thread: the server stops."""
        self._closing = True

    def close(self) -> None:
        """Close the file, once nobody looks any more."""
        self._closing = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _due(self) -> float:
        """Return when the next one is due; at first, an hour after that of an earlier process."""
        if self._next is None:
            age = EVERY_SECONDS
            for newest in backups_of(self._path)[-1:]:
                age = time.time() - newest.stat().st_mtime
            # One from the future is of a clock that was set: who knows how old it is.
            wait = EVERY_SECONDS - age if age >= 0 else 0.0
            self._next = time.monotonic() + max(0.0, wait)
        return self._next

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            # Each look has a thread of its own, and there is one at a time.
            self._connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection.set_progress_handler(lambda: self._closing, 10_000)
        return self._connection

    def _version_now(self) -> int:
        """Return a number that changes when somebody writes."""
        return int(self._connected().execute("PRAGMA data_version").fetchone()[0])

    def _check_room(self) -> None:
        """Raise where a backup would take the space that is needed to record."""
        free = shutil.disk_usage(self._path.parent).free
        if free < self._path.stat().st_size + LOW_BYTES:
            raise OSError("there is too little space for one")

    def _note(self, error: Exception) -> None:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        problem = f"The last backup failed: {said}."
        if problem != self.problem and not self._closing:
            log.warning("%s It is tried again every five minutes.", problem)
        self.problem = problem
