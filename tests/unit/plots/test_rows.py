"""Parallel coordinates and pairs: figures of the rows themselves."""

import json

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.plots import style
from optwidgets.plots.pairs import pairs
from optwidgets.plots.parallel import MAX_LINES, parallel

BOTH = pytest.mark.parametrize("draw", [parallel, pairs])


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def lines_of(trace, axes):
    """Rows and heights of the lines of a trace."""
    y = np.array([np.nan if v is None else v for v in trace.y], dtype=float)
    return y.reshape(-1, axes + 1)[:, :-1]


def test_lines_cross_each_axis_where_the_row_is(campaign):
    figure = parallel(campaign.state)
    assert figure.layout.meta["axes"] == ["Temperature", "Flow", "Catalyst", "Stages", "Yield"]
    best = traces(figure)["best"]
    at = list(best.customdata).index(best.customdata[0]) // 6
    row = campaign.state.table.row(best.customdata[0])
    line = lines_of(best, 5)[at]
    assert line[0] == pytest.approx((row.inputs["Temperature"] - 60) / 80, abs=1e-4)
    assert line[1] == pytest.approx(np.log(row.inputs["Flow"] / 0.5) / np.log(40), abs=1e-4)
    assert line[2] == "ABC".index(row.inputs["Catalyst"]) / 2
    assert line[4] == 1.0
    texts = {note.text for note in figure.layout.annotations}
    assert {"A", "B", "C", "60", "140", "0.5", "20", "1", "3"} <= texts


def test_the_better_the_stronger_also_when_minimising():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_objective("Cost", "minimize")
    for i in range(10):
        session.add_experiment({"x": i / 9}, output=float(i))
    found = traces(parallel(session.state))
    assert list(dict.fromkeys(found["best"].customdata)) == [1, 2]
    assert list(dict.fromkeys(found["worst"].customdata)) == [9, 10]
    assert found["best"].opacity > found["worst"].opacity
    opacity = traces(pairs(session.state))["results"].marker.opacity
    assert opacity[0] == 1.0
    assert opacity[-1] == 0.2


def test_failed_and_suggested_rows_are_told_apart(campaign):
    campaign.suggest_next(n_suggestions=2)
    first, second = [row.id for row in campaign.state.table.pending()]
    campaign.experiment_manager.fail(second, "leak")
    for figure in (parallel(campaign.state), pairs(campaign.state)):
        found = traces(figure)
        assert set(found["suggested"].customdata) == {first}
        assert set(found["failed"].customdata) == {second}
        assert found["failed"].hovertext[0].startswith(f"row {second}, failed")
    assert traces(parallel(campaign.state))["suggested"].y[4] is None, "nothing is measured yet"


@BOTH
def test_no_rows_are_said_in_words(draw):
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    figure = draw(session.state)
    assert figure.layout.meta["empty"].startswith("No rows yet.")
    json.loads(figure.to_json(), parse_constant=pytest.fail)


@BOTH
@pytest.mark.parametrize("n", [1, 2])
def test_one_and_two_rows_are_drawn(draw, n):
    session = OptimizationSession()
    session.add_variable("<i>x", "real", bounds=(0, 1))
    session.add_variable("c", "categorical", categories=["<b>A", "B"])
    for _ in range(n):
        session.add_experiment({"<i>x": 0.5, "c": "<b>A"}, output=1.0)
    figure = draw(session.state)
    text = json.dumps(json.loads(figure.to_json(), parse_constant=pytest.fail)["data"])
    assert "<b>" not in text
    assert figure.layout.meta["empty"] == ""
    titles = [str(axis.title.text) for axis in figure.select_xaxes()]
    assert all("<i>" not in title for title in titles)


def test_of_many_rows_the_best_and_the_latest_stay():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    n = MAX_LINES + 250
    session.experiment_manager.add_experiments(
        [{"x": i / n} for i in range(n)], [float(n - i) for i in range(n)], state="done"
    )
    figure = parallel(session.state)
    rows = {row for trace in figure.data for row in trace.customdata}
    assert len(rows) == MAX_LINES
    assert {1, n} <= rows, "row 1 is the best, the last one the latest"
    assert figure.layout.meta["note"] == f"{MAX_LINES} of {n} rows"
    shown = {row for trace in pairs(session.state).data for row in trace.customdata}
    assert len(shown) == 300


def test_pairs_of_several_objectives_and_chosen_columns():
    session = OptimizationSession()
    for name in "abcdef":
        session.add_variable(name, "real", bounds=(0, 1))
    session.add_objective("Yield", unit="%")
    session.add_objective("Cost", "minimize")
    session.add_experiment(dict.fromkeys("abcdef", 0.5), {"Yield": 1.0, "Cost": 2.0})
    assert pairs(session.state).layout.meta["variables"] == ["a", "b", "c", "Yield", "Cost"]
    chosen = session.plot_pairs(variables=["f", "Cost", "f"], objective="Cost")
    assert chosen.layout.meta["variables"] == ["f", "Cost"]
    with pytest.raises(OptwidgetsError, match="2 to 7"):
        session.plot_pairs(variables=["a"])
    with pytest.raises(OptwidgetsError, match="I don't know z"):
        session.plot_pairs(variables=["a", "z"])
    wide = OptimizationSession()
    for i in range(13):
        wide.add_variable(f"x{i}", "real", bounds=(0, 1))
    assert len(parallel(wide.state).layout.meta["axes"]) == 12
    with pytest.raises(OptwidgetsError, match="more than 12 axes"):
        wide.plot_parallel(variables=list(wide.state.space.names))


def test_what_goes_together_is_said(campaign):
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_variable("z", "real", bounds=(0, 1))
    for x, z in [(0.1, 0.5), (0.5, 0.1), (0.7, 0.9), (0.9, 0.2)]:
        session.add_experiment({"x": x, "z": z}, output=-x)
    assert (
        "Output falls most clearly with x, correlation -1.00"
        in pairs(session.state).layout.meta["alt"]
    )
    assert style.MODEL in pairs(session.state).to_json()
