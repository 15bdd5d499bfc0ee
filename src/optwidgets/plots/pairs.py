"""Results over every pair of variables and objectives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.plots import style
from optwidgets.plots.axes import VariableAxis
from optwidgets.plots.pair_grid import MAX_SHOWN, grid_layout, height_of, number_of, pairs_of
from optwidgets.plots.words import (
    escape,
    noise_of,
    objective_name,
    plural,
    result_text,
)

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState

Array = NDArray[np.float64]

#: Columns that are shown if nobody chooses.
_USUAL = 5
#: Marks of one cell; of more rows the best and the latest are shown.
_MAX_ROWS = 300


@dataclass(frozen=True)
class _Column:
    name: str
    title: tuple[str, str]
    places: Array
    layout: dict[str, Any]
    ordered: bool = True


def pairs(
    state: SessionState, objective: str | None = None, variables: Sequence[str] | None = None
) -> Any:
    """Rows over every pair of variables and objectives, the better the stronger.

    Parameters
    ----------
    state
        Experiments, space and objectives.
    objective
        Name of the objective that shades the marks; the first one if not given.
    variables
        Names of the variables and objectives that are shown, at most 7; the objectives
        (at most 3) and the first variables if not given.

    Returns
    -------
    plotly.graph_objects.Figure
        For each pair a trace ``results``, and ``suggested`` and ``failed`` ones as far as
        there are any.

    Raises
    ------
    OptwidgetsError
        For an unknown name, fewer than two or more than 7.

    Sources
    -------
    J. M. Chambers, W. S. Cleveland, B. Kleiner, P. A. Tukey, Graphical Methods for Data
    Analysis, Wadsworth 1983, chapter 5 (the scatterplot matrix).

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("x", "real", bounds=(0, 1))
    >>> for x in (0.1, 0.5, 0.9):
    ...     row = session.add_experiment({"x": x}, output=x)
    >>> figure = pairs(session.state)
    >>> figure.layout.meta["variables"], list(figure.data[0].y)
    (['x', 'Output'], [0.1, 0.5, 0.9])
    """
    target = state.table.objective(objective)
    names = _shown(state, variables, target)
    rows = [row for row in state.table if row.state != "excluded"]
    shown = _kept(rows, target)
    columns = [_column(state, name, shown) for name in names]
    traces: list[dict[str, Any]] = []
    groups = _groups(shown, target)
    words = [_words(row, target, noise_of(state.table)) for row in shown]
    for cell, (i, j) in enumerate(pairs_of(len(columns)), start=1):
        for name, places, marker in groups:
            traces.append(
                _marks(columns[j], columns[i], name, places, marker, shown, words, number_of(cell))
            )
    note = (
        f"{len(shown)} of {len(rows)} rows" if len(shown) < len(rows) else plural(len(rows), "row")
    )
    return style.make_figure(
        traces,
        grid_layout([column.layout for column in columns], [column.title for column in columns]),
        title="Pairs",
        alt=f"{plural(len(shown), 'row')} over every pair of {', '.join(names)}: "
        f"{_correlation_words(names, columns)}.",
        note=note,
        variables=names,
        height=height_of(len(names)),
        empty="" if rows else "No rows yet. Add results or plan some experiments.",
    )


def _shown(state: SessionState, variables: Sequence[str] | None, target: Objective) -> list[str]:
    outcomes = list(state.table.target_names)
    if variables is None:
        others = [name for name in outcomes if name != target.name]
        last = [target.name, *others][:3]
        names = [*state.space.names[: max(1, _USUAL - len(last))], *last]
    else:
        names = list(dict.fromkeys(variables))
        for name in names:
            if name not in outcomes:
                _ = state.space[name]
    if not 2 <= len(names) <= MAX_SHOWN:
        raise OptwidgetsError(
            f"Pairs are of 2 to {MAX_SHOWN} variables and objectives, not {len(names)}.",
            field="variables",
        )
    return names


def _value(row: Row, name: str) -> float:
    value = row.outputs.get(name) if row.state == "done" else None
    return math.nan if value is None else float(value)


def _kept(rows: list[Row], target: Objective) -> list[Row]:
    if len(rows) <= _MAX_ROWS:
        return rows
    done = [row for row in rows if math.isfinite(_value(row, target.name))]
    utility = target.utility(np.array([_value(row, target.name) for row in done]))
    best = np.argsort(-utility, kind="stable")[: _MAX_ROWS // 3]
    kept = {done[i].id for i in best}
    for row in reversed(rows):
        if len(kept) >= _MAX_ROWS:
            break
        kept.add(row.id)
    return [row for row in rows if row.id in kept]


def _column(state: SessionState, name: str, rows: list[Row]) -> _Column:
    if name in state.space:
        axis = VariableAxis(state.space[name])
        unit = axis.units(row.inputs.get(name) for row in rows)
        known = np.isfinite(unit)
        places = np.full(len(rows), np.nan)
        places[known] = axis.places(unit[known])
        title = (name, axis.variable.unit_text)
        return _Column(name, title, places, axis.small_layout(), ordered=not axis.labels)
    item = state.table.objective(name)
    values = np.array([_value(row, name) for row in rows], dtype=float)
    known = np.isfinite(values)
    span = [float(values[known].min()), float(values[known].max())] if known.any() else [0.0, 1.0]
    if span[0] == span[1]:
        span = style.padded(*span)
    return _Column(
        name,
        (objective_name(item), item.unit),
        values,
        style.axis(title="", range=span, nticks=3, automargin=False, exponentformat="e"),
    )


def _groups(rows: list[Row], target: Objective) -> list[tuple[str, list[int], dict[str, Any]]]:
    """Kinds of rows: name, their places, and how they are marked."""
    values = np.array([_value(row, target.name) for row in rows], dtype=float)
    done = np.flatnonzero(np.isfinite(values))
    # By rank: one outlier must not make all others equal.
    strength = np.full(len(rows), 0.3)
    if len(done):
        order = np.argsort(target.utility(values[done]), kind="stable")
        strength[done[order]] = (
            0.2 + 0.8 * np.linspace(0.0, 1.0, len(done)) if len(done) > 1 else 1.0
        )
    states = {
        "results": [i for i, row in enumerate(rows) if row.state == "done"],
        "suggested": [i for i, row in enumerate(rows) if row.state in ("suggested", "running")],
        "failed": [i for i, row in enumerate(rows) if row.state == "failed"],
    }
    looks: dict[str, dict[str, Any]] = {
        "results": {
            "size": 6,
            "color": style.MODEL,
            "opacity": strength[states["results"]].round(3).tolist(),
        },
        "suggested": {"size": 7, "color": style.SUGGESTED, "symbol": "diamond-open"},
        "failed": {"size": 6, "color": style.ERROR, "symbol": "x-thin-open"},
    }
    return [(name, places, looks[name]) for name, places in states.items() if places]


def _marks(
    x: _Column,
    y: _Column,
    name: str,
    places: list[int],
    marker: dict[str, Any],
    rows: list[Row],
    words: list[str],
    number: str,
) -> dict[str, Any]:
    def plain(column: _Column) -> list[float | None]:
        return [None if np.isnan(v) else float(v) for v in column.places[places]]

    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": plain(x),
        "y": plain(y),
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "customdata": [rows[i].id for i in places],
        "marker": marker,
        "hovertext": [words[i] for i in places],
        "hoverinfo": "text",
        "cliponaxis": False,
    }


def _words(row: Row, target: Objective, noise: float | None) -> str:
    value = _value(row, target.name)
    if not math.isfinite(value):
        return f"row {row.id}, {row.state}"
    return f"row {row.id}: {escape(result_text(value, noise, target.unit))}"


def _correlation_words(names: list[str], columns: list[_Column]) -> str:
    """Name the pair that goes together most."""
    strongest, words = 0.0, "too few results to tell what goes together"
    for i, j in pairs_of(len(columns)):
        known = np.isfinite(columns[i].places) & np.isfinite(columns[j].places)
        if known.sum() < 3 or not (columns[i].ordered and columns[j].ordered):
            continue
        one, two = columns[i].places[known], columns[j].places[known]
        if np.ptp(one) == 0 or np.ptp(two) == 0:
            continue
        found = float(np.corrcoef(one, two)[0, 1])
        if abs(found) > strongest:
            strongest = abs(found)
            way = "rises" if found > 0 else "falls"
            words = f"{names[i]} {way} most clearly with {names[j]}, correlation {found:.2f}"
    return words
