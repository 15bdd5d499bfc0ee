"""Undo and redo of large steps: worked out beside the writer, taken by it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import from_stored
from optwidgets.journal.foreseeing import foresee, is_light
from optwidgets.journal.lines import read_stored
from optwidgets.server.errors import Unavailable

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.foreseeing import Foreseen, Way
    from optwidgets.journal.state import SessionState
    from optwidgets.journal.undo import UndoableStep
    from optwidgets.server.answers import Once
    from optwidgets.server.host import Host
    from optwidgets.server.transaction import Transaction


class Stepping:
    """Works out large steps beforehand, one at a time in a session.

    Parameters
    ----------
    host
        Whose sessions.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def ahead(self, session_id: str, way: Way, once: Once) -> AsyncIterator[Foreseen | None]:
        """Work out the next step, for `foreseeing` in the block; None if it is a light one.

        Who asks for the same session meanwhile waits until the block has ended: the step after
        this one is theirs.
        """
        turn = self._turns.setdefault(session_id, asyncio.Lock())
        async with turn:
            yield await self._foresee(session_id, way, once)

    async def _foresee(self, session_id: str, way: Way, once: Once) -> Foreseen | None:
        def look(tx: Transaction) -> tuple[UndoableStep, SessionState] | None:
            folded = tx.fold_of(session_id)
            stacks = folded.stacks
            step = stacks.next_undo if way == "undo" else stacks.next_redo
            return None if step is None or is_light(step, way) else (step, folded.state)

        found = await self._host.write(look)
        if found is None or await self._host.answered(once) is not None:
            return None
        step, before = found
        # What is wrong with it is found again, and said, where it is taken.
        with contextlib.suppress(OptwidgetsError):
            return await asyncio.to_thread(
                foresee, step, way, before, lambda after: self._read(session_id, after)
            )
        return None

    def _read(self, session_id: str, after: int) -> Iterator[Entry]:
        with self._host.database.reading() as connection:
            stored = read_stored(connection, session_id, after)
        for one in stored:
            if self._host.closing.is_set():
                raise Unavailable("The server is stopping. Repeat when it is back.")
            yield from_stored(one)
