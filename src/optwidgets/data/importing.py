"""Import with a dry run: first the report, then the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.data.columns import (
    MAX_BAD,
    BadValue,
    Column,
    check_bookkeeping,
    check_numbers,
    check_variable,
)
from optwidgets.data.frame import BOOKKEEPING
from optwidgets.data.import_report import ImportReport, Plan, count
from optwidgets.data.matching import match_columns
from optwidgets.data.reading import read_table
from optwidgets.data.table import Table
from optwidgets.space.space import Space
from optwidgets.space.text import enumerate_words, short

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["BadValue", "ImportReport", "plan_import", "read_table"]

#: More rows than this are kept, but no Gaussian process can learn from all of them.
MANY_ROWS = 100_000
CUT = "The last line of {} has no end. If the file was cut off, its last row is not whole."


def plan_import(
    df: pd.DataFrame,
    space: Space,
    table: Table,
    mapping: Mapping[str, str | None] | None = None,
) -> ImportReport:
    r"""Say what an import would do, without doing it.

    Parameters
    ----------
    df
        ``n`` rows, as `read_table` returns them. A million is fine.
    space, table
        What is there.
    mapping
        Column to our name, or None to leave it out; the others are matched by
        their names, without capitals, units and punctuation.

    Returns
    -------
    ImportReport

    Raises
    ------
    OptwidgetsError
        The mapping itself is wrong.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("T", 60, 140),))
    >>> report = plan_import(read_table("T\tOutput\n80\t71,5\n95\t\n"), space, Table())
    >>> report.n_rows, report.n_results, [row.state for row in report.rows]
    (2, 1, ['done', 'running'])
    """
    import numpy as np

    header = bool(df.attrs.get("header", True))
    match = match_columns([str(name) for name in df.columns], space, table, mapping, header=header)
    places = match.places
    inputs = [
        check_variable(variable, df.iloc[:, places[variable.name]])
        for variable in space
        if variable.name in places
    ]
    outputs = [
        check_numbers(name, df.iloc[:, places[name]])
        for name in table.target_names
        if name in places
    ]
    fields = {
        key: check_bookkeeping(key, name, df.iloc[:, places[name]])
        for name, key in BOOKKEEPING.items()
        if name in places
    }
    columns = [*inputs, *outputs, *fields.values()]
    used = np.zeros(len(df), dtype=bool)
    for column in columns:
        used |= ~column.missing
    if not columns:
        used[:] = False
    nothing = np.zeros(len(df), dtype=bool)
    bad = _any([column.bad for column in columns], nothing) & used
    absent = _absent(space, inputs, nothing)
    empty = {c.name: c.missing & ~absent.get(c.name, nothing) for c in (*inputs, *outputs)}
    beyond = {c.name: c.outside & ~absent.get(c.name, nothing) for c in inputs}
    gaps = _any([empty[column.name] for column in inputs], nothing)
    outside = _any(list(beyond.values()), nothing)
    known, repeated = _known_rows(inputs, outputs, table, used)
    details = sorted((item for column in columns for item in column.details), key=lambda b: b.row)
    results = _any([], nothing)
    if len(outputs) == len(table.target_names):
        results = used & ~_any([column.missing | column.bad for column in outputs], nothing)
    source = str(df.attrs.get("source", "the DataFrame"))
    missing_columns = tuple(
        name
        for name in (*space.names, *table.target_names)
        if name not in places and (name not in space or space[name].active_if is None)
    )
    problems = [*match.problems]
    if len(space) and not inputs:
        problems.append(_no_column_sentence(df, space))
    plan = Plan(table, inputs, outputs, fields, used, known)
    heads = [str(name) for name in df.columns]
    return ImportReport(
        source=source,
        n_rows=int(used.sum()),
        mapping={heads[place]: name for name, place in places.items()},
        unknown=match.unknown,
        missing_columns=missing_columns,
        missing={
            name: int((mask & used).sum()) for name, mask in empty.items() if (mask & used).any()
        },
        outside={name: int(mask.sum()) for name, mask in beyond.items() if mask.any()},
        outside_rows=int(outside.sum()),
        bad=tuple(details[:MAX_BAD]),
        n_bad=sum(int((column.bad & used).sum()) for column in columns),
        n_fit=int((used & ~bad & ~gaps).sum()) if inputs or not len(space) else 0,
        n_results=int(results.sum()),
        n_known=int(known.sum()),
        n_repeated=int(repeated.sum()),
        problems=tuple(problems),
        remarks=(
            *_remarks(inputs, outputs, used, known, repeated, missing_columns, table),
            *([CUT.format(short(source))] if df.attrs.get("cut") else ()),
        ),
        plan=plan,
    )


def _any(masks: list[NDArray[np.bool_]], nothing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    found = nothing.copy()
    for mask in masks:
        found |= mask
    return found


def _absent(
    space: Space, inputs: list[Column], nothing: NDArray[np.bool_]
) -> dict[str, NDArray[np.bool_]]:
    """Which rows a conditional variable is not there in: an empty cell misses nothing then."""
    import numpy as np

    if not space.conditional or not inputs:
        return {}
    every, names = np.arange(len(nothing)), [column.name for column in inputs]
    rows = zip(*(column.to_list(every) for column in inputs), strict=True)
    gone = [space.inactive(dict(zip(names, row, strict=True))) for row in rows]
    return {
        variable.name: np.array([variable.name in away for away in gone], dtype=bool)
        for variable in space.conditional
    }


def _no_column_sentence(df: pd.DataFrame, space: Space) -> str:
    heads = [short(str(name)) for name in df.columns]
    wanted = f"The first line should name {enumerate_words(space.names)}."
    if len(heads) == 1:
        return (
            f'There is one column, "{heads[0]}". Is it separated by something else than '
            f"comma, semicolon, tab or |? {wanted}"
        )
    if not heads:
        return f"There are no columns. {wanted}"
    return f"No column fits a variable; there are {enumerate_words(heads)}. {wanted}"


def _known_rows(
    inputs: list[Column], outputs: list[Column], table: Table, used: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows are in the table already, and which repeat an earlier one of the source."""
    import numpy as np
    import pandas as pd

    nothing = np.zeros(len(used), dtype=bool)
    if not inputs or not used.any():
        return nothing, nothing
    columns = {f"i{place}": column.cells for place, column in enumerate(inputs)}
    columns |= {f"o{place}": column.cells for place, column in enumerate(outputs)}
    keys = pd.util.hash_pandas_object(pd.DataFrame(columns), index=False).to_numpy()
    repeated = nothing.copy()
    repeated[used] = pd.Series(keys[used]).duplicated().to_numpy()
    if not len(table):
        return nothing, repeated
    old: dict[str, Any] = {}
    for label, found, mapping in (("i", inputs, "inputs"), ("o", outputs, "outputs")):
        for place, column in enumerate(found):
            values = [getattr(row, mapping).get(column.name) for row in table]
            kind = np.float64 if column.cells.dtype.kind == "f" else object
            try:
                old[f"{label}{place}"] = np.array(values, dtype=kind)
            except (TypeError, ValueError):  # values from before a change of the kind
                return nothing, repeated
    old_keys = pd.util.hash_pandas_object(pd.DataFrame(old), index=False).to_numpy()
    return used & np.isin(keys, old_keys), repeated


