from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from botorch.acquisition import (
    qExpectedImprovement,
    qLogExpectedImprovement,
    qUpperConfidenceBound,
)
from botorch.sampling.base import MCSampler

from optwidgets.acquisition.joint_draws import base_samples
from optwidgets.acquisition.monte_carlo import (
    BatchAcquisition,
    BatchUpperBound,
    LogImprovement,
    PlainImprovement,
)
from optwidgets.models import ModelConfig, fit_model
from support.engine import random_points, slope, training


@pytest.fixture(scope="module", params=[(2, 0), (2, 1)], ids=["numeric", "mixed"])
def model(request):
    data = training(12, *request.param, noise=0.1)
    # Standardised outputs, so that the smoothing of botorch's qLogEI has the same units.
    y = (data.y - data.y.mean()) / data.y.std(ddof=1)
    return fit_model(dataclasses.replace(data, y=y), ModelConfig())


class GivenDraws(MCSampler):
    """Botorch's sampler with our base samples."""

    def __init__(self, draws):
        super().__init__(sample_shape=torch.Size([len(draws)]))
        self.draws = torch.as_tensor(draws)

    def forward(self, posterior):
        # rsample_from_base_samples multiplies a covariance root; ours is the lower factor.
        mean = posterior.mean.squeeze(-1)
        factor = torch.linalg.cholesky(posterior.covariance_matrix)
        q = mean.shape[-1]
        return (mean + torch.einsum("...ij,sj->s...i", factor, self.draws[:, :q])).unsqueeze(-1)


@pytest.mark.parametrize("n_pending", [0, 2])
@pytest.mark.parametrize("name", ["qEI", "qLogEI", "qUCB"])
def test_values_are_those_of_botorch(model, name, n_pending):
    draws = base_samples(64, 5, seed=1)
    X, pending = random_points(model.data, 3), random_points(model.data, n_pending, seed=7)
    best = 0.3
    ours = {
        "qEI": PlainImprovement(best),
        "qLogEI": LogImprovement(best),
        "qUCB": BatchUpperBound(1.3),
    }[name]
    # Botorch puts pending points last, we put them first: the same draws in another order.
    order = np.r_[n_pending : n_pending + 3, :n_pending]
    options = {
        "sampler": GivenDraws(_draws_in_order(model, draws, X, pending, order)),
        "X_pending": torch.as_tensor(pending) if n_pending else None,
    }
    theirs = {
        "qEI": lambda: qExpectedImprovement(model.botorch_model, best_f=best, **options),
        "qLogEI": lambda: qLogExpectedImprovement(model.botorch_model, best_f=best, **options),
        "qUCB": lambda: qUpperConfidenceBound(model.botorch_model, beta=1.69, **options),
    }[name]()
    batch = BatchAcquisition(model.posterior, 1, ours, pending, draws)
    with torch.no_grad():
        expected = theirs(torch.as_tensor(X)).item()
    assert batch.value(X[None])[0] == pytest.approx(expected, abs=1e-5)


def _draws_in_order(model, draws, X, pending, order):
    """Base samples that give botorch's order of points the draws that ours have."""
    together = np.vstack([pending, X])
    _, covariance = model.posterior.joint(together)
    ours = np.linalg.cholesky(covariance)
    theirs = np.linalg.cholesky(covariance[np.ix_(order, order)])
    deviations = (draws[:, : len(together)] @ ours.T)[:, order]
    return np.linalg.solve(theirs, deviations.T).T


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("n_pending", [0, 2])
@pytest.mark.parametrize(
    "utility", [LogImprovement(0.2, 0.8), BatchUpperBound(1.2)], ids=["qLogEI", "qUCB"]
)
def test_gradient(model, utility, n_pending, sign):
    pending = random_points(model.data, n_pending, seed=3)
    batch = BatchAcquisition(model.posterior, sign, utility, pending, base_samples(32, 6, seed=0))
    batches = random_points(model.data, 6, seed=11).reshape(2, 3, -1)
    _, gradient = batch.value_and_gradient(batches)
    expected = slope(lambda x: float(batch.value(x).sum()), batches, 1e-6)
    numeric = [0, 1]
    assert gradient[:, :, numeric] == pytest.approx(expected[:, :, numeric], abs=2e-4, rel=2e-4)


def test_one_point_agrees_with_the_closed_forms(model):
    from optwidgets.acquisition.analytic import LogExpectedImprovement, UpperConfidenceBound

    X = random_points(model.data, 6)
    mean, sd = model.posterior.moments(X)
    none, draws = np.empty((0, X.shape[1])), base_samples(4096, 1, seed=0)
    near = (mean - 0.3) / sd > -2.0

    def value(utility):
        return BatchAcquisition(model.posterior, 1, utility, none, draws).value(X[:, None])

    exact = LogExpectedImprovement(0.3)(mean, sd)[0]
    assert near.any()
    assert value(LogImprovement(0.3))[near] == pytest.approx(exact[near], abs=0.03)
    bound = UpperConfidenceBound(1.2)(mean, sd)[0]
    assert value(BatchUpperBound(1.2)) == pytest.approx(bound, abs=2e-3)


def test_a_pending_point_makes_its_neighbour_worthless(model):
    X = random_points(model.data, 1)
    draws = base_samples(128, 2, seed=0)
    alone = BatchAcquisition(model.posterior, 1, LogImprovement(0.0), X[:0], draws)
    beside = BatchAcquisition(model.posterior, 1, PlainImprovement(0.0), X, draws)
    before = BatchAcquisition(model.posterior, 1, PlainImprovement(0.0), X[:0], draws)
    assert np.isfinite(alone.value(X[None])).all()
    assert beside.value(X[None]) == pytest.approx(before.value(X[None]), rel=0.02)


def test_repeated_points_in_a_batch_stay_finite(model):
    X = np.repeat(random_points(model.data, 1), 4, axis=0)
    batch = BatchAcquisition(
        model.posterior, 1, LogImprovement(0.0), X, base_samples(16, 8, seed=0)
    )
    value, gradient = batch.value_and_gradient(X[None])
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()


def test_draws_are_centred_standard_normal_and_seeded():
    draws = base_samples(500, 3, seed=4)
    assert draws.shape == (512, 3)
    assert np.abs(draws.mean(axis=0)).max() < 1e-12
    assert draws.std(axis=0) == pytest.approx(np.ones(3), abs=0.02)
    assert (draws == base_samples(512, 3, seed=4)).all()
    assert (draws != base_samples(512, 3, seed=5)).any()
