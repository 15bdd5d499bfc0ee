"""The table on its way to the page: one binary trait, and small patches after it.

A table travels as one buffer: the length of a JSON header, the header, then each column as
little-endian numbers, or texts as JSON. A column without a single value has no bytes. See
``js/src/lib/table.ts`` for the other end.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.space.variable import Real

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optwidgets.data.cells import Cells
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState

#: Objective to row number to predicted mean and standard deviation.
Predictions = Mapping[str, Mapping[int, tuple[float, float]]]

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
    import numpy as np

    cells, space = state.table.cells, state.space
    numbers = cells.inputs([v.name for v in space if v.kind != "categorical"])
    columns: list[tuple[str, str, Sequence[Any] | NDArray[Any]]] = [
        ("id", "i4", cells.ids),
        ("state", "u1", cells.states),
        ("outside", "u1", _outside(state, cells)),
    ]
    for variable in space:
        if variable.kind == "categorical":
            columns.append((f"in:{variable.name}", "text", cells.listed(variable.name)))
        else:
            columns.append((f"in:{variable.name}", "f8", numbers[variable.name]))
    results = cells.outputs(state.table.target_names)
    none = (np.nan, np.nan)
    for name in state.table.target_names:
        known = predictions.get(name)
        told = [known.get(row.id, none) for row in cells.rows] if known else ()
        columns += [
            (f"out:{name}", "f8", results[name]),
            (f"mean:{name}", "f8", [mean for mean, _ in told]),
            (f"sd:{name}", "f8", [sd for _, sd in told]),
        ]
    columns += [("note", "text", cells.notes), ("reason", "text", cells.reasons)]
    return _pack(state.revision, len(cells.rows), columns)


def _outside(state: SessionState, cells: Cells) -> NDArray[np.uint8]:
    """Return 1 for each row outside the bounds or the constraints, (n,)."""
    import numpy as np

    flags = np.zeros(len(cells.rows), dtype=np.uint8)
    for variable in state.space:
        if isinstance(variable, Real):
            # A hundred thousand numbers at once; a missing one is never outside.
            column = cells.inputs([variable.name])[variable.name]
            flags |= (column < variable.low) | (column > variable.high)
        else:
            values = cells.listed(variable.name)
            inside = {value: value is None or variable.contains(value) for value in set(values)}
            flags |= np.array([not inside[value] for value in values], dtype=bool)
    if state.space.constraints:
        named = {name for rule in state.space.constraints for name in rule.variables}
        flags |= ~state.space.met(cells.inputs(sorted(named)))
    return flags


def _pack(
    revision: int, n: int, columns: list[tuple[str, str, Sequence[Any] | NDArray[Any]]]
) -> bytes:
    import numpy as np

    head: list[dict[str, Any]] = []
    buffers: list[bytes] = []
    offset = 0
    for key, dtype, values in columns:
        if dtype == "text":
            # Most notes are empty in all rows: such a column is not sent at all.
            texts = ["" if value is None else str(value) for value in values] if any(values) else []
            buffer = json.dumps(texts, ensure_ascii=False).encode() if texts else b""
        else:
            buffer = np.asarray(values, dtype=_DTYPES[dtype]).tobytes()
        head.append({"key": key, "dtype": dtype, "offset": offset, "length": len(buffer)})
        padding = -len(buffer) % 8
        buffers.append(buffer + bytes(padding))
        offset += len(buffer) + padding
    header = json.dumps(
        {"revision": revision, "rows": n, "columns": head}, ensure_ascii=False
    ).encode()
    header += b" " * (-(4 + len(header)) % 8)
    return struct.pack("<I", len(header)) + header + b"".join(buffers)
