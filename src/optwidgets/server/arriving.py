"""Journals that arrive in parts: kept aside, byte after byte, until they are whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from optwidgets.journal.entry import now
from optwidgets.server.errors import Conflict, TooLarge
from optwidgets.server.tables import arriving_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optwidgets.server.transaction import Transaction

LONGEST = 1 << 30
"""Bytes of a journal: all of it is in memory when it becomes a session."""
KEPT_DAYS = 7
"""For so long somebody may take to go on with a journal that was begun."""

_column = arriving_table.c


class Arriving:
    """What has arrived of one journal.

    Parameters
    ----------
    session_id
        Of the session that it will be.
    principal
        Id of who sends it; what others send under the same id is another journal.
    """

    def __init__(self, session_id: str, principal: str) -> None:
        self._key = {"session_id": session_id, "principal": principal}
        self._mine = sa.and_(_column.session_id == session_id, _column.principal == principal)

    def size(self, connection: sa.Connection) -> int:
        """Count the bytes that are there."""
        end = sa.func.max(_column.start + _column.size)
        return int(connection.execute(sa.select(end).where(self._mine)).scalar() or 0)

    def parts(self, connection: sa.Connection) -> Iterator[bytes]:
        """Return what is there, part by part, in order."""
        query = sa.select(_column.body).where(self._mine).order_by(_column.start)
        for row in connection.execute(query):
            yield bytes(row.body)

    def add(self, tx: Transaction, start: int, body: bytes) -> int:
        """Put a part after those that are there, and count the bytes; the first begins anew.

        Raises
        ------
        Conflict
            When another byte is the next one. The part that came last may come again.
        TooLarge
            When no journal is that long.
        """
        if start + len(body) > LONGEST:
            raise TooLarge(f"A journal has at most {LONGEST >> 20} MB.")
        if start == 0:
            self.clear(tx)
        there = self.size(tx.connection)
        if start != there:
            if start + len(body) == there and self._at(tx, start) == body:
                return there
            raise Conflict(f"The next byte of this journal is number {there}, not {start}.")
        line = {**self._key, "start": start, "size": len(body), "body": body, "at": now()}
        tx.connection.execute(sa.insert(arriving_table), [line])
        return there + len(body)

    def clear(self, tx: Transaction) -> None:
        """Forget what is there, and what others have begun long ago."""
        old = (datetime.now(UTC) - timedelta(days=KEPT_DAYS)).isoformat()
        tx.connection.execute(sa.delete(arriving_table).where(sa.or_(self._mine, _column.at < old)))

    def _at(self, tx: Transaction, start: int) -> bytes | None:
        query = sa.select(_column.body).where(self._mine, _column.start == start)
        found = tx.connection.execute(query).scalar()
        return None if found is None else bytes(found)
