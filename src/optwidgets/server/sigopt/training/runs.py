"""What clients do with training runs; a run of an experiment fills a row of its session."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import RowEdit, RowsEdited
from optwidgets.errors import OptwidgetsError
from optwidgets.server.errors import NotFound, ServerError
from optwidgets.server.sigopt import records
from optwidgets.server.sigopt.experiment import Experiment
from optwidgets.server.sigopt.observing import read_observation
from optwidgets.server.sigopt.projects import check_project
from optwidgets.server.sigopt.reading import Fields, is_number
from optwidgets.server.sigopt.reporting import Observations, changed
from optwidgets.server.sigopt.standing import best_rows
from optwidgets.server.sigopt.suggesting import Suggestions
from optwidgets.server.sigopt.training import store
from optwidgets.server.sigopt.training.filters import Filter
from optwidgets.server.sigopt.training.logged import Update, apply, read_update
from optwidgets.server.sigopt.training.shown import checkpoint_json, run_json
from optwidgets.server.sigopt.training.store import Run

if TYPE_CHECKING:
    import sqlalchemy as sa

    from optwidgets.server.transaction import Transaction

MAX_BATCH = 10_000
MAX_CHECKPOINTS = 200


class Runs(Observations):
    """Training runs of projects and of experiments."""

    # ------------------------------------------------------------ creating

    async def create(  # type: ignore[override]
        self, client: str, project: str, data: Any, *, key: str | None = None
    ) -> dict[str, Any]:
        """Begin a run of a project, and return it as clients read it."""
        self.check_everywhere()
        update = read_update(data)

        def operation(tx: Transaction) -> dict[str, Any]:
            check_project(tx.connection, client, project)
            return run_json(store.add(tx.connection, _begun(Run(client, project), update)))

        return await self.once(operation, key, "run", client, project, data)

    async def create_batch(
        self, client: str, project: str, data: Any, *, key: str | None = None
    ) -> list[dict[str, Any]]:
        """Record runs that were done elsewhere, all or nothing."""
        self.check_everywhere()
        fields = Fields(data, "The batch", ("runs", "fields"))
        given = fields.items("runs") or []
        if len(given) > MAX_BATCH:
            raise fields.wrong("runs", f"a list of at most {MAX_BATCH} training runs")
        updates = [_numbered(place, len(given), item) for place, item in enumerate(given, 1)]

        def operation(tx: Transaction) -> dict[str, Any]:
            check_project(tx.connection, client, project)
            made = [
                store.add(tx.connection, _begun(Run(client, project), update)) for update in updates
            ]
            return {"data": [run_json(run) for run in made]}

        found = await self.once(operation, key, "runs", client, project, data)
        return list(found["data"])

    async def create_in(self, number: str, data: Any, *, key: str | None = None) -> dict[str, Any]:
        """Begin a run of an experiment at the point that the experiment suggests."""
        update = read_update(data)
        handed = await Suggestions(self.host, self.principal).suggest(number, {}, key=key)
        point = handed.experiment.assignments(handed.row.inputs)

        def operation(tx: Transaction) -> dict[str, Any]:
            record, _ = self.opened(tx, number)
            run = Run(
                record.client,
                record.project,
                experiment=record.id,
                row=handed.row.id,
                document={"assignments": point},
            )
            _check_fixed(run, update, point)
            return run_json(store.add(tx.connection, _begun(run, update)))

        return await self.once(operation, key, "run of", number, data)

    # ------------------------------------------------------------ changing

    async def change(self, number: str, data: Any, *, merge: bool) -> dict[str, Any]:
        """Log something in a run; when it ends, its experiment gets an observation.

        Parameters
        ----------
        number
            The run.
        data
            What is logged.
        merge
            Whether it is merged into what was logged before.
        """
        update = read_update(data)

        def operation(tx: Transaction) -> dict[str, Any]:
            run = self._mine(tx.connection, number)
            found = self._opened_of(tx, run)
            if found is not None:
                _check_fixed(run, update, _fixed(run, found[1]))
            after = _changed(run, update, merge=merge)
            if found is not None and after.state != "active" and after != run:
                after = self._observe(tx, after, *found)
            after = store.save(tx.connection, after)
            return _shown(tx.connection, [after])[0]

        return await self.once(operation, None)

    async def delete_run(self, number: str) -> None:
        """Delete a run; ``deleted: false`` brings it back. Its observation stays."""
        await self.change(number, {"deleted": True}, merge=True)

    # ------------------------------------------------------------ reading

    async def run(self, number: str) -> dict[str, Any]:
        """Return a run as clients read it."""
        return await self.host.read(
            lambda connection: _shown(connection, [self._mine(connection, number)])[0]
        )

    async def check_run_of(self, number: str, run: str) -> None:
        """Raise unless a run is one of an experiment.

        Raises
        ------
        NotFound
            When it is none, or there is no such experiment.
        """
        experiment = await self.experiment(number)
        found = await self.host.read(lambda connection: self._mine(connection, run))
        if found.experiment != experiment.id:
            raise NotFound(
                f"There is no training run {found.id} in the experiment {experiment.id}."
            )

    async def list_runs(
        self, filters: Sequence[Filter], **which: Any
    ) -> list[tuple[int, dict[str, Any]]]:
        """Return runs with their numbers, the newest first.

        Takes what `optwidgets.server.sigopt.training.store.list_runs` takes.
        """

        def query(connection: sa.Connection) -> list[tuple[int, dict[str, Any]]]:
            found = store.list_runs(connection, **which)
            shown = zip(found, _shown(connection, found), strict=True)
            return [(run.id, item) for run, item in shown if all(f(item) for f in filters)]

        return await self.host.read(query)

    async def best_runs(self, number: str) -> list[dict[str, Any]]:
        """Return the runs of the best observations of an experiment."""
        experiment = await self.experiment(number)
        order = [row.id for row in best_rows(experiment)]

        def query(connection: sa.Connection) -> list[dict[str, Any]]:
            found = store.list_runs(connection, experiment=experiment.id, rows=order)
            found.sort(key=lambda run: order.index(run.row or 0))
            return _shown(connection, found)

        return await self.host.read(query) if order else []

    # ------------------------------------------------------------ checkpoints

    async def add_checkpoint(
        self, number: str, data: Any, *, key: str | None = None
    ) -> dict[str, Any]:
        """Record what was measured in the middle of a run."""
        fields = Fields(data, "The checkpoint", ("values", "metadata"))
        values = [_evaluation(item) for item in fields.items("values") or []]
        metadata = fields.metadata()

        def operation(tx: Transaction) -> dict[str, Any]:
            run = self._mine(tx.connection, number)
            if run.state != "active":
                raise ServerError(f"The training run {run.id} has ended and takes no checkpoints.")
            count = store.checkpoint_counts(tx.connection, [run.id]).get(run.id, 0)
            if count >= MAX_CHECKPOINTS:
                raise ServerError(f"A training run has up to {MAX_CHECKPOINTS} checkpoints.")
            return checkpoint_json(store.add_checkpoint(tx.connection, run.id, values, metadata))

        return await self.once(operation, key, "checkpoint", number, data)

    async def checkpoints(self, number: str) -> list[tuple[int, dict[str, Any]]]:
        """Return the checkpoints of a run with their numbers, the newest first."""

        def query(connection: sa.Connection) -> list[tuple[int, dict[str, Any]]]:
            run = self._mine(connection, number)
            return [(c.id, checkpoint_json(c)) for c in store.checkpoints(connection, run.id)]

        return await self.host.read(query)

    async def checkpoint(self, number: str, which: str) -> dict[str, Any]:
        """Return one checkpoint of a run."""
        wanted = records.read_id(which, "checkpoint")
        for found, shown in await self.checkpoints(number):
            if found == wanted:
                return shown
        raise NotFound(f"There is no checkpoint {wanted} in the training run {number}.")

    # ------------------------------------------------------------ inside

    def _mine(self, connection: sa.Connection, number: str) -> Run:
        """Return a run that the principal may see."""
        run = store.find(connection, number)
        record = _record_of(connection, run)
        if record is None:
            self.check_everywhere()
        else:
            self.principal.check(record.session_id)
        return run

    def _opened_of(self, tx: Transaction, run: Run) -> tuple[records.Record, Experiment] | None:
        """Return the experiment of a run, or None if it has none, or its session was deleted."""
        record = _record_of(tx.connection, run)
        if record is None:
            return None
        return record, record.view(tx.session(record.session_id).state)

    def _observe(
        self, tx: Transaction, run: Run, record: records.Record, experiment: Experiment
    ) -> Run:
        """Write how a run ended into the row of its experiment."""
        result = _result(run, experiment)
        row = experiment.state.table.rows.get(run.row or 0)
        if row is not None and not row.is_pending:
            fields, mark = changed(experiment, row, result)
            if fields:
                tx.session(record.session_id).commit([RowsEdited((RowEdit(row.id, fields),))])
            records.mark(tx.connection, record.session_id, row.id, mark)
            return replace(run, observed=True)
        point: dict[str, Any] = (
            {"suggestion": str(row.id)}
            if row is not None
            else {"assignments": _fixed(run, experiment)}  # the row was deleted
        )
        data = {**result, **point}
        (made,) = self._record(tx, str(record.id), lambda now: [read_observation(data, now)])
        return replace(run, row=int(made["id"]), observed=True)


def _begun(run: Run, update: Update) -> Run:
    return _changed(replace(run, document={"name": None, **run.document}), update, merge=True)


def _changed(run: Run, update: Update, *, merge: bool) -> Run:
    state = update.state or run.state
    completed = run.completed
    if state != run.state:
        completed = None if state == "active" else int(time.time())
    return replace(
        run,
        document=apply(run.document, update, merge=merge),
        state=state,
        completed=completed,
        deleted=run.deleted if update.deleted is None else update.deleted,
    )


def _record_of(connection: sa.Connection, run: Run) -> records.Record | None:
    if run.experiment is None:
        return None
    try:
        return records.find(connection, str(run.experiment))
    except NotFound:
        return None


def _fixed(run: Run, experiment: Experiment) -> dict[str, Any]:
    """Return the part of a run's assignments that the experiment chose."""
    names = {variable.name for variable in experiment.variables()}
    given = run.document.get("assignments", {})
    return {name: value for name, value in given.items() if name in names}


