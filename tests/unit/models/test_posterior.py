from __future__ import annotations

import numpy as np
import pytest

from optwidgets.models import ModelConfig, fit_model
from support.engine import random_points, slope, training


@pytest.fixture(params=[(2, 0), (2, 1), (0, 2)], ids=["numeric", "mixed", "categorical"])
def model(request):
    return fit_model(training(12, *request.param), ModelConfig())


def test_moments_are_those_of_the_textbook(model):
    post, X = model.posterior, random_points(model.data, 9)
    K = post.kernel.cross(post.theta, post.X, post.X)[0] + post.noise * np.eye(len(post.X))
    k = post.kernel.cross(post.theta, X, post.X)[0]
    mean, sd = post.moments(X)
    centred = model.standardised - post.mean
    assert mean == pytest.approx(post.mean + k @ np.linalg.solve(K, centred), abs=1e-8)
    explained = np.einsum("ij,ji->i", k, np.linalg.solve(K, k.T))
    assert sd == pytest.approx(np.sqrt(post.prior_variance - explained), abs=1e-6)


def test_the_joint_has_the_same_moments(model):
    post, X = model.posterior, random_points(model.data, 6)
    mean, covariance = post.joint(X)
    marginal_mean, sd = post.moments(X)
    assert mean == pytest.approx(marginal_mean, abs=1e-10)
    assert np.sqrt(covariance.diagonal()) == pytest.approx(sd, abs=1e-7)
    assert (covariance == covariance.T).all()


def test_gradient_by_the_inputs(model):
    post, X = model.posterior, random_points(model.data, 5)
    rng = np.random.default_rng(2)
    by_mean, by_sd = rng.normal(size=5), rng.normal(size=5)

    def weighted(x):
        mean, sd, _ = post.moments_with_gradient(x)
        return float(by_mean @ mean + by_sd @ sd)

    numeric = [i for i in range(X.shape[1]) if i not in model.data.encoding.categorical_dims]
    gradient = post.moments_with_gradient(X)[2](by_mean, by_sd)
    assert gradient[:, numeric] == pytest.approx(slope(weighted, X)[:, numeric], abs=2e-5)


def test_an_appended_point_is_known_and_moves_no_mean(model):
    post, X = model.posterior, random_points(model.data, 30)
    mean, sd = post.moments(X)
    grown = post.append(X[0])
    new_mean, new_sd = grown.moments(X)
    assert new_mean == pytest.approx(mean, abs=1e-9)
    assert (new_sd <= sd + 1e-9).all()
    assert new_sd[0] < 2e-3 * np.sqrt(post.prior_variance)


def test_appending_twice_is_finite_and_the_order_does_not_matter(model):
    post, X = model.posterior, random_points(model.data, 8)
    one = post.append_all(X[[0, 1, 0]])
    other = post.append_all(X[[1, 0]])
    assert np.isfinite(one.moments(X)[1]).all()
    assert one.moments(X)[1] == pytest.approx(
        other.moments(X)[1], abs=2e-3 * np.sqrt(post.prior_variance)
    )


def test_long_predictions_are_the_same_in_parts(model, monkeypatch):
    X = random_points(model.data, 50)
    whole = model.posterior.moments(X)
    monkeypatch.setattr("optwidgets.models.posterior.CHUNK", 7)
    parts = model.posterior.moments(X)
    assert parts[0] == pytest.approx(whole[0], abs=1e-9)
    assert parts[1] == pytest.approx(whole[1], abs=1e-9)
