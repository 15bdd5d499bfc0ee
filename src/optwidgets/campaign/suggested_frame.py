"""Suggested rows as the table that a user gets: the variables, then what is expected of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.data.row import Row, SuggestionInfo
from optwidgets.space.space import Space

if TYPE_CHECKING:
    import pandas as pd

EXTRA_COLUMNS = ("mean", "std", "acquisition", "nearest", "feasible")


def extra_columns(targets: Iterable[str]) -> tuple[str, ...]:
    """Return the names that stand beside the variables, for objectives of these names.

    Examples
    --------
    >>> extra_columns(["Yield"])[-2:]
    ('mean_Yield', 'std_Yield')
    """
    each = (f"{word}_{name}" for name in targets for word in ("mean", "std"))
    return (*EXTRA_COLUMNS, *each)


def to_frame(
    space: Space,
    rows: Sequence[Row],
    message: str = "",
    reference: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return suggested rows as a table: the variables, then what is expected of them.

    The index is the number of the row in the experiments. ``attrs["message"]`` says
    what a user should know, such as that there was no model yet; ``attrs["reference_point"]``,
    with several objectives, the worst values that counted.
    """
    import pandas as pd

    columns: dict[str, Any] = {name: [row.inputs.get(name) for row in rows] for name in space.names}
    facts: dict[str, Callable[[SuggestionInfo], Any]] = {
        "mean": lambda info: info.mean,
        "std": lambda info: info.sd,
        "acquisition": lambda info: info.acquisition,
        "nearest": lambda info: info.nearest_row,
    }
    if any(row.suggestion is not None and row.suggestion.feasible is not None for row in rows):
        facts["feasible"] = lambda info: info.feasible
    each: dict[str, Callable[[SuggestionInfo], Any]] = {}
    for place, (name, _, _) in enumerate(_predicted(rows)):
        each[f"mean_{name}"] = _part_of(place, 1)
        each[f"std_{name}"] = _part_of(place, 2)
    if each:
        del facts["mean"], facts["std"]
        facts = each | facts
    for name, fact in facts.items():
        if name in columns:  # a variable of that name comes first
            continue
        values = [None if row.suggestion is None else fact(row.suggestion) for row in rows]
        columns[name] = pd.array(values, dtype="Int64" if name == "nearest" else "float64")
    frame = pd.DataFrame(columns, index=pd.Index([row.id for row in rows], name="row"))
    if message:
        frame.attrs["message"] = message
    if reference:
        frame.attrs["reference_point"] = dict(reference)
    return frame


def _predicted(rows: Sequence[Row]) -> tuple[tuple[str, float, float], ...]:
    """Predictions of the first row, where all rows have those of several objectives."""
    found = [row.suggestion.predicted if row.suggestion else () for row in rows]
    return found[0] if found and all(found) else ()


def _part_of(place: int, part: int) -> Callable[[SuggestionInfo], Any]:
    return lambda info: info.predicted[place][part]
