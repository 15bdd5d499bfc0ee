"""Maps over two variables: what the model predicts, and how little it knows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.plots import style
from optwidgets.plots.axes import VariableAxis
from optwidgets.plots.reference import (
    check_two,
    default_axes,
    objective_of,
    place_of,
    reference_point,
)
from optwidgets.plots.words import (
    escape,
    noise_of,
    objective_name,
    result_text,
    shown_goal,
    value_text,
)

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model

Array = NDArray[np.float64]

#: Points along each side of a map.
SIDE = 45

#: Bands that a map has at most.
BANDS = 10


def contour(
    state: SessionState,
    model: Model,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
) -> Any:
    """Predicted mean over two variables, the others held; the darker the better.

    Parameters
    ----------
    state
        Gives the objective, and the points that are suggested or running.
    model
        Fitted to n results.
    x, y
        Names of two variables; the most influential ones if not given.
    at
        Values of the other variables, and of the cross-hair; those of the best result
        if not given.

    Returns
    -------
    plotly.graph_objects.Figure
        Trace ``map`` first, then results (dots), suggested points (diamonds) and
        running ones (open circles).

    Raises
    ------
    OptwidgetsError
        With fewer than two variables, the same one twice, or an unknown one.
    """
    target = objective_of(state, model)
    return _map(
        state,
        model,
        (x, y),
        at,
        what=f"predicted {objective_name(target)}",
        title="Contour",
        color=style.MODEL_DEEP,
        reverse=target.sign < 0,
        pick=lambda mean, _: mean,
        mark=(target.utility, shown_goal(target)),
    )


def uncertainty(
    state: SessionState,
    model: Model,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
) -> Any:
    """Draw how little is known over two variables: the darker, the less.

    Parameters and errors as for `contour`. The noise of a single result is left out: this
    is what more experiments can change.

    Returns
    -------
    plotly.graph_objects.Figure
        As `contour`, in the colour of exploration.
    """
    return _map(
        state,
        model,
        (x, y),
        at,
        what="standard deviation",
        title="Uncertainty",
        color=style.SUGGESTED_DEEP,
        reverse=False,
        pick=lambda _, sd: sd,
        mark=(np.asarray, "highest"),
    )


def _map(
    state: SessionState,
    model: Model,
    names: tuple[str | None, str | None],
    at: Mapping[str, Any] | None,
    *,
    what: str,
    title: str,
    color: str,
    reverse: bool,
    pick: Any,
    mark: tuple[Callable[[Array], Array], str],
) -> Any:
    space = model.data.encoding.space
    places = _chosen(state, model, names)
    axes = [VariableAxis(space.variables[place]) for place in places]
    unit = reference_point(state, model, at)
    grids = [axis.grid(SIDE) for axis in axes]
    points = np.repeat(unit[None, :], len(grids[0]) * len(grids[1]), axis=0)
    points[:, places[0]] = np.tile(grids[0], len(grids[1]))
    points[:, places[1]] = np.repeat(grids[1], len(grids[0]))
    z = np.asarray(pick(*model.predict(points))).reshape(len(grids[1]), len(grids[0]))

    target = objective_of(state, model)
    noise = noise_of(state.table)
    cross = [float(axis.places([unit[place]])[0]) for axis, place in zip(axes, places, strict=True)]
    top = np.unravel_index(int(np.argmax(mark[0](z))), z.shape)
    peak = [
        value_text(axis.variable, axis.variable.from_unit([grid[i]])[0])
        for axis, grid, i in zip(axes, grids, (top[1], top[0]), strict=True)
    ]
    low, high = (result_text(float(bound), noise, target.unit) for bound in (z.min(), z.max()))
    one, two = (axis.variable.name for axis in axes)
    traces = [
        _surface(axes, grids, z, color, reverse=reverse),
        *_points(state, model, axes, places),
    ]
    return style.make_figure(
        traces,
        {
            "xaxis": axes[0].layout(),
            "yaxis": axes[1].layout(),
            "shapes": _cross(*cross),
        },
        title=title,
        alt=(
            f"{what[:1].upper()}{what[1:]} by {one} and {two}: from {low} to {high}, "
            f"{mark[1]} at {peak[0]} and {peak[1]}."
        ),
        note="others held" if len(space) > 2 else "",
        map=True,
        axes=[one, two],
        log=[axis.is_log for axis in axes],
        cross=cross,
    )


def _chosen(
    state: SessionState, model: Model, names: tuple[str | None, str | None]
) -> tuple[int, int]:
    space = model.data.encoding.space
    check_two(space)
    x, y = names
    if x is None or y is None:
        first, second = default_axes(state, model)
        free = [name for name in (first, second, *space.names) if name not in names]
        x = free.pop(0) if x is None else x
        y = free.pop(0) if y is None else y
    if x == y:
        raise OptwidgetsError(
            "A map needs two different variables. Choose another one for an axis.",
            field="variable",
        )
    return place_of(space, x), place_of(space, y)


def bands(low: float, high: float) -> tuple[float, float, float]:
    """Return first line, last line and step of at most ten bands with round limits.

    Examples
    --------
    >>> bands(22.4, 83.1), bands(5.0, 5.0)
    ((30.0, 80.0, 10.0), (5.0, 5.0, 1.0))
    """
    width = high - low
    if not width > 1e-9 * max(abs(low), abs(high), 1e-300):
        return low, low, 1.0
    raw = width / BANDS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * lead for lead in (1, 2, 2.5, 5, 10) if power * lead >= raw * (1 - 1e-9))
    first = math.floor(low / step + 1) * step
    last = math.ceil(high / step - 1) * step
    digits = max(0, 2 - math.floor(math.log10(step)))
    return round(first, digits), round(max(first, last), digits), round(step, digits)


def _surface(
    axes: list[VariableAxis], grids: list[Array], z: Array, color: str, *, reverse: bool
) -> dict[str, Any]:
    low, high = float(z.min()), float(z.max())
    first, last, step = bands(low, high)
    flat = high - low <= 1e-9 * max(abs(low), abs(high), 1e-300)
    common: dict[str, Any] = {
        "name": "map",
        "x": axes[0].places(grids[0]).tolist(),
        "y": axes[1].places(grids[1]).tolist(),
        # Six digits are more than a picture shows, and half of the message.
        "z": z.astype(np.float32),
        "zmin": low - 0.5 if flat else low,
        "zmax": high + 0.5 if flat else high,
        "reversescale": reverse,
        "showscale": False,
        "hoverinfo": "skip",
    }
    if any(axis.separate for axis in axes):
        # Between two categories there is nothing to interpolate: blocks, not lines.
        return common | {"type": "heatmap", "colorscale": _stepped(color), "zsmooth": False}
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    if round(step, decimals) != step:
        decimals += 1
    return common | {
        "type": "contour",
        "colorscale": [[0, style.PAPER], [1, color]],
        "contours": {
            "start": first,
            "end": last,
            "size": step,
            "coloring": "fill",
            "showlines": True,
            "showlabels": not flat,
            "labelformat": f".{decimals}f" if abs(step) >= 1e-4 and abs(last) <= 1e6 else ".2e",
            "labelfont": {"size": 10, "color": style.INK},
        },
        "line": {"width": 0.75, "color": style.PAPER, "smoothing": 0.8},
    }


def _stepped(color: str) -> list[list[Any]]:
    """Ten steps from paper to a colour, written as that colour over paper by its share."""
    ends = [tuple(int(text[i : i + 2], 16) for i in (1, 3, 5)) for text in (style.PAPER, color)]
    scale: list[list[Any]] = []
    for band in range(BANDS):
        share = band / (BANDS - 1)
        mixed = [round(a + share * (b - a)) for a, b in zip(*ends, strict=True)]
        text = "#{:02x}{:02x}{:02x}".format(*mixed)
        scale += [[band / BANDS, text], [(band + 1) / BANDS, text]]
    return scale


def _cross(x: float, y: float) -> list[dict[str, Any]]:
    line = {"type": "line", "line": {"color": style.ACCENT, "width": 1.25, "dash": "dot"}}
    return [
        line | {"xref": "x", "yref": "y domain", "x0": x, "x1": x, "y0": 0, "y1": 1},
        line | {"xref": "x domain", "yref": "y", "x0": 0, "x1": 1, "y0": y, "y1": y},
    ]


def _points(
    state: SessionState, model: Model, axes: list[VariableAxis], places: tuple[int, int]
) -> list[dict[str, Any]]:
    """Results, running and suggested points."""
    data = model.data
    target, noise = objective_of(state, model), noise_of(state.table)
    found = [
        _dots(axes, data.X[:, list(places)], list(data.rows), "results")
        | {
            "marker": {
                "size": 6,
                "color": style.INK,
                "line": {"color": style.PAPER, "width": 1},
            },
            "hovertext": [
                f"row {row}: {escape(result_text(float(value), noise, target.unit))}"
                for row, value in zip(data.rows, data.y, strict=True)
            ],
        }
    ]
    looks = {"running": ("circle", style.ACCENT, 8), "suggested": ("diamond", style.SUGGESTED, 10)}
    for word, (symbol, color, size) in looks.items():
        rows = [row for row in state.table.pending() if row.state == word]
        rows = [row for row in rows if data.encoding.can_encode(row.inputs)]
        if not rows:
            continue
        X = data.encoding.encode([row.inputs for row in rows])[:, list(places)]
        found.append(
            _dots(axes, X, [row.id for row in rows], word)
            | {
                "marker": {
                    "symbol": symbol,
                    "size": size,
                    "color": style.PAPER,
                    "line": {"color": color, "width": 2},
                },
                "hovertext": [_pending_words(row, noise, target.unit) for row in rows],
            }
        )
    return found


def _dots(axes: list[VariableAxis], X: Array, rows: list[int], name: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": axes[0].places(X[:, 0]).tolist(),
        "y": axes[1].places(X[:, 1]).tolist(),
        "customdata": [int(row) for row in rows],
        "hoverinfo": "text",
    }


def _pending_words(row: Row, noise: float | None, unit: str) -> str:
    info = row.suggestion
    words = f"row {row.id}, {row.state}"
    if info is None or info.mean is None:
        return words
    return f"{words}: predicted {escape(result_text(info.mean, noise, unit))}"
