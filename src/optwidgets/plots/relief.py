"""The predicted mean as a surface drawn on paper.

Pages have a small plotly without WebGL: there the surface is projected here, as strips
from the back to the front, each hiding what lies behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.plots import style
from optwidgets.plots.axes import VariableAxis
from optwidgets.plots.map_grid import MapGrid, make_grid
from optwidgets.plots.reference import nearness, objective_of
from optwidgets.plots.surface import hover_words, surface, surface_words
from optwidgets.plots.words import (
    escape,
    narrow_name,
    noise_of,
    objective_name,
    result_text,
)

if TYPE_CHECKING:
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model

__all__ = ["project", "relief", "surface"]

Array = NDArray[np.float64]

_FLAT_SIDE = 25
# Oblique projection: how far the back edge is moved right and up, and how high the top is.
_RIGHT, _UP, _HIGH = 0.42, 0.40, 0.72
# Room for figures at the left and at the right.
_SIDES = 42
_BANDS = (style.PAPER, *style.SHADES, style.MODEL_DEEP)
# Share of its width that a separate value takes.
_PLATEAU = 0.42


def relief(
    state: SessionState,
    model: Model,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
) -> Any:
    """Predicted mean over two variables as a surface drawn in two dimensions.

    Parameters
    ----------
    state, model, x, y, at
        As for `optwidgets.plots.maps.contour`.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``strip`` from the back to the front, ``wall`` (two), ``results``, and
        ``suggested`` if there are any; both axes are those of the paper.

    Raises
    ------
    OptwidgetsError
        As for a contour.
    """
    grid = make_grid(state, model, (x, y), at, _FLAT_SIDE)
    target = objective_of(state, model)
    z = model.predict(grid.points)[0].reshape(grid.shape)
    low, high = _height_range(z, model.data.y)
    width = high - low
    scale = 1.0 / width if width > 1e-12 * max(abs(low), abs(high)) else 0.0
    h = (z - low) * scale if scale else np.full(z.shape, 0.5)
    worth = np.asarray(target.utility(z), dtype=float)
    spread = float(np.ptp(worth))
    good = (worth - worth.min()) / spread if scale and spread > 0 else np.full(z.shape, 0.5)
    u, v, (h, good, kept) = _edges(grid, h, good, grid.allowed.astype(np.float64))
    noise = noise_of(state.table)
    traces = [
        *_strips(u, v, h, good, kept),
        *_walls(u, v, h),
        *_points(state, model, grid, low, scale, noise, target),
    ]
    blank = {
        "showgrid": False,
        "showline": False,
        "mirror": False,
        "showticklabels": False,
        "automargin": False,
    }
    ends = [
        escape(result_text(end, noise or (width / 100 if width else None))) for end in (low, high)
    ]
    return style.make_figure(
        traces,
        {
            "xaxis": style.axis(range=[0.0, 1.0 + _RIGHT], **blank),
            "yaxis": style.axis(range=[0.0, _UP + _HIGH + 0.06], **blank),
            "margin": {"l": _SIDES, "r": _SIDES, "t": 8, "b": 34},
            "annotations": _words(grid, ends if scale else ends[:1], target),
        },
        title="Surface",
        alt=surface_words(grid, z, target, noise),
        note="others held" if grid.held else "",
        axes=list(grid.names),
    )


def project(u: Array, v: Array, h: Array) -> tuple[Array, Array]:
    """From right, back and up (each 0 to 1) to the paper.

    Examples
    --------
    >>> [float(part) for part in project(np.array(1.0), np.array(0.0), np.array(1.0))]
    [1.0, 0.72]
    """
    return u + _RIGHT * v, _UP * v + _HIGH * h


def _height_range(z: Array, y: Array) -> tuple[float, float]:
    """From floor to top: the surface, and results as far as they do not flatten it."""
    room = 0.35 * float(np.ptp(z))
    low = max(float(min(z.min(), y.min())), float(z.min()) - room)
    high = min(float(max(z.max(), y.max())), float(z.max()) + room)
    return low, high


def _edges(grid: MapGrid, *values: Array) -> tuple[Array, Array, list[Array]]:
    """Edges to the right and back, and values of the points there."""
    u, v, found = grid.grids[0], grid.grids[1], []
    for value in values:
        u, wide = _spread(grid.axes[0], grid.grids[0], value)
        v, turned = _spread(grid.axes[1], grid.grids[1], wide.T)
        found.append(turned.T)
    return u, v, found


def _spread(axis: VariableAxis, grid: Array, h: Array) -> tuple[Array, Array]:
    """Edges along one axis, and heights there: separate values become plateaus.

    ``h`` has one column for each point of the grid.
    """
    if not axis.separate:
        return grid, h
    k = len(grid)
    middles = (np.arange(k) + 0.5) / k
    edges = np.stack([middles - _PLATEAU / k, middles + _PLATEAU / k], axis=1).ravel()
    return edges, np.repeat(h, 2, axis=1)


def _middles(axis: VariableAxis, unit: Array, grid: Array) -> Array:
    """Where points stand along an axis as `_spread` draws it."""
    if not axis.separate:
        return unit
    nearest: Array = np.abs(unit[:, None] - grid).argmin(axis=1).astype(np.float64)
    return (nearest + 0.5) / len(grid)


def _strips(u: Array, v: Array, h: Array, good: Array, kept: Array) -> list[dict[str, Any]]:
    """One polygon for each run of one shade, strip by strip from the back.

    The better the darker; what breaks a constraint is grey.
    """
    traces = []
    last = len(_BANDS) - 1
    for j in range(len(v) - 2, -1, -1):
        front, back = h[j], h[j + 1]
        share = 0.25 * (good[j, :-1] + good[j, 1:] + good[j + 1, :-1] + good[j + 1, 1:])
        shades = np.clip(np.rint(share * last), 0, last).astype(int)
        inside = np.minimum(kept[j], kept[j + 1])
        shades[np.minimum(inside[:-1], inside[1:]) < 0.5] = -1
        start = 0
        for end in range(1, len(shades) + 1):
            if end < len(shades) and shades[end] == shades[start]:
                continue
            run = slice(start, end + 1)
            fx, fy = project(u[run], np.full(end + 1 - start, v[j]), front[run])
            bx, by = project(u[run], np.full(end + 1 - start, v[j + 1]), back[run])
            colour = style.LINE if shades[start] < 0 else _BANDS[shades[start]]
            traces.append(_polygon("strip", fx, fy, bx, by, colour))
            start = end
    return traces


def _walls(u: Array, v: Array, h: Array) -> list[dict[str, Any]]:
    """Draw the right and the front side, down to the floor."""
    ones, zeros = np.full(len(v), u[-1]), np.full(len(u), v[0])
    right = (*project(ones, v, h[:, -1]), *project(ones, v, np.zeros(len(v))))
    front = (*project(u, zeros, h[0]), *project(u, zeros, np.zeros(len(u))))
    return [_polygon("wall", *right, style.HAIR), _polygon("wall", *front, style.HAIR)]


def _polygon(name: str, fx: Array, fy: Array, bx: Array, by: Array, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": np.concatenate([fx, bx[::-1], fx[:1]]).round(4).tolist(),
        "y": np.concatenate([fy, by[::-1], fy[:1]]).round(4).tolist(),
        "fill": "toself",
        "fillcolor": colour,
        "line": {"color": style.MODEL if name == "strip" else style.LINE, "width": 0.4},
        "hoverinfo": "skip",
    }


def _points(
    state: SessionState,
    model: Model,
    grid: MapGrid,
    low: float,
    scale: float,
    noise: float | None,
    target: Objective,
) -> list[dict[str, Any]]:
    """Results at their heights, and suggested points at their predictions."""
    data = model.data

    def marks(name: str, X: Array, heights: Array, **look: Any) -> dict[str, Any]:
        u, v = (
            np.clip(_middles(axis, X[:, place], own), -0.05, 1.05)
            for axis, place, own in zip(grid.axes, grid.places, grid.grids, strict=True)
        )
        h = np.clip((heights - low) * scale, -0.04, 1.04) if scale else np.full(len(X), 0.5)
        x, y = project(u, v, h)
        common = {"type": "scatter", "mode": "markers", "name": name, "hoverinfo": "text"}
        return {**common, "x": x.round(4).tolist(), "y": y.round(4).tolist(), **look}

    near = nearness(data.X, grid.unit, grid.places, data.encoding.categorical_dims)
    found = [
        marks(
            "results",
            data.X,
            data.y,
            customdata=[int(row) for row in data.rows],
            marker={
                "size": 6,
                "color": style.INK,
                "line": {"color": style.PAPER, "width": 1},
                # As in slices: what is far off in the other variables is faint.
                "opacity": (0.12 + 0.88 * near).round(3).tolist(),
            },
            hovertext=hover_words(data.rows, data.y, noise, target.unit),
        )
    ]
    # What is not known of a row yet, such as an observed variable, is as in the map.
    here = data.encoding.decode(grid.unit[None, :])[0]
    rows = state.table.pending()
    points = [{**here, **row.inputs} for row in rows]
    known = [data.encoding.can_encode(point) for point in points]
    waiting = [row for row, fine in zip(rows, known, strict=True) if fine]
    if waiting:
        X = data.encoding.encode([point for point, fine in zip(points, known, strict=True) if fine])
        look = {"symbol": "diamond", "size": 9, "color": style.PAPER}
        found.append(
            marks(
                "suggested",
                X,
                model.predict(X)[0],
                customdata=[row.id for row in waiting],
                marker={**look, "line": {"color": style.SUGGESTED, "width": 2}},
                hovertext=[f"row {row.id}, {row.state}" for row in waiting],
            )
        )
    return found


def _words(grid: MapGrid, ends: list[str], target: Objective) -> list[dict[str, Any]]:
    """Names and ends of the three axes, written along the edges."""

    def note(x: float, y: float, text: str, **more: Any) -> dict[str, Any]:
        font = {"size": 10, "color": style.INK_2}
        return {"x": x, "y": y, "text": text, "showarrow": False, "font": font, **more}

    found = []
    for i, axis in enumerate(grid.axes):
        name = narrow_name(axis.variable.name, axis.variable.unit_text, 20 if i == 0 else 15)
        ticks = _ticks(axis, grid.grids[i])
        for share, text in ticks:
            if i == 0:
                anchor = "right" if share == 1.0 else "center"
                found.append(note(share, 0.0, text, yanchor="top", xanchor=anchor))
            else:
                x, y = 1.0 + _RIGHT * share, _UP * share
                up = "bottom" if share == 0.0 else "middle"
                found.append(note(x, y, text, xanchor="left", xshift=6, yanchor=up))
        if i == 0:
            found.append(note(0.5, 0.0, name, yanchor="top", yshift=-14))
        else:
            end = {"x": 1.0 + _RIGHT, "y": 0.25 * _UP, "xshift": _SIDES - 4}
            found.append(note(text=name, xanchor="right", yanchor="top", **end))
    for k, text in enumerate(ends):
        height = _HIGH * (k if len(ends) > 1 else 0.5)
        up = "bottom" if height == 0.0 else "middle"
        found.append(note(0.0, height, text, xanchor="right", xshift=-4, yanchor=up))
    label = narrow_name(objective_name(target), target.unit, 24)
    found.append(note(0.0, _HIGH, label, xanchor="left", yanchor="bottom", xshift=-32, yshift=8))
    return found


def _ticks(axis: VariableAxis, grid: Array) -> list[tuple[float, str]]:
    if axis.labels:
        k = len(axis.labels)
        return [((i + 0.5) / k, escape(label, 8)) for i, label in enumerate(axis.labels)]
    low, high = axis.ends_text()
    half = 0.5 / len(grid) if axis.separate else 0.0
    return [(half, low), (1.0 - half, high)]
