from __future__ import annotations

import numpy as np
import pytest

from optwidgets.acquisition.feasibility import Feasibility, KeepsLimits, Succeeds
from optwidgets.acquisition.multi_objective.conditional_feasibility import ConditionalFeasibility
from optwidgets.models import ModelConfig, fit_model
from support.engine import random_points, slope, training


@pytest.fixture(scope="module")
def feasibility():
    """A limit, and a classifier of failures that is not sure even of what it has seen."""
    limited = fit_model(training(12, 2, noise=0.1), ModelConfig()).posterior
    other = fit_model(training(9, 2, seed=1), ModelConfig()).posterior
    return Feasibility(((limited, KeepsLimits(-np.inf, 0.2)), (other, Succeeds(2.0))))


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(0).random((6, 2))


def test_chances_are_exact_on_average(feasibility, points):
    awaited, X = points[:3], points[3:]
    found = ConditionalFeasibility(feasibility, awaited, 8192, seed=0)
    chances, _ = found.at(X)
    assert chances.shape == (3, 8192)
    assert found.kept.shape == (8192, 3)
    assert found.kept.mean(axis=0) == pytest.approx(np.exp(feasibility.value(awaited)), abs=0.015)
    assert np.exp(chances).mean(axis=1) == pytest.approx(np.exp(feasibility.value(X)), abs=0.015)


def test_while_nothing_is_awaited_the_chance_has_a_closed_form(feasibility, points):
    found = ConditionalFeasibility(feasibility, points[:0], 16, seed=0)
    chances, pullback = found.at(points)
    value, gradient = feasibility.value_and_gradient(points)
    assert chances[:, 0] == pytest.approx(value)
    assert pullback(np.ones((6, 1))) == pytest.approx(gradient)


def test_beside_an_awaited_point_a_limit_is_kept_where_that_keeps_it(feasibility):
    limit = Feasibility(feasibility.terms[:1])
    X = np.random.default_rng(1).random((200, 2))
    doubtful = X[np.abs(limit.value(X) - np.log(0.5)).argmin()]
    found = ConditionalFeasibility(limit, doubtful[None], 512, seed=0)
    chances = np.exp(found.at(doubtful[None] + 1e-4)[0][0])
    kept = found.kept[:, 0]
    assert 0.3 < kept.mean() < 0.7
    assert chances[kept].mean() > 0.95
    assert chances[~kept].mean() < 0.05


@pytest.mark.parametrize("n_awaited", [0, 3])
def test_gradients(feasibility, points, n_awaited):
    found = ConditionalFeasibility(feasibility, points[:n_awaited], 16, seed=0)
    X = points[3:]
    value, pullback = found.at(X)
    weights = np.random.default_rng(0).normal(size=value.shape)
    expected = slope(lambda x: float((weights * found.at(x)[0]).sum()), X, 1e-6)
    assert pullback(weights) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_once_it_is_believed_a_point_is_feasible_or_not(feasibility):
    limit = Feasibility(feasibility.terms[:1])
    X = random_points(training(12, 2), 60, seed=3)
    chance = np.exp(limit.value(X))
    for x, before in zip(X, chance, strict=True):
        after = float(np.exp(limit.append(x).value(x[None])[0]))
        if abs(before - 0.5) > 0.01:
            assert after == pytest.approx(round(before), abs=0.01)
    assert ((chance > 0.1) & (chance < 0.9)).any()
