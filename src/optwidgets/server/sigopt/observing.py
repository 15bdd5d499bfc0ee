"""What a client reports: read, checked, and turned into changes of the session."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optwidgets.campaign.experiments import pending_row
from optwidgets.data.edits import RowEdit, RowsAdded, RowsEdited
from optwidgets.data.recording import now
from optwidgets.data.row import Row
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import Change
from optwidgets.journal.state import SessionState
from optwidgets.server.sigopt.experiment import OBSERVED, Experiment
from optwidgets.server.sigopt.parameters import check_value
from optwidgets.server.sigopt.reading import Fields, json_text
from optwidgets.space.base import Value
from optwidgets.space.text import short

KEYS = (
    "suggestion",
    "assignments",
    "values",
    "value",
    "value_stddev",
    "failed",
    "metadata",
    "task",
    "no_optimize",
    # Clients send back what they have fetched.
    "object",
)
MAX_BATCH = 2500


@dataclass(frozen=True)
class Observed:
    """One observation, checked.

    Parameters
    ----------
    suggestion
        Number of the row it answers, or None.
    inputs
        Settings, when no suggestion is named.
    outputs
        Objective to result; empty for a failed one.
    stddevs
        Objective to standard deviation, in its unit.
    failed
        Whether there is no result because the experiment failed.
    metadata
        Free data.
    """

    suggestion: int | None
    inputs: Mapping[str, Value]
    outputs: Mapping[str, float]
    stddevs: Mapping[str, float] = field(default_factory=dict)
    failed: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)


def read_observation(
    data: Any, experiment: Experiment, *, what: str = "The observation"
) -> Observed:
    """Read an observation: one of ``suggestion`` and ``assignments``, and all metrics' values.

    Raises
    ------
    OptwidgetsError
        A rule of SigOpt is broken.
    """
    fields = Fields(data, what, KEYS)
    if fields.has("suggestion") == fields.has("assignments"):
        raise OptwidgetsError(
            f"{what} needs either suggestion or assignments, and not both.", field="suggestion"
        )
    failed = fields.flag("failed")
    outputs, stddevs = read_values(fields, experiment, failed=failed)
    suggestion: int | None = None
    inputs: dict[str, Value] = {}
    if fields.has("suggestion"):
        suggestion = row_number(fields.data["suggestion"], "suggestion")
        if fields.has("task"):
            raise OptwidgetsError(
                f"{what} answers a suggestion, which has its task. Leave task out.", field="task"
            )
    else:
        inputs = read_assignments(fields, experiment)
    return Observed(suggestion, inputs, outputs, stddevs, failed, fields.metadata())


def row_number(value: Any, what: str) -> int:
    """Read an id: decimal digits as a text, or a whole number.

    Examples
    --------
    >>> row_number("12", "suggestion"), row_number(12, "suggestion")
    (12, 12)
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise OptwidgetsError(
            f'{what} must be an id such as "12", not {short(json_text(value))}.', field=what
        )
    return int(text)


def read_assignments(fields: Fields, experiment: Experiment) -> dict[str, Value]:
    """Read complete, typed assignments, with the task if the experiment has tasks.

    Values outside of the bounds are fine: they come from earlier experiments.
    """
    given = fields.object("assignments") or {}
    space, hidden = experiment.state.space, experiment.task_variable
    unknown = [name for name in given if name not in space or name == hidden]
    if unknown:
        raise OptwidgetsError(
            f"assignments name {short(unknown[0])}, which is no parameter of the experiment.",
            field="assignments",
        )
    found: dict[str, Value] = {
        variable.name: check_value(
            variable, experiment.kind(variable), given[variable.name], inside=False
        )
        for variable in experiment.variables()
        if given.get(variable.name) is not None
    }
    if hidden is not None:
        found[hidden] = read_task(fields, experiment)
    elif fields.has("task"):
        raise OptwidgetsError("The experiment has no tasks. Leave task out.", field="task")
    missing = [name for name in space.missing(found) if not space[name].observed]
    if missing:
        raise OptwidgetsError(
            f"assignments need a value of {short(missing[0])}.", field="assignments"
        )
    return space.there(found)


