from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from optwidgets.models import ModelConfig
from optwidgets.models.bounded_bfgs import minimise
from optwidgets.models.marginal_likelihood import MarginalLikelihood
from optwidgets.models.part_kernels import kernel_of
from support.engine import training


def rosenbrock(x):
    a, b = x[1:] - x[:-1] ** 2, 1 - x[:-1]
    gradient = np.zeros_like(x)
    gradient[1:] += 200 * a
    gradient[:-1] += -400 * x[:-1] * a - 2 * b
    return float((100 * a**2 + b**2).sum()), gradient


def test_a_curved_valley_is_followed_to_its_end():
    found = minimise(rosenbrock, np.full(5, -1.2), np.full(5, -5.0), np.full(5, 5.0))
    assert found.value < 1e-5
    assert found.x == pytest.approx(np.ones(5), abs=2e-2)


def test_bounds_that_hold_back_are_kept():
    found = minimise(rosenbrock, np.zeros(2), np.array([-1.0, -1.0]), np.array([0.5, 2.0]))
    assert found.x == pytest.approx([0.5, 0.25], abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_convex_problems_end_where_scipy_ends(seed, size):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size))
    hessian, centre = root @ root.T + 0.1 * np.eye(size), 2 * rng.normal(size=size)
    low, high = -np.ones(size), np.ones(size)

    def bowl(x):
        away = x - centre
        return float(0.5 * away @ hessian @ away), hessian @ away

    found = minimise(bowl, rng.uniform(-1, 1, size), low, high)
    theirs = minimize(bowl, np.zeros(size), jac=True, bounds=list(zip(low, high, strict=True)))
    assert ((found.x >= low) & (found.x <= high)).all()
    assert found.value <= theirs.fun + 1e-6 * max(1.0, abs(theirs.fun))


@pytest.mark.parametrize("seed", range(12))
def test_parameters_held_at_bounds_do_not_slow_down_the_others(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(8, 8))
    hessian = root @ np.diag(10.0 ** rng.uniform(-3, 3, 8)) @ root.T
    centre, calls = rng.uniform(-2, 2, 8), []

    def bowl(x):
        calls.append(x)
        away = x - centre
        return float(0.5 * away @ hessian @ away), hessian @ away

    found = minimise(bowl, np.zeros(8), -np.ones(8), np.ones(8), value_tolerance=1e-12)
    spent = len(calls)
    assert (np.abs(found.x) == 1.0).any()
    theirs = minimize(
        bowl, np.zeros(8), jac=True, bounds=[(-1.0, 1.0)] * 8, options={"maxiter": 10_000}
    )
    assert found.value <= theirs.fun + 1e-4 * max(1.0, theirs.fun)
    assert spent < 150


@pytest.mark.parametrize(("n", "reals", "categories"), [(8, 2, 0), (40, 4, 0), (25, 2, 1)])
def test_the_likelihood_of_a_model_is_as_good_as_scipys(n, reals, categories):
    data = training(n, reals, categories, noise=0.1)
    z = (data.y - data.y.mean()) / data.y.std(ddof=1)
    kernel = kernel_of(ModelConfig(), reals + categories, list(range(reals, reals + categories)))
    objective = MarginalLikelihood(kernel, data.X, z, None)
    low, high = np.array(objective.limits()).T
    ours = minimise(objective, objective.start(), low, high).value
    spent, objective.evaluations = objective.evaluations, 0
    theirs = minimize(
        objective, objective.start(), jac=True, method="L-BFGS-B", bounds=objective.limits()
    )
    assert ours < theirs.fun + 1e-5
    assert spent < 2 * objective.evaluations


def test_an_impossible_start_is_given_back():
    def wall(x):
        return 1e10, np.zeros_like(x)

    found = minimise(wall, np.array([0.5]), np.zeros(1), np.ones(1))
    assert (found.x[0], found.value) == (0.5, 1e10)


def test_a_step_into_the_impossible_is_taken_back():
    def cliff(x):
        return (1e10, np.zeros_like(x)) if x[0] > 0.6 else (-float(x[0]), -np.ones_like(x))

    found = minimise(cliff, np.array([0.1]), np.zeros(1), np.ones(1))
    assert 0.5 < found.x[0] <= 0.6
    assert found.value == -found.x[0]


def test_a_search_that_goes_on_knows_what_it_has_learned():
    rng = np.random.default_rng(2)
    root = rng.normal(size=(6, 6))
    hessian, calls = root @ root.T + 0.05 * np.eye(6), []

    def bowl(x):
        calls.append(1)
        return float(0.5 * x @ hessian @ x), hessian @ x

    def evaluations(start, inverse):
        calls.clear()
        ended = minimise(bowl, start, -9 * np.ones(6), 9 * np.ones(6), inverse=inverse)
        assert ended.value < 1e-6
        return len(calls)

    rough = minimise(
        bowl, rng.normal(size=6), -9 * np.ones(6), 9 * np.ones(6), value_tolerance=1e-3
    )
    assert evaluations(rough.x, rough.inverse) < evaluations(rough.x, None)


def test_a_search_ends_where_it_is_told_to():
    seen = []

    def low_enough(x, value):
        seen.append((x.copy(), value))
        return value < 10.0

    low, high = np.full(3, -5.0), np.full(3, 5.0)
    found = minimise(rosenbrock, np.full(3, -1.2), low, high, until=low_enough)
    assert found.value < 10.0 <= min(value for _, value in seen[:-1])
    assert found.x.tolist() == seen[-1][0].tolist()
    assert minimise(rosenbrock, np.full(3, -1.2), low, high).value < 1e-6


def test_scales_spare_evaluations_and_change_no_minimum():
    wide, calls = np.array([1.0, 1.0, 100.0]), []

    def bowl(x):
        calls.append(1)
        return float((x * x / wide).sum()), 2 * x / wide

    def evaluations(scales):
        calls.clear()
        low, high = np.full(3, -90.0), np.full(3, 90.0)
        found = minimise(bowl, np.array([1.0, 2.0, 40.0]), low, high, scales=scales)
        assert found.value < 1e-6
        return len(calls)

    assert evaluations(wide) < evaluations(None)
