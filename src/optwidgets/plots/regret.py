"""How far the best result is from the best that the model believes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.plots import style
from optwidgets.plots.reference import objective_of
from optwidgets.plots.words import escape, objective_name, plural, result_text, with_unit
from optwidgets.space.encoding import Encoding
from optwidgets.space.feasible import FeasibleSet

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model

Array = NDArray[np.float64]

_CANDIDATES, _ROUNDS, _AROUND, _CENTRES = 2048, 4, 512, 8


def regret(state: SessionState, model: Model) -> Any:
    """Distance of the best result so far from the best predicted mean, row by row.

    What the model believes now is held against all rows, so the curve can only fall; the
    band is the 95 % interval of the function at its believed optimum.

    Parameters
    ----------
    state
        Experiments, goal and constraints.
    model
        Fitted to n results.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``band`` and ``regret``; ``layout.meta["optimum"]`` holds the believed optimum.

    Sources
    -------
    The simple regret, with the model's own optimum for the unknown one; see P. I. Frazier, "A
    Tutorial on Bayesian Optimization", 2018, arXiv 1807.02811.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("x", "real", bounds=(0, 1))
    >>> for x in (0.1, 0.3, 0.6, 0.9):
    ...     row = session.add_experiment({"x": x}, output=-((x - 0.5) ** 2))
    >>> gaps = list(session.plot_regret().data[1].y)
    >>> gaps == sorted(gaps, reverse=True), round(gaps[0], 1)
    (True, 0.2)
    """
    target = objective_of(state, model)
    point, mean, sd = believed_optimum(state, model)
    data = model.data
    known = dict(zip(data.rows, data.y.tolist(), strict=True))
    rows = list(known)
    values = np.array(list(known.values()))
    feasible = np.array([target.is_feasible(float(value)) for value in values])
    worst = float(_utility(target, values).min())
    utility = np.where(feasible, _utility(target, values), worst)
    top = float(_utility(target, np.array([mean]))[0])
    gap = np.maximum(top - np.maximum.accumulate(utility), 0.0)
    half = style.Z_95 * sd
    last = max(rows)
    across, steps = [*rows, last + 0.5], [*gap.tolist(), float(gap[-1])]
    name, unit = objective_name(target), target.unit
    setting = ", ".join(
        f"{variable.name} {variable.format(point[variable.name])}"
        for variable in data.encoding.space
        if variable.name in point  # it may not be there
    )
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "band",
            **_stepped(across, steps, half),
            "line": {"width": 0},
            "fill": "toself",
            "fillcolor": style.BAND,
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": "regret",
            "x": rows,
            "y": gap.tolist(),
            "customdata": [int(row) for row in rows],
            "line": {"shape": "hv", "color": style.INK, "width": 1.5},
            "marker": {"size": 4, "color": style.INK_2},
            "hovertext": [
                f"row {row}: {escape(result_text(g, unit=unit))} short"
                for row, g in zip(rows, gap.tolist(), strict=True)
            ],
            "hoverinfo": "text",
        },
    ]
    reach = float((gap + half).max()) or 1.0
    return style.make_figure(
        traces,
        {
            "xaxis": style.row_axis(last),
            "yaxis": style.axis(
                title=with_unit("Still to gain", unit),
                range=[-0.04 * reach, 1.06 * reach],
                nticks=6,
            ),
        },
        title="Regret",
        alt=(
            f"Regret of {name} by row: after {plural(len(rows), 'result')} the best is "
            f"{result_text(float(gap[-1]), unit=unit)} short of the best that the model believes in, "
            f"{result_text(mean, unit=unit)} at {setting}."
        ),
        note="by the model",
        optimum=dict(point),
    )


def believed_optimum(state: SessionState, model: Model) -> tuple[dict[str, Any], float, float]:
    """Return the point with the best predicted mean, that mean, and its standard deviation.

    A quick search for a picture, of points all over the space and ever nearer to the best of
    them; `OptimizationSession.find_optimum` climbs to it.
    """
    target = objective_of(state, model)
    encoding = Encoding(state.space)
    if state.space.variables != model.data.encoding.space.variables:
        encoding = model.data.encoding
    rng = np.random.default_rng(int(state.settings.get("random_state") or 0))
    feasible = FeasibleSet(encoding, {}) if encoding.space.constraints else None

    def points(U: Array) -> Array:
        return encoding.snap(U) if feasible is None else _repaired(feasible, U)

    start = np.vstack([rng.random((_CANDIDATES, len(encoding))), np.clip(model.data.X, 0.0, 1.0)])
    found = points(start)
    if len(found) == 0:
        found = model.data.X
    for turn in range(_ROUNDS):
        value = _utility(target, model.predict(found)[0])
        best = found[np.argsort(-value, kind="stable")[:_CENTRES]]
        width = 0.1 * 0.3**turn
        near = best[rng.integers(len(best), size=_AROUND)]
        moved = np.clip(near + width * rng.standard_normal(near.shape), 0.0, 1.0)
        found = points(np.vstack([best, moved]))
        found = np.vstack([best, found])
    mean, sd = model.predict(found)
    top = int(np.argmax(_utility(target, mean)))
    return encoding.decode(found[top : top + 1])[0], float(mean[top]), float(sd[top])


def _repaired(feasible: FeasibleSet, U: Array) -> Array:
    points, kept = feasible.repair(U)
    return points[kept]


def _utility(target: Any, values: Array) -> Array:
    return np.asarray(target.utility(np.asarray(values, dtype=float)), dtype=float)


def _stepped(across: list[float], steps: list[float], half: float) -> dict[str, list[float]]:
    """Outline of the band around a curve of steps."""
    x: list[float] = []
    middle: list[float] = []
    for i, g in enumerate(steps[:-1]):
        x += [across[i], across[i + 1]]
        middle += [g, g]
    upper = [g + half for g in middle]
    lower = [max(0.0, g - half) for g in middle]
    return {"x": [*x, *x[::-1]], "y": [*upper, *lower[::-1]]}
