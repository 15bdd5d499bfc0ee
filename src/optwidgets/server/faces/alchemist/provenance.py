"""What was suggested against what was done, one record per result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.journal.queue import known_of
from optwidgets.server.faces.alchemist.describing import provenance_id

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState


def provenance_records(
    state: SessionState, suggested: Iterable[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Return the records: those that a session file brought, then one for each other result.

    Parameters
    ----------
    state
        The session.
    suggested
        Its `OptimizationSession.provenance`: the rows that a strategy suggested.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("T", "real", bounds=(20, 100))
    >>> _ = session.add_experiment({"T": 60}, output=1.5)
    >>> [record] = provenance_records(session.state)
    >>> record["strategy"], record["suggested"], record["delta"]
    ('Manual', None, {'T': 'no-suggestion'})
    """
    brought = [dict(record) for record in state.extras.get("provenance") or ()]
    known = {record.get("id") for record in brought}
    points = {record["row"]: record for record in suggested}
    fresh = (_record(row, state, points.get(row.id)) for row in state.table.done())
    return [*brought, *(record for record in fresh if record["id"] not in known)]


def _record(row: Row, state: SessionState, made: Mapping[str, Any] | None) -> dict[str, Any]:
    known = known_of(row, state)
    suggested = known.get("inputs") or (made or {}).get("suggested")
    # A point that was staged without a reason and suggested by nobody is "Manual" there, too.
    strategy = (made or {}).get("strategy") or row.reason or "Manual"
    outputs = [row.outputs.get(name) for name in state.table.target_names]
    actual = dict(row.inputs)
    return {
        "id": provenance_id(row, state),
        "iteration": row.iteration,
        "strategy": strategy,
        "acq_params": {},
        "suggested": None if suggested is None else dict(suggested),
        "actual": actual,
        "delta": delta(suggested, actual),
        "output": outputs[0] if len(outputs) == 1 else outputs,
        "noise": row.noise,
        "timestamp": row.finished_at or row.created_at or None,
    }


def delta(suggested: Mapping[str, Any] | None, actual: Mapping[str, Any]) -> dict[str, Any]:
    """Return for each variable how far the run was from the suggestion.

    Examples
    --------
    >>> delta({"T": 60.0, "c": "A", "n": 2}, {"T": 61.5, "c": "B"})
    {'T': 1.5, 'c': 'A→B', 'n': 'dropped'}
    """
    if suggested is None:
        return dict.fromkeys(actual, "no-suggestion")
    found: dict[str, Any] = {}
    for name in {**suggested, **actual}:
        if name not in actual:
            found[name] = "dropped"
        elif name not in suggested:
            found[name] = "no-suggestion"
        else:
            found[name] = _difference(suggested[name], actual[name])
    return found


def _difference(suggested: Any, actual: Any) -> Any:
    if isinstance(suggested, int | float) and isinstance(actual, int | float):
        return actual - suggested
    return "unchanged" if suggested == actual else f"{suggested}→{actual}"
