"""Writing the session file of ALchemist (JSON, version 1.1.0).

Where a campaign has thousands of rows, nearly all of the file are rows, and nearly all of those
are as they were when it was written last: their text is kept.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.data.limits import limits_of
from optwidgets.journal.audit import decided
from optwidgets.journal.entry import canonical_json, now
from optwidgets.journal.queue import is_queued, marks_of, number_of_key, queue_item
from optwidgets.journal.row_texts import RowTexts
from optwidgets.journal.session_file_constraints import LINEAR
from optwidgets.journal.session_file_own import (
    KEY,
    OF_OWN,
    OF_PUBLIC,
    fingerprint_of_text,
    public_of,
    without_seal,
)
from optwidgets.journal.session_file_rows import experiment_record

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState

VERSION = "1.1.0"
STAGED_STATES = frozenset({"suggested", "running", "failed"})
_HALF = re.compile("[\ud800-\udfff]")


def session_file_text(
    state: SessionState,
    *,
    beside: Mapping[str, Any] | None = None,
    texts: RowTexts | None = None,
) -> str:
    """Return a session as the text of a session file, one line for each row.

    Parameters
    ----------
    state
        What is written.
    beside
        What else stands in the file, by name.
    texts
        Texts of rows that are kept from one time to the next.
    """
    texts = texts or RowTexts()
    document = _frame(state)
    noisy = _is_noisy(state)
    results, rows = (uuid.uuid4().hex for _ in range(2))
    document["experiments"]["data"] = results
    document[KEY]["rows"] = rows
    head = (state.space.names, state.table.target_names, noisy)

    def record(row: Row, kept: Mapping[str, Any]) -> dict[str, Any]:
        return experiment_record(row, state, kept, with_noise=noisy)

    done = list(with_columns(state))
    canonical = texts.of("canonical", head, done, lambda *row: canonical_json(record(*row)))
    public = canonical_json(public_of(document))
    public = public.replace(f'"{results}"', f"[{','.join(canonical)}]")
    document[KEY][OF_PUBLIC] = fingerprint_of_text(public)
    records = texts.of("records", head, done, lambda *row: _dumped(record(*row)))
    own = texts.of(
        "rows",
        (),
        ((row, None) for row in state.table),
        lambda row, _: canonical_json(row.to_dict()),
    )
    sealed = canonical_json(without_seal(document[KEY]))
    sealed = sealed.replace(f'"{rows}"', f"[{','.join(own)}]")
    document[KEY][OF_OWN] = fingerprint_of_text(sealed)
    text = json.dumps(document | dict(beside or {}), indent=2, ensure_ascii=False, allow_nan=False)
    text = text.replace(f'"{results}"', _lines(records)).replace(f'"{rows}"', _lines(own))
    return _encodable(text)


def _encodable(text: str) -> str:
    """Return a JSON text in which halves of characters, which no file holds, are escaped."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return text


def with_columns(state: SessionState) -> Iterator[tuple[Row, Mapping[str, Any]]]:
    """Yield the rows with results, each with its columns that are only kept."""
    kept: Mapping[str, Any] = state.extras.get("rows") or {}
    for row in state.table.done():
        yield row, (kept.get(str(row.id), _NOTHING) if kept else _NOTHING)


_NOTHING: Mapping[str, Any] = {}


def _columns_beside_results(state: SessionState) -> dict[str, Any]:
    """Return the columns that are only kept of rows without a result: these have no record."""
    kept: Mapping[str, Any] = state.extras.get("rows") or {}
    waiting = (row for row in state.table if not row.is_done) if kept else ()
    return {str(row.id): kept[str(row.id)] for row in waiting if str(row.id) in kept}


def _is_noisy(state: SessionState) -> bool:
    return any(row.noise is not None for row in state.table.done())


# Made once: `json.dumps` with options makes an encoder for each value.
_dumped = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _lines(texts: Sequence[str]) -> str:
    apart = ",\n      "
    return f"[\n      {apart.join(texts)}\n    ]" if texts else "[]"


