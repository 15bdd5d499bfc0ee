"""Values against brute force, gradients against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from optwidgets.acquisition.aims import Signed
from optwidgets.acquisition.feasibility import Feasibility, KeepsLimits, Succeeds
from optwidgets.acquisition.joint_draws import base_samples
from optwidgets.acquisition.multi_objective.boxes import boxes_above, stacked_boxes
from optwidgets.acquisition.multi_objective.conditional_feasibility import ConditionalFeasibility
from optwidgets.acquisition.multi_objective.draws import ConditionalDraws, base_of_objectives
from optwidgets.acquisition.multi_objective.hypervolume_improvement import (
    LogHypervolumeImprovement,
    log_improvement,
)
from optwidgets.acquisition.multi_objective.scalarised import (
    Compromise,
    LogCompromiseImprovement,
    random_weights,
)
from optwidgets.data.pareto import hypervolume
from optwidgets.models import ModelConfig, fit_model
from support.engine import random_points, slope, training


@pytest.fixture(scope="module", params=[(2, 0), (2, 1)], ids=["numeric", "mixed"])
def models(request):
    first = fit_model(training(12, *request.param), ModelConfig())
    second = fit_model(training(9, *request.param), ModelConfig(kernel="RBF"))
    return first, second


def score_of(models, kind, known_count=3, feasible=False):
    d = models[0].data.X.shape[1]
    known = random_points(models[0].data, known_count, seed=2)
    base = base_of_objectives(16, 2, known_count, seed=0)
    draws = [ConditionalDraws(m.posterior, known, b) for m, b in zip(models, base, strict=True)]
    utilities = [Signed(1, models[0]), Signed(-1, models[1])]
    terms = ((models[0].posterior, KeepsLimits(-1.0, 0.5)), (models[1].posterior, Succeeds(2.0)))
    feasibility = ConditionalFeasibility(Feasibility(terms), known, 16, 1) if feasible else None
    assert d in (2, 3)
    if kind == "compromise":
        compromise = Compromise(np.array([0.3, 0.7]), np.array([-1.0, -1.0]), np.array([2.0, 1.0]))
        return LogCompromiseImprovement(draws, utilities, compromise, np.full(16, 0.1), feasibility)
    fronts = np.stack([draws[0].known, -draws[1].known], axis=2)
    lower, upper = stacked_boxes(fronts, np.array([-2.0, -2.0]))
    return LogHypervolumeImprovement(draws, utilities, lower, upper, feasibility)


@pytest.mark.parametrize("known", [0, 3])
@pytest.mark.parametrize("feasible", [False, True])
@pytest.mark.parametrize("kind", ["hypervolume", "compromise"])
def test_gradients_are_those_of_the_values(models, kind, feasible, known):
    score = score_of(models, kind, known, feasible)
    X = random_points(models[0].data, 4, seed=9)
    value, gradient = score.value_and_gradient(X)
    assert value == pytest.approx(score.value(X))
    for x, g in zip(X, gradient, strict=True):

        def at(numbers, x=x):
            return float(score.value(np.concatenate([numbers, x[2:]])[None])[0])

        assert g[:2] == pytest.approx(slope(at, x[:2], 1e-7), rel=5e-3, abs=1e-4)


def test_draws_at_new_points_follow_the_joint_posterior(models):
    model = models[0]
    known, new = random_points(model.data, 2, seed=3), random_points(model.data, 1, seed=4)
    draws = ConditionalDraws(model.posterior, known, base_samples(4096, 3, seed=0))
    found = np.column_stack([draws.known, draws.at(new)[0]])
    mean, covariance = model.posterior.joint(np.vstack([known, new]))
    assert found.mean(axis=0) == pytest.approx(mean, abs=0.02)
    assert np.cov(found.T) == pytest.approx(covariance, abs=0.02)


@pytest.mark.parametrize("m", [2, 3, 4])
def test_smoothed_improvement_is_that_of_brute_force(m):
    rng = np.random.default_rng(m)
    front, draws = rng.random((6, m)), rng.random((1, 200, m)) * 1.4
    reference = np.zeros(m)
    low, high = boxes_above(front, reference)
    before = hypervolume(front, reference)
    gains = [hypervolume(np.vstack([front, y]), reference) - before for y in draws[0]]
    value, *_ = log_improvement(draws, low[None], high[None])
    assert np.exp(value[0]) == pytest.approx(np.mean(gains), rel=0.02)


def test_expected_improvement_agrees_with_plain_monte_carlo(models):
    X = random_points(models[0].data, 5, seed=1)
    front = np.array([[0.0, 0.5], [0.5, 0.0]])
    reference = np.array([-1.5, -1.5])
    low, high = boxes_above(front, reference)
    base = base_of_objectives(1024, 2, 0, seed=0)
    none = X[:0]
    draws = [ConditionalDraws(m.posterior, none, b) for m, b in zip(models, base, strict=True)]
    utilities = [Signed(1, models[0]), Signed(-1, models[1])]
    score = LogHypervolumeImprovement(draws, utilities, low[None], high[None])
    rng, before = np.random.default_rng(0), hypervolume(front, reference)
    for x, value in zip(X, score.value(X), strict=True):
        moments = [m.posterior.moments(x[None]) for m in models]
        normal = rng.normal(size=(4000, 2))
        y = np.column_stack([
            sign * (mean + sd * normal[:, k])
            for k, (sign, (mean, sd)) in enumerate(zip((1, -1), moments, strict=True))
        ])  # fmt: skip
        gains = [hypervolume(np.vstack([front, row]), reference) - before for row in y]
        error = 4 * np.std(gains) / np.sqrt(len(gains)) + 0.01
        assert np.exp(value) == pytest.approx(np.mean(gains), abs=error)


def test_far_below_the_front_there_is_still_a_slope():
    low, high = boxes_above(np.array([[1.0, 1.0]]), np.zeros(2))
    value, by_y, _ = log_improvement(np.array([[[-30.0, -50.0]]]), low[None], high[None])
    assert np.isfinite(value).all()
    assert (by_y[0, 0] > 0).all()


def test_weights_are_spread_evenly():
    rng = np.random.default_rng(0)
    drawn = np.array([random_weights(3, rng) for _ in range(4000)])
    assert drawn.sum(axis=1) == pytest.approx(1.0)
    assert drawn.mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.015)
