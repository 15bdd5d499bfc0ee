import numpy as np
import pytest

from optwidgets import OptimizationSession, OptwidgetsError


def session_of(objectives, outcome, n=25, **variables):
    session = OptimizationSession()
    for name, options in (variables or {"x": {}, "y": {}}).items():
        session.add_variable(name, "real", bounds=(0, 1), **options)
    for name, options in objectives.items():
        session.add_objective(name, **options)
    for point in session.generate_initial_design("sobol", n, random_seed=2):
        session.add_experiment(point, outcome(point))
    return session


TWO = {"strength": {}, "cost": {"goal": "minimize"}}


def strength_and_cost(point):
    x, y = point["x"], point["y"]
    return {"strength": 4 * x * (1 - x) - (y - 0.3) ** 2, "cost": x + (y - 0.3) ** 2}


def test_the_front_of_two_objectives_is_the_true_one():
    found = session_of(TWO, strength_and_cost).find_optimum()
    x, y = found["x_opt"]["x"].to_numpy(), found["x_opt"]["y"].to_numpy()
    # Between least cost (x = 0) and most strength (x = 0.5), nowhere else.
    assert x.min() < 0.03
    assert x.max() == pytest.approx(0.5, abs=0.03)
    assert np.abs(y - 0.3).max() < 0.05
    assert len(x) >= 8
    strength = found["value"]["strength"].to_numpy()
    assert (np.diff(strength) <= 0).all()
    assert (np.diff(found["value"]["cost"]) <= 0).all()
    assert (found["std"].to_numpy() >= 0).all()
    assert len(found["nearest"]) == len(found["distance"]) == len(found["chance"]) == len(x)


def test_constraints_and_held_values_are_kept():
    session = session_of(TWO, strength_and_cost)
    session.add_input_constraint("inequality", {"x": 1.0, "y": 1.0}, 0.6)
    found = session.find_optimum(hold={"y": 0.4})
    assert (found["x_opt"]["y"] == 0.4).all()
    assert found["x_opt"]["x"].max() <= 0.2 + 1e-9


def test_limits_of_outcomes_are_kept():
    session = session_of(TWO, strength_and_cost)
    session.add_outcome_constraint("cost", "upper", 0.3)
    found = session.find_optimum()
    assert found["value"]["cost"].max() < 0.32
    assert min(found["chance"]) > 0.5


def test_a_target_and_three_objectives():
    objectives = {**TWO, "pH": {"goal": "target", "target": 0.25}}
    session = session_of(objectives, lambda p: strength_and_cost(p) | {"pH": p["x"]})
    found = session.find_optimum()
    assert list(found["value"].columns) == ["strength", "cost", "pH"]
    # Nothing beyond the most strength is worth it, and the target itself is among the points.
    assert np.abs(found["x_opt"]["x"] - 0.25).min() < 0.02
    assert found["x_opt"]["x"].max() < 0.55


def test_one_objective_can_still_be_named_and_goals_changed():
    session = session_of(TWO, strength_and_cost)
    one = session.find_optimum(objective="cost")
    assert one["x_opt"]["x"].iloc[0] == pytest.approx(0.0, abs=0.02)
    assert isinstance(one["value"], float)
    dear = session.find_optimum(goal=["maximize", "maximize"])
    assert dear["x_opt"]["x"].max() > 0.95


def test_the_same_question_has_the_same_answer():
    session = session_of(TWO, strength_and_cost)
    first, second = session.find_optimum(), session.find_optimum()
    assert first["x_opt"].equals(second["x_opt"])


def test_other_backends_are_told_what_to_do():
    session = session_of(TWO, strength_and_cost, n=8)
    session.train_model(backend="sklearn", kernel="RBF")
    with pytest.raises(OptwidgetsError, match=r"train_model\(backend='botorch'\)"):
        session.find_optimum()
