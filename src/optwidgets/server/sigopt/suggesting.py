"""Handing out suggestions: queued ones first, then by the model, and never waiting long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from optwidgets.data.edits import RowsAdded, RowsRemoved
from optwidgets.data.row import Row
from optwidgets.errors import InfeasibleRegionError
from optwidgets.journal.acting import acting
from optwidgets.journal.changes import SuggestionsMade
from optwidgets.server.errors import NotFound, ServerError
from optwidgets.server.sigopt import records
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.experiment import Experiment
from optwidgets.server.sigopt.proposing import (
    MANUAL,
    QUEUED,
    needs_model,
    proposed_row,
    read_point,
    suggest_arguments,
    without_model,
)
from optwidgets.server.sigopt.reading import Fields, read_metadata
from optwidgets.server.sigopt.rows import NO_MARKS, is_open, is_queued, is_suggestion

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.server.host import Host
    from optwidgets.server.transaction import Transaction

log = logging.getLogger(__name__)

LATE = "The model gave no suggestion in time: the point covers the space evenly."
#: Seconds beyond the deadline of a computation after which nobody waits for it any more.
GRACE = 5.0

_locks: WeakKeyDictionary[Host, WeakValueDictionary[str, asyncio.Lock]] = WeakKeyDictionary()


def turn(host: Host, session_id: str) -> asyncio.Lock:
    """Return the lock under which points of a session are proposed, one after the other.

    Two that were proposed from the same state would be the same point.
    """
    of_host = _locks.setdefault(host, WeakValueDictionary())
    lock = of_host.get(session_id)
    if lock is None:
        lock = of_host[session_id] = asyncio.Lock()
    return lock


@dataclass(frozen=True)
class Handed:
    """A suggestion with its experiment and what is kept beside it."""

    experiment: Experiment
    row: Row
    mark: Mapping[str, Any]


class Suggestions(Desk):
    """Suggestions and queued suggestions of experiments."""

    async def suggest(
        self,
        number: str,
        data: Any = None,
        *,
        worker: str | None = None,
        key: str | None = None,
    ) -> Handed:
        """Hand out a suggestion.

        Parameters
        ----------
        number
            The experiment.
        data
            Empty for the optimiser, or ``assignments`` (with ``task``) by hand; ``metadata``.
        worker
            Who asks (v0): it gets the same suggestion until it reports.
        key
            Idempotency key, or None.

        Raises
        ------
        OptwidgetsError
            For a point by hand that is not possible, or a grid that is complete.
        """
        body = Fields(
            data or {}, "The suggestion", ("assignments", "task", "metadata", "no_optimize")
        )
        metadata = read_metadata(body.object("metadata") or {}, "The suggestion")
        kept = {"suggestion_metadata": metadata or None, "worker": worker}
        record = await self.host.read(lambda connection: records.find(connection, number))
        if body.has("assignments"):
            return await self._write(number, self._by_hand(body.data), kept, key)
        async with turn(self.host, record.session_id):
            ready = await self._ready(number, kept, worker, key)
            if ready is not None:
                return ready
            experiment = await self.experiment(number)
            if needs_model(experiment):
                rows = await self._by_model(experiment, key)
                if rows:
                    return await self._marked(number, rows[0], kept)
                return await self._even(experiment, kept, key, LATE)
            return await self._even(experiment, kept, key, "")

    async def suggest_several(
        self, number: str, count: int, *, key: str | None = None
    ) -> list[Handed]:
        """Hand out several different suggestions: by the model as one batch."""
        record = await self.host.read(lambda connection: records.find(connection, number))
        found: list[Handed] = []
        experiment = await self.experiment(number)
        if count > 1 and needs_model(experiment) and not experiment.tasks:
            async with turn(self.host, record.session_id):
                rows = await self._by_model(experiment, key, count)
            found += [await self._marked(number, row, {}) for row in rows]
        rest = [None if key is None else f"{key} {place}" for place in range(len(found), count)]
        return found + [await self.suggest(number, key=own) for own in rest]

    async def _ready(
        self, number: str, kept: Mapping[str, Any], worker: str | None, key: str | None
    ) -> Handed | None:
        """Return what needs no computing: a repeat, the worker's own, or the queue's first."""

        def operation(tx: Transaction) -> Handed | None:
            record, session = self.opened(tx, number)
            table = session.state.table
            row = _known(tx, record.session_id, self._key(key))
            marks = None
            if row is None:
                pending = table.pending()
                numbers = [item.id for item in pending]
                marks = records.marks_of(tx.connection, record.session_id, numbers)
                mine = [r for r in pending if worker and _held_by(r, marks, worker)]
                queue = [r for r in pending if is_queued(r, marks.get(r.id, NO_MARKS))]
                found = (mine or queue)[:1]
                if not found:
                    return None
                row = found[0].id
            mark = records.mark(
                tx.connection, record.session_id, row, {"queued": None, **_given(kept)}
            )
            return Handed(record.view(session.state), table.row(row), mark)

        return await self.host.write(operation)

    async def _by_model(self, experiment: Experiment, key: str | None, count: int = 1) -> list[int]:
        """Return the rows of points by the model; none if there were none in time."""
        seconds = self.host.settings.deadline_seconds
        try:
            computed = await asyncio.wait_for(
                self.host.compute(
                    experiment.session_id,
                    "suggest",
                    suggest_arguments(experiment, seconds, count),
                    principal=self.principal,
                    key=self._key(key),
                    timeout=seconds,
                ),
                seconds + GRACE,
            )
            return [int(row) for row in computed.result["rows"]]
        except InfeasibleRegionError:
            raise
        except Exception:
            # A campaign must go on: without a model there are still sensible points.
            log.info("No suggestion by the model.", exc_info=True)
            return []

    async def _even(
        self, experiment: Experiment, kept: Mapping[str, Any], key: str | None, why: str
    ) -> Handed:
        made = await asyncio.to_thread(without_model, experiment, why)
        change = RowsAdded((made,)) if isinstance(made, Row) else made
        return await self._write(str(experiment.id), lambda _: change, kept, key)

    def _by_hand(self, data: Any) -> Callable[[Experiment], RowsAdded]:
        def change(experiment: Experiment) -> RowsAdded:
            inputs, _ = read_point(data, experiment, "The suggestion")
            return RowsAdded((proposed_row(experiment, inputs, MANUAL),))

        return change

    async def _write(
        self,
        number: str,
        make: Callable[[Experiment], RowsAdded | SuggestionsMade],
        kept: Mapping[str, Any],
        key: str | None,
    ) -> Handed:
        """Put a point into the table."""

        def operation(tx: Transaction) -> Handed:
            record, session = self.opened(tx, number)
            with acting(self.principal.actor(), key=self._key(key)):
                entries = session.commit([make(record.view(session.state))])
            row = _row_of(entries)
            mark = records.mark(tx.connection, record.session_id, row, kept)
            return Handed(record.view(session.state), session.state.table.row(row), mark)

        return await self.host.write(operation)

    async def _marked(self, number: str, row: int, kept: Mapping[str, Any]) -> Handed:
        if not _given(kept):
            experiment = await self.experiment(number)
            return Handed(experiment, experiment.state.table.row(row), NO_MARKS)

        def operation(tx: Transaction) -> Handed:
            record, session = self.opened(tx, number)
            mark = records.mark(tx.connection, record.session_id, row, kept)
            return Handed(record.view(session.state), session.state.table.row(row), mark)

        return await self.host.write(operation)

    def _key(self, key: str | None) -> str | None:
        return None if key is None else f"sigopt {self.principal.id} {key}"

    # ------------------------------------------------------------ the queue

    async def queue(self, number: str, data: Any, *, key: str | None = None) -> Handed:
        """Queue a point: the next suggestion that is asked for is this one."""

        def change(experiment: Experiment) -> RowsAdded:
            inputs, _ = read_point(data, experiment, "The queued suggestion")
            return RowsAdded((proposed_row(experiment, inputs, QUEUED),))

        return await self._write(number, change, {"queued": True}, key)

    # ------------------------------------------------------------ one suggestion

    async def change_metadata(self, number: str, row: str, data: Any) -> Handed:
        """Replace the metadata of a suggestion: all that can change of it."""
        fields = Fields(data, "The suggestion", ("metadata", "no_optimize"))
        metadata = fields.metadata()

        def operation(tx: Transaction) -> Handed:
            record, session = self.opened(tx, number)
            found = find_row(record.view(session.state), row, "suggestion")
            mark = records.marks_of(tx.connection, record.session_id, [found.id]).get(found.id, {})
            if not is_suggestion(found, mark):
                raise NotFound(f"There is no suggestion {row[:20]} in the experiment {number}.")
            mark = records.mark(
                tx.connection,
                record.session_id,
                found.id,
                {"suggestion_metadata": metadata or None},
            )
            return Handed(record.view(session.state), found, mark)

        return await self.host.write(operation)

    async def remove(
        self, number: str, which: Callable[[Row, Mapping[str, Any]], bool], row: str | None = None
    ) -> None:
        """Delete suggestions: open rows go, closed ones stay as observations of their own.

        Parameters
        ----------
        which
            What a row must be, such as `is_open`.
        row
            Only this one; it must be there.
        """

        def operation(tx: Transaction) -> dict[str, Any]:
            record, session = self.opened(tx, number)
            experiment = record.view(session.state)
            marks = records.marks_of(tx.connection, record.session_id)
            rows = list(session.state.table) if row is None else [find_row(experiment, row)]
            found = [item for item in rows if which(item, marks.get(item.id, NO_MARKS))]
            if row is not None and not found:
                raise NotFound(f"There is no suggestion {row[:20]} in the experiment {number}.")
            gone = [item.id for item in found if item.is_pending]
            if gone:
                session.commit([RowsRemoved(tuple(gone))])
                records.forget_marks(tx.connection, record.session_id, gone)
            for item in found:
                if not item.is_pending:
                    records.mark(tx.connection, record.session_id, item.id, {"hidden": True})
            return {}

        await self.once(operation, None)

    # ------------------------------------------------------------ workers (v0)

    async def workers(self, number: str) -> list[tuple[str, Handed]]:
        """Return who holds which suggestion."""
        experiment = await self.experiment(number)
        marks = await self.marks(experiment)
        return [
            (str(marks[row.id]["worker"]), Handed(experiment, row, marks[row.id]))
            for row in experiment.state.table.pending()
            if marks.get(row.id, NO_MARKS).get("worker")
        ]

    async def release(self, number: str, worker: str) -> None:
        """Take a worker's suggestions away; they stay open, for nobody."""

        def operation(tx: Transaction) -> dict[str, Any]:
            record, _ = self.opened(tx, number)
            marks = records.marks_of(tx.connection, record.session_id)
            for row, mark in marks.items():
                if mark.get("worker") == worker:
                    records.mark(tx.connection, record.session_id, row, {"worker": None})
            return {}

        await self.once(operation, None)


def find_row(experiment: Experiment, text: str, what: str = "suggestion") -> Row:
    """Return a row by the id in a route.

    Raises
    ------
    NotFound
        When there is none.
    """
    number = records.read_id(text, what)
    row = experiment.state.table.rows.get(number)
    if row is None:
        raise NotFound(f"There is no {what} {number} in the experiment {experiment.id}.")
    return row


def _known(tx: Transaction, session_id: str, key: str | None) -> int | None:
    """Row that a key made before."""
    if key is None:
        return None
    entries = tx.journal(session_id).with_key(key)
    return _row_of(entries) if entries else None


def _row_of(entries: list[Entry]) -> int:
    for entry in entries:
        if isinstance(entry.change, RowsAdded | SuggestionsMade) and entry.change.rows:
            return entry.change.rows[0].id
    raise ServerError("The Idempotency-Key was used for another request. Use a new one.")


def _given(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if value is not None}


def _held_by(row: Row, marks: Mapping[int, Mapping[str, Any]], worker: str) -> bool:
    mark = marks.get(row.id, NO_MARKS)
    return is_open(row, mark) and mark.get("worker") == worker
