"""The tables of SigOpt's API: which session an experiment is, and the free data of its rows."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from optwidgets.journal.database import sessions_table
from optwidgets.journal.entry import canonical_json
from optwidgets.server.errors import NotFound
from optwidgets.server.sigopt.experiment import Experiment, epoch
from optwidgets.server.sigopt.tables import experiments_table, rows_table
from optwidgets.server.tables import cards_table

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState

FIRST_CLIENT = "1"
OWNER = "1"
#: SQLite and PostgreSQL count to here.
LARGEST_ID = 2**31 - 1
MARKS_AT_ONCE = 500


@dataclass(frozen=True)
class Record:
    """One line of the table of experiments."""

    id: int
    session_id: str
    client: str
    owner: str
    project: str | None
    deleted: bool
    created: str
    last_change: str

    def view(self, state: SessionState) -> Experiment:
        """Return the experiment with its state."""
        return Experiment(
            id=self.id,
            session_id=self.session_id,
            state=state,
            client=self.client,
            user=self.owner,
            project=self.project,
            deleted=self.deleted,
            updated=epoch(self.last_change),
        )


def read_id(text: str, what: str) -> int:
    """Read an id of a route.

    Raises
    ------
    NotFound
        For one that is no number, as for one that is not there.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > LARGEST_ID:
        raise NotFound(f"There is no {what} {text[:40]!r}.")
    return int(text)


def find(connection: sa.Connection, text: str) -> Record:
    """Return the record of an experiment.

    Raises
    ------
    NotFound
        When there is none of that number.
    """
    number = read_id(text, "experiment")
    found = connection.execute(_FIND, {"number": number}).first()
    if found is None:
        raise NotFound(f"There is no experiment {number}.")
    return _record(found)


def of_session(connection: sa.Connection, session_id: str) -> Record | None:
    """Return the record of a session, or None if no client has seen it yet."""
    mine = experiments_table.c.session_id == session_id
    found = connection.execute(_records().where(mine)).first()
    return None if found is None else _record(found)


def add(
    connection: sa.Connection,
    session_id: str,
    *,
    client: str = FIRST_CLIENT,
    project: str | None = None,
    runs_only: bool | None = None,
) -> int:
    """Give a session a number, and return it."""
    values = {
        "session_id": session_id,
        "client": client,
        "owner": OWNER,
        "project": project,
        "deleted": 0,
        "runs_only": None if runs_only is None else int(runs_only),
    }
    done = connection.execute(sa.insert(experiments_table).values(values))
    key = done.inserted_primary_key
    assert key is not None
    return int(key[0])


def add_all(connection: sa.Connection) -> None:
    """Give every session a number that has none: those of notebooks and of other APIs."""
    known = sa.select(experiments_table.c.session_id)
    missing = (
        sa.select(sessions_table.c.id)
        .where(sessions_table.c.id.not_in(known))
        .order_by(sessions_table.c.created_at, sessions_table.c.id)
    )
    for session_id in list(connection.execute(missing).scalars()):
        add(connection, session_id)


def has_unknown(connection: sa.Connection) -> bool:
    """Whether there is a session without a number."""
    known = sa.select(experiments_table.c.session_id)
    query = sa.select(sessions_table.c.id).where(sessions_table.c.id.not_in(known)).limit(1)
    return connection.execute(query).first() is not None


def undecided(connection: sa.Connection) -> list[Record]:
    """Return those of which it is not written down yet whether they are of training runs."""
    query = _records().where(experiments_table.c.runs_only.is_(None))
    return [_record(row) for row in connection.execute(query)]


def change(connection: sa.Connection, number: int, **values: Any) -> None:
    """Change ``project``, ``deleted`` or ``runs_only`` of an experiment."""
    if values:
        mine = experiments_table.c.id == number
        connection.execute(sa.update(experiments_table).where(mine).values(values))


