"""Serving what is whole in a damaged SQLite file: from a sound copy, which nobody may change."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from optwidgets.journal.database import metadata
from optwidgets.journal.salvage import salvage
from optwidgets.server.database import ServerDatabase

#: The journal's tables are salvaged by their hashes; the others say what is written anew, or is
#: about requests that were on their way.
LEFT_OUT = frozenset(metadata.tables) | {
    "alembic_version", "answers", "arriving", "cards", "session_locks", "tasks",
}  # fmt: skip


@dataclass(frozen=True)
class SoundCopy:
    """A copy of what is whole in a damaged file.

    Parameters
    ----------
    path
        Where it is, for as long as it is served.
    warning
        What is told to whoever asks the server.
    """

    path: Path
    warning: str


@contextlib.contextmanager
def sound_copy(damaged: Path) -> Iterator[SoundCopy]:
    """Copy what is whole in a damaged file, for as long as the block lasts.

    Of each session the entries up to the first that is missing or altered are kept, by their
    hashes. What other tables hold has none; it is taken as it is read.

    Raises
    ------
    OptwidgetsError
        When nothing can be read.

    Examples
    --------
    >>> from optwidgets.session import OptimizationSession
    >>> path = Path(tempfile.mkdtemp()) / "hurt.db"
    >>> OptimizationSession.open(path, name="Reactor").close()
    >>> with sound_copy(path) as copy:
    ...     print(copy.warning)
    hurt.db is damaged. This server shows what is whole in it (1 session, 1 entry) and records \
nothing. Restore a backup, or copy what is whole with optwidgets doctor hurt.db --salvage NEW.
    """
    with tempfile.TemporaryDirectory(prefix="optwidgets-") as folder:
        path = Path(folder) / damaged.name
        found = salvage(damaged, path)
        ServerDatabase(str(path)).close()  # makes the server's own tables
        _copy_tables(damaged, path)
        entries = sum(session.kept for session in found)
        left = sum(session.left for session in found)
        more = f"; {left} behind the damage are left out" if left else ""
        yield SoundCopy(
            path,
            f"{damaged.name} is damaged. This server shows what is whole in it "
            f"({_count(len(found), 'session', 'sessions')}, "
            f"{_count(entries, 'entry', 'entries')}{more}) and records nothing. Restore a backup, "
            f"or copy what is whole with optwidgets doctor {damaged.name} --salvage NEW.",
        )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _copy_tables(damaged: Path, sound: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(sound, isolation_level=None)) as target,
        contextlib.closing(_open(damaged)) as source,
    ):
        target.execute("PRAGMA foreign_keys=OFF")
        target.execute("BEGIN")
        names = target.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        for (name,) in names.fetchall():
            if name not in LEFT_OUT:
                _copy_table(source, target, name)
        # What belongs to a session that could not be saved goes with it.
        for table, rowid, *_ in target.execute("PRAGMA foreign_key_check").fetchall():
            target.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (rowid,))  # noqa: S608
        target.execute("COMMIT")


def _copy_table(source: sqlite3.Connection, target: sqlite3.Connection, name: str) -> None:
    known = [column[1] for column in target.execute(f'PRAGMA table_info("{name}")')]
    for order in ("ASC", "DESC"):  # from both ends up to the damage
        with contextlib.suppress(sqlite3.DatabaseError, UnicodeDecodeError):
            rows = source.execute(f'SELECT * FROM "{name}" ORDER BY rowid {order}')  # noqa: S608
            columns = [column[0] for column in rows.description]
            for row in rows:
                given = dict(zip(columns, row, strict=True))
                _insert(target, name, {key: given[key] for key in known if key in given})


def _insert(target: sqlite3.Connection, name: str, values: dict[str, object]) -> None:
    columns: Sequence[str] = [f'"{column}"' for column in values]
    places = ", ".join("?" * len(columns))
    target.execute(
        f'INSERT OR IGNORE INTO "{name}" ({", ".join(columns)}) VALUES ({places})',  # noqa: S608
        tuple(values.values()),
    )


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
