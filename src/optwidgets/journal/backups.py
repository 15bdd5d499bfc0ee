"""Copies of a SQLite file: how they are made, where they lie, which is the newest."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from optwidgets.durable import make_folder, put_in_place

KEPT = 24
_NAME = re.compile(r"(\d{6,})-\d{8}T\d{6}Z\.db")


def folder_of(path: Path) -> Path:
    """Return the folder of a database's backups.

    Examples
    --------
    >>> folder_of(Path("lab.db")).name
    'lab.db.backups'
    """
    return path.with_name(f"{path.name}.backups")


def backups_of(path: Path) -> list[Path]:
    """Return the backups of a database, from the oldest to the newest.

    Their numbers tell the order, not their times: a clock can be set.

    Examples
    --------
    >>> backups_of(Path("no-such-file.db"))
    []
    """
    found = [(_NAME.fullmatch(file.name), file) for file in _files(folder_of(path))]
    return [file for _, file in sorted((int(name[1]), file) for name, file in found if name)]


def back_up(connection: sqlite3.Connection, path: Path, *, kept: int = KEPT) -> Path:
    """Add a backup to the folder beside a database, and remove the oldest ones.

    Parameters
    ----------
    connection
        A connection to the database outside a transaction; it may be read-only.
    path
        The database.
    kept
        How many backups stay, this one included.

    Returns
    -------
    Path
        The backup. It is whole, also after a power cut.

    Raises
    ------
    sqlite3.Error, OSError
        When it cannot be made; the others are then as they were.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lab.db"
    >>> connection = sqlite3.connect(path)
    >>> with connection:
    ...     _ = connection.execute("CREATE TABLE rows (row)")
    >>> made = [back_up(connection, path, kept=2) for _ in range(3)]
    >>> backups_of(path) == made[1:]
    True
    >>> connection.close()
    """
    folder = folder_of(path)
    # What is in a backup is as secret as what is in the database.
    make_folder(folder, 0o700)
    for left in folder.glob("*.part"):
        left.unlink(missing_ok=True)
    before = backups_of(path)
    number = 1 if not before else int(before[-1].name.partition("-")[0]) + 1
    made = folder / f"{number:06d}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    copy_whole(connection, made)
    for old in [*before, made][:-kept]:
        old.unlink(missing_ok=True)
    return made


def copy_whole(connection: sqlite3.Connection, target: Path) -> None:
    """Copy a database as it is at this moment.

    ``VACUUM INTO`` reads in one transaction, beside which others go on writing. SQLite's backup
    API would begin anew whenever somebody else writes, or copy pages with nobody looking whether
    they fit together.

    Parameters
    ----------
    connection
        A connection to the database outside a transaction; it may be read-only.
    target
        The new file; its folder exists.

    Raises
    ------
    sqlite3.Error, OSError
        When it cannot be made, such as of a damaged database; there is no new file then.
    """
    temporary = target.with_name(f"{target.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        connection.execute("VACUUM INTO ?", (str(temporary),))
        # SQLite does not sync what it writes here.
        put_in_place(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _files(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
