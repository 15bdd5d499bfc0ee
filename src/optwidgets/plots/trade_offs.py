"""Several objectives: the Pareto set, and the hypervolume row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optwidgets.data.outcomes import Outcomes, outcomes_of
from optwidgets.data.pareto import hypervolume as volume_of
from optwidgets.plots import style
from optwidgets.plots.pair_grid import grid_layout, number_of, pairs_of
from optwidgets.plots.words import escape, narrow_name, objective_name, plural, result_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState

# Lines of results off the front beyond which they only blacken the figure.
_MAX_OTHERS = 150

_NOTHING = "No row has a result of every objective yet. Record one first."


def pareto(state: SessionState) -> Any:
    """Pareto set among the results.

    Two objectives are a plane with the front and the reference point, three are their
    three planes, more (or one) are a line for each result over one axis per objective,
    the better end on top.

    Parameters
    ----------
    state
        Experiments and objectives.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``others``, ``infeasible``, ``front``, ``suggested``, as far as there are any;
        ``attained`` and ``reference`` in a plane of two.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("x", "real", bounds=(0, 1))
    >>> session.add_objective("Yield")
    >>> session.add_objective("Cost", "minimize")
    >>> for x, y, cost in [(0.1, 40, 1), (0.2, 80, 3), (0.3, 70, 4)]:
    ...     row = session.add_experiment({"x": x}, {"Yield": y, "Cost": cost})
    >>> pareto(session.state).layout.meta["alt"]
    'Pareto set of Yield and Cost: rows 1 and 2, of 3 results.'
    """
    outcomes = outcomes_of(state.table)
    m = len(outcomes.objectives)
    if m == 2:
        traces, layout = _plane(state, outcomes)
    elif m == 3:
        traces, layout = _three_planes(state, outcomes)
    else:
        traces, layout = _lines(outcomes)
    return style.make_figure(
        traces,
        layout,
        title="Pareto set",
        alt=_pareto_alt(outcomes),
        note="by objective",
        empty="" if traces else _NOTHING,
    )


def hypervolume(state: SessionState) -> Any:
    """Hypervolume of the results so far against the number of the row.

    The reference point is the one inferred from all results, so that rows can be compared.

    Parameters
    ----------
    state
        Experiments and objectives.

    Returns
    -------
    plotly.graph_objects.Figure
        Trace ``hypervolume``; ``layout.meta["reference"]`` holds the reference point.
    """
    outcomes = outcomes_of(state.table)
    rows = [row.id for row in outcomes.rows]
    values = _volumes(outcomes)
    names = [objective_name(item) for item in outcomes.objectives]
    reference = outcomes.reference.tolist() if rows else []
    last = max([*rows, 1])
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": "hypervolume",
            "x": rows,
            "y": values,
            "customdata": rows,
            "line": {"shape": "hv", "color": style.INK, "width": 1.5},
            "marker": {"size": 5, "color": style.INK_2},
            "hovertext": [
                f"row {row}: {result_text(value)}" for row, value in zip(rows, values, strict=True)
            ],
            "hoverinfo": "text",
        }
    ]
    worst = [
        f"{name} {result_text(value, unit=item.unit)}"
        for name, value, item in zip(names, reference, outcomes.objectives, strict=False)
    ]
    end = (
        f"{result_text(values[-1])} after {plural(len(rows), 'result')}, above "
        f"{' and '.join(worst)}."
        if rows
        else "no results of every objective yet."
    )
    return style.make_figure(
        traces,
        {
            "xaxis": style.row_axis(last),
            "yaxis": style.axis(
                title="Hypervolume", range=style.padded(0.0, max([*values, 1e-9])), nticks=6
            ),
        },
        title="Hypervolume",
        alt=f"Hypervolume of {_and(names)} so far by row: {end}",
        note="by row",
        reference=dict(zip(names, reference, strict=False)),
        empty="" if rows else _NOTHING,
    )


def _volumes(outcomes: Outcomes) -> list[float]:
    if not outcomes.rows:
        return []
    reference = outcomes.upward(outcomes.reference[None])[0]
    found, best = list[float](), 0.0
    utilities, feasible = outcomes.utilities, outcomes.feasible
    for n, y in enumerate(utilities):
        before = utilities[:n][feasible[:n]]
        dominated = len(before) and bool((before >= y).all(axis=1).any())
        if feasible[n] and not dominated and (y > reference).all():
            best = volume_of(np.vstack([before, y]), reference)
        found.append(best)
    return found


def _groups(outcomes: Outcomes) -> list[tuple[str, NDArray[np.intp], dict[str, Any]]]:
    """Kinds of results: name, which rows, and how they are marked."""
    front, feasible = outcomes.front, outcomes.feasible
    others = feasible & ~front
    return [
        ("others", np.flatnonzero(others), {"size": 5, "color": style.INK_2}),
        (
            "infeasible",
            np.flatnonzero(~feasible),
            {"size": 6, "color": style.ERROR, "symbol": "x-thin-open"},
        ),
        ("front", np.flatnonzero(front), {"size": 8, "color": style.MODEL}),
    ]


def _points(
    state: SessionState, outcomes: Outcomes, i: int, j: int, axes: dict[str, str]
) -> list[dict[str, Any]]:
    """Results, and suggested points at their predictions, in the plane of two objectives."""
    traces = []
    for name, places, marker in _groups(outcomes):
        if not len(places):
            continue
        rows = [outcomes.rows[k] for k in places]
        traces.append({
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": outcomes.values[places, i].tolist(),
            "y": outcomes.values[places, j].tolist(),
            "customdata": [row.id for row in rows],
            "marker": marker,
            "hovertext": [_hover(outcomes, row, name) for row in rows],
            "hoverinfo": "text",
            **axes,
        })  # fmt: skip
    x, y = outcomes.objectives[i].name, outcomes.objectives[j].name
    waiting = [row for row in state.table.pending() if {x, y} <= set(_predicted(row))]
    if waiting:
        traces.append({
            "type": "scatter",
            "mode": "markers",
            "name": "suggested",
            "x": [_predicted(row)[x][0] for row in waiting],
            "y": [_predicted(row)[y][0] for row in waiting],
            "error_x": _bars([_predicted(row)[x][1] for row in waiting]),
            "error_y": _bars([_predicted(row)[y][1] for row in waiting]),
            "customdata": [row.id for row in waiting],
            "marker": {"size": 7, "color": style.SUGGESTED, "symbol": "diamond"},
            "hovertext": [f"row {row.id}: suggested" for row in waiting],
            "hoverinfo": "text",
            **axes,
        })  # fmt: skip
    return traces


def _plane(state: SessionState, outcomes: Outcomes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    traces = _points(state, outcomes, 0, 1, {})
    # Towards a target both sides count: there is no corner that everything lies behind.
    if outcomes.front.any() and all(item.sign for item in outcomes.objectives):
        places = np.flatnonzero(outcomes.front)
        places = places[np.lexsort((-outcomes.utilities[places, 1], outcomes.utilities[places, 0]))]
        front, worst = outcomes.values[places], outcomes.reference
        # From the reference along the front: everything behind the line is dominated.
        traces.insert(0, {
            "type": "scatter",
            "mode": "lines",
            "name": "attained",
            "x": [float(worst[0]), *front[:, 0].tolist(), float(front[-1, 0])],
            "y": [float(front[0, 1]), *front[:, 1].tolist(), float(worst[1])],
            "line": {"shape": "vh", "color": style.MODEL, "width": 1.5},
            "hoverinfo": "skip",
        })  # fmt: skip
        traces.append({
            "type": "scatter",
            "mode": "markers",
            "name": "reference",
            "x": [float(worst[0])],
            "y": [float(worst[1])],
            "marker": {"size": 9, "color": style.INK_2, "symbol": "cross-thin-open"},
            "hovertext": ["reference point: the worst values that count"],
            "hoverinfo": "text",
        })  # fmt: skip
    return traces, {
        "xaxis": style.axis(title=_axis_title(outcomes, 0), nticks=6),
        "yaxis": style.axis(title=_axis_title(outcomes, 1), nticks=6),
    }


def _three_planes(
    state: SessionState, outcomes: Outcomes
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    traces: list[dict[str, Any]] = []
    for cell, (i, j) in enumerate(pairs_of(3), start=1):
        number = number_of(cell)
        traces += _points(state, outcomes, j, i, {"xaxis": f"x{number}", "yaxis": f"y{number}"})
    axes, titles = [], []
    for k, item in enumerate(outcomes.objectives):
        axes.append(style.axis(range=_span(state, outcomes, k), nticks=4, automargin=False))
        titles.append((objective_name(item), item.unit))
    return traces, grid_layout(axes, titles)


def _span(state: SessionState, outcomes: Outcomes, k: int) -> list[float]:
    """Where an objective's results and the means of suggested points lie."""
    name = outcomes.objectives[k].name
    means = [_predicted(row)[name][0] for row in state.table.pending() if name in _predicted(row)]
    found = [*outcomes.values[:, k].tolist(), *means]
    return style.padded(min(found), max(found), 0.02) if found else [0.0, 1.0]


