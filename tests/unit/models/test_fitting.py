from __future__ import annotations

import numpy as np
import pytest

from optwidgets.models.correlation import KERNELS
from optwidgets.models.fitting import n_searches, refined, rough_mode, starting_points
from optwidgets.models.kernels import make_kernel
from optwidgets.models.marginal_likelihood import MarginalLikelihood
from support.engine import training

PROFILE = KERNELS["Matern"].profile(2.5)


def objective_of(data):
    z = (data.y - data.y.mean()) / data.y.std(ddof=1)
    categorical = list(data.encoding.categorical_dims)
    return MarginalLikelihood(make_kernel(data.X.shape[1], categorical, PROFILE), data.X, z, None)


def maximised(objective, n_rows):
    """Log parameters and value of the mode that is found."""
    mode = refined(objective, rough_mode(objective, n_rows, seed=0))
    return mode.theta, mode.value


@pytest.mark.parametrize("categories", [0, 2])
def test_the_end_is_stationary_or_at_a_limit(categories):
    objective = objective_of(training(25, 2, categories, noise=0.1))
    theta, value = maximised(objective, 25)
    low, high = np.array(objective.limits()).T
    _, gradient = objective(theta)
    inside = (theta > low + 1e-6) & (theta < high - 1e-6)
    assert np.abs(gradient[inside]).max() < 1e-3
    assert value == pytest.approx(-objective(theta)[0])


def test_effects_of_categories_without_noise_are_found_in_few_evaluations():
    # The noise ends at its lower limit and the scale at its upper one, strongly coupled to the rest.
    rng = np.random.default_rng(0)
    effects = rng.normal(size=(12, 20))
    levels = rng.integers(0, 20, (300, 12))
    y = effects[np.arange(12), levels].sum(axis=1)
    kernel = make_kernel(12, list(range(12)), PROFILE)
    z = (y - y.mean()) / y.std(ddof=1)
    objective = MarginalLikelihood(kernel, levels.astype(float), z, None)
    theta, _ = maximised(objective, 300)
    low, high = np.array(objective.limits()).T
    assert (theta[-2], theta[-1]) == (high[-2], low[-1])
    _, gradient = objective(theta)
    assert np.abs(gradient[:-2]).max() < 1e-3
    assert objective.evaluations < 100


def test_more_starts_never_end_lower_than_the_first_alone(monkeypatch):
    for seed in range(5):
        objective = objective_of(training(10, 2, 1, seed=seed, noise=0.3))
        several = maximised(objective, 10)[1]
        monkeypatch.setattr("optwidgets.models.fitting.n_searches", lambda _: 1)
        alone = maximised(objective, 10)[1]
        monkeypatch.undo()
        assert several >= alone - 1e-4


def test_a_rough_mode_is_near_enough_to_compare_models_by():
    for seed, n in ((0, 12), (1, 60), (2, 200)):
        objective = objective_of(training(n, 3, seed=seed))
        rough = rough_mode(objective, n, seed=0)
        spent, objective.evaluations = objective.evaluations, 0
        found = refined(objective, rough)
        assert 0.0 <= n * (found.value - rough.value) < 0.05
        assert objective.evaluations < spent


def test_a_second_search_ends_on_the_hill_of_the_first_and_finds_the_same_mode(monkeypatch):
    shorter = []
    for seed in range(6):
        objective = objective_of(training(40, 3, seed=seed, noise=0.05))
        _, value = maximised(objective, 40)
        spent, objective.evaluations = objective.evaluations, 0
        monkeypatch.setattr("optwidgets.models.fitting._NEAR_VALUE", -np.inf)
        _, whole = maximised(objective, 40)
        monkeypatch.undo()
        assert 40 * (value - whole) > -1e-3
        shorter.append(spent < objective.evaluations)
    assert sum(shorter) >= 4


def test_a_value_is_that_of_a_call_without_its_gradient():
    objective = objective_of(training(15, 2, 1))
    for start in starting_points(objective, 15, 0):
        assert objective.value(start) == objective(start)[0]


def test_starts_follow_the_seed_and_keep_to_the_limits():
    objective = objective_of(training(10, 2, 1))
    low, high = np.array(objective.limits()).T
    starts = starting_points(objective, 10, 0)
    assert (starts[0] == objective.start()).all()
    assert ((starts >= low) & (starts <= high)).all()
    assert (starts == starting_points(objective, 10, 0)).all()
    assert (starts != starting_points(objective, 10, 1)).any()


def test_large_tables_get_fewer_searches():
    counts = [n_searches(n) for n in (1, 50, 51, 150, 151, 500, 501, 5000)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1
    assert counts[-1] == 1


def test_a_function_that_is_bumpy_in_one_variable_only_is_seen_as_such():
    rng = np.random.default_rng(3)
    X = rng.random((40, 4))
    z = np.sin(25 * X[:, 2]) + 0.3 * X[:, 0]
    z = (z - z.mean()) / z.std(ddof=1)
    objective = MarginalLikelihood(make_kernel(4, [], PROFILE), X, z, None)
    theta, _ = maximised(objective, 40)
    assert np.exp(theta[2]) < 0.25
    assert np.exp(theta[[0, 1, 3]]).min() > 0.4


def test_starts_of_single_variables_are_there_for_small_tables_only():
    objective = MarginalLikelihood(make_kernel(4, [], PROFILE), *_flat(4), None)
    assert len(starting_points(objective, 20, 0)) == 3 + 4 + 2
    assert len(starting_points(objective, 500, 0)) == 3


def _flat(d):
    X = np.random.default_rng(0).random((20, d))
    return X, np.zeros(20)
