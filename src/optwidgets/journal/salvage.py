"""Getting out of a damaged file what is still whole."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import decode_change
from optwidgets.journal.database import Database, entries_table, sessions_table
from optwidgets.journal.entry import Stored, check_chain, now
from optwidgets.journal.lines import lines_of

# What SQLite says of a damaged schema quotes it, and need not be text.
_DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
_COLUMNS = "session_id, revision, at, actor, key, step, step_group, target, body, hash"


@dataclass(frozen=True)
class Salvaged:
    """What was saved of one session.

    Parameters
    ----------
    session_id
        Its id.
    kept
        Number of entries, from the first one on, whose hashes fit.
    left
        Number of entries found behind a gap or an altered one.
    """

    session_id: str
    kept: int
    left: int


def salvage(damaged: Path, target: Path) -> list[Salvaged]:
    """Copy what is whole in a damaged session file into a new one.

    Of each session all entries from the first to the last one whose hash fits are kept, so that
    what is kept is what was recorded. The damaged file is only read.

    Raises
    ------
    OptwidgetsError
        When nothing can be read, or the new file is there already.

    Examples
    --------
    >>> import tempfile
    >>> from optwidgets.session import OptimizationSession
    >>> folder = Path(tempfile.mkdtemp())
    >>> session = OptimizationSession.open(folder / "hurt.db", name="Reactor")
    >>> session.close()
    >>> [found.kept for found in salvage(folder / "hurt.db", folder / "new.db")]
    [1]
    """
    if target.exists():
        raise OptwidgetsError(f"There is a file {target.name} already. Give a new name.")
    if not damaged.is_file():
        raise OptwidgetsError(f"There is no file {damaged}.")
    found = _entries(damaged)
    created = _creation_times(damaged)
    if not found:
        raise OptwidgetsError(f"Nothing can be read in {damaged.name}. Restore a backup of it.")
    database = Database(target)
    results: list[Salvaged] = []
    try:
        for session_id, stored in found.items():
            kept = _whole(session_id, stored)
            results.append(Salvaged(session_id, len(kept), len(stored) - len(kept)))
            lines = lines_of(session_id, kept)
            with database.writing() as connection:
                connection.execute(
                    sa.insert(sessions_table).values(
                        id=session_id, created_at=created.get(session_id) or now()
                    )
                )
                if lines:
                    connection.execute(sa.insert(entries_table), lines)
    finally:
        database.close()
    return results


def is_sound(path: Path) -> bool:
    """Return whether the pages of a file fit together, so that no entry can have been lost unseen.

    Examples
    --------
    >>> import tempfile
    >>> from optwidgets.session import OptimizationSession
    >>> path = Path(tempfile.mkdtemp()) / "whole.db"
    >>> OptimizationSession.open(path, name="Reactor").close()
    >>> is_sound(path)
    True
    """
    with _reading(path) as connection, contextlib.suppress(*_DAMAGE):
        return bool(connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
    return False


def _entries(path: Path) -> dict[str, list[Stored]]:
    """Return the entries that can be read: from both ends of the table up to the damage."""
    found: dict[str, dict[int, Stored]] = defaultdict(dict)
    for order in ("ASC", "DESC"):
        with _reading(path) as connection, contextlib.suppress(*_DAMAGE):
            query = f"SELECT {_COLUMNS} FROM entries ORDER BY rowid {order}"  # noqa: S608
            for session_id, *values in connection.execute(query):
                with contextlib.suppress(TypeError, ValueError):
                    entry = Stored(*values)
                    found[str(session_id)].setdefault(int(entry.revision), entry)
    return {key: [of[number] for number in sorted(of)] for key, of in found.items()}


def _creation_times(path: Path) -> dict[str, str]:
    with _reading(path) as connection, contextlib.suppress(*_DAMAGE):
        return dict(connection.execute("SELECT id, created_at FROM sessions").fetchall())
    return {}


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        yield connection
    finally:
        connection.close()


def _whole(session_id: str, stored: list[Stored]) -> list[Stored]:
    """Return the entries up to the first that is missing, altered or cannot be read."""
    kept: list[Stored] = []
    for entry in stored:
        try:
            check_chain(kept[-1] if kept else session_id, [entry], where="The file")
            decode_change(entry.body)
        except (OptwidgetsError, TypeError):
            break
        kept.append(entry)
    return kept
