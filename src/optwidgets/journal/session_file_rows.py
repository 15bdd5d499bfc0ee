"""Rows of a session file: experiments and queue items, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.data.row import Row
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.queue import STATUS

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState

# Columns of ALchemist's table that are neither variables nor outputs.
BOOKKEEPING = frozenset(
    {"Iteration", "Reason", "Noise", "ProvenanceId", "WholePlot", "Subplot", "RunOrder"}
)
_ONLY_KEPT = ("id", "plot", "actual_inputs", "started_at")
_STATE = {status: state for state, status in STATUS.items() if state != "done"}


def experiment_record(
    row: Row, state: SessionState, kept: Mapping[str, Any], *, with_noise: bool
) -> dict[str, Any]:
    """Return a row with its result as a record of ``experiments.data``.

    `with_noise` says whether any row has a variance: then each has the column.
    """
    record: dict[str, Any] = {name: row.inputs.get(name) for name in state.space.names}
    record |= {name: row.outputs.get(name) for name in state.table.target_names}
    record["Iteration"] = row.iteration
    record["Reason"] = row.reason
    if with_noise:
        record["Noise"] = row.noise
    return record | {name: value for name, value in kept.items() if name not in record}


def row_of_record(
    number: int, record: Any, variables: Sequence[str], targets: Sequence[str]
) -> tuple[Row, dict[str, Any]]:
    """Return the row of a record, and those of its columns that are only kept."""
    if not isinstance(record, Mapping):
        raise OptwidgetsError(f"Experiment {number} of the file must be an object.", row=number)
    values = {str(key): value for key, value in record.items() if value is not None}
    outputs = {name: values[name] for name in targets if name in values}
    row = Row.from_dict(
        {
            "id": number,
            "inputs": {name: values[name] for name in variables if name in values},
            "outputs": outputs,
            "state": "done" if len(outputs) == len(targets) else "running",
            "noise": values.get("Noise"),
            "iteration": values.get("Iteration"),
            "reason": str(values.get("Reason", "")),
        }
    )
    used = {*variables, *targets, "Noise", "Iteration", "Reason"}
    return row, {name: value for name, value in values.items() if name not in used}


def row_of_staged(
    number: int, item: Any, variables: Sequence[str]
) -> tuple[Row, dict[str, Any]] | None:
    """Return the row of a queue item and what of it is only kept.

    None for an item that is done: its result is in the table.
    """
    if not isinstance(item, Mapping):
        raise OptwidgetsError("Every staged experiment of the file must be an object.")
    state = _STATE.get(str(item.get("status", "pending")))
    if state is None:
        return None
    inputs = item.get("inputs") or {}
    if not isinstance(inputs, Mapping):
        raise OptwidgetsError("The inputs of a staged experiment of the file must be an object.")
    reason = item.get("error") if state == "failed" else item.get("reason")
    row = Row.from_dict(
        {
            "id": number,
            "inputs": {n: inputs[n] for n in variables if inputs.get(n) is not None},
            "outputs": {},
            "state": state,
            "reason": str(reason or ""),
            "created_at": str(item.get("staged_at") or ""),
            "finished_at": item.get("completed_at"),
        }
    )
    return row, {name: item[name] for name in _ONLY_KEPT if item.get(name) is not None}
