"""The table on its way to the page: one binary trait, and small patches after it.

A table travels as one buffer: the length of a JSON header, the header, then each column as
little-endian numbers, or texts as JSON. A column without a single value has no bytes. See
``js/src/lib/table.ts`` for the other end.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
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
    inputs = [row.inputs for row in rows]
    # As numbers once: they are sent, and they are compared with bounds and constraints.
    numbers = _numbers(inputs, [v.name for v in state.space if v.kind != "categorical"])
    # As they are for those that are compared with a list of values.
    listed = {
        variable.name: [row.get(variable.name) for row in inputs]
        for variable in state.space
        if not isinstance(variable, Real)
    }
    outputs = _numbers([row.outputs for row in rows], state.table.target_names)
    columns: list[tuple[str, str, Iterable[Any]]] = [
        ("id", "i4", [row.id for row in rows]),
        ("state", "u1", [_STATE_CODE[row.state] for row in rows]),
        ("outside", "u1", _outside(state, numbers, listed, len(rows))),
    ]
    for variable in state.space:
        if variable.name in numbers:
            columns.append((f"in:{variable.name}", "f8", numbers[variable.name]))
        else:
            columns.append((f"in:{variable.name}", "text", listed[variable.name]))
    none = (None, None)
    for name in state.table.target_names:
        known = predictions.get(name)
        told = [known.get(row.id, none) for row in rows] if known else ()
        columns += [
            (f"out:{name}", "f8", outputs[name]),
            (f"mean:{name}", "f8", _floats([mean for mean, _ in told])),
            (f"sd:{name}", "f8", _floats([sd for _, sd in told])),
        ]
    columns += [
        ("note", "text", [row.note for row in rows]),
        ("reason", "text", [row.reason for row in rows]),
    ]
    return _pack(state.revision, len(rows), columns)


def _numbers(
    cells: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """Return name to the number of each row, NaN for the missing ones."""
    import numpy as np

    if len(names) < 2:
        return {name: _floats([row.get(name) for row in cells]) for name in names}
    try:
        # One way through rows that have everything: 10,000 of them are more than a processor
        # keeps at hand, and a way for each column would fetch them anew. Nothing is kept on it,
        # so that no garbage collection begins.
        values = chain.from_iterable(map(itemgetter(*names), cells))
        block = np.fromiter(values, np.float64, len(cells) * len(names))
    except (KeyError, TypeError, ValueError):
        return {name: _floats([row.get(name) for row in cells]) for name in names}
    return dict(zip(names, block.reshape(-1, len(names)).T, strict=True))


def _floats(values: Sequence[Any]) -> NDArray[np.float64]:
    """Return values as an array, NaN for the missing ones."""
    import numpy as np

    try:
        return np.array(values, dtype=np.float64)  # None is NaN
    except (TypeError, ValueError):
        # A row kept from before its variable changed its kind may hold a text.
        told = [value if isinstance(value, (int, float)) else None for value in values]
        return np.array(told, dtype=np.float64)


def _outside(
    state: SessionState,
    numbers: Mapping[str, NDArray[np.float64]],
    listed: Mapping[str, Sequence[Any]],
    n: int,
) -> NDArray[np.uint8]:
    """Return 1 for each of ``n`` rows outside the bounds or the constraints."""
    import numpy as np

    flags = np.zeros(n, dtype=np.uint8)
    for variable in state.space:
        if isinstance(variable, Real):
            # A hundred thousand numbers at once; a missing one is never outside.
            column = numbers[variable.name]
            flags |= (column < variable.low) | (column > variable.high)
        else:
            values = listed[variable.name]
            inside = {value: value is None or variable.contains(value) for value in set(values)}
            flags |= np.array([not inside[value] for value in values], dtype=bool)
    if state.space.constraints:
        named = {name for rule in state.space.constraints for name in rule.variables}
        flags |= ~state.space.met(
            {name: numbers[name] if name in numbers else _floats(listed[name]) for name in named}
        )
    return flags


def _pack(revision: int, n: int, columns: list[tuple[str, str, Iterable[Any]]]) -> bytes:
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
