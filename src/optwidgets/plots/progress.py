"""The best result so far, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optwidgets.plots import style
from optwidgets.plots.words import (
    escape,
    narrow_name,
    noise_of,
    objective_name,
    plural,
    result_text,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optwidgets.data.row import Row
    from optwidgets.data.table import Objective, Table
    from optwidgets.journal.state import SessionState


def best_so_far(state: SessionState, objective: str | None = None) -> Any:
    """Best result so far against the number of the row.

    Rows before the first suggestion of a model are the design; failed rows are ticks at
    the foot of the figure.

    Parameters
    ----------
    state
        Experiments and objectives.
    objective
        Name of the objective; the first one if not given.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``results``, ``best`` and, if there are any, ``failed``.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("x", "real", bounds=(0, 1))
    >>> for x, y in [(0.1, 1.0), (0.2, 3.0), (0.9, 2.0)]:
    ...     row = session.add_experiment({"x": x}, output=y)
    >>> best_so_far(session.state).layout.meta["alt"]
    'Best Output so far by row: 3.00 in row 2, after 3 results.'
    """
    target = state.table.objective(objective)
    name, unit, noise = objective_name(target), target.unit, noise_of(state.table)
    done = [row for row in state.table.done() if target.name in row.outputs]
    failed = [row for row in state.table if row.state == "failed"]
    rows = [row.id for row in done]
    values = np.array([row.outputs[target.name] for row in done], dtype=float)
    best = _best_of_each_start(target, values)
    last = max([*rows, *(row.id for row in failed), 1])
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "results",
            "x": rows,
            "y": values.tolist(),
            "customdata": rows,
            "marker": {"size": 5, "color": style.INK_2},
            "hovertext": [
                f"row {row}: {escape(result_text(y, noise, unit))}"
                for row, y in zip(rows, values.tolist(), strict=True)
            ],
            "hoverinfo": "text",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": "best",
            "x": [*rows, last] if rows else [],
            "y": [*best.tolist(), float(best[-1])] if rows else [],
            "line": {"shape": "hv", "color": style.INK, "width": 1.5},
            "hoverinfo": "skip",
        },
    ]
    low, high = (float(values.min()), float(values.max())) if done else (0.0, 1.0)
    span = style.padded(low, high, 0.1)
    if failed:
        traces.append(_failed(failed, span[0] + 0.035 * (span[1] - span[0])))
    shapes, notes = _parts(first_guided(state.table), last)
    return style.make_figure(
        traces,
        {
            "xaxis": style.row_axis(last),
            "yaxis": style.axis(title=narrow_name(name, unit, 26), range=span, nticks=6),
            "shapes": shapes,
            "annotations": notes,
        },
        title="Best so far",
        alt=_alt(name, unit, noise, done, best, len(failed)),
        note="by row",
        empty="" if rows or failed else f"No results of {name} yet. Record one first.",
    )


def first_guided(table: Table) -> int | None:
    """Return the first row that a model proposed, or None.

    Examples
    --------
    >>> from optwidgets.data.row import Row, SuggestionInfo
    >>> from optwidgets.data.table import Table
    >>> info = SuggestionInfo("EI", mean=1.0, sd=0.5)
    >>> first_guided(Table().with_rows([Row(1), Row(2, suggestion=info)]))
    2
    """
    for row in table:
        info = row.suggestion
        if info is not None and info.mean is not None and not info.fallback:
            return row.id
    return None


def _best_of_each_start(target: Objective, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the best result among the first k, for each k; the earliest of equals."""
    worth = target.utility(values)
    ahead = np.maximum.accumulate(worth)
    new = np.concatenate([[True], worth[1:] > ahead[:-1]]) if len(values) else worth > 0
    return np.asarray(values[np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))])


def _failed(failed: list[Row], foot: float) -> dict[str, Any]:
    rows = [row.id for row in failed]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "failed",
        "x": rows,
        "y": [foot] * len(rows),
        "customdata": rows,
        "marker": {
            "symbol": "line-ns-open",
            "size": 14,
            "color": style.ERROR,
            "line": {"width": 1.5, "color": style.ERROR},
        },
        "hovertext": [
            f"row {row.id} failed" + (f": {escape(row.reason)}" if row.reason else "")
            for row in failed
        ],
        "hoverinfo": "text",
    }


def _parts(guided: int | None, last: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Line between design and guided part, and their names."""
    if guided is None or guided > last:
        return [], []
    place = guided - 0.5
    line = {
        "type": "line",
        "xref": "x",
        "yref": "y domain",
        "x0": place,
        "x1": place,
        "y0": 0,
        "y1": 1,
        "line": {"color": style.INK_2, "width": 1, "dash": "dot"},
    }
    common = {
        "yref": "y domain",
        "y": 0.09,  # above the ticks of failed rows
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 10, "color": style.INK_2},
    }
    notes = []
    # A word that does not fit before the frame says less than none.
    if last + 0.5 - place >= 0.2 * last:
        notes.append({**common, "text": "guided", "x": place, "xanchor": "left", "xshift": 3})
    if guided > 1:
        notes.append({**common, "text": "design", "x": place, "xanchor": "right", "xshift": -3})
    return [line], notes


def _alt(
    name: str, unit: str, noise: float | None, done: list[Row], best: Any, n_failed: int
) -> str:
    ending = f"; {n_failed} failed." if n_failed else "."
    if not done:
        return f"Best {name} so far: no results yet{ending}"
    value = float(best[-1])
    row = next(row.id for row, y in zip(done, best, strict=True) if y == value)
    text = result_text(value, noise, unit)
    count = plural(len(done), "result")
    return f"Best {name} so far by row: {text} in row {row}, after {count}{ending}"
