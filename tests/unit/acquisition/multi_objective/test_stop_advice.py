"""Whether to stop, judged by the hypervolume of several objectives."""

from __future__ import annotations

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.acquisition.multi_objective.stop_advice import TradeOffAdvice, _Free
from optwidgets.data.pareto import hypervolume
from optwidgets.errors import OptwidgetsError


def session_with(xs, functions, goals, noise=0.0):
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    for k, goal in enumerate(goals):
        session.add_objective(f"f{k}", goal)
    rng = np.random.default_rng(0)
    for x in xs:
        errors = noise * rng.standard_normal(len(goals))
        results = {f"f{k}": float(f(x)) + errors[k] for k, f in enumerate(functions)}
        session.add_experiment({"x": float(x)}, results)
    return session


TWO = (lambda x: 4 * x * (1 - x), lambda x: x)


@pytest.mark.parametrize("m", [2, 3, 4])
def test_boxes_tell_the_same_volumes_as_the_exact_hypervolume(m):
    rng = np.random.default_rng(m)
    front = rng.uniform(-0.2, 1.0, (12, m))
    free, zero = _Free.above(front), np.zeros(m)
    before = hypervolume(front, zero)
    assert free.dominated() == pytest.approx(before, abs=1e-12)
    new = rng.uniform(-0.1, 1.3, (40, m))
    grown = [hypervolume(np.vstack([front, y]), zero) - before for y in new]
    assert free.gained(new) == pytest.approx(np.array(grown), abs=1e-12)


def test_it_goes_on_while_the_front_grows():
    session = session_with((0.0, 0.25, 0.7, 1.0), TWO, ("maximize", "minimize"))
    advice = session.stop_advice(budget=10)
    assert isinstance(advice, TradeOffAdvice)
    assert not advice.stop
    assert advice.words.startswith("Go on: the next experiment enlarges the hypervolume by")
    assert advice.words.endswith("6 of the budget are left.")
    assert 0 < advice.expected_gain < advice.regret_bound
    assert advice.hypervolume == pytest.approx(session.hypervolume(), rel=1e-6)
    assert len(session.history()) == session.revision, "nothing was recorded"


def test_the_gain_is_what_the_suggested_experiment_then_adds():
    session = session_with((0.0, 0.25, 0.7, 1.0), TWO, ("maximize", "minimize"))
    reference = session.reference_point()
    advice = session.stop_advice(ref_point=reference)
    x = float(session.suggest_next(stage=False)["x"].iloc[0])
    session.add_experiment({"x": x}, {"f0": TWO[0](x), "f1": x})
    added = session.hypervolume(reference) - advice.hypervolume
    assert added == pytest.approx(advice.expected_gain, rel=0.5)
    assert added <= advice.regret_bound


def test_it_stops_once_the_front_is_filled_and_stands_still():
    xs = np.concatenate([np.linspace(0.0, 0.5, 61), [0.6, 0.7, 0.8, 0.9, 1.0]])
    advice = session_with(xs, TWO, ("maximize", "minimize")).stop_advice()
    assert advice.stop
    assert advice.recent_growth == 0.0
    assert "the last 5 results added nothing" in advice.words
    assert advice.expected_gain < 1e-3 * advice.hypervolume


def test_it_goes_on_for_now_where_the_last_results_still_added():
    xs = np.concatenate([np.linspace(0.5, 1.0, 30), np.linspace(0.0, 0.5, 5)])
    advice = session_with(xs, TWO, ("maximize", "minimize")).stop_advice()
    assert not advice.stop
    assert advice.recent_growth > 0.5


def test_it_stops_when_the_rest_drowns_in_the_noise():
    xs = np.tile(np.linspace(0, 1, 11), 14)
    advice = session_with(xs, TWO, ("maximize", "minimize"), noise=0.3).stop_advice()
    assert advice.stop
    assert advice.regret_bound < advice.noise_sd
    assert "less than measuring one of the best compromises again may seem to" in advice.words


def test_a_minimised_objective_is_the_mirror_of_a_maximised_one():
    xs = (0.0, 0.25, 0.7, 1.0)
    one = session_with(xs, TWO, ("maximize", "minimize")).stop_advice()
    two = session_with(xs, (TWO[0], lambda x: -TWO[1](x)), ("maximize", "maximize")).stop_advice()
    assert one.expected_gain == pytest.approx(two.expected_gain, rel=1e-3)
    assert one.words == two.words


@pytest.mark.parametrize("goal", ["target", "band"])
def test_targets_and_bands_count_by_their_distance(goal):
    session = session_with((0.0, 0.25, 0.7, 1.0), TWO, ("maximize", "minimize"))
    session.change_objective("f1", goal=goal, **{goal: 0.1 if goal == "target" else (0.0, 0.1)})
    advice = session.stop_advice()
    assert advice.hypervolume == pytest.approx(session.hypervolume(), rel=1e-6)
    assert 0 <= advice.expected_gain <= advice.regret_bound


def test_the_budget_counts_first_and_staged_rows_do_not():
    session = session_with((0.0, 0.25, 0.7, 1.0), TWO, ("maximize", "minimize"))
    before = session.stop_advice(budget=5)
    session.suggest_next(n_suggestions=2)
    assert session.stop_advice(budget=5) == before
    assert session.stop_advice(budget=4).words == "The budget is used up."


def test_nothing_feasible_yet_is_said():
    session = session_with((0.0, 0.25, 0.7, 1.0), TWO, ("maximize", "minimize"))
    session.add_outcome_constraint("f0", "lower", 2.0)
    advice = session.stop_advice()
    assert not advice.stop
    assert "no result that keeps all limits" in advice.words
    assert advice.hypervolume == 0.0


def test_a_space_that_is_used_up_is_no_error():
    session = OptimizationSession()
    session.add_variable("n", "integer", bounds=(0, 4))
    session.add_objective("f0")
    session.add_objective("f1", "minimize")
    for n in range(5):
        session.add_experiment({"n": n}, {"f0": n * (5 - n), "f1": n})
    assert session.stop_advice().regret_bound < session.hypervolume()


def test_one_of_them_is_judged_alone_and_more_than_four_get_a_sentence():
    session = session_with((0.0, 0.25, 0.7, 1.0), TWO * 2 + TWO[:1], ("maximize",) * 5)
    assert not isinstance(session.stop_advice(objective="f0"), TradeOffAdvice)
    assert isinstance(session.stop_advice(objective=["f0", "f1"]), TradeOffAdvice)
    with pytest.raises(OptwidgetsError, match="up to 4 objectives at once, not 5"):
        session.stop_advice()