def _lines(outcomes: Outcomes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    names = [escape(objective_name(item), 16) for item in outcomes.objectives]
    places = list(range(len(names)))
    traces = []
    if outcomes.rows:
        low, high = outcomes.utilities.min(axis=0), outcomes.utilities.max(axis=0)
        # Where all are equal, all are the best.
        shares = 1.0 - (high - outcomes.utilities) / np.where(high > low, high - low, 1.0)
        colours = {"others": style.LINE, "infeasible": style.ERROR, "front": style.MODEL}
        for name, chosen, _ in _groups(outcomes):
            if not len(chosen):
                continue
            kept = chosen if name == "front" else chosen[-_MAX_OTHERS:]
            rows = [outcomes.rows[k] for k in kept]
            traces.append({
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "connectgaps": False,
                "x": [x for _ in rows for x in [*places, None]],
                "y": [y for k in kept for y in [*shares[k].round(5).tolist(), None]],
                "customdata": [row.id for row in rows for _ in range(len(places) + 1)],
                "line": {"color": colours[name], "width": 1.5 if name == "front" else 1},
                "marker": {"size": 4, "color": colours[name]},
                "hovertext": [
                    _hover(outcomes, row, name) for row in rows for _ in range(len(places) + 1)
                ],
                "hoverinfo": "text",
            })  # fmt: skip
    return traces, {
        "xaxis": style.axis(
            tickmode="array",
            tickvals=places,
            ticktext=names,
            range=[-0.3, len(names) - 0.7],
        ),
        "yaxis": style.axis(
            title="Worst to best result", range=[-0.06, 1.06], tickvals=[0, 1], ticktext=["worst", "best"]
        ),
    }  # fmt: skip


def _axis_title(outcomes: Outcomes, k: int) -> str:
    item = outcomes.objectives[k]
    return narrow_name(objective_name(item), item.unit, 24)


def _hover(outcomes: Outcomes, row: Row, kind: str) -> str:
    values = ", ".join(
        f"{escape(objective_name(item), 20)} {escape(result_text(row.outputs[item.name], unit=item.unit))}"
        for item in outcomes.objectives
    )
    word = {"front": ", on the front", "infeasible": ", infeasible"}.get(kind, "")
    return f"row {row.id}{word}: {values}"


def _predicted(row: Row) -> dict[str, tuple[float, float]]:
    info = row.suggestion
    return {} if info is None else {name: (mean, sd) for name, mean, sd in info.predicted}


def _bars(deviations: list[float]) -> dict[str, Any]:
    return {
        "type": "data",
        "array": [style.Z_95 * sd for sd in deviations],
        "color": style.SUGGESTED,
        "thickness": 1,
        "width": 0,
    }


def _pareto_alt(outcomes: Outcomes) -> str:
    names = _and([objective_name(item) for item in outcomes.objectives])
    rows = [row.id for row in outcomes.pareto_rows()]
    if not rows:
        return f"Pareto set of {names}: no feasible results of every objective yet."
    shown = _and([str(row) for row in rows]) if len(rows) <= 6 else f"{len(rows)} of them"
    word = "row" if len(rows) == 1 else "rows"
    return f"Pareto set of {names}: {word} {shown}, of {plural(len(outcomes.rows), 'result')}."


def _and(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