def read_task(fields: Fields, experiment: Experiment) -> str:
    """Name of the task: a text, or an object with a name."""
    given = fields.data.get("task")
    name = given.get("name") if isinstance(given, Mapping) else given
    names = [str(task.get("name")) for task in experiment.tasks]
    if not isinstance(name, str) or name not in names:
        raise OptwidgetsError(
            f"{fields.what} needs a task: one of {', '.join(names)}.", field="task"
        )
    return name


def read_values(
    fields: Fields, experiment: Experiment, *, failed: bool, partial: bool = False
) -> tuple[dict[str, float], dict[str, float]]:
    """Read the results, in the form ``values`` or the old form ``value``.

    Returns
    -------
    tuple
        Objective to result, and objective to standard deviation.
    """
    if fields.has("value") and fields.has("values"):
        raise OptwidgetsError(f"{fields.what} must have value or values, not both.", field="value")
    given = fields.items("values") or []
    if fields.has("value"):
        given = [{"value": fields.data["value"], "value_stddev": fields.data.get("value_stddev")}]
    elif fields.has("value_stddev") and not fields.has("values"):
        raise OptwidgetsError(f"{fields.what} has value_stddev without value.", field="value")
    if failed:
        if given:
            raise OptwidgetsError(
                f"{fields.what} has failed: it must not have values.", field="values"
            )
        return {}, {}
    outputs: dict[str, float] = {}
    stddevs: dict[str, float] = {}
    for item in given:
        name, value, stddev = _one_value(item, experiment)
        if name in outputs:
            raise OptwidgetsError(f"values name {short(name)} twice.", field="values")
        outputs[name] = value
        if stddev is not None:
            stddevs[name] = stddev
    missing = [item.name for item in experiment.objectives if item.name not in outputs]
    if missing and not partial:
        words = "a value" if experiment.unnamed else f"a value of {short(missing[0])}"
        raise OptwidgetsError(f"{fields.what} needs {words}, or failed: true.", field="values")
    return outputs, stddevs


def _one_value(item: Any, experiment: Experiment) -> tuple[str, float, float | None]:
    fields = Fields(item, "A value", ("name", "value", "value_stddev", "object"))
    names = [objective.name for objective in experiment.objectives]
    name = fields.text("name")
    if name is None and len(names) == 1:
        name = names[0]
    if name not in names:
        words = "no name" if name is None else f"the name {short(name)}"
        raise OptwidgetsError(
            f"A value has {words}: the metrics are {', '.join(map(short, names))}.", field="values"
        )
    fields.require("value")
    stddev = fields.number("value_stddev")
    if stddev is not None and (stddev < 0 or stddev > 1e150):
        raise fields.wrong("value_stddev", "a number of at least 0")
    return name, fields.number("value") or 0.0, stddev


def read_batch(data: Any, experiment: Experiment) -> list[Observed]:
    """Read several observations, all or nothing.

    Raises
    ------
    OptwidgetsError
        ``Error in observation 2/5: ...``, as SigOpt says it.
    """
    fields = Fields(data, "The batch", ("observations", "dry_run", "no_optimize"))
    fields.require("observations")
    given = fields.items("observations") or []
    if len(given) > MAX_BATCH:
        raise OptwidgetsError(
            f"The batch has {len(given)} observations. Use at most {MAX_BATCH}.",
            field="observations",
        )
    found = []
    for place, item in enumerate(given, start=1):
        try:
            found.append(read_observation(item, experiment))
        except OptwidgetsError as error:
            raise OptwidgetsError(
                f"Error in observation {place}/{len(given)}: {error}", field=error.field
            ) from error
    return found


@dataclass(frozen=True)
class Recorded:
    """Changes that record observations, and where each of them will stand.

    Parameters
    ----------
    changes
        For one commit.
    rows
        Number of the row of each observation.
    marks
        What is kept of these rows beside the session.
    """

    changes: list[Change]
    rows: list[int]
    marks: dict[int, dict[str, Any]]


