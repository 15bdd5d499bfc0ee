import json

import pytest

from optwidgets import OptimizationSession
from optwidgets.plots.trade_offs import hypervolume, pareto


def session_with(rows, goals=("maximize", "minimize"), **options):
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 100))
    names = ["Yield", "Cost <b>", "Purity", "Colour"][: len(goals)]
    for name, goal in zip(names, goals, strict=True):
        session.add_objective(name, goal, **(options if name == "Yield" else {}))
    for x, values in enumerate(rows):
        session.add_experiment({"x": x}, dict(zip(names, values, strict=True)))
    return session


def traces(figure):
    return {trace.name: trace for trace in figure.data}


ROWS = [(40, 1), (80, 3), (70, 4), (90, 9)]


def test_a_plane_shows_front_others_and_reference():
    found = traces(pareto(session_with(ROWS).state))
    assert list(found["front"].customdata) == [1, 2, 4]
    assert list(found["others"].customdata) == [3]
    assert (found["reference"].x[0], found["reference"].y[0]) == pytest.approx((35.0, 9.8))
    line = found["attained"]
    assert line.line.shape == "vh"
    assert list(line.x) == [35.0, 40.0, 80.0, 90.0, 90.0]
    assert list(line.y) == pytest.approx([1.0, 1.0, 3.0, 9.0, 9.8])


def test_limits_mark_what_is_infeasible():
    found = traces(pareto(session_with(ROWS, lower=75).state))
    assert list(found["infeasible"].customdata) == [1, 3]
    assert list(found["front"].customdata) == [2, 4]
    assert found["infeasible"].hovertext[0].startswith("row 1, infeasible: Yield 40")
    assert "&lt;b&gt;" in found["infeasible"].hovertext[0]


def test_three_objectives_are_three_planes():
    rows = [(1, 1, 5), (2, 2, 5), (3, 3, 1)]
    figure = pareto(session_with(rows, ("maximize", "minimize", "maximize")).state)
    assert {trace.xaxis for trace in figure.data} == {"x", "x2", "x3"}
    names = [note.text for note in figure.layout.annotations]
    assert names == ["Cost &lt;b&gt;", "Yield", "Purity", "Cost &lt;b&gt;"]
    (first, last) = [t for t in figure.data if t.name == "front" and t.xaxis in ("x", "x3")]
    assert (first.x[0], first.y[0]) == (1, 1), "Yield to the right, Cost upward"
    assert last.y[0] == 5


@pytest.mark.parametrize("m", [1, 4])
def test_other_numbers_of_objectives_are_lines_with_the_better_end_on_top(m):
    goals = ("maximize", "minimize", "maximize", "minimize")[:m]
    rows = [(1, 1, 5, 2)[:m], (2, 2, 5, 1)[:m], (0, 3, 1, 3)[:m]]
    found = traces(pareto(session_with(rows, goals).state))
    front = found["front"]
    assert list(front.y)[-1] is None
    best = [y for y in front.y if y is not None]
    assert max(best) == 1.0
    assert list(found["others"].y)[-1 - m : -1] == [0.0] * m


def test_suggested_points_stand_where_they_are_predicted():
    session = session_with([*ROWS, (60, 2), (20, 8)])
    session.suggest_next()
    found = traces(pareto(session.state))["suggested"]
    info = session.state.table.pending()[0].suggestion
    assert found.x[0] == info.predicted[0][1]
    assert found.error_y.array[0] == pytest.approx(1.96 * info.predicted[1][2], rel=1e-3)


def test_hypervolume_only_grows_and_ends_at_the_sessions_own():
    session = session_with(ROWS)
    figure = hypervolume(session.state)
    values = list(figure.data[0].y)
    assert values == sorted(values)
    assert values[-1] == pytest.approx(session.hypervolume())
    assert values[2] == values[1], "a dominated row adds nothing"
    assert figure.layout.meta["reference"]["Yield"] == 35.0


def test_infeasible_rows_add_no_volume():
    session = session_with(ROWS, lower=75)
    values = list(hypervolume(session.state).data[0].y)
    assert values[0] == 0.0
    assert values[-1] == pytest.approx(session.hypervolume())


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_without_results_there_is_a_sentence(m):
    state = session_with([], ("maximize",) * m).state
    for figure in (pareto(state), hypervolume(state)):
        assert "yet." in figure.layout.meta["alt"]
        json.loads(figure.to_json(), parse_constant=pytest.fail)
