from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from optwidgets.acquisition.analytic import ProbabilityOfImprovement, UpperConfidenceBound
from optwidgets.acquisition.feasibility import (
    Feasibility,
    KeepsLimits,
    LogAboveFloor,
    LogChance,
    Succeeds,
    classifier_slope,
    failure_model,
)
from optwidgets.models import ModelConfig, fit_model
from support.engine import random_points, slope, training

INF = np.inf
CRITERIA = [
    KeepsLimits(-0.5, 0.7), KeepsLimits(-INF, 0.2), KeepsLimits(0.4, INF), Succeeds(3.0),
    LogChance(ProbabilityOfImprovement(0.3)), LogAboveFloor(UpperConfidenceBound(1.0), -0.5),
]  # fmt: skip


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_slopes_are_those_of_the_values(criterion):
    for mean in (-3.0, -0.5, 0.1, 0.65, 4.0):
        for sd in (0.05, 0.4, 2.0):
            at = np.array([mean, sd])
            value, by_mean, by_sd = criterion(at[:1], at[1:])
            assert np.isfinite(value).all()
            expected = slope(lambda p: float(criterion(p[:1], p[1:])[0][0]), at)
            assert [by_mean[0], by_sd[0]] == pytest.approx(expected, rel=2e-4, abs=1e-5)


@pytest.mark.parametrize(("low", "high"), [(-0.5, 0.7), (-INF, 0.2), (0.4, INF), (5.0, 5.5)])
def test_limits_are_kept_with_the_normal_probability(low, high):
    mean, sd = np.array([0.1, 3.0, -2.0, 0.5]), np.array([0.5, 1.0, 0.3, 2.0])
    value, *_ = KeepsLimits(low, high)(mean, sd)
    expected = norm.cdf(high, mean, sd) - norm.cdf(low, mean, sd)
    assert np.exp(value) == pytest.approx(expected, abs=1e-12)


def test_hopeless_limits_still_have_a_slope_that_leads_back():
    value, by_mean, _ = KeepsLimits(-1.0, 1.0)(np.array([60.0, -60.0]), np.array([0.5, 0.5]))
    assert np.isfinite(value).all()
    assert by_mean[0] < -1
    assert by_mean[1] > 1


@pytest.mark.parametrize("far", [2e4, 1e8, 1e50])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_single_limit_absurdly_far_away_leads_back_evenly(far, side):
    keeps = KeepsLimits(far, INF) if side > 0 else KeepsLimits(-INF, -far)
    value, by_mean, by_sd = keeps(np.array([0.0]), np.array([0.5]))
    assert value[0] == pytest.approx(-0.5 * (far / 0.5) ** 2, rel=1e-6)
    assert by_mean[0] == pytest.approx(side * far / 0.25, rel=1e-6)
    assert by_sd[0] == pytest.approx(far**2 / 0.125, rel=1e-6)


def test_the_sum_has_the_gradient_of_its_terms():
    model = fit_model(training(12, 2, 0), ModelConfig())
    found = Feasibility(
        ((model.posterior, KeepsLimits(-0.4, INF)), (model.posterior, Succeeds(2.0)))
    )
    X = random_points(model.data, 5)
    value, gradient = found.value_and_gradient(X)
    assert value == pytest.approx(found.value(X))
    for x, g in zip(X, gradient, strict=True):
        expected = slope(lambda p: float(found.value(p[None])[0]), x)
        assert g == pytest.approx(expected, rel=1e-4, abs=1e-6)


def chances(kernel, X, failed, at):
    posterior = failure_model(kernel, X, failed)
    criterion = Succeeds(classifier_slope(posterior.kernel, posterior.theta))
    return np.exp(Feasibility(((posterior, criterion),)).value(at))


@pytest.mark.parametrize("shape", [(2, 0), (1, 1)], ids=["numeric", "mixed"])
def test_failures_are_learnt(shape):
    model = fit_model(training(30, *shape), ModelConfig())
    X = random_points(model.data, 60, seed=4)
    failed = X[:, 0] > 0.6
    at = random_points(model.data, 400, seed=5)
    p = chances(model.posterior.kernel, X, failed, at)
    bad = at[:, 0] > 0.6
    assert ((p < 0.5) == bad).mean() > 0.93
    assert p[at[:, 0] < 0.3].min() > 0.6
    assert p[at[:, 0] > 0.9].max() < 0.3


def test_one_failure_is_felt_near_and_not_far():
    kernel = fit_model(training(30, 2, 0), ModelConfig()).posterior.kernel
    X = np.vstack([np.random.default_rng(0).random((20, 2)) * 0.8, [[0.95, 0.95]]])
    failed = np.arange(21) == 20
    near, far = chances(kernel, X, failed, np.array([[0.95, 0.94], [0.2, 0.3]]))
    assert near < 0.6
    assert far > 0.9


def test_nothing_but_failures_leads_away_from_them():
    kernel = fit_model(training(30, 2, 0), ModelConfig()).posterior.kernel
    X = np.full((3, 2), 0.1)
    near, far = chances(kernel, X, np.ones(3, dtype=bool), np.array([[0.1, 0.1], [0.9, 0.9]]))
    assert near < far


def test_many_rows_keep_every_failure():
    kernel = fit_model(training(30, 2, 0), ModelConfig()).posterior.kernel
    rng = np.random.default_rng(1)
    X = rng.random((900, 2))
    failed = X[:, 0] + X[:, 1] < 0.2
    posterior = failure_model(kernel, X, failed)
    assert len(posterior.X) == 600
    assert all((x == posterior.X).all(axis=1).any() for x in X[failed])
