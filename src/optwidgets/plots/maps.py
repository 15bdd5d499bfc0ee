"""Maps over two variables: what the model predicts, and how little it knows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from html import unescape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.plots import style
from optwidgets.plots.map_grid import MapGrid, make_grid
from optwidgets.plots.reference import objective_of
from optwidgets.plots.words import escape, noise_of, objective_name, result_text, shown_goal

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model
    from optwidgets.plots.axes import VariableAxis

Array = NDArray[np.float64]

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
    grid = make_grid(state, model, (x, y), at)
    noise = noise_of(state.table)
    return draw_map(
        state,
        model,
        grid,
        model.predict(grid.points)[0].reshape(grid.shape),
        what=f"predicted {objective_name(target)}",
        title="Contour",
        color=style.MODEL_DEEP,
        reverse=target.sign < 0,
        text=lambda value: result_text(value, noise, target.unit),
        best=(target.utility, shown_goal(target)),
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
    target = objective_of(state, model)
    grid = make_grid(state, model, (x, y), at)
    return draw_map(
        state,
        model,
        grid,
        model.predict(grid.points)[1].reshape(grid.shape),
        what=f"standard deviation of {objective_name(target)}",
        title="Uncertainty",
        color=style.SUGGESTED_DEEP,
        reverse=False,
        text=lambda value: result_text(value, unit=target.unit),
    )


def draw_map(
    state: SessionState,
    model: Model,
    grid: MapGrid,
    z: Array,
    *,
    what: str,
    title: str,
    color: str,
    reverse: bool,
    text: Callable[[float], str],
    best: tuple[Callable[[Array], Array], str] = (np.asarray, "highest"),
    note: str = "",
) -> Any:
    """Draw values over the points of a grid, with results, suggested and running points.

    Where a constraint of the space is broken, a grey veil lies over the map.

    Parameters
    ----------
    state, model
        Give the points.
    grid, z
        Points and their values, ny x nx.
    what, title
        What is drawn, for the sentence, and the name of the figure.
    color, reverse
        Colour of the darkest band, and whether that is the lowest.
    text
        How a value is written.
    best
        What values are worth, and what the one worth most is called.
    note
        A few words beside the title.
    """
    seen = grid.allowed if grid.allowed.any() else np.ones_like(grid.allowed)
    inside = np.where(seen, best[0](z), -np.inf)
    row, column = np.unravel_index(int(np.argmax(inside)), z.shape)
    low, high = (text(float(bound)) for bound in (z[seen].min(), z[seen].max()))
    one, two = grid.names
    traces = [_surface(grid, z, color, reverse=reverse)]
    if not grid.allowed.all():
        traces.append(_veil(grid))
    x = grid.axes[0].layout()
    if grid.held:
        x["title"]["text"] += f'<br><span style="font-size:10px">at {grid.held}</span>'
    outside = "" if grid.allowed.all() else " Grey: outside the constraints."
    held = f", at {unescape(grid.held)}" if grid.held else ""
    return style.make_figure(
        [*traces, *_points(state, model, grid)],
        {"xaxis": x, "yaxis": grid.axes[1].layout(), "shapes": _cross(*grid.cross)},
        title=title,
        alt=(
            f"{what[:1].upper()}{what[1:]} by {one} and {two}{held}: from {low} to {high}, "
            f"{best[1]} at {grid.setting(int(row), int(column))}.{outside}"
        ),
        note=note or ("grey: not allowed" if outside else ""),
        map=True,
        axes=[one, two],
        log=[axis.is_log for axis in grid.axes],
        cross=grid.cross,
    )


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


def _veil(grid: MapGrid) -> dict[str, Any]:
    """Cover what breaks a constraint; the map below stays to be seen."""
    return {
        # Not a heat map: plotly draws those below all contours.
        "type": "contour",
        "name": "outside",
        "x": grid.axes[0].places(grid.grids[0]).tolist(),
        "y": grid.axes[1].places(grid.grids[1]).tolist(),
        "z": grid.allowed.astype(np.uint8),
        "contours": {"type": "constraint", "operation": ">", "value": 0.5},
        "fillcolor": style.VEIL,
        "line": {"color": style.INK_2, "width": 0.75},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _surface(grid: MapGrid, z: Array, color: str, *, reverse: bool) -> dict[str, Any]:
    axes, grids = grid.axes, grid.grids
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


def _points(state: SessionState, model: Model, grid: MapGrid) -> list[dict[str, Any]]:
    """Results, running and suggested points."""
    data, axes, places = model.data, grid.axes, grid.places
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
        waiting = [row for row in state.table.pending() if row.state == word]
        # An observed variable has no value yet: both axes are enough to show the row.
        X = np.stack(
            [axis.units(row.inputs.get(axis.variable.name) for row in waiting) for axis in axes],
            axis=1,
        )
        places_known = np.flatnonzero(np.isfinite(X).all(axis=1))
        rows, X = [waiting[i] for i in places_known], X[places_known]
        if not rows:
            continue
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


def _dots(
    axes: tuple[VariableAxis, VariableAxis], X: Array, rows: list[int], name: str
) -> dict[str, Any]:
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
