"""Values along the only variable of a space: a curve, or a bar for each of its values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.plots import style
from optwidgets.plots.axes import VariableAxis
from optwidgets.plots.map_grid import allowed_of
from optwidgets.plots.reference import objective_of
from optwidgets.plots.words import escape, noise_of, result_text, value_text, with_unit

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model

Array = NDArray[np.float64]

# Points along a curve.
_FINE = 201


def draw_line(
    state: SessionState,
    model: Model,
    value: Callable[[Array], Array],
    *,
    what: str,
    title: str,
    unit: str,
    text: Callable[[float], str],
    best: tuple[Callable[[Array], Array], str] = (np.asarray, "highest"),
    note: str = "",
) -> Any:
    """Draw values along the only variable, with results below and awaited points on them.

    What a constraint of the space forbids is left out.

    Parameters
    ----------
    state, model
        Give the points; the model is over one variable.
    value
        From points, m x 1, to values (m,).
    unit
        Unit of the values.
    what, title, text, best, note
        As for `optwidgets.plots.maps.draw_map`.
    """
    axis = VariableAxis(model.data.encoding.space.variables[0])
    grid = axis.grid(_FINE)
    values = value(grid[:, None])
    allowed = allowed_of(state, model, grid[:, None])
    allowed = allowed if allowed.any() else np.ones_like(allowed)
    shown = values[allowed]
    top = int(np.argmax(np.where(allowed, best[0](values), -np.inf)))
    # A gain or a probability begins at 0; a bound lies wherever results do.
    from_zero = bool(0.0 <= shown.min() <= 0.2 * shown.max())
    span = style.padded(0.0 if from_zero else float(shown.min()), float(shown.max()))
    span[0] = 0.0 if from_zero else span[0]
    low, high = text(float(shown.min())), text(float(shown.max()))
    where = value_text(axis.variable, axis.variable.from_unit([grid[top]])[0])
    return style.make_figure(
        [
            *_curve(axis, grid, np.where(allowed, values, np.nan), span[0], text),
            *_marks(state, model, axis, value, span[0]),
        ],
        {
            "xaxis": axis.layout(),
            "yaxis": style.axis(title=with_unit(what[:1].upper() + what[1:], unit, 40), range=span),
        },
        title=title,
        alt=(
            f"{what[:1].upper()}{what[1:]} by {axis.variable.name}: from {low} to {high}, "
            f"{best[1]} at {where}."
        ),
        note=note,
        variables=[axis.variable.name],
    )


def _curve(
    axis: VariableAxis, grid: Array, values: Array, floor: float, text: Callable[[float], str]
) -> list[dict[str, Any]]:
    places = axis.places(grid)
    hover = [
        "" if np.isnan(v) else f"{escape(value_text(axis.variable, x))}: {escape(text(float(v)))}"
        for x, v in zip(axis.variable.from_unit(grid), values, strict=True)
    ]
    plain = [None if np.isnan(v) else float(v) for v in values]
    common = {"name": "value", "hovertext": hover, "hoverinfo": "text"}
    if axis.separate:
        left, right = axis.ends(grid)
        return [
            {
                "type": "bar",
                "x": places.tolist(),
                "y": [None if v is None else v - floor for v in plain],
                "base": floor,
                "width": (right - left).tolist(),
                "marker": {"color": style.SUGGESTED_DEEP},
                **common,
            }
        ]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": places.tolist(),
            "y": plain,
            "line": {"color": style.SUGGESTED, "width": 1.75},
            **common,
        }
    ]


def _marks(
    state: SessionState,
    model: Model,
    axis: VariableAxis,
    value: Callable[[Array], Array],
    floor: float,
) -> list[dict[str, Any]]:
    """Results at the foot, running and suggested points on the curve."""
    data, target, noise = model.data, objective_of(state, model), noise_of(state.table)
    found: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "results",
            "x": axis.places(data.X[:, 0]).tolist(),
            "y": [floor] * len(data),
            "customdata": [int(row) for row in data.rows],
            "cliponaxis": False,
            "marker": {"size": 6, "color": style.INK, "line": {"color": style.PAPER, "width": 1}},
            "hovertext": [
                f"row {row}: {escape(result_text(float(y), noise, target.unit))}"
                for row, y in zip(data.rows, data.y, strict=True)
            ],
            "hoverinfo": "text",
        }
    ]
    looks = {"running": ("circle", style.ACCENT, 8), "suggested": ("diamond", style.SUGGESTED, 10)}
    for word, (symbol, color, size) in looks.items():
        waiting = [row for row in state.table.pending() if row.state == word]
        units = axis.units(row.inputs.get(axis.variable.name) for row in waiting)
        known = np.flatnonzero(np.isfinite(units))
        if len(known) == 0:
            continue
        found.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": word,
                "x": axis.places(units[known]).tolist(),
                "y": value(units[known][:, None]).tolist(),
                "customdata": [int(waiting[i].id) for i in known],
                "marker": {
                    "symbol": symbol,
                    "size": size,
                    "color": style.PAPER,
                    "line": {"color": color, "width": 2},
                },
                "hovertext": [f"row {waiting[i].id}, {word}" for i in known],
                "hoverinfo": "text",
            }
        )
    return found
