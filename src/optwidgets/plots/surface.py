"""The predicted mean over two variables as a surface in three dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from optwidgets.plots import style
from optwidgets.plots.axes import VariableAxis
from optwidgets.plots.map_grid import MapGrid, make_grid
from optwidgets.plots.reference import objective_of
from optwidgets.plots.words import (
    escape,
    noise_of,
    objective_name,
    result_text,
    shown_goal,
    with_unit,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model

    Array = NDArray[np.float64]

_SIDE = 31


def surface(
    state: SessionState,
    model: Model,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
) -> Any:
    """Predicted mean over two variables as a surface that can be turned.

    Parameters
    ----------
    state, model, x, y, at
        As for `optwidgets.plots.maps.contour`.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``surface`` and ``results`` in three dimensions.

    Raises
    ------
    OptwidgetsError
        As for a contour.
    """
    grid = make_grid(state, model, (x, y), at, _SIDE)
    target = objective_of(state, model)
    z = model.predict(grid.points)[0].reshape(grid.shape)
    shown = np.where(grid.allowed, z, np.nan) if grid.allowed.any() else z
    data, noise = model.data, noise_of(state.table)
    traces = [
        {
            "type": "surface",
            "name": "surface",
            "x": grid.axes[0].places(grid.grids[0]).tolist(),
            "y": grid.axes[1].places(grid.grids[1]).tolist(),
            "z": shown.astype(np.float32),
            "colorscale": [[0, style.PAPER], [1, style.MODEL]],
            "reversescale": target.sign < 0,
            "showscale": False,
            "hoverinfo": "x+y+z",
        },
        {
            "type": "scatter3d",
            "mode": "markers",
            "name": "results",
            "x": grid.axes[0].places(data.X[:, grid.places[0]]).tolist(),
            "y": grid.axes[1].places(data.X[:, grid.places[1]]).tolist(),
            "z": data.y.tolist(),
            "customdata": [int(row) for row in data.rows],
            "marker": {"size": 3, "color": style.INK},
            "hovertext": hover_words(data.rows, data.y, noise, target.unit),
            "hoverinfo": "text",
        },
    ]
    axes = {f"{letter}axis": _deep_axis(axis) for letter, axis in zip("xy", grid.axes, strict=True)}
    axes["zaxis"] = {"title": {"text": with_unit(objective_name(target), target.unit, 28)}}
    return style.make_figure(
        traces,
        {"scene": axes, "dragmode": "turntable"},
        title="Surface",
        alt=surface_words(grid, z, target, noise),
        note="others held" if grid.held else "",
        axes=list(grid.names),
    )


def _deep_axis(axis: VariableAxis) -> dict[str, Any]:
    """Layout of an axis of a scene, which knows fewer words than one of a plane."""
    found = axis.layout()
    known = {
        key: found[key] for key in ("type", "tickmode", "tickvals", "ticktext") if key in found
    }
    return known | {"title": {"text": found["title"]["text"]}}


def hover_words(rows: Any, y: Array, noise: float | None, unit: str) -> list[str]:
    """Say which row each result is, escaped."""
    return [
        f"row {row}: {escape(result_text(float(value), noise, unit))}"
        for row, value in zip(rows, y, strict=True)
    ]


def surface_words(grid: MapGrid, z: Array, target: Objective, noise: float | None) -> str:
    """Put a surface in a sentence."""
    seen = grid.allowed if grid.allowed.any() else np.ones_like(grid.allowed)
    row, column = np.unravel_index(
        int(np.argmax(np.where(seen, target.utility(z), -np.inf))), z.shape
    )
    low, high = (
        result_text(float(end), noise, target.unit) for end in (z[seen].min(), z[seen].max())
    )
    one, two = grid.names
    return (
        f"Surface of predicted {objective_name(target)} over {one} and {two}: from {low} to {high}, "
        f"{shown_goal(target)} at {grid.setting(int(row), int(column))}."
    )
