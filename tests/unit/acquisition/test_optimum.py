"""The best point by the model, and whether to stop."""

from __future__ import annotations

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError


def campaign(n=16, noise=0.0, seed=0, goal="maximize"):
    session = OptimizationSession()
    session.add_objective("Yield", goal=goal, unit="%")
    session.add_variable("a", "real", bounds=(0, 10))
    session.add_variable("b", "real", bounds=(0, 10))
    session.add_variable("c", "categorical", categories=["K", "L"])
    rng = np.random.default_rng(seed)
    sign = 1 if goal == "maximize" else -1
    for point in session.generate_initial_design("sobol", n_points=n, random_seed=seed):
        away = (point["a"] - 3) ** 2 + (point["b"] - 7) ** 2
        value = 80 - away + (5 if point["c"] == "L" else 0) + noise * rng.standard_normal()
        session.add_experiment(point, output=sign * value)
    return session


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_the_optimum_lies_between_the_experiments(goal):
    session = campaign(goal=goal)
    found = session.find_optimum()
    point = found["x_opt"].iloc[0]
    assert (point["a"], point["b"]) == pytest.approx((3, 7), abs=0.4)
    assert point["c"] == "L"
    assert abs(found["value"]) == pytest.approx(85, abs=1.5)
    assert found["distance"] > 0
    assert found["chance"] == 1.0
    assert len(session.history()) == session.revision, "nothing was recorded"


def test_the_goal_can_be_asked_for():
    assert campaign().find_optimum("minimize")["value"] < 40


def test_scripts_for_alchemist_may_ask_for_a_grid():
    session = campaign()
    found = session.find_optimum(goal="maximize", n_grid_points=100)
    assert found["value"] == session.find_optimum()["value"]
    with pytest.raises(OptwidgetsError, match="find_optimum does not take grid"):
        session.find_optimum(grid=100)


def test_held_variables_stay_where_they_are():
    found = campaign().find_optimum(hold={"a": 6, "c": "K"})
    point = found["x_opt"].iloc[0]
    assert (point["a"], point["c"]) == (6, "K")
    assert point["b"] == pytest.approx(7, abs=0.6)


def test_limits_are_kept():
    session = campaign(24)
    session.add_objective("Cost", upper=4.0)
    for row in session.state.table.done():
        session.experiment_manager.edit(row.id, {"Cost": row.inputs["a"] * 2})
    found = session.find_optimum(objective="Yield")
    assert found["x_opt"]["a"].iloc[0] <= 2.1
    assert found["chance"] >= 0.85


def test_constraints_are_kept_to_the_last_digit():
    session = campaign()
    session.add_input_constraint("equality", {"a": 1, "b": 1}, rhs=7)
    point = session.find_optimum()["x_opt"].iloc[0]
    assert point["a"] + point["b"] == pytest.approx(7, abs=1e-9)
    assert point["a"] == pytest.approx(1.5, abs=0.5)


def test_it_goes_on_while_there_is_something_to_gain():
    advice = campaign(8).stop_advice(budget=30)
    assert not advice.stop
    assert advice.experiments_left == 22
    assert advice.words.startswith("Go on: the next experiment gains")
    assert "22 of the budget are left" in advice.words


def test_it_stops_when_the_rest_drowns_in_the_noise():
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 10))
    rng = np.random.default_rng(0)
    for a in np.tile(np.linspace(0, 10, 11), 16):
        session.add_experiment({"a": a}, output=85 - (a - 3) ** 2 + 8 * rng.standard_normal())
    advice = session.stop_advice()
    assert advice.stop
    assert advice.regret_bound < advice.noise_sd
    assert "less than repeating a measurement varies" in advice.words


def test_it_stops_at_the_end_of_the_budget():
    assert campaign(8).stop_advice(budget=8).stop
    with pytest.raises(OptwidgetsError, match="Budget must be a whole number from 1, not 0"):
        campaign(8).stop_advice(budget=0)


def test_too_few_results_get_a_sentence():
    with pytest.raises(OptwidgetsError, match="The model needs"):
        campaign(2).find_optimum()


@pytest.mark.parametrize("kernel", ["Matern", "RationalQuadratic", "RandomForest"])
def test_models_without_gradients_have_an_optimum(kernel):
    session = campaign(20)
    session.train_model("sklearn", kernel)
    found = session.find_optimum()
    grid = np.stack(np.meshgrid(np.linspace(0, 10, 41), np.linspace(0, 10, 41)), -1).reshape(-1, 2)
    points = [{"a": a, "b": b, "c": c} for a, b in grid for c in "KL"]
    mean, _ = session.predict(points)["Yield"]
    # A grid cannot be better by more than rounding; a forest has steps that a grid may hit.
    slack = 1e-6 if kernel != "RandomForest" else 0.05 * np.ptp(mean)
    assert found["value"] >= mean.max() - slack
    reached, _ = session.predict(found["x_opt"])["Yield"]
    assert found["value"] == pytest.approx(float(reached[0]))
    assert "experiment" in session.stop_advice(budget=30).words


def test_asking_twice_gives_the_same():
    session = campaign()
    one, two = session.find_optimum(), session.find_optimum()
    assert one["x_opt"].equals(two["x_opt"])
    assert one["value"] == two["value"]


@pytest.mark.parametrize("own_limit", [False, True])
def test_nobody_stops_while_no_result_keeps_the_limits(own_limit):
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_objective("y")
    session.add_objective("z", "minimize", **({"upper": 0.3} if own_limit else {}))
    for x in (0.6, 0.7, 0.8, 0.9, 1.0):
        session.add_experiment({"x": x}, {"y": x, "z": x})
    if not own_limit:
        session.add_outcome_constraint("z", "upper", 0.3)
    advice = session.stop_advice(objective="y")
    assert not advice.stop
    assert "no result keeps the constraints and limits yet" in advice.words
    assert session.stop_advice(objective="y", budget=5).words == "The budget is used up."
    found = session.find_optimum(objective="y")
    assert found["chance"] < 0.5
    assert "no point is likely to keep the limits" in found["x_opt"].attrs["message"]