def list_records(
    connection: sa.Connection,
    *,
    client: str | None = None,
    project: str | None = None,
    user: str | None = None,
    state: str = "active",
    search: str | None = None,
    runs_only: bool | None = None,
    recent: bool = False,
    sessions: Collection[str] | None = None,
) -> list[Record]:
    """Return experiments, the newest first.

    Parameters
    ----------
    client, project, user
        Only those of one.
    state
        ``active``, ``deleted`` or ``all``.
    search
        Only those with it in their name; capitals and spaces around it do not count.
    runs_only
        Only those of training runs, or only the others.
    recent
        The last changed first, not the last made.
    sessions
        Only these, for a token that is good for some sessions.
    """
    line = experiments_table.c
    query = _records().order_by(*_order(recent=recent))
    for column, wanted in ((line.client, client), (line.project, project), (line.owner, user)):
        if wanted is not None:
            query = query.where(column == wanted)
    if state != "all":
        query = query.where(line.deleted == int(state == "deleted"))
    if runs_only is not None:
        query = query.where(line.runs_only == int(runs_only))
    if search and search.strip():
        query = query.where(cards_table.c.name.icontains(search.strip(), autoescape=True))
    if sessions is not None:
        query = query.where(line.session_id.in_(list(sessions)))
    return [_record(row) for row in connection.execute(query)]


def _order(*, recent: bool) -> list[sa.ColumnElement[Any]]:
    made = experiments_table.c.id.desc()
    return [cards_table.c.last_change.desc().nulls_last(), made] if recent else [made]


def _records() -> sa.Select[Any]:
    mine = experiments_table.c.session_id
    return (
        sa.select(experiments_table, sessions_table.c.created_at, cards_table.c.last_change)
        .join(sessions_table, sessions_table.c.id == mine)
        .join(cards_table, cards_table.c.session_id == mine, isouter=True)
    )


# Every request of a client asks this; building the query costs more than it does.
_FIND = _records().where(experiments_table.c.id == sa.bindparam("number"))


def _record(row: sa.Row[Any]) -> Record:
    return Record(
        id=row.id,
        session_id=row.session_id,
        client=row.client,
        owner=row.owner,
        project=row.project,
        deleted=bool(row.deleted),
        created=row.created_at,
        last_change=row.last_change or "",
    )


# ------------------------------------------------------------ free data of rows


def marks_of(
    connection: sa.Connection, session_id: str, numbers: Collection[int] | None = None
) -> dict[int, dict[str, Any]]:
    """Return the free data of rows: of some, or of all that have any."""
    query = sa.select(rows_table.c.row, rows_table.c.data).where(
        rows_table.c.session_id == session_id
    )
    if numbers is not None:
        if len(numbers) > MARKS_AT_ONCE:
            wanted = set(numbers)
            found = marks_of(connection, session_id)
            return {number: mark for number, mark in found.items() if number in wanted}
        query = query.where(rows_table.c.row.in_(list(numbers)))
    return {int(row.row): json.loads(row.data) for row in connection.execute(query)}


def mark(
    connection: sa.Connection, session_id: str, number: int, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Set free data of a row; None takes a value away. Returns all of it."""
    mine = (rows_table.c.session_id == session_id, rows_table.c.row == number)
    text = connection.execute(sa.select(rows_table.c.data).where(*mine)).scalar()
    found: dict[str, Any] = ({} if text is None else json.loads(text)) | dict(values)
    found = {key: value for key, value in found.items() if value is not None}
    if text is not None:
        connection.execute(sa.update(rows_table).where(*mine).values(data=canonical_json(found)))
    elif found:
        connection.execute(
            sa.insert(rows_table).values(
                session_id=session_id, row=number, data=canonical_json(found)
            )
        )
    return found


def forget_marks(connection: sa.Connection, session_id: str, numbers: Collection[int]) -> None:
    """Forget the free data of rows that went."""
    mine = rows_table.c.session_id == session_id
    for number in numbers:
        connection.execute(sa.delete(rows_table).where(mine, rows_table.c.row == number))
