"""From what a user writes, a file name or an address, to a journal."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.protocol import Journal, JournalError
from optwidgets.journal.state import SessionState, initial_state, reduce
from optwidgets.space.text import short

if TYPE_CHECKING:
    import pandas as pd
    import sqlalchemy as sa

MAX_FILE_NAME = 240  # bytes; file systems take 255, and SQLite adds "-wal"
# Addresses that are planned, so that the sentence can say so. No claim is made that
# they work.
_LATER = ("postgresql", "postgres")


@dataclass(frozen=True)
class SessionSummary:
    """One line of the list of sessions in a file."""

    id: str
    name: str
    rows: int
    results: int
    variables: int
    created: str
    last_change: str


def path_of(location: str | PathLike[str]) -> Path:
    """Return the file that a location means.

    Examples
    --------
    >>> path_of("sqlite:///reactor.db").name
    'reactor.db'
    >>> path_of("postgresql://host/db")
    Traceback (most recent call last):
    ...
    optwidgets.journal.protocol.JournalError: Sessions at postgresql addresses are not \
supported yet. Give the name of a file, such as reactor.db.
    """
    if not isinstance(location, str | PathLike):
        raise JournalError(f"Give the name of a file, such as reactor.db, not {location!r:.40}.")
    text = str(location)
    scheme, separator, rest = text.partition("://")
    if separator:
        if scheme == "sqlite":
            text = rest.removeprefix("/")
        elif scheme in {"http", "https"}:
            raise JournalError(
                f"{short(text)} is a server. Use OptimizationSession.attach(...), or persist() to "
                "bring a session there."
            )
        elif scheme in _LATER:
            raise JournalError(
                f"Sessions at {scheme} addresses are not supported yet. Give the name of a "
                "file, such as reactor.db."
            )
        else:
            raise JournalError(f"{scheme}:// is no place for a session. Give the name of a file.")
    if not text.strip():
        raise JournalError("Give the name of a file, such as reactor.db.")
    if "\x00" in text or max(map(len, text.encode(errors="replace").split(b"/"))) > MAX_FILE_NAME:
        raise JournalError(f"{short(text)} is no possible name of a file. Use another one.")
    return Path(text).expanduser().absolute()


def summaries(location: str | PathLike[str]) -> list[SessionSummary]:
    """Return what sessions a file holds, the one that changed last first."""
    import sqlalchemy as sa

    from optwidgets.journal.database import Database, sessions_table
    from optwidgets.journal.opening import state_in
    from optwidgets.journal.snapshot_lines import load_snapshot
    from optwidgets.journal.sql import read_entries

    database = Database(path_of(location), create=False)
    found: list[SessionSummary] = []
    try:
        with database.reading() as connection:
            known = connection.execute(sa.select(sessions_table)).all()
            for session_id, created_at in known:
                kept = state_in(session_id, load_snapshot(connection, session_id))
                state = kept or initial_state(session_id, created_at)
                last = _time_of(connection, session_id, state.revision) or created_at
                for entry in read_entries(connection, session_id, database.name, state.revision):
                    state = reduce(state, entry)
                    last = entry.at
                found.append(summary(state, session_id, created_at, last))
    finally:
        database.close()
    return sorted(found, key=lambda line: line.last_change, reverse=True)


def _time_of(connection: sa.Connection, session_id: str, revision: int) -> str | None:
    from optwidgets.journal.database import entries_table

    at: str | None = connection.execute(
        entries_table.select()
        .with_only_columns(entries_table.c.at)
        .where(entries_table.c.session_id == session_id, entries_table.c.revision == revision)
    ).scalar()
    return at


def as_frame(lines: Iterable[SessionSummary]) -> pd.DataFrame:
    """Return the list of sessions as a table."""
    import pandas as pd

    columns = list(SessionSummary.__dataclass_fields__)
    frame = pd.DataFrame(
        [[getattr(line, name) for name in columns] for line in lines],
        columns=columns,
    )
    for name in ("created", "last_change"):
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame


def names(path: Path) -> dict[str, str]:
    """Return the sessions of a file, id to name, without reading their data."""
    import sqlalchemy as sa

    from optwidgets.journal.changes import FieldsChanged, MetadataChanged, decode_change
    from optwidgets.journal.database import Database, entries_table, sessions_table

    database = Database(path, create=False, check="pages")
    # How `encode_change` begins such a change.
    begins = f'["{MetadataChanged.__name__}",'
    renames = (
        sa.select(entries_table.c.session_id, entries_table.c.body)
        .where(entries_table.c.body.startswith(begins, autoescape=True))
        .order_by(entries_table.c.revision)
    )
    try:
        with database.reading() as connection:
            found = {row.id: "" for row in connection.execute(sa.select(sessions_table))}
            for session_id, body in connection.execute(renames):
                if session_id not in found:  # damage, which is told when it is opened
                    continue
                change = decode_change(body)
                assert isinstance(change, FieldsChanged)
                fields = change.apply_to({"name": found[session_id]})
                found[session_id] = str(fields.get("name", ""))
    finally:
        database.close()
    return found


def _first_sessions(path: Path) -> list[str]:
    """Return the ids of two sessions of a file, or of as many as there are."""
    import sqlalchemy as sa

    from optwidgets.journal.database import Database, sessions_table

    # The file is opened once more for its journal, and looked through then.
    database = Database(path, create=False, check="nothing")
    try:
        with database.reading() as connection:
            return list(connection.execute(sa.select(sessions_table.c.id).limit(2)).scalars())
    finally:
        database.close()


def choose_session(
    location: str | PathLike[str], name: str | None = None
) -> tuple[Path, str, bool]:
    """Return file and id of the session that is meant, and whether it is still to be begun.

    Without a name the only session of the file is meant, or a first one. The name may
    also be the id of a session.
    """
    path = path_of(location)
    there = path.exists() and path.stat().st_size
    if name is None and there and len(first := _first_sessions(path)) < 2:
        return path, first[0] if first else str(uuid.uuid4()), not first
    known = names(path) if there else {}
    if name is None:
        if len(known) > 1:
            listed = ", ".join(repr(known[key] or key) for key in list(known)[:8])
            raise OptwidgetsError(
                f"{path.name} holds {len(known)} sessions: {listed}. Say which one with name=..."
            )
        chosen = list(known)
    else:
        chosen = [key for key, known_name in known.items() if name in {known_name, key}]
        if len(chosen) > 1:
            raise OptwidgetsError(
                f"{path.name} holds {len(chosen)} sessions named {name!r}. Say which one by its "
                f"id: {', '.join(chosen)}."
            )
    session_id = chosen[0] if chosen else str(uuid.uuid4())
    return path, session_id, not chosen


def open_journal(location: str | PathLike[str], name: str | None = None) -> tuple[Journal, bool]:
    """Open the journal of a session in a file; say whether it was just begun.

    Takes what `choose_session` takes.
    """
    from optwidgets.journal.sql import SqlJournal

    path, session_id, is_new = choose_session(location, name)
    return SqlJournal(path, session_id), is_new


def summary(state: SessionState, session_id: str, created_at: str, last: str) -> SessionSummary:
    """Return the line of a session in a list of them."""
    counts: dict[str, Any] = state.table.counts
    return SessionSummary(
        id=session_id,
        name=state.name,
        rows=len(state.table),
        results=counts["done"],
        variables=len(state.space),
        created=created_at,
        last_change=last,
    )
