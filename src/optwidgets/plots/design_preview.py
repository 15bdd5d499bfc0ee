"""A plan of experiments before it is carried out: every pair of variables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.plots import style
from optwidgets.plots.axes import VariableAxis
from optwidgets.plots.pair_grid import MAX_SHOWN, grid_layout, height_of, number_of, pairs_of
from optwidgets.plots.words import escape, plural, value_text
from optwidgets.space.encoding import Encoding

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.space.variable import Variable

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "hexagon", "pentagon")
# What a plot or block of a run is called, the coarsest first.
_GROUPS = ("Block", "WholePlot")


def design_preview(
    state: SessionState,
    points: Sequence[Mapping[str, Any]] | None = None,
    variables: Sequence[str] | None = None,
) -> Any:
    """Planned runs over every pair of variables, the rows that are there beside them.

    Runs at one place are one larger mark; blocks and whole plots have marks of their own.

    Parameters
    ----------
    state
        Gives the space and the rows that are there; those that failed are left out.
    points
        Planned runs, as designs return them, n of them; the suggested rows if not given.
    variables
        Names of the variables that are shown, at most 7; the first ones if not given.

    Returns
    -------
    plotly.graph_objects.Figure
        For each pair a trace ``rows`` (if there are any) and one trace for each block,
        named ``planned`` or ``Block 1``, ...; with one variable its values in the order of
        the runs.

    Raises
    ------
    OptwidgetsError
        For no points, an unknown variable or more than 7.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> for name in "abc":
    ...     session.add_variable(name, "real", bounds=(0, 1))
    >>> figure = design_preview(session.state, session.generate_initial_design("ccd"))
    >>> len(figure.data), figure.layout.meta["variables"]
    (3, ['a', 'b', 'c'])
    """
    waiting: set[int] = set()
    if points is None:
        suggested = [row for row in state.table if row.state == "suggested"]
        points, waiting = [dict(row.inputs) for row in suggested], {row.id for row in suggested}
    if not points:
        raise OptwidgetsError("There are no planned points to show. Plan some first.")
    shown = _shown(state, variables)
    encoding = Encoding(state.space.chosen)
    encoding.encode(list(points))  # or the sentence that says what is wrong with one
    rows = [
        row
        for row in state.table
        if row.state != "failed" and row.id not in waiting and encoding.can_encode(row.inputs)
    ]
    axes = [VariableAxis(variable) for variable in shown]
    places = [_places(axis, points) for axis in axes]
    there = [_places(axis, [row.inputs for row in rows]) for axis in axes]
    groups = _groups(points)
    words = [_words(run, point, shown) for run, point in enumerate(points, start=1)]
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    if len(shown) == 1:
        orders = np.arange(1.0, len(points) + 1.0)
        layout["xaxis"] = style.axis(title="Run", range=[0.0, len(points) + 1.0])
        layout["yaxis"] = axes[0].layout()
        layout["yaxis"]["range"] = style.padded(*layout["yaxis"]["range"])
        traces += _planned(orders, places[0], groups, words, 1)
    else:
        titles = [(v.name, v.unit_text) for v in shown]
        layout = grid_layout([axis.small_layout() for axis in axes], titles)
    for cell, (i, j) in enumerate(pairs_of(len(shown)), start=1):
        if rows:
            ids = [f"Row {row.id}" for row in rows]
            traces.append(_marks(there[j], there[i], ids, cell, "rows", "circle-open", style.INK_2))
        traces += _planned(places[j], places[i], groups, words, cell)
    several = sorted(set(groups))
    in_groups = f" in {len(several)} blocks" if len(several) > 1 else ""
    return style.make_figure(
        traces,
        layout,
        title="Design",
        alt=f"{plural(len(points), 'planned run')}{in_groups} over "
        f"{', '.join(variable.name for variable in shown)}.",
        note=plural(len(points), "run"),
        variables=[variable.name for variable in shown],
        height=height_of(len(shown)),
    )


def _shown(state: SessionState, variables: Sequence[str] | None) -> list[Variable]:
    space = state.space.chosen
    names = space.names[:MAX_SHOWN] if variables is None else list(variables)
    if not 1 <= len(names) <= MAX_SHOWN:
        raise OptwidgetsError(
            f"A preview shows 1 to {MAX_SHOWN} variables, not {len(names)}. Name fewer.",
            field="variables",
        )
    return [space[name] for name in names]


def _places(axis: VariableAxis, points: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Where points stand on an axis; NaN where the variable has no part in one."""
    unit = axis.units(point.get(axis.variable.name) for point in points)
    known = np.isfinite(unit)
    found = np.full(len(unit), np.nan)
    found[known] = axis.places(unit[known])
    return found


def _groups(points: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name of each run's block or whole plot, ``planned`` without any."""
    for name in _GROUPS:
        if all(name in point for point in points):
            return [f"{name} {point[name]}" for point in points]
    return ["planned"] * len(points)


def _words(run: int, point: Mapping[str, Any], shown: Sequence[Variable]) -> str:
    values = (
        f"{escape(v.name)} {escape(value_text(v, point[v.name]))}"
        for v in shown
        if point.get(v.name) is not None
    )
    return f"Run {run}<br>" + "<br>".join(values)


def _planned(
    x: Any, y: Any, groups: Sequence[str], words: Sequence[str], cell: int
) -> list[dict[str, Any]]:
    """One trace for each group; runs at one place are one mark, larger by their number."""
    traces = []
    for turn, group in enumerate(dict.fromkeys(groups)):
        at: dict[tuple[float, float], list[int]] = defaultdict(list)
        for i, name in enumerate(groups):
            if name == group and np.isfinite(x[i]) and np.isfinite(y[i]):
                at[float(x[i]), float(y[i])].append(i)
        texts = [
            words[runs[0]] + (f"<br>{plural(len(runs), 'run')} here" if len(runs) > 1 else "")
            for runs in at.values()
        ]
        sizes = [min(7.0 + 2.5 * (len(runs) ** 0.5 - 1.0), 20.0) for runs in at.values()]
        xs, ys = zip(*at, strict=True) if at else ((), ())
        # Open marks around the first ones: blocks repeat the same places.
        symbol = _SYMBOLS[turn % len(_SYMBOLS)] + ("-open" if turn else "")
        sizes = [size + (4.0 if turn else 0.0) for size in sizes]
        trace = _marks(xs, ys, texts, cell, group, symbol, style.SUGGESTED)
        trace["marker"]["size"] = sizes
        traces.append(trace)
    return traces


def _marks(
    x: Any, y: Any, texts: Sequence[str], cell: int, name: str, symbol: str, colour: str
) -> dict[str, Any]:
    number = number_of(cell)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escape(name),
        "x": [None if np.isnan(value) else float(value) for value in x],
        "y": [None if np.isnan(value) else float(value) for value in y],
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "text": list(texts),
        "hovertemplate": "%{text}<extra></extra>",
        "cliponaxis": False,
        "marker": {
            "symbol": symbol,
            "color": colour,
            "size": 7,
            "line": {"width": 1, "color": style.PAPER if not symbol.endswith("open") else colour},
        },
    }
