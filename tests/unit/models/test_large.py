from __future__ import annotations

import numpy as np
import pytest

from optwidgets.acquisition.suggest import suggest
from optwidgets.data.table import Row, Table
from optwidgets.models import ModelConfig, cross_validate, fit_model, gaussian_process, large
from optwidgets.models.correlation import KERNELS
from optwidgets.models.gaussian_process import GaussianProcess
from optwidgets.models.kernels import make_kernel
from support.engine import random_points, slope, training


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(gaussian_process, "MAX_EXACT", 60)
    monkeypatch.setattr(large, "N_FITTED", 40)
    monkeypatch.setattr(large, "N_INDUCING", 50)


@pytest.fixture
def exact_and_large(monkeypatch, request):
    """The same hyperparameters, once exactly and once through every point as inducing point."""
    categories, variances = request.param
    data = training(
        70, 2, categories, seed=4, variances=np.linspace(0.01, 0.2, 70) if variances else None
    )
    config = ModelConfig(noise="known" if variances else "infer")
    exact = fit_model(data, config)
    whole = large.LargeGaussianProcess(
        config, data, exact.kernel, exact.theta, exact.noise, exact.outcomes, exact.log_posterior,
        inducing=data.X, part=exact,
    )  # fmt: skip
    return exact, whole


KINDS = pytest.mark.parametrize(
    "exact_and_large", [(0, False), (1, False), (0, True)], indirect=True
)


@KINDS
def test_with_every_point_inducing_it_is_the_exact_model(exact_and_large):
    exact, whole = exact_and_large
    points = random_points(exact.data, 40)
    for ours, theirs in zip(whole.predict(points), exact.predict(points), strict=True):
        assert ours == pytest.approx(theirs, abs=2e-5 * exact.outcomes.scale)
    assert whole.posterior.mean == pytest.approx(exact.posterior.mean, abs=1e-6)


@KINDS
def test_with_every_point_inducing_leaving_one_out_is_exact_up_to_the_constant_mean(
    exact_and_large,
):
    exact, whole = exact_and_large
    for ours, theirs in zip(whole.leave_one_out(), exact.leave_one_out(), strict=True):
        assert ours == pytest.approx(theirs, abs=0.03 * exact.outcomes.scale)


def test_many_results_are_explained_and_said(small_limits):
    data = training(400, 3, 1, seed=2)
    model = fit_model(data, ModelConfig(), seed=3)
    assert isinstance(model, large.LargeGaussianProcess)
    assert (len(model.inducing), len(model.part.data)) == (50, 40)
    assert "400 results" in model.approximation
    assert model.hyperparameters["n_inducing"] == 50
    assert model.hyperparameters["n_fitted"] == 40
    quality = cross_validate(model)
    assert quality.r2 > 0.97
    assert quality.rmse < cross_validate(model.part).rmse
    again = fit_model(data, ModelConfig(), seed=3)
    points = random_points(data, 9)
    assert np.array_equal(model.predict(points)[0], again.predict(points)[0])


def test_the_exact_model_is_kept_up_to_the_limit(small_limits):
    exact = fit_model(training(60), ModelConfig())
    assert type(exact) is GaussianProcess
    assert exact.approximation == ""


def test_posterior_has_the_right_slopes_and_takes_points_in(small_limits):
    data = training(200, 2)
    posterior = fit_model(data, ModelConfig()).posterior
    x = np.array([[0.31, 0.62]])
    _, _, pullback = posterior.moments_with_gradient(x)
    for by_mean, by_sd in ((1.0, 0.0), (0.0, 1.0)):
        expected = slope(
            lambda X, a=by_mean, b=by_sd: float(
                a * posterior.moments(X)[0][0] + b * posterior.moments(X)[1][0]
            ),
            x,
        )
        found = pullback(np.array([by_mean]), np.array([by_sd]))
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-6)
    before, after = posterior.moments(x), posterior.append(x[0]).moments(x)
    assert after[0] == pytest.approx(before[0])
    assert after[1][0] < 0.1 * before[1][0]


@pytest.mark.parametrize("strategy", ["EI", "qLogEI", "TS"])
def test_every_kind_of_strategy_works_on_it(small_limits, strategy):
    data = training(150, 2, 1)
    space = data.encoding.space
    model = fit_model(data, ModelConfig())
    pending = Table().with_rows([Row(999, {"x0": 0.5, "x1": 0.5, "c0": "A"}, state="running")])
    found = suggest(
        model, space, pending, strategy=strategy, n=2, options={"raw_samples": 64, "restarts": 2}
        if strategy != "TS" else {"candidates": 64},
    )  # fmt: skip
    assert len(found) == 2
    assert all(not space.outside(p.inputs) and p.sd > 0 for p in found)


def test_inducing_points_are_different_and_stop_when_nothing_is_left():
    kernel = make_kernel(2, [], KERNELS["RBF"].profile(2.5))
    theta = np.log([0.3, 0.3])
    X = np.random.default_rng(0).random((300, 2))
    chosen = large.choose_inducing(kernel, theta, X, 40)
    assert len(set(chosen.tolist())) == 40
    left = [
        np.linalg.norm(X[:, None] - X[chosen[:m]][None], axis=2).min(axis=1).max()
        for m in (5, 20, 40)
    ]
    assert left == sorted(left, reverse=True)
    repeated = np.repeat(X[:6], 30, axis=0)
    assert len(large.choose_inducing(kernel, theta, repeated, 40)) == 6


def test_many_variables_need_no_more_memory_than_fits():
    assert gaussian_process.exact_limit(6) == 2000
    assert gaussian_process.exact_limit(1000) < 400


def test_botorch_gets_the_part_that_was_fitted(small_limits):
    model = fit_model(training(90), ModelConfig())
    assert model.botorch_model.train_inputs[0].shape[0] == 40
