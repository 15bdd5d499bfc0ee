"""The table as a pandas DataFrame, built column by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.data.row import Row
from optwidgets.data.table import Table
from optwidgets.space.derived import derived_values
from optwidgets.space.space import Space

if TYPE_CHECKING:
    import pandas as pd

#: Column to field of a row, in the order of the frame.
BOOKKEEPING: dict[str, str] = {
    "State": "state",
    "Noise": "noise",
    "Note": "note",
    "Iteration": "iteration",
    "Reason": "reason",
    "Created": "created_at",
    "Finished": "finished_at",
}


def table_frame(table: Table, space: Space, rows: Sequence[Row] | None = None) -> pd.DataFrame:
    """All rows, or some, as a DataFrame.

    Parameters
    ----------
    table
        ``n`` rows.
    space
        Its variables give the first columns and their types.
    rows
        Rows to take instead of all.

    Returns
    -------
    DataFrame
        Index ``row``; columns are variables, what is derived from them, objectives, `BOOKKEEPING`, and last
        what removed variables and objectives left behind. Missing numbers are
        NaN (``Int64`` for whole numbers with gaps), texts of type ``str``.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> table = Table().with_rows([Row(1, {"T": 80.0}, {"Output": 1.5}, state="done")])
    >>> frame = table_frame(table, Space((Real("T", 60, 140),)))
    >>> frame[["T", "Output", "State"]].to_dict("index")
    {1: {'T': 80.0, 'Output': 1.5, 'State': 'done'}}
    """
    import numpy as np
    import pandas as pd

    found = list(table) if rows is None else list(rows)
    columns: dict[str, Any] = {}
    for variable in space:
        values = [row.inputs.get(variable.name) for row in found]
        columns[variable.name] = _column(values, variable.kind)
    columns |= derived_values(space.derived, [row.inputs for row in found])
    for name in table.target_names:
        columns[name] = _column([row.outputs.get(name) for row in found], "real")
    for name, field in BOOKKEEPING.items():
        kind = {"noise": "real", "iteration": "integer"}.get(field, "categorical")
        columns[name] = _column([getattr(row, field) for row in found], kind)
    for name in _left_behind((row.inputs for row in found), columns):
        columns[name] = _column([row.inputs.get(name) for row in found], "")
    for name in _left_behind((row.outputs for row in found), columns):
        columns[name] = _column([row.outputs.get(name) for row in found], "real")
    index = pd.Index(np.array([row.id for row in found], dtype=np.int64), name="row")
    return pd.DataFrame(columns, index=index)


def _left_behind(mappings: Iterable[Any], columns: Iterable[str]) -> list[str]:
    known = set(columns)
    names: dict[str, None] = {}
    for mapping in mappings:
        if not known.issuperset(mapping):
            names.update(dict.fromkeys(mapping))
    return [name for name in names if name not in known]


def _column(values: list[Any], kind: str) -> Any:
    """Array of the type that fits the kind; of another one if old values do not fit it."""
    import numpy as np
    import pandas as pd

    types = set(map(type, values))
    types.discard(type(None))
    gaps = None in values
    if kind == "categorical" and types <= {str}:
        return pd.array(values, dtype="str")
    if kind == "integer" and types <= {int}:
        return pd.array(values, dtype="Int64") if gaps else np.array(values, dtype=np.int64)
    if types <= {int, float} and kind != "categorical":
        return np.array(values, dtype=np.float64)  # None becomes NaN
    if types == {str}:
        return pd.array(values, dtype="str")
    return np.array(values, dtype=object)
