"""A session in ALchemist's words: its variables, its rows, its summaries. Pure functions."""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.journal.queue import item_id, known_of
from optwidgets.journal.row_texts import RowTexts
from optwidgets.journal.session_file_rows import experiment_record
from optwidgets.journal.session_file_writing import session_file_text, with_columns
from optwidgets.server.compute.alchemist import training_facts

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState
    from optwidgets.session import OptimizationSession
    from optwidgets.space.base import Variable
    from optwidgets.space.space import Space

LINEAR = ("inequality", "equality")
_SCALES = ("real", "integer")


def variable_summary(variable: Variable) -> dict[str, Any]:
    """Return a variable as ``GET .../variables`` shows it.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> variable_summary(Real("T", 20, 100, unit="°C"))["bounds"]
    [20.0, 100.0]
    """
    plain = variable.to_dict()
    bounds = [plain["min"], plain["max"]] if {"min", "max"} <= plain.keys() else None
    found: dict[str, Any] = {
        "name": variable.name,
        "type": variable.kind,
        "role": "observed" if variable.observed else "controllable",
        "changes": variable.changes,
        "bounds": bounds if variable.kind in _SCALES else None,
        "categories": plain.get("values") if variable.kind == "categorical" else None,
    }
    if variable.kind == "discrete":
        found["allowed_values"] = plain.get("allowed_values")
    return found | {name: plain.get(name) for name in ("unit", "description")}


def space_summary(space: Space) -> dict[str, Any]:
    """Return the search space as the information about a session shows it."""
    return {
        "n_variables": len(space),
        "variables": [variable_summary(variable) for variable in space],
        "categorical_variables": [v.name for v in space if v.kind == "categorical"],
        "discrete_variables": [v.name for v in space if v.kind == "discrete"],
    }


def linear_constraints(space: Space) -> list[dict[str, Any]]:
    """Return the constraints that ALchemist has a form for."""
    rules = (rule.to_dict() for rule in space.constraints)
    return [rule for rule in rules if rule["type"] in LINEAR]


def data_summary(state: SessionState) -> dict[str, Any]:
    """Return the number of rows with results, and the range of the first objective.

    Examples
    --------
    >>> from optwidgets.journal.state import SessionState
    >>> data_summary(SessionState())
    {'n_experiments': 0, 'has_data': False}
    """
    rows = state.table.done()
    if not rows:
        return {"n_experiments": 0, "has_data": False}
    target = state.table.target_names[0]
    values = [row.outputs[target] for row in rows if target in row.outputs]
    return {
        "n_experiments": len(rows),
        "has_data": True,
        "has_noise": any(row.noise is not None for row in rows),
        "target_stats": {
            "min": min(values, default=None),
            "max": max(values, default=None),
            "mean": _finite(statistics.fmean, values, 1),
            "std": _finite(statistics.stdev, values, 2),
        },
        "feature_names": list(state.space.names),
    }


def _finite(measure: Any, values: list[float], least: int) -> float | None:
    if len(values) < least:
        return None
    try:
        found = float(measure(values))
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def experiments_text(state: SessionState, texts: RowTexts | None = None) -> str:
    """Write the rows with results as JSON, in the columns of ALchemist's table.

    Parameters
    ----------
    state
        The session.
    texts
        Texts of rows that are kept from one time to the next.
    """
    noisy = any(row.noise is not None for row in state.table.done())
    head = (state.space.names, state.table.target_names, noisy)
    rows = ((row, (kept, known_of(row, state))) for row, kept in with_columns(state))

    def write(row: Row, beside: tuple[Mapping[str, Any], Mapping[str, Any]]) -> str:
        kept, known = beside
        record = experiment_record(row, state, kept, with_noise=noisy)
        record |= {"ProvenanceId": provenance_id(row, state)}
        return _encode(record | dict(known.get("plot") or {}))

    found = (texts or RowTexts()).of("experiments", head, rows, write)
    return f'{{"experiments":[{",".join(found)}],"n_experiments":{len(found)}}}'


def provenance_id(row: Row, state: SessionState) -> str:
    """Return the identity of the record about where a row came from."""
    kept = (state.extras.get("rows") or {}).get(str(row.id), {})
    known = kept.get("ProvenanceId") if isinstance(kept, Mapping) else None
    return str(known) if known else item_id(row, state)


def objective_metadata(state: SessionState) -> dict[str, dict[str, Any]]:
    """Return label and unit of the objectives that have one."""
    found = {name: dict(info) for name, info in state.extras.get("objective_metadata", {}).items()}
    for objective in state.table.objectives:
        own = {"label": objective.label or None, "unit": objective.unit or None}
        if any(own.values()) or objective.name in found:
            said = {key: value for key, value in own.items() if value is not None}
            found[objective.name] = found.get(objective.name, {}) | said
    return found


def file_name(name: str, ending: str) -> str:
    """Return a name for a download that any file system and any header takes.

    Examples
    --------
    >>> file_name("../Reactor 3/β", "json"), file_name("", "json")
    ('Reactor_3.json', 'session.json')
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:100].strip("._-")
    return f"{plain or 'session'}.{ending}"


def model_summary(state: SessionState) -> dict[str, Any] | None:
    """Return the record of the last training in short, or None."""
    if state.model is None:
        return None
    facts = training_facts(state)
    return {
        "backend": str(facts["backend"]),
        "hyperparameters": facts["hyperparameters"],
        "metrics": facts["metrics"],
        "is_trained": True,
    }


def last_change(session: OptimizationSession) -> str:
    """Return when a session was changed last, or begun."""
    newest = session.entries(session.revision - 1) if session.revision else []
    return newest[-1].at if newest else str(session.state.metadata["created_at"])


def session_document(
    state: SessionState, control: Mapping[str, Any], texts: RowTexts | None = None
) -> str:
    """Return the session file: with the control record, and without the lock's token."""
    return session_file_text(state, beside={"control": dict(control)}, texts=texts)


def last_suggestion(state: SessionState) -> dict[str, Any] | None:
    """Return the point that was suggested last, by a client or in a notebook, or None."""
    answered = state.extras.get("last_suggestions") or ()
    if answered and isinstance(answered[0], Mapping):
        return dict(answered[0])
    rows = [row for row in state.table.pending() if row.suggestion is not None]
    return dict(rows[-1].inputs) if rows else None