def record(experiment: Experiment, observed: Sequence[Observed], *, match: bool = True) -> Recorded:
    """Turn observations into changes of the session.

    A suggestion that has no result yet gets it. A second result of the same suggestion, and
    settings that nobody proposed, become rows of their own. With `match`, settings that equal
    an open suggestion complete it, as they do in a notebook.

    Raises
    ------
    OptwidgetsError
        For a suggestion that is not there.
    """
    table = experiment.state.table
    at = now()
    added: list[Row] = []
    edits: list[RowEdit] = []
    numbers: list[int] = []
    marks: dict[int, dict[str, Any]] = {}
    taken: set[int] = set()
    find = _finder(experiment.state, alone=len(observed) == 1) if match else _nothing
    for one in observed:
        row = _answered(experiment, one, find)
        mark: dict[str, Any] = {}
        if row is not None and row.is_pending and row.id not in taken:
            taken.add(row.id)
            number = row.id
            edits.append(RowEdit(number, _result_fields(experiment, one, at)))
        else:
            number = table.next_id + len(added)
            inputs = one.inputs if row is None else row.inputs
            added.append(_new_row(experiment, number, inputs, one, at))
            if row is not None:
                mark["suggestion"] = row.id
        if one.metadata:
            mark["metadata"] = dict(one.metadata)
        if one.stddevs and len(experiment.objectives) > 1:
            mark["stddevs"] = dict(one.stddevs)
        if mark:
            marks[number] = mark
        numbers.append(number)
    changes: list[Change] = []
    if edits:
        changes.append(RowsEdited(tuple(edits)))
    if added:
        changes.append(RowsAdded(tuple(added)))
    return Recorded(changes, numbers, marks)


Finder = Callable[[Mapping[str, Value]], Row | None]


def _nothing(_: Mapping[str, Value]) -> Row | None:
    return None


def _finder(state: SessionState, *, alone: bool) -> Finder:
    """Return what finds the open suggestion at a point.

    A batch is compared exactly, by a table of the open points: a comparison with a tolerance
    would look at each of them for each line.
    """
    if alone:
        return lambda inputs: pending_row(state, inputs)
    known: dict[Any, list[Row]] = {}
    for row in state.table.pending():
        known.setdefault(frozenset(row.inputs.items()), []).append(row)

    def find(inputs: Mapping[str, Value]) -> Row | None:
        rows = known.get(frozenset(inputs.items()))
        return rows.pop(0) if rows else None

    return find


def _answered(experiment: Experiment, one: Observed, find: Finder) -> Row | None:
    table = experiment.state.table
    if one.suggestion is None:
        return find(one.inputs)
    row = table.rows.get(one.suggestion)
    if row is None or not (row.is_pending or row.state in OBSERVED):
        raise OptwidgetsError(
            f"The experiment has no suggestion {one.suggestion}.", field="suggestion"
        )
    return row


def _result_fields(experiment: Experiment, one: Observed, at: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"state": "failed" if one.failed else "done", "finished_at": at}
    if one.outputs:
        fields["outputs"] = dict(one.outputs)
    noise = noise_of(experiment, one.stddevs)
    if noise is not None:
        fields["noise"] = noise
    return fields


def noise_of(experiment: Experiment, stddevs: Mapping[str, float]) -> float | None:
    """Variance of the only metric; with several, a row has no place for theirs."""
    if len(experiment.objectives) != 1 or not stddevs:
        return None
    variance = math.fsum(value * value for value in stddevs.values())
    return variance if variance > 0 else None


def _new_row(
    experiment: Experiment, number: int, inputs: Mapping[str, Value], one: Observed, at: str
) -> Row:
    last = experiment.state.table.last_iteration
    return Row(
        number,
        inputs,
        one.outputs,
        noise=noise_of(experiment, one.stddevs),
        state="failed" if one.failed else "done",
        iteration=0 if last is None else last + 1,
        reason="Observation",
        created_at=at,
        finished_at=at,
    )