def _remarks(
    inputs: list[Column],
    outputs: list[Column],
    used: NDArray[np.bool_],
    known: NDArray[np.bool_],
    repeated: NDArray[np.bool_],
    missing_columns: tuple[str, ...],
    table: Table,
) -> Iterator[str]:
    import pandas as pd

    n = int(used.sum())
    if n == 0:
        yield "There are no rows to import."
        return
    for column in inputs:
        present = used & ~column.missing & ~column.bad
        if present.sum() > 1 and len(pd.unique(column.cells[present])) == 1:
            value = column.cells[present][0]
            shown = f"{value:g}" if isinstance(value, float) else short(value)
            yield f"{short(column.name)} is {shown} in every row, so its effect cannot be learned."
    absent = [name for name in table.target_names if name in missing_columns]
    if absent and not outputs:
        yield f"There is no result ({enumerate_words(absent)}), so the rows will be running."
    if known.any():
        verb = "is" if known.sum() == 1 else "are"
        yield (
            f"{count(int(known.sum()), 'row')} {verb} in the table already, with the same "
            "settings and results. Imported again, such rows count as repeats."
        )
    elif repeated.any():
        verb = "repeats" if repeated.sum() == 1 else "repeat"
        yield f"{count(int(repeated.sum()), 'row')} {verb} an earlier row exactly."
    if n > MANY_ROWS:
        yield f"{n:,} rows are kept, but a model learns from a few thousand at most."
