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

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.server.faces.alchemist.schemas.experiments import AddExperimentRequest
    from optwidgets.session import OptimizationSession

METADATA = "objective_metadata"


def add(
    session: OptimizationSession, experiment: AddExperimentRequest, iteration: int | None = None
) -> int:
    """Record one result and return the number of its row.

    Parameters
    ----------
    session
        Where.
    experiment
        The body.
    iteration
        Round for a body that names none; the next one if not given.
    """
    given = experiment.iteration if experiment.iteration is not None else iteration
    return session.add_experiment(
        experiment.inputs,
        experiment.output,
        experiment.noise,
        given,
        experiment.reason,
    )


def add_many(session: OptimizationSession, experiments: Sequence[AddExperimentRequest]) -> None:
    """Record several results as one step, so that ten thousand cost little more than one.

    Raises
    ------
    OptwidgetsError
        Names the entry that is at fault; nothing is recorded.
    """
    state = session.state
    table, space = state.table, state.space
    open_rows = list(table.pending())
    rows: list[Row] = []
    edits: list[RowEdit] = []
    last = -1 if table.last_iteration is None else table.last_iteration
    for place, given in enumerate(experiments, start=1):
        with entry(place):
            point = space.check_point(only_inputs(space, table.target_names, given.inputs))
            results = check_outputs(given.output, table)
            round_ = given.iteration if given.iteration is not None else last + 1
            last = max(last, round_)
            fields: dict[str, Any] = {"noise": given.noise, "iteration": round_}
            known = pending_row(state, point, open_rows) if open_rows else None
            if known is not None:
                open_rows.remove(known)
                observed = {name: point[name] for name in space.observed if name in point}
                reason = {"reason": given.reason} if given.reason else {}
                values = {**results, **fields, **observed, **reason}
                edits.append(row_edit(known, values, space, table))
                continue
            number = table.next_id + len(rows)
            reason_ = given.reason or "Manual"
            rows.append(new_row(number, point, results, table, reason=reason_, **fields))
    changes: list[Change] = []
    if edits:
        changes.append(RowsEdited(tuple(edits)))
    if rows:
        changes.append(RowsAdded(tuple(rows)))
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
