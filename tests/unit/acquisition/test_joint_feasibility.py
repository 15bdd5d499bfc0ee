"""Limits of batches: chances draw by draw, against closed forms and against botorch."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from botorch.acquisition import qLogExpectedImprovement
from botorch.acquisition.objective import GenericMCObjective
from botorch.models import ModelListGP
from botorch.sampling import SobolQMCNormalSampler

from optwidgets.acquisition.feasibility import Feasibility, KeepsLimits, Succeeds
from optwidgets.acquisition.joint_draws import base_samples
from optwidgets.acquisition.joint_feasibility import JointFeasibility
from optwidgets.acquisition.monte_carlo import BatchAcquisition, LogImprovement, PlainImprovement
from optwidgets.models import ModelConfig, fit_model
from support.engine import random_points, slope, training

UPPER = 0.2


def model_of(seed):
    data = training(12, 2, seed=seed, noise=0.1)
    # Standardised, so that the smoothing of botorch's qLogEI has the same units.
    y = (data.y - data.y.mean()) / data.y.std(ddof=1)
    return fit_model(dataclasses.replace(data, y=y), ModelConfig(outcome="standardise"))


@pytest.fixture(scope="module")
def models():
    """Of the objective, and of what is limited."""
    return model_of(0), model_of(1)


@pytest.fixture(scope="module")
def limited(models):
    return Feasibility(((models[1].posterior, KeepsLimits(-np.inf, UPPER)),))


def test_the_chance_of_each_point_is_exact_on_average(models, limited):
    X, pending = random_points(models[0].data, 3), random_points(models[0].data, 2, seed=5)
    chances, _ = JointFeasibility(limited, pending, 3, 8192, seed=0).at(X[None])
    assert chances.shape == (1, 8192, 5)
    exact = np.exp(limited.value(np.vstack([pending, X])))
    assert np.exp(chances[0]).mean(axis=0) == pytest.approx(exact, abs=0.01)


def test_the_chance_of_one_point_is_known_without_draws(models, limited):
    X = random_points(models[0].data, 4)
    chances, _ = JointFeasibility(limited, X[:0], 1, 16, seed=0).at(X[:, None])
    assert chances[:, 0, 0] == pytest.approx(limited.value(X))


def test_points_that_are_alike_keep_a_limit_together(models, limited):
    X = random_points(models[0].data, 40)
    chance = np.exp(limited.value(X))
    doubtful = X[np.abs(chance - 0.5).argmin()]
    twice = np.array([doubtful, doubtful + 1e-4])
    draws, _ = JointFeasibility(limited, X[:0], 2, 4096, seed=0).at(twice[None])
    one = np.exp(draws[0, :, 0]).mean()
    both = np.exp(draws[0].sum(axis=1)).mean()
    assert 0.2 < one < 0.8
    assert both > 0.85 * one > 1.2 * one**2


@pytest.mark.parametrize("n_pending", [0, 2])
def test_values_of_batches_are_those_of_botorch_with_constraints(models, limited, n_pending):
    objective, constraint = models
    pending = random_points(objective.data, n_pending, seed=7)
    theirs = qLogExpectedImprovement(
        ModelListGP(objective.botorch_model, constraint.botorch_model),
        best_f=0.1,
        sampler=SobolQMCNormalSampler(torch.Size([16384]), seed=0),
        objective=GenericMCObjective(lambda Y, X=None: Y[..., 0]),
        constraints=[lambda Y: Y[..., 1] - UPPER],
        X_pending=torch.as_tensor(pending) if n_pending else None,
    )
    chances = JointFeasibility(limited, pending, 3, 8192, seed=1, integrated=0.03)
    draws = base_samples(8192, n_pending + 3, seed=2)
    ours = BatchAcquisition(objective.posterior, 1, LogImprovement(0.1), pending, draws, chances)
    for seed in range(5):
        X = random_points(objective.data, 3, seed=20 + seed)
        with torch.no_grad():
            expected = float(theirs(torch.as_tensor(X)))
        assert ours.value(X[None])[0] == pytest.approx(expected, abs=0.02)


def test_another_doubtful_point_is_worth_something(models, limited):
    # Weighed by its chance alone, the lesser of two points would add nothing.
    X = random_points(models[0].data, 200, seed=3)
    mean, _ = models[0].posterior.moments(X)
    chance = np.exp(limited.value(X))
    likely = X[(chance > 0.3) & (chance < 0.7)]
    best = likely[models[0].posterior.moments(likely)[0].argmax()]
    apart = likely[np.abs(likely - best).max(axis=1) > 0.3][0]
    utility = PlainImprovement(float(mean.min()) - 1.0)

    def value(points):
        chances = JointFeasibility(limited, X[:0], len(points), 2048, seed=0)
        draws = base_samples(2048, len(points), seed=0)
        batch = BatchAcquisition(models[0].posterior, 1, utility, X[:0], draws, chances)
        return batch.value(points[None])[0]

    assert value(np.array([best, apart])) > 1.1 * value(best[None])


@pytest.mark.parametrize("n_pending", [0, 2])
def test_gradients(models, n_pending):
    feasibility = Feasibility(
        (
            (models[1].posterior, KeepsLimits(-1.0, UPPER)),
            (models[0].posterior, Succeeds(3.0)),
        )
    )
    pending = random_points(models[0].data, n_pending, seed=7)
    chances = JointFeasibility(feasibility, pending, 3, 16, seed=1)
    batches = 0.1 + 0.8 * random_points(models[0].data, 6, seed=11).reshape(2, 3, 2)
    weights = np.random.default_rng(0).normal(size=(2, 16, 3 + n_pending))
    value, pullback = chances.at(batches)
    assert value.shape == weights.shape
    expected = slope(lambda x: float((weights * chances.at(x)[0]).sum()), batches, 1e-6)
    found = pullback(weights)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-3 * np.abs(expected).max())
