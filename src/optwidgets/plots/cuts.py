"""Slices: what the model believes along each variable, through one point."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.plots import style
from optwidgets.plots.axes import VariableAxis
from optwidgets.plots.reference import (
    CURVE,
    best_place,
    cut,
    influence,
    nearness,
    objective_of,
    reference_point,
)
from optwidgets.plots.words import (
    escape,
    interval_text,
    noise_of,
    objective_name,
    result_text,
    value_text,
)

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model

Array = NDArray[np.float64]

#: Up to so many slices stand in one row.
PER_ROW = 6


def slices(state: SessionState, model: Model, at: Mapping[str, Any] | None = None) -> Any:
    """One small figure per variable: mean, 95 % interval of a new result, results near it.

    Results fade with their distance from the slice in the other variables; the best
    result is a dashed line. Above six variables the most influential come first.

    Parameters
    ----------
    state
        Gives the objective.
    model
        Fitted to n results.
    at
        Values that the other variables are held at; those of the best result if not
        given.

    Returns
    -------
    plotly.graph_objects.Figure
        Axes ``x``, ``x2`` … in the order of ``layout.meta["variables"]``.

    Raises
    ------
    OptwidgetsError
        When ``at`` names an unknown variable or an impossible value.
    """
    unit = reference_point(state, model, at)
    space = model.data.encoding.space
    order = list(range(len(space)))
    if len(order) > PER_ROW:
        moved = influence(model, unit)
        order.sort(key=lambda place: -moved[place])
    axes = [VariableAxis(space.variables[place]) for place in order]
    grids = [axis.grid(CURVE) for axis in axes]
    points = [cut(unit, place, grid) for place, grid in zip(order, grids, strict=True)]
    mean, sd = model.predict(np.vstack([*points, unit[None, :]]), observation_noise=True)
    ends = np.cumsum([len(grid) for grid in grids])[:-1]
    curves = list(zip(np.split(mean[:-1], ends), np.split(style.Z_95 * sd[:-1], ends), strict=True))

    target = objective_of(state, model)
    name, noise = objective_name(target), noise_of(state.table)
    best = float(model.data.y[best_place(model, target)])
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"shapes": [], "annotations": []}
    held = model.data.encoding.decode(unit[None, :])[0]
    words = []
    for number, (place, axis, grid, (middle, half)) in enumerate(
        zip(order, axes, grids, curves, strict=True), start=1
    ):
        suffix = "" if number == 1 else str(number)
        anchor = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
        traces += [trace | anchor for trace in _belief(axis, grid, middle, half)]
        traces.append(_results(state, model, unit, place, axis) | anchor)
        variable = axis.variable
        there = variable.name in held
        here = value_text(variable, held[variable.name]) if there else "not there"
        layout[f"xaxis{suffix}"] = axis.layout(
            title=f"<b>{escape(here, 24)}</b><br>{escape(variable.name, 24)}",
            anchor=f"y{suffix}",
            showticklabels=False,
        )
        # Below the line of the bounds, which are written by hand.
        layout[f"xaxis{suffix}"]["title"] |= {
            "standoff": 16,
            "font": {"size": 11, "color": style.INK},
        }
        layout["shapes"] += _lines(suffix, best, float(axis.places([unit[place]])[0]))
        layout["annotations"] += _ends(suffix, axis)
        words.append(f"{variable.name}: {shape_words(axis, grid, middle)}")
    span = style.padded(*_extent(model, curves, best))
    for key, part in arrange(len(axes), min(len(axes), PER_ROW), span).items():
        layout[key] = layout.get(key, {}) | part if isinstance(part, dict) else part
    here = interval_text(float(mean[-1]), float(sd[-1]), noise, target.unit)
    return style.make_figure(
        traces,
        layout,
        title="Slices",
        alt=(
            f"{name} against each variable, through a point with predicted {here}. "
            + "; ".join(words)
            + f". Best so far {result_text(best, noise, target.unit)}."
        ),
        note="",
        panels=len(axes),
        span=span,
        variables=[axis.variable.name for axis in axes],
    )


def arrange(panels: int, columns: int, span: list[float]) -> dict[str, Any]:
    """Domains and y axes of panels in rows; the page does the same for its width.

    Examples
    --------
    >>> layout = arrange(3, 2, [0.0, 1.0])
    >>> [layout[f"xaxis{n}"]["domain"][0] for n in ("", "2", "3")]
    [0.0, 0.505, 0.0]
    """
    rows = math.ceil(panels / columns)
    gap, depth = 0.01, 0.62 if rows > 1 else 1.0
    layout: dict[str, Any] = {"height": 40 + 190 * rows}
    for panel in range(panels):
        row, column = divmod(panel, columns)
        suffix = "" if panel == 0 else str(panel + 1)
        width = (1 - gap * (columns - 1)) / columns
        left = column * (width + gap)
        top = 1 - row / rows
        layout[f"xaxis{suffix}"] = {
            "domain": [round(left, 6), round(min(1.0, left + width), 6)],
        }
        layout[f"yaxis{suffix}"] = style.axis(
            domain=[round(max(0.0, top - depth / rows), 6), round(top, 6)],
            range=span,
            nticks=5,
            anchor=f"x{suffix}",
            showticklabels=column == 0,
        )
    return layout


def shape_words(axis: VariableAxis, grid: Array, mean: Array) -> str:  # noqa: PLR0911
    """Return the course of a curve in words.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> axis = VariableAxis(Real("T", 0, 100, unit="°C"))
    >>> grid = axis.grid(5)
    >>> shape_words(axis, grid, np.array([1.0, 2.0, 3.0, 2.0, 1.0]))
    'rising to 50.0 °C, then falling'
    >>> shape_words(axis, grid, np.arange(5.0)), shape_words(axis, grid, np.ones(5))
    ('rising', 'hardly changing')
    """
    variable = axis.variable
    low, high = int(np.argmin(mean)), int(np.argmax(mean))
    reach = float(np.ptp(mean))
    if not reach > 1e-3 * max(float(np.abs(mean).max()), 1e-300):
        return "hardly changing"

    def at(place: int) -> str:
        value = variable.from_unit([grid[place]])[0]
        return value_text(variable, value)

    if axis.labels:
        return f"highest for {at(high)}, lowest for {at(low)}"
    steps = np.diff(mean)
    if (steps >= -0.02 * reach).all():
        return "rising"
    if (steps <= 0.02 * reach).all():
        return "falling"
    last = len(mean) - 1
    if 0 < high < last and mean[high] - max(mean[0], mean[last]) > 0.02 * reach:
        return f"rising to {at(high)}, then falling"
    if 0 < low < last and min(mean[0], mean[last]) - mean[low] > 0.02 * reach:
        return f"falling to {at(low)}, then rising"
    return f"highest at {at(high)}, lowest at {at(low)}"


def _extent(model: Model, curves: list[tuple[Array, Array]], best: float) -> tuple[float, float]:
    lows = [float((middle - half).min()) for middle, half in curves]
    highs = [float((middle + half).max()) for middle, half in curves]
    y = model.data.y
    return min(*lows, best, float(y.min())), max(*highs, best, float(y.max()))


def _belief(axis: VariableAxis, grid: Array, mean: Array, half: Array) -> list[dict[str, Any]]:
    """Band and mean: a curve, or a bar for each separate value."""
    low, high = mean - half, mean + half
    if axis.separate:
        left, right = axis.ends(grid)
        x_band, y_band, x_mean, y_mean = [], [], [], []
        for a, b, bottom, top, middle in zip(left, right, low, high, mean, strict=True):
            x_band += [a, b, b, a, a, None]
            y_band += [bottom, bottom, top, top, bottom, None]
            x_mean += [a, b, None]
            y_mean += [middle, middle, None]
    else:
        places = axis.places(grid)
        x_band = np.concatenate([places, places[::-1]]).tolist()
        y_band = np.concatenate([low, high[::-1]]).tolist()
        x_mean, y_mean = places.tolist(), mean.tolist()
    band = {
        "type": "scatter",
        "mode": "lines",
        "name": "interval",
        "x": _plain(x_band),
        "y": _plain(y_band),
        "fill": "toself",
        "fillcolor": style.BAND,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "mean",
        "x": _plain(x_mean),
        "y": _plain(y_mean),
        "line": {"color": style.MODEL, "width": 1.75},
        "hoverinfo": "skip",
    }
    return [band, line]


def _plain(values: list[Any]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


def _results(
    state: SessionState, model: Model, unit: Array, place: int, axis: VariableAxis
) -> dict[str, Any]:
    data = model.data
    target, noise = objective_of(state, model), noise_of(state.table)
    near = nearness(data.X, unit, (place,), data.encoding.categorical_dims)
    order = np.argsort(near)  # the nearest are drawn last, on top
    variable = axis.variable
    values = variable.from_unit(data.X[:, place])
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "results",
        "x": axis.places(data.X[order, place]).tolist(),
        "y": data.y[order].tolist(),
        "customdata": [int(data.rows[i]) for i in order],
        "marker": {
            "size": 5,
            "color": style.INK,
            "opacity": (0.12 + 0.88 * near[order]).round(3).tolist(),
        },
        "hovertext": [
            f"row {data.rows[i]}: {escape(result_text(float(data.y[i]), noise, target.unit))}"
            f" at {escape(value_text(variable, values[i]))}"
            for i in order
        ],
        "hoverinfo": "text",
    }


def _lines(suffix: str, best: float, here: float) -> list[dict[str, Any]]:
    """Mark the best result so far, dashed, and where the slices cross."""
    across = {
        "type": "line",
        "xref": f"x{suffix} domain",
        "yref": f"y{suffix}",
        "x0": 0,
        "x1": 1,
        "y0": best,
        "y1": best,
        "line": {"color": style.INK, "width": 1, "dash": "dash"},
    }
    upright = {
        "type": "line",
        "xref": f"x{suffix}",
        "yref": f"y{suffix} domain",
        "x0": here,
        "x1": here,
        "y0": 0,
        "y1": 1,
        "line": {"color": style.ACCENT, "width": 1},
    }
    return [across, upright]


def _ends(suffix: str, axis: VariableAxis) -> list[dict[str, Any]]:
    """Write the bounds inside the width of the panel so that neighbours don't collide."""
    common = {
        "xref": f"x{suffix} domain",
        "yref": f"y{suffix} domain",
        "y": 0,
        "yanchor": "top",
        "yshift": -1,
        "showarrow": False,
        "font": {"size": 10, "color": style.INK_2},
    }
    if axis.labels:
        limit = max(3, 24 // len(axis.labels))
        return [
            {**common, "text": escape(label, limit), "xref": f"x{suffix}", "x": place}
            for place, label in enumerate(axis.labels)
        ]
    low, high = axis.ends_text()
    return [
        {**common, "text": low, "x": 0, "xanchor": "left"},
        {**common, "text": high, "x": 1, "xanchor": "right"},
    ]
