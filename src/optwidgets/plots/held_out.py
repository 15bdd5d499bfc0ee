"""Predicted against measured, each result predicted without itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optwidgets.models.validation import Validation, cross_validate
from optwidgets.plots import style
from optwidgets.plots.words import (
    escape,
    interval_text,
    narrow_name,
    noise_of,
    objective_name,
    plural,
    result_text,
    share_text,
)

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model


def parity(state: SessionState, model: Model, validation: Validation | None = None) -> Any:
    """Held-out predictions with their 95 % intervals against the measured values.

    A result that its interval misses has the warn colour.

    Parameters
    ----------
    state
        Gives the objective's label and noise.
    model
        Fitted to n results.
    validation
        Its cross-validation; computed if not given.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``inside`` and, if there are any, ``missed``; the dashed line is perfect
        agreement.
    """
    checked = cross_validate(model) if validation is None else validation
    data = model.data
    target = state.table.objective(
        data.objective if data.objective in state.table.target_names else None
    )
    name, unit, noise = objective_name(target), target.unit, noise_of(state.table)
    half = style.Z_95 * checked.sd
    missed = np.abs(data.y - checked.mean) > half
    traces = [
        _points(
            data.rows, data.y, checked.mean, half, ~missed, "inside", style.INK, style.MODEL, noise,
            unit,
        )
    ]  # fmt: skip
    if missed.any():
        traces.append(
            _points(
                data.rows, data.y, checked.mean, half, missed, "missed", style.WARN, style.WARN,
                noise, unit,
            )
        )  # fmt: skip
    # Intervals may leave the frame: one wild row must not squeeze all others.
    low = float(min(data.y.min(), checked.mean.min(), np.quantile(checked.mean - half, 0.1)))
    high = float(max(data.y.max(), checked.mean.max(), np.quantile(checked.mean + half, 0.9)))
    low, high = style.padded(low, high)
    hits = len(data) - int(missed.sum())
    explained = (
        f"the share explained is {share_text(checked.r2)}"
        if checked.r2 > 0
        else "nothing is explained"
    )
    label = narrow_name(name, unit, 18)
    return style.make_figure(
        traces,
        {
            "xaxis": style.axis(title=f"Measured {label}", range=[low, high], nticks=6),
            "yaxis": style.axis(title=f"Predicted {label}", range=[low, high], nticks=6),
            "shapes": [
                {
                    "type": "line",
                    "layer": "below",
                    "x0": low,
                    "y0": low,
                    "x1": high,
                    "y1": high,
                    "line": {"color": style.INK, "width": 1, "dash": "dash"},
                }
            ],
        },
        title="Parity",
        alt=(
            f"Held-out predictions of {name} against {plural(len(data), 'measured result')}: "
            f"{hits} of {len(data)} lie inside their 95 % interval, {explained}."
        ),
        note="held-out rows",
        missed=[int(row) for row, out in zip(data.rows, missed, strict=True) if out],
    )


def _points(
    rows: tuple[int, ...],
    y: Any,
    mean: Any,
    half: Any,
    chosen: Any,
    name: str,
    dot: str,
    bar: str,
    noise: float | None,
    unit: str,
) -> dict[str, Any]:
    kept = np.flatnonzero(chosen)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": y[kept].tolist(),
        "y": mean[kept].tolist(),
        "customdata": [int(rows[i]) for i in kept],
        "error_y": {
            "type": "data",
            "array": half[kept].tolist(),
            "color": bar,
            "thickness": 1.25,
            "width": 0,
        },
        "marker": {"size": 6, "color": dot},
        "hovertext": [
            f"row {rows[i]}: predicted"
            f" {escape(interval_text(float(mean[i]), float(half[i]) / style.Z_95, noise, unit))},"
            f" measured {escape(result_text(float(y[i]), noise, unit))}"
            for i in kept
        ],
        "hoverinfo": "text",
    }
