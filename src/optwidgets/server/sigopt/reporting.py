"""Taking observations, and everything that clients do with them afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import RowEdit, RowsEdited, RowsRemoved
from optwidgets.data.recording import now
from optwidgets.data.row import Row
from optwidgets.errors import OptwidgetsError
from optwidgets.server.errors import NotFound, ServerError
from optwidgets.server.sigopt import records
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.experiment import OBSERVED, Experiment
from optwidgets.server.sigopt.observing import (
    KEYS,
    Observed,
    noise_of,
    read_assignments,
    read_batch,
    read_observation,
    read_task,
    read_values,
    record,
)
from optwidgets.server.sigopt.reading import Fields
from optwidgets.server.sigopt.rows import NO_MARKS, observation_json
from optwidgets.server.sigopt.suggesting import find_row

if TYPE_CHECKING:
    from optwidgets.server.transaction import Transaction


class Observations(Desk):
    """Observations of experiments: rows that are done or have failed."""

    async def observe(self, number: str, data: Any, *, key: str | None = None) -> dict[str, Any]:
        """Record an observation, and return it as clients read it."""

        def operation(tx: Transaction) -> dict[str, Any]:
            return self._record(
                tx, number, lambda experiment: [read_observation(data, experiment)]
            )[0]

        return await self.once(operation, key, "observe", number, data)

    async def observe_batch(
        self, number: str, data: Any, *, key: str | None = None
    ) -> list[dict[str, Any]]:
        """Record several observations, all or nothing; with ``dry_run`` only check them."""
        # Checking thousands of lines takes a while: not in the thread in which everybody writes.
        before = await self.experiment(number)
        checked = await asyncio.to_thread(read_batch, data, before)

        def read(experiment: Experiment) -> Sequence[Observed]:
            return checked if experiment.measures_as(before) else read_batch(data, experiment)

        def operation(tx: Transaction) -> dict[str, Any]:
            if data.get("dry_run") is True:
                self.opened(tx, number)
                return {"data": []}
            return {"data": self._record(tx, number, read)}

        found = await self.once(operation, key, "batch", number, data)
        return list(found["data"])

    def _record(self, tx: Transaction, number: str, read: Any) -> list[dict[str, Any]]:
        rec, session = self.opened(tx, number)
        experiment = rec.view(session.state)
        observed: Sequence[Observed] = read(experiment)
        found = record(experiment, observed)
        if found.changes:
            session.commit(found.changes)
        marks = {
            row: records.mark(tx.connection, rec.session_id, row, mark)
            for row, mark in found.marks.items()
        }
        after = rec.view(session.state)
        return [
            observation_json(after, after.state.table.row(row), marks.get(row, NO_MARKS))
            for row in found.rows
        ]

    async def observation(self, number: str, row: str) -> dict[str, Any]:
        """Return one observation as clients read it.

        Raises
        ------
        NotFound
            When there is no row of that id, or it has no result yet.
        """
        experiment = await self.experiment(number)
        found = _observed_row(experiment, row)
        marks = await self.marks(experiment, [found.id])
        return observation_json(experiment, found, marks.get(found.id, NO_MARKS))

    async def update_observation(self, number: str, row: str, data: Any) -> dict[str, Any]:
        """Change what is given of an observation.

        Raises
        ------
        OptwidgetsError
            A rule of SigOpt is broken.
        """

        def operation(tx: Transaction) -> dict[str, Any]:
            rec, session = self.opened(tx, number)
            experiment = rec.view(session.state)
            found = _observed_row(experiment, row)
            fields, mark = changed(experiment, found, data)
            if fields:
                session.commit([RowsEdited((RowEdit(found.id, fields),))])
            kept = records.mark(tx.connection, rec.session_id, found.id, mark)
            after = rec.view(session.state)
            return observation_json(after, after.state.table.row(found.id), kept)

        return await self.once(operation, None)

    async def delete_observation(self, number: str, row: str | None = None) -> None:
        """Delete one observation, or all of them; undo in the notebook brings them back."""

        def operation(tx: Transaction) -> dict[str, Any]:
            rec, session = self.opened(tx, number)
            experiment = rec.view(session.state)
            if row is None:
                gone = [item.id for item in experiment.observed()]
            else:
                gone = [_observed_row(experiment, row).id]
            _remove(tx, rec.session_id, gone)
            return {}

        await self.once(operation, None)

    async def reset(self, number: str) -> None:
        """Delete all rows (v0)."""

        def operation(tx: Transaction) -> dict[str, Any]:
            rec, session = self.opened(tx, number)
            _remove(tx, rec.session_id, [item.id for item in session.state.table])
            return {}

        await self.once(operation, None)


def _remove(tx: Transaction, session_id: str, gone: list[int]) -> None:
    if gone:
        tx.session(session_id).commit([RowsRemoved(tuple(gone))])
        records.forget_marks(tx.connection, session_id, gone)


def _observed_row(experiment: Experiment, text: str) -> Row:
    row = find_row(experiment, text, "observation")
    if row.state not in (*OBSERVED, "excluded"):
        raise NotFound(f"There is no observation {row.id} in the experiment {experiment.id}.")
    return row


def changed(experiment: Experiment, row: Row, data: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the new fields of a row, and what is kept beside it."""
    fields = Fields(data, "The observation", (*KEYS, "deleted"))
    if fields.has("suggestion"):
        raise ServerError("suggestion of an observation cannot change.", field="suggestion")
    found: dict[str, Any] = {}
    mark: dict[str, Any] = {}
    failed = fields.flag("failed") if fields.has("failed") else row.state == "failed"
    given = fields.has("value") or fields.has("values")
    if fields.has("assignments"):
        # The task stays what it was unless it is given, too.
        if experiment.task_variable is not None and not fields.has("task"):
            fields.data["task"] = row.inputs.get(experiment.task_variable)
        inputs = read_assignments(fields, experiment)
        gone = {name: None for name in row.inputs if name not in inputs}
        found["inputs"] = {**gone, **inputs}
    elif fields.has("task") and experiment.task_variable is not None:
        found["inputs"] = {experiment.task_variable: read_task(fields, experiment)}
    if given or fields.has("failed"):
        outputs, stddevs = _results(experiment, row, fields, failed=failed, given=given)
        found["outputs"] = outputs
        found["state"] = "failed" if failed else "done"
        if given:
            found["noise"] = noise_of(experiment, stddevs)
            several = len(experiment.objectives) > 1
            mark["stddevs"] = dict(stddevs) if several and stddevs else None
    if fields.has("deleted"):
        was = row.state if row.state in OBSERVED else "done"
        found["state"] = "excluded" if fields.flag("deleted") else found.get("state", was)
    if found.get("state") in OBSERVED and row.finished_at is None:
        found["finished_at"] = now()
    if "metadata" in fields.data:
        mark["metadata"] = fields.metadata() or None
    return found, mark


def _results(
    experiment: Experiment, row: Row, fields: Fields, *, failed: bool, given: bool
) -> tuple[dict[str, float | None], dict[str, float]]:
    """Results after a change; those of metrics that are not named stay."""
    outputs, stddevs = read_values(fields, experiment, failed=failed, partial=True)
    if failed:
        return dict.fromkeys(row.outputs), {}
    missing = [
        item.name
        for item in experiment.objectives
        if item.name not in outputs and item.name not in row.outputs
    ]
    if missing:
        raise OptwidgetsError(
            f"The observation has no value of {missing[0]}: give it, or failed: true.",
            field="values",
        )
    return dict(outputs) if given else {}, stddevs
