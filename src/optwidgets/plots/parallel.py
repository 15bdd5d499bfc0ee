"""Parallel coordinates: every row as a line over variables and objectives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.plots import style
from optwidgets.plots.axes import VariableAxis
from optwidgets.plots.words import (
    escape,
    narrow_name,
    noise_of,
    objective_name,
    plural,
    result_text,
    value_text,
)

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState

Array = NDArray[np.float64]

#: Lines beyond which they only blacken the figure: the best third and the latest stay.
MAX_LINES = 150

#: Axes that can be told apart in the width of a page.
MAX_AXES = 12

#: Axes up to which their ends are written; of more they would collide.
_MAX_FIGURES = 8
#: Letters that fit a line of a narrow figure.
_LETTERS = 40

#: Rows without a result: state, colour, dash.
_OTHERS = (("failed", style.ERROR, "dot"), ("suggested", style.SUGGESTED, "dash"))
#: Fifths of the results and how strong their lines are.
_SHADES = (("worst", 0.18), ("low", 0.32), ("middle", 0.5), ("high", 0.72), ("best", 1.0))


@dataclass(frozen=True)
class _Axis:
    """One upright axis: where each row crosses it (share of its height, NaN for nowhere)."""

    name: str
    unit: str
    shares: Array
    ticks: tuple[tuple[float, str], ...]


def parallel(
    state: SessionState, objective: str | None = None, variables: Sequence[str] | None = None
) -> Any:
    """Each row as a line over one axis for each variable and each objective.

    The better the result, the stronger the line; suggested rows are violet and end
    where nothing is measured yet, failed ones are red.

    Parameters
    ----------
    state
        Experiments, space and objectives.
    objective
        Name of the objective that shades the lines; the first one if not given.
    variables
        Names of the variables that are shown; as many of the first as fit 12 axes if not
        given.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``worst`` to ``best`` (fifths of the results), ``failed`` and ``suggested``, as
        far as there are any.

    Raises
    ------
    OptwidgetsError
        For an unknown variable, or more than 12 axes.

    Sources
    -------
    A. Inselberg, The Visual Computer 1 (1985) 69.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("x", "real", bounds=(0, 1))
    >>> for x in (0.1, 0.5, 0.9):
    ...     row = session.add_experiment({"x": x}, output=x)
    >>> figure = parallel(session.state)
    >>> [trace.name for trace in figure.data], figure.layout.meta["axes"]
    (['worst', 'middle', 'best'], ['x', 'Output'])
    """
    target = state.table.objective(objective)
    objectives = [state.table.objective(name) for name in state.table.target_names]
    names = _names(state, variables, len(objectives))
    rows, left_out = _rows(state, target)
    axes = [*_variable_axes(state, names, rows), *_outcome_axes(state, objectives, rows)]
    traces = _traces(rows, axes, target, state)
    shown = len(rows)
    labels = [*names, *(objective_name(item) for item in objectives)]
    return style.make_figure(
        traces,
        _layout(axes),
        title="Parallel coordinates",
        alt=f"{plural(shown, 'row')} over {', '.join(labels)}: {_best_words(state, names, rows, target)}",
        note=f"{shown} of {shown + left_out} rows" if left_out else "",
        empty="" if rows else "No rows yet. Add results or plan some experiments.",
        axes=[*names, *(item.name for item in objectives)],
    )


def _names(state: SessionState, variables: Sequence[str] | None, outcomes: int) -> list[str]:
    room = max(1, MAX_AXES - outcomes)
    if variables is None:
        return list(state.space.names[:room])
    names = [state.space[name].name for name in variables]
    if len(names) > room:
        raise OptwidgetsError(
            f"{len(names)} variables and {plural(outcomes, 'objective')} are more than "
            f"{MAX_AXES} axes. Name fewer variables.",
            field="variables",
        )
    return names


def _rows(state: SessionState, target: Objective) -> tuple[list[Row], int]:
    """Rows that are drawn, in order, and how many are left out."""
    known = [row for row in state.table if row.inputs and row.state != "excluded"]
    if len(known) <= MAX_LINES:
        return known, 0
    values = {row.id: _utility(row, target) for row in known}
    ranked = sorted(known, key=lambda row: values[row.id], reverse=True)
    kept = {row.id for row in ranked[: MAX_LINES // 3]}
    for row in reversed(known):
        if len(kept) >= MAX_LINES:
            break
        kept.add(row.id)
    return [row for row in known if row.id in kept], len(known) - len(kept)


def _utility(row: Row, target: Objective) -> float:
    value = row.outputs.get(target.name) if row.state == "done" else None
    if value is None or not np.isfinite(value):
        return -np.inf
    return float(target.utility(np.array([value], dtype=float))[0])


def _best_words(state: SessionState, names: list[str], rows: list[Row], target: Objective) -> str:
    best = max(rows, key=lambda row: _utility(row, target), default=None)
    if best is None or _utility(best, target) == -np.inf:
        return "no results yet."
    settings = [
        f"{name} {value_text(state.space[name], best.inputs[name])}"
        for name in names
        if best.inputs.get(name) is not None
    ]
    return f"the best, row {best.id}, has {', '.join(settings)}."


def _variable_axes(state: SessionState, names: list[str], rows: list[Row]) -> list[_Axis]:
    axes = []
    for name in names:
        variable = state.space[name]
        axis = VariableAxis(variable)
        # A row outside the bounds leaves its axis a little, and not the figure.
        shares = np.clip(axis.units(row.inputs.get(name) for row in rows), -0.06, 1.06)
        if axis.labels:
            last = max(1, len(axis.labels) - 1)
            ticks = tuple((i / last, escape(label, 8)) for i, label in enumerate(axis.labels))
        else:
            low, high = axis.ends_text()
            ticks = ((0.0, low), (1.0, high))
        axes.append(_Axis(name, variable.unit_text, shares, ticks))
    return axes


def _outcome_axes(
    state: SessionState, objectives: Sequence[Objective], rows: list[Row]
) -> list[_Axis]:
    axes = []
    noise = noise_of(state.table)
    for item in objectives:
        found = np.array([
            row.outputs.get(item.name, np.nan) if row.state == "done" else np.nan for row in rows
        ], dtype=float)  # fmt: skip
        known = found[np.isfinite(found)]
        name = objective_name(item)
        if not len(known):
            axes.append(_Axis(name, item.unit, np.full(len(rows), np.nan), ()))
            continue
        low, high = float(known.min()), float(known.max())
        width = high - low
        shares = (found - low) / width if width > 0 else np.where(np.isfinite(found), 0.5, np.nan)
        ends = ((0.0, low), (1.0, high)) if width > 0 else ((0.5, low),)
        ticks = tuple((place, escape(result_text(value, noise))) for place, value in ends)
        axes.append(_Axis(name, item.unit, shares, ticks))
    return axes


def _traces(
    rows: list[Row], axes: list[_Axis], target: Objective, state: SessionState
) -> list[dict[str, Any]]:
    values = np.array([_utility(row, target) for row in rows])
    done = np.flatnonzero(np.isfinite(values))
    traces = []
    # By rank and not by value: one outlier must not make all others equal.
    ranks = np.empty(len(done))
    ranks[np.argsort(values[done], kind="stable")] = np.arange(len(done))
    last = len(_SHADES) - 1
    fifth = np.rint(ranks / max(1, len(done) - 1) * last).astype(int)
    if len(done) == 1:
        fifth[0] = last
    for k, (name, opacity) in enumerate(_SHADES):
        chosen = done[fifth == k]
        if len(chosen):
            width = 2.0 if k == last else 1.25
            traces.append(
                _lines(name, chosen, rows, axes, state, target, style.MODEL, width, opacity)
            )
    for word, colour, dash in _OTHERS:
        states = ("suggested", "running") if word == "suggested" else (word,)
        chosen = np.array([i for i, row in enumerate(rows) if row.state in states], dtype=int)
        if len(chosen):
            found = _lines(word, chosen, rows, axes, state, target, colour, 1.25, 0.9)
            found["line"]["dash"] = dash
            traces.append(found)
    return traces


def _lines(
    name: str,
    chosen: NDArray[np.intp],
    rows: list[Row],
    axes: list[_Axis],
    state: SessionState,
    target: Objective,
    colour: str,
    width: float,
    opacity: float,
) -> dict[str, Any]:
    x: list[int | None] = []
    y: list[float | None] = []
    for i in chosen:
        x += [*range(len(axes)), None]
        y += [None if np.isnan(a.shares[i]) else round(float(a.shares[i]), 5) for a in axes]
        y.append(None)
    noise = noise_of(state.table)
    words = [_words(rows[i], target, noise) for i in chosen]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "connectgaps": False,
        "x": x,
        "y": y,
        "opacity": opacity,
        "customdata": [rows[i].id for i in chosen for _ in range(len(axes) + 1)],
        "line": {"color": colour, "width": width},
        "marker": {"size": 4, "color": colour},
        "hovertext": [text for text in words for _ in range(len(axes) + 1)],
        "hoverinfo": "text",
    }


def _words(row: Row, target: Objective, noise: float | None) -> str:
    value = row.outputs.get(target.name)
    if row.state != "done" or value is None:
        return f"row {row.id}, {row.state}"
    return f"row {row.id}: {escape(result_text(value, noise, target.unit))}"


def _layout(axes: list[_Axis]) -> dict[str, Any]:
    # Names take turns on up to three lines, so that neighbours don't collide.
    n = len(axes)
    lines = 1 if n <= 3 else 2 if n <= 6 else 3
    room = max(6, _LETTERS * lines // n)
    notes = []
    for place, axis in enumerate(axes):
        side = "left" if place == 0 else "right" if place == n - 1 else "center"
        notes.append(
            _note(place, 0.0, narrow_name(axis.name, axis.unit, room))
            | {"yanchor": "top", "yshift": -16 - 14 * (place % lines), "xanchor": side}
            | {"font": {"size": 11, "color": style.INK}}
        )
        last = place == n - 1
        for share, text in axis.ticks if n <= _MAX_FIGURES else ():
            beside = {"xanchor": "right" if last else "left", "xshift": -3 if last else 3}
            if share in (0.0, 1.0):
                beside |= {"yanchor": "top" if share == 0.0 else "bottom"}
                beside |= {"xshift": 0, "xanchor": side}
            notes.append(_note(place, share, text) | beside)
    upright = [
        {
            "type": "line",
            "layer": "below",
            "x0": place,
            "x1": place,
            "y0": 0,
            "y1": 1,
            "line": {"color": style.INK_2, "width": 1},
        }
        for place in range(n)
    ]
    plain = {"showgrid": False, "showline": False, "mirror": False, "showticklabels": False}
    return {
        "xaxis": style.axis(range=[-0.02, max(0.02, n - 0.98)], **plain),
        "yaxis": style.axis(range=[-0.06, 1.06], **plain),
        "shapes": upright,
        "annotations": notes,
        "margin": {"l": 12, "r": 12, "t": 18, "b": 18 + 14 * lines},
    }


def _note(place: float, share: float, text: str) -> dict[str, Any]:
    return {
        "x": place,
        "y": share,
        "text": text,
        "showarrow": False,
        "font": {"size": 10, "color": style.INK_2},
    }
