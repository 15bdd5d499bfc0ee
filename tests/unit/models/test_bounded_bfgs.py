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
    x, value = minimise(rosenbrock, np.full(5, -1.2), np.full(5, -5.0), np.full(5, 5.0))
    assert value < 1e-5
    assert x == pytest.approx(np.ones(5), abs=2e-2)


def test_bounds_that_hold_back_are_kept():
    x, _ = minimise(rosenbrock, np.zeros(2), np.array([-1.0, -1.0]), np.array([0.5, 2.0]))
    assert x == pytest.approx([0.5, 0.25], abs=1e-4)


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

    x, value = minimise(bowl, rng.uniform(-1, 1, size), low, high)
    theirs = minimize(bowl, np.zeros(size), jac=True, bounds=list(zip(low, high, strict=True)))
    assert ((x >= low) & (x <= high)).all()
    assert value <= theirs.fun + 1e-6 * max(1.0, abs(theirs.fun))


@pytest.mark.parametrize(("n", "reals", "categories"), [(8, 2, 0), (40, 4, 0), (25, 2, 1)])
def test_the_likelihood_of_a_model_is_as_good_as_scipys(n, reals, categories):
    data = training(n, reals, categories, noise=0.1)
    z = (data.y - data.y.mean()) / data.y.std(ddof=1)
    kernel = kernel_of(ModelConfig(), reals + categories, list(range(reals, reals + categories)))
    objective = MarginalLikelihood(kernel, data.X, z, None)
    low, high = np.array(objective.limits()).T
    _, ours = minimise(objective, objective.start(), low, high)
    spent, objective.evaluations = objective.evaluations, 0
    theirs = minimize(
        objective, objective.start(), jac=True, method="L-BFGS-B", bounds=objective.limits()
    )
    assert ours < theirs.fun + 1e-5
    assert spent < 2 * objective.evaluations


def test_an_impossible_start_is_given_back():
    def wall(x):
        return 1e10, np.zeros_like(x)

    x, value = minimise(wall, np.array([0.5]), np.zeros(1), np.ones(1))
    assert (x[0], value) == (0.5, 1e10)


def test_a_step_into_the_impossible_is_taken_back():
    def cliff(x):
        return (1e10, np.zeros_like(x)) if x[0] > 0.6 else (-float(x[0]), -np.ones_like(x))

    x, value = minimise(cliff, np.array([0.1]), np.zeros(1), np.ones(1))
    assert 0.5 < x[0] <= 0.6
    assert value == -x[0]
