"""Recording results in a session as ALchemist's bodies describe them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.experiments import only_inputs, pending_row
from optwidgets.data.edits import RowEdit, RowsAdded, RowsEdited
from optwidgets.data.recording import check_outputs, new_row, row_edit
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import Change, ExtrasSet
from optwidgets.journal.queue import STAGED, known_of

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState
    from optwidgets.server.faces.alchemist.schemas.experiments import AddExperimentRequest
    from optwidgets.session import OptimizationSession

METADATA = "objective_metadata"


def add(
    session: OptimizationSession, experiment: AddExperimentRequest, iteration: int | None = None
) -> None:
    """Record one result; see `add_many`.

    Parameters
    ----------
    session
        Where.
    experiment
        The body.
    iteration
        Round for a body that names none; the next one if not given.
    """
    recording = _Recording(session.state)
    recording.take(experiment, iteration)
    recording.commit(session)


def add_many(session: OptimizationSession, experiments: Sequence[AddExperimentRequest]) -> None:
    """Record several results as one step, so that ten thousand cost little more than one.

    A point that was suggested is completed by a result for it. One that a client staged is not:
    its item is completed by its id, and a result without one stands beside it.

    Raises
    ------
    OptwidgetsError
        Names the entry that is at fault; nothing is recorded.
    """
    recording = _Recording(session.state)
    for place, given in enumerate(experiments, start=1):
        with entry(place):
            recording.take(given)
    recording.commit(session)


class _Recording:
    """Results on their way into the table, as one step."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._rows: list[Row] = []
        self._edits: list[RowEdit] = []
        self._open = [row for row in state.table.pending() if not known_of(row, state).get(STAGED)]
        newest = state.table.last_iteration
        self._last = -1 if newest is None else newest

    def take(self, given: AddExperimentRequest, iteration: int | None = None) -> None:
        """Take a result along, in the round that it names, or in the one given, or in the next."""
        table, space = self._state.table, self._state.space
        point = space.check_point(only_inputs(space, table.target_names, given.inputs))
        results = check_outputs(given.output, table)
        round_ = given.iteration if given.iteration is not None else iteration
        round_ = self._last + 1 if round_ is None else round_
        self._last = max(self._last, round_)
        fields: dict[str, Any] = {"noise": given.noise, "iteration": round_}
        known = pending_row(self._state, point, self._open) if self._open else None
        if known is None:
            number = table.next_id + len(self._rows)
            reason = given.reason or "Manual"
            self._rows.append(new_row(number, point, results, table, reason=reason, **fields))
            return
        self._open.remove(known)
        observed = {name: point[name] for name in space.observed if name in point}
        said = {"reason": given.reason} if given.reason else {}
        self._edits.append(row_edit(known, {**results, **fields, **observed, **said}, space, table))

    def commit(self, session: OptimizationSession) -> None:
        """Record what was taken."""
        changes: list[Change] = [RowsEdited(tuple(self._edits))] if self._edits else []
        if self._rows:
            changes.append(RowsAdded(tuple(self._rows)))
        if changes:
            session.commit(changes)


@contextlib.contextmanager
def entry(place: int) -> Iterator[None]:
    """Say in a sentence which entry of a list is at fault, and that nothing was recorded."""
    try:
        yield
    except OptwidgetsError as error:
        error.args = (f"Entry {place}: {error} Nothing was recorded.",)
        raise


def describe_objectives(
    session: OptimizationSession, metadata: Mapping[str, Mapping[str, str | None]]
) -> None:
    """Set label and unit of objectives, field by field.

    What is said of a name that is no objective is kept, as ALchemist keeps it, and shown to
    whoever asks.
    """
    kept = {name: dict(info) for name, info in session.state.extras.get(METADATA, {}).items()}
    strange = False
    for name, info in metadata.items():
        fields = {key: value for key, value in info.items() if key in {"label", "unit"}}
        if name in session.objective_names:
            _ensure_objectives(session)
            session.change_objective(name, **{key: value or "" for key, value in fields.items()})
        elif kept.get(name, {}) | fields != kept.get(name):
            kept[name] = kept.get(name, {}) | fields
            strange = True
    if strange:
        session.commit([ExtrasSet({METADATA: kept})])


def _ensure_objectives(session: OptimizationSession) -> None:
    """Write the default objective down, so that it can be given a label."""
    if not session.state.table.objectives:
        session.experiment_manager.set_objectives(*session.objective_names)


def check_labels(session: OptimizationSession, expected: Mapping[str, str]) -> str | None:
    """Return the sentence about an objective that is not called as expected, or None."""
    known: dict[str, Any] = {
        objective.name: objective.label for objective in session.state.table.objectives
    }
    for name, label in expected.items():
        current = known.get(name) or None
        if current != label:
            return f"Objective label mismatch for '{name}': expected '{label}', is '{current}'."
    return None


def outputs(given: float | Mapping[str, float], session: OptimizationSession) -> Any:
    """Return an output as `queueing.complete` takes it: a list, or objective to result."""
    if isinstance(given, Mapping):
        known = session.objective_names
        strange = [name for name in given if name not in known]
        if strange:
            raise OptwidgetsError(f"{strange[0]!r:.80} is not an objective of this session.")
        return dict(given)
    return [given]