def _check_fixed(run: Run, update: Update, fixed: Mapping[str, Any]) -> None:
    """Refuse another value for what the experiment chose: the run would answer another question."""
    for name, value in update.parts.get("assignments", {}).items():
        if name in fixed and value != fixed[name]:
            raise OptwidgetsError(
                f"The experiment chose {name} = {fixed[name]!r} for the training run "
                f"{run.id or ''}; other assignments can be set.",
                field="assignments",
            )


def _result(run: Run, experiment: Experiment) -> dict[str, Any]:
    """Return how a run ended, as an observation is told."""
    if run.state == "failed":
        return {"failed": True}
    values = run.document.get("values", {})
    missing = [item.name for item in experiment.objectives if item.name not in values]
    if missing and not experiment.unnamed:
        raise OptwidgetsError(
            f"The training run {run.id} has no value of {missing[0]}: log it before the run is "
            "completed, or let the run fail.",
            field="values",
        )
    if experiment.unnamed:
        told = [{**value, "name": None} for value in list(values.values())[:1]]
    else:
        told = [{**values[item.name], "name": item.name} for item in experiment.objectives]
    keep = ("name", "value", "value_stddev")
    return {
        "failed": False,
        "values": [
            {key: value[key] for key in keep if value.get(key) is not None} for value in told
        ],
    }


def _evaluation(item: Any) -> dict[str, Any]:
    fields = Fields(item, "The value", ("name", "value", "value_stddev"))
    if not is_number(fields.require("value")):
        raise fields.wrong("value", "a number")
    found = {"name": fields.text("name"), "value": fields.number("value")}
    stddev = fields.number("value_stddev")
    return found if stddev is None else {**found, "value_stddev": stddev}


def _numbered(place: int, count: int, item: Any) -> Update:
    try:
        return read_update(item)
    except OptwidgetsError as error:
        raise OptwidgetsError(f"Error in training run {place}/{count}: {error}") from error


def _shown(connection: sa.Connection, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Write runs with the numbers of what belongs to them."""
    numbers = [run.id for run in runs]
    checkpoints = store.checkpoint_counts(connection, numbers)
    files = store.files_of(connection, numbers)
    return [
        run_json(run, checkpoints=checkpoints.get(run.id, 0), files=files.get(run.id))
        for run in runs
    ]
