"""The table on its way to the page: one binary trait, and small patches after it.

A table travels as one buffer: the length of a JSON header, the header, then each column as
little-endian numbers, or texts as JSON. See ``js/src/lib/table.ts`` for the other end.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.data.suggestion import STATES
from optwidgets.space.variable import Real

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState

#: Objective to row number to predicted mean and standard deviation.
Predictions = Mapping[str, Mapping[int, tuple[float, float]]]

_STATE_CODE = {state: code for code, state in enumerate(STATES)}
_DTYPES = {"f8": "<f8", "i4": "<i4", "u1": "<u1"}


def columns_of(state: SessionState, noise: float | None) -> list[dict[str, Any]]:
    """Return what the page needs to know of each shown column, in order."""
    shown: list[dict[str, Any]] = []
    for variable in state.space:
        low, high = variable.bounds if variable.kind != "categorical" else (None, None)
        shown.append(
            {
                "key": f"in:{variable.name}",
                "name": variable.name,
                "role": "variable",
                "kind": variable.kind,
                "unit": getattr(variable, "unit", ""),
                "low": low,
                "high": high,
                "log": bool(getattr(variable, "log", False)),
                "categories": list(getattr(variable, "categories", ())) or None,
                "noise": None,
                "goal": None,
            }
        )
    for name in state.table.target_names:
        objective = state.table.objective(name)
        shown.append(
            {
                "key": f"out:{name}",
                "name": objective.label or name,
                "role": "objective",
                "kind": "result",
                "unit": objective.unit,
                "low": None,
                "high": None,
                "log": False,
                "categories": None,
                "noise": noise,
                "goal": objective.goal,
            }
        )
    note = dict.fromkeys(("low", "high", "categories", "noise", "goal"))
    shown.append(
        {"key": "note", "name": "Note", "role": "note", "kind": "text", "unit": "", "log": False}
        | note
    )
    return shown


def row_cells(row: Row, state: SessionState, predictions: Predictions) -> dict[str, Any]:
    """Return all cells of one row by the key of their column; None is missing."""
    cells: dict[str, Any] = {
        "id": row.id,
        "state": row.state,
        "outside": int(bool(state.space.outside(row.inputs))),
    }
    for variable in state.space:
        cells[f"in:{variable.name}"] = row.inputs.get(variable.name)
    for name in state.table.target_names:
        cells[f"out:{name}"] = row.outputs.get(name)
        mean, sd = predictions.get(name, {}).get(row.id, (None, None))
        cells[f"mean:{name}"] = mean
        cells[f"sd:{name}"] = sd
    return cells | {"note": row.note, "reason": row.reason}


def encode_table(state: SessionState, predictions: Predictions) -> bytes:
    """Return the whole table as one buffer.

    Parameters
    ----------
    state
        Of the session; its table has ``n`` rows.
    predictions
        Objective to row number to predicted mean and standard deviation.
    """
    rows = list(state.table)
    inputs = {name: [row.inputs.get(name) for row in rows] for name in state.space.names}
    columns: list[tuple[str, str, Iterable[Any]]] = [
        ("id", "i4", (row.id for row in rows)),
        ("state", "u1", (_STATE_CODE[row.state] for row in rows)),
        ("outside", "u1", _outside(state, inputs, len(rows))),
    ]
    for variable in state.space:
        dtype = "text" if variable.kind == "categorical" else "f8"
        columns.append((f"in:{variable.name}", dtype, inputs[variable.name]))
    none = (None, None)
    for name in state.table.target_names:
        known = predictions.get(name, {})
        columns += [
            (f"out:{name}", "f8", [row.outputs.get(name) for row in rows]),
            (f"mean:{name}", "f8", [known.get(row.id, none)[0] for row in rows]),
            (f"sd:{name}", "f8", [known.get(row.id, none)[1] for row in rows]),
        ]
    columns += [
        ("note", "text", [row.note for row in rows]),
        ("reason", "text", [row.reason for row in rows]),
    ]
    return _pack(state.revision, len(rows), columns)


def _floats(values: Iterable[float | None]) -> NDArray[np.float64]:
    """Return values as an array, NaN for the missing ones."""
    import numpy as np

    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _outside(state: SessionState, found: Mapping[str, list[Any]], n: int) -> NDArray[np.uint8]:
    """Return 1 for each of ``n`` rows outside the bounds or the constraints."""
    import numpy as np

    flags = np.zeros(n, dtype=np.uint8)
    for variable in state.space:
        values = found[variable.name]
        if isinstance(variable, Real):
            # A hundred thousand numbers at once; a missing one is never outside.
            numbers, low, high = _floats(values), variable.low, variable.high
            flags |= (numbers < low) | (numbers > high)
        else:
            inside = {value: value is None or variable.contains(value) for value in set(values)}
            flags |= np.array([not inside[value] for value in values], dtype=bool)
    if state.space.constraints:
        numbers_of = {
            name: _numbers(found[name])
            for rule in state.space.constraints
            for name in rule.variables
        }
        flags |= ~state.space.met(numbers_of)
    return flags


def _numbers(values: list[Any]) -> NDArray[np.float64]:
    """Return values as an array, NaN for those that are no number: a row kept from before."""
    return _floats(value if isinstance(value, (int, float)) else None for value in values)


def _pack(revision: int, n: int, columns: list[tuple[str, str, Iterable[Any]]]) -> bytes:
    import numpy as np

    head: list[dict[str, Any]] = []
    buffers: list[bytes] = []
    offset = 0
    for key, dtype, values in columns:
        if dtype == "text":
            texts = ["" if value is None else str(value) for value in values]
            buffer = json.dumps(texts, ensure_ascii=False).encode()
        else:
            numbers = _floats(values) if dtype == "f8" else np.array(list(values))
            buffer = numbers.astype(_DTYPES[dtype]).tobytes()
        head.append({"key": key, "dtype": dtype, "offset": offset, "length": len(buffer)})
        padding = -len(buffer) % 8
        buffers.append(buffer + bytes(padding))
        offset += len(buffer) + padding
    header = json.dumps(
        {"revision": revision, "rows": n, "columns": head}, ensure_ascii=False
    ).encode()
    header += b" " * (-(4 + len(header)) % 8)
    return struct.pack("<I", len(header)) + header + b"".join(buffers)
