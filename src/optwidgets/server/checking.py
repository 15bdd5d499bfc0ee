"""Looking whether a PostgreSQL database is whole; `optwidgets doctor` reads files by itself."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import from_stored
from optwidgets.journal.database import sessions_table
from optwidgets.journal.lines import read_stored
from optwidgets.server.database import in_words
from optwidgets.server.postgres import Postgres
from optwidgets.server.tables import cards_table


class PostgresChecked:
    """A PostgreSQL database that is read and not changed, not even migrated.

    A server may go on writing to it.

    Parameters
    ----------
    location
        Its ``postgresql://`` address.
    """

    def __init__(self, location: str) -> None:
        database = Postgres(location)
        self._engine = database.engine()
        self.name = database.name
        """What it is called where others read it: its address without user and password."""

    def sessions(self) -> Iterator[tuple[str, int]]:
        """Check one session after the other; give its name and number of entries.

        Raises
        ------
        OptwidgetsError
            When the database cannot be reached or holds no sessions, or when an entry is missing,
            was altered, or cannot be read.
        """
        cards = sessions_table.outerjoin(
            cards_table, cards_table.c.session_id == sessions_table.c.id
        )
        query = (
            sa.select(sessions_table.c.id, cards_table.c.name)
            .select_from(cards)
            .order_by(sessions_table.c.created_at.desc(), sessions_table.c.id)
        )
        try:
            with in_words(self.name), self._engine.connect() as connection:
                connection.execute(
                    sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                )
                if not sa.inspect(connection).has_table(sessions_table.name):
                    raise OptwidgetsError(
                        f"{self.name} holds no sessions: no server of optwidgets has used it yet."
                    )
                for session_id, name in connection.execute(query).all():
                    stored = read_stored(connection, session_id)
                    for entry in stored:
                        from_stored(entry)
                    yield name or session_id, len(stored)
        finally:
            self._engine.dispose()