def _frame(state: SessionState) -> dict[str, Any]:
    """Return the values of a session file without those that are made of all rows."""
    extras = dict(state.extras)
    kept_space = dict(extras.pop("search_space", {}))
    kept_variables = kept_space.pop("variables", {})
    kept_rules = kept_space.pop("constraints", [])
    kept_derived = kept_space.pop("derived_variables", [])
    rules = [rule.to_dict() for rule in state.space.constraints]
    extras.pop("rows", None)
    queued = {*(extras.pop("queue_items", None) or {})}
    for key in [key for key in extras if number_of_key(key) is not None]:
        queued.add(str(number_of_key(key)))
        del extras[key]
    kept_staged = extras.pop("staged_experiments", [])
    kept_model = extras.pop("model_config", None)
    kept_audit = dict(extras.pop("audit_log", {}))
    table = state.table
    suggested = [dict(row.inputs) for row in table if row.state == "suggested"]
    if suggested:
        extras.pop("last_suggestions", None)
    document: dict[str, Any] = {
        "version": VERSION,
        "metadata": _metadata(state),
        "audit_log": {**kept_audit, "entries": decided(state.decisions)},
        "search_space": {
            "variables": [
                {**kept_variables.get(variable.name, {}), **variable.to_dict()}
                for variable in state.space
            ],
            "derived_variables": [*(item.to_dict() for item in state.space.derived), *kept_derived],
            # ALchemist knows linear ones only, and refuses a file with others. What does not
            # count comes last: before its namesake it would count when it is read again.
            "constraints": [*(rule for rule in rules if rule["type"] in LINEAR), *kept_rules],
            **kept_space,
        },
        "experiments": {
            "data": [],
            "n_total": table.counts["done"],
            "target_columns": list(table.target_names),
        },
        "staged_experiments": [
            *kept_staged,
            *(
                queue_item(row, state)
                for row in table
                if row.state in STAGED_STATES
                or (queued and str(row.id) in queued and is_queued(row, state))
            ),
        ],
        "outcome_constraints": limits_of(table.objectives),
        "objective_metadata": _objective_metadata(table.objectives),
        "last_suggestions": suggested,
        "provenance": [],
        "config": dict(state.settings),
    }
    for name, value in extras.items():
        document[name] = {**value, **document[name]} if name == "objective_metadata" else value
    # A configuration that was only loaded still has its own text for everything else.
    trained_here = state.model is not None and "metrics" in state.model
    model = _model_config(state) if trained_here or kept_model is None else kept_model
    if model is not None:
        document["model_config"] = model
    document[KEY] = {
        OF_PUBLIC: "",
        "objectives": [objective.to_dict() for objective in table.objectives],
        "rows": [],
        "columns": _columns_beside_results(state),
        "constraints": rules,
        "queue": marks_of(state),
        "model": None if state.model is None else dict(state.model),
        OF_OWN: "",
    }
    return document


def _metadata(state: SessionState) -> dict[str, Any]:
    details = state.metadata
    return {
        "session_id": details["session_id"],
        "name": details.get("name", ""),
        "created_at": details["created_at"],
        "last_modified": now(),
        "description": details.get("description", ""),
        "author": details.get("author", ""),
        "tags": list(details.get("tags", ())),
    }


def _objective_metadata(objectives: Iterable[Objective]) -> dict[str, Any]:
    return {
        objective.name: {"label": objective.label or objective.name, "unit": objective.unit}
        for objective in objectives
        if objective.label or objective.unit
    }


def _model_config(state: SessionState) -> dict[str, Any] | None:
    record = state.model
    if record is None:
        return None
    target = state.table.target_names[0]
    params = {"nu": record["nu"]} if record.get("kernel") == "Matern" and "nu" in record else {}
    call = {
        "backend": record.get("backend"),
        "kernel": record.get("kernel"),
        "kernel_params": params or None,
    }
    metrics = record.get("metrics", {}).get(target, {})
    return {
        **call,
        "kernel_params": params,
        "hyperparameters": record.get("hyperparameters", {}).get(target, {}),
        "metrics": {name: metrics[name] for name in ("rmse", "mae", "r2") if name in metrics},
        "training_config": call,
    }
