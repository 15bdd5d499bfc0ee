from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from optwidgets.models.correlation import KERNELS
from optwidgets.models.kernels import make_kernel
from optwidgets.models.marginal_likelihood import MarginalLikelihood
from support.engine import slope, training

PROFILE = KERNELS["Matern"].profile(1.5)


def objective_of(reals=2, categories=0, *, noise=None, n=11, tick=lambda: None):
    data = training(n, reals, categories)
    d = reals + categories
    kernel = make_kernel(d, range(reals, d), PROFILE)
    z = (data.y - data.y.mean()) / data.y.std(ddof=1)
    return MarginalLikelihood(kernel, data.X, z, noise, tick), kernel, data.X, z


@pytest.mark.parametrize(("reals", "categories"), [(3, 0), (2, 2), (0, 2)])
@pytest.mark.parametrize("known", [False, True])
def test_gradient(reals, categories, known):
    noise = np.linspace(0.01, 0.2, 11) if known else None
    objective, *_ = objective_of(reals, categories, noise=noise)
    theta = np.random.default_rng(5).normal(-0.5, 0.3, objective.size)
    value, gradient = objective(theta)
    assert np.isfinite(value)
    assert gradient == pytest.approx(slope(lambda t: objective(t)[0], theta), abs=2e-7)


def test_value_is_the_normal_density_at_the_best_mean_plus_the_prior():
    objective, kernel, X, z = objective_of()
    theta = np.array([-0.4, 0.2, -3.0])
    covariance = kernel.cross(theta[:2], X, X)[0] + np.exp(-3.0) * np.eye(len(z))
    prior = kernel.log_prior(theta[:2])[0] - 0.5 * (-3.0 + 4.0) ** 2 + 3.0 - 0.9189385332046727
    densities = [
        multivariate_normal.logpdf(z, np.full(len(z), mean), covariance)
        for mean in np.linspace(-2, 2, 4001)
    ]
    assert -objective(theta)[0] * len(z) == pytest.approx(max(densities) + prior, abs=1e-5)


def test_an_impossible_covariance_costs_a_finite_price():
    objective, *_ = objective_of(noise=np.full(11, -2.0))
    value, gradient = objective(np.zeros(2))
    assert value >= 1e9
    assert (gradient == 0).all()


def test_each_evaluation_can_be_cancelled():
    class StopError(Exception):
        pass

    def stop():
        raise StopError

    objective, *_ = objective_of(tick=stop)
    with pytest.raises(StopError):
        objective(objective.start())
    assert objective.evaluations == 0
