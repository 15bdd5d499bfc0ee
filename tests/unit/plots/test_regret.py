import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.plots.regret import believed_optimum, regret


def session_with(goal, sign, **options):
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_variable("c", "categorical", categories=["A", "B"])
    session.add_objective("Yield", goal, **options)
    for x, c in [(0.0, "A"), (0.2, "B"), (0.9, "A"), (0.4, "B"), (0.7, "B"), (1.0, "B")]:
        session.add_experiment({"x": x, "c": c}, output=sign * (10 - (x - 0.55) ** 2 + (c == "B")))
    return session


@pytest.mark.parametrize(("goal", "sign"), [("maximize", 1.0), ("minimize", -1.0)])
def test_the_gap_falls_towards_the_believed_optimum(goal, sign):
    session = session_with(goal, sign)
    model = session._work.fit_now().model
    point, mean, _ = believed_optimum(session.state, model)
    assert point["c"] == "B"
    assert point["x"] == pytest.approx(0.55, abs=0.08)
    assert mean == pytest.approx(float(session.find_optimum()["value"]), abs=1e-3)
    found = regret(session.state, model)
    gap = np.array(found.data[1].y)
    assert (np.diff(gap) <= 0).all()
    first = session.state.table.row(1).outputs["Yield"]
    assert gap[0] == pytest.approx(sign * (mean - first))
    assert found.layout.meta["optimum"] == point


def test_results_that_break_a_limit_are_no_progress():
    session = session_with("maximize", 1.0, upper=10.5)
    gap = list(session.plot_regret().data[1].y)
    assert gap[1] == gap[0], "row 2 is better, but breaks the limit"


def test_the_optimum_keeps_the_constraints():
    session = session_with("maximize", 1.0)
    session.add_input_constraint("inequality", {"x": 1}, rhs=0.3)
    point, _, _ = believed_optimum(session.state, session._work.fit_now().model)
    assert point["x"] <= 0.3 + 1e-9
