from __future__ import annotations

import math

import numpy as np
import pytest

from optwidgets.acquisition.joint_draws import base_samples
from optwidgets.acquisition.monte_carlo import BatchAcquisition, LogImprovement
from optwidgets.acquisition.multi_objective.draws import ConditionalDraws
from optwidgets.acquisition.suggest import suggest
from optwidgets.data.table import Row, Table
from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, cross_validate, fit_model, gaussian_process
from optwidgets.models.kernel_parts import pair_indices
from optwidgets.models.part_kernels import PARTS, PartKernel, kernel_of
from support.engine import random_points, slope, training

CASES = [(name, categories) for name in PARTS for categories in ((), (1, 3))]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{len(case[1])}")
def case(request):
    """Kernel, log parameters away from their start, and inputs of seven rows."""
    name, categories = request.param
    d = 3 + len(categories)
    rng = np.random.default_rng(4)
    kernel = kernel_of(ModelConfig(kernel=name), d, categories)
    X = rng.random((7, d))
    X[:, list(categories)] = np.rint(X[:, list(categories)] * 2) / 2
    return kernel, rng.normal(-0.3, 0.4, kernel.size), X, list(categories)


def test_pairs_diagonal_cross_and_variances_agree(case):
    kernel, theta, X, _ = case
    pairs, diagonal, _ = kernel.gram(theta, kernel.prepare(X))
    full, _ = kernel.cross(theta, X, X)
    assert full[pair_indices(len(X))] == pytest.approx(pairs, abs=1e-12)
    # As in botorch, arc cosines stop short of the angle zero.
    assert full.diagonal() == pytest.approx(diagonal, abs=1e-6)
    assert kernel.variances(theta, X)[0] == pytest.approx(diagonal, abs=1e-12)
    assert np.linalg.eigvalsh(full).min() > -1e-6
    assert kernel.diagonal(theta) > 0


def test_gradient_by_the_parameters(case):
    kernel, theta, X, _ = case
    prepared = kernel.prepare(X)
    rng = np.random.default_rng(0)
    weights, on_diagonal = rng.normal(size=len(X) * (len(X) - 1) // 2), rng.normal(size=len(X))

    def weighted(t):
        pairs, diagonal, _ = kernel.gram(t, prepared)
        return float(weights @ pairs + on_diagonal @ diagonal)

    _, _, pullback = kernel.gram(theta, prepared)
    assert pullback(weights, on_diagonal) == pytest.approx(slope(weighted, theta), abs=1e-6)


def test_gradient_by_the_inputs(case):
    kernel, theta, X, categories = case
    rng = np.random.default_rng(1)
    A = X[:3].copy()
    numbers = [dim for dim in range(X.shape[1]) if dim not in categories]
    A[:, numbers] += 0.013
    weights, on_variance = rng.normal(size=(3, len(X))), rng.normal(size=3)
    _, pullback = kernel.cross(theta, A, X)
    _, pull_variances = kernel.variances(theta, A)
    expected = slope(lambda a: float((weights * kernel.cross(theta, a, X)[0]).sum()), A)
    assert pullback(weights)[:, numbers] == pytest.approx(expected[:, numbers], abs=1e-6)
    expected = slope(lambda a: float(on_variance @ kernel.variances(theta, a)[0]), A)
    assert pull_variances(on_variance)[:, numbers] == pytest.approx(expected[:, numbers], abs=1e-6)
    assert (pullback(weights)[:, categories] == 0).all()
    assert (pull_variances(on_variance)[:, categories] == 0).all()


def test_priors_limits_and_names(case):
    kernel, theta, X, categories = case
    value, gradient = kernel.log_prior(theta)
    assert math.isfinite(value)
    assert gradient == pytest.approx(slope(lambda t: kernel.log_prior(t)[0], theta), abs=1e-6)
    low, high = np.array(kernel.limits()).T
    assert ((kernel.start() >= low) & (kernel.start() <= high)).all()
    assert len(kernel.lengthscale_mask()) == kernel.size == len(low)
    names = [f"v{i}" for i in range(X.shape[1])]
    found = kernel.describe(theta, names)
    numbers = [
        v
        for value in found.values()
        for v in (value.values() if isinstance(value, dict) else [value])
    ]
    assert all(isinstance(value, (int, float)) for value in numbers)
    assert ("mismatch_lengthscales" in found) == bool(categories)


@pytest.fixture(params=list(PARTS))
def model(request):
    return fit_model(training(25, 2, 1, noise=0.05), ModelConfig(kernel=request.param))


def test_moments_have_the_right_slopes_and_take_points_in(model):
    posterior = model.posterior
    x = np.array([[0.31, 0.62, 0.5]])
    _, _, pullback = posterior.moments_with_gradient(x)
    for by_mean, by_sd in ((1.0, 0.0), (0.0, 1.0)):
        expected = slope(
            lambda X, a=by_mean, b=by_sd: float(
                a * posterior.moments(X)[0][0] + b * posterior.moments(X)[1][0]
            ),
            x,
        )
        found = pullback(np.array([by_mean]), np.array([by_sd]))
        # Finite differences of a small deviation lose digits, more on some machines than others.
        assert found[0, :2] == pytest.approx(expected[0, :2], rel=5e-3, abs=1e-4)
    after = posterior.append(x[0])
    assert after.moments(x)[0] == pytest.approx(posterior.moments(x)[0])
    assert after.moments(x)[1][0] < 0.1 * posterior.moments(x)[1][0] + 1e-6
    assert posterior.joint(x)[1][0, 0] == pytest.approx(posterior.moments(x)[1][0] ** 2, abs=2e-6)


@pytest.mark.parametrize("q", [1, 2])
def test_batches_have_the_right_slopes(model, q):
    pending = random_points(model.data, 2, seed=3)
    acquisition = BatchAcquisition(
        model.posterior, 1, LogImprovement(0.3), pending, base_samples(64, 2 + q, 0)
    )
    X = random_points(model.data, q, seed=5)[None]
    X[:, :, :2] = 0.1 + 0.8 * X[:, :, :2]
    value, gradient = acquisition.value_and_gradient(X)
    assert np.isfinite(value).all()
    expected = slope(lambda x: float(acquisition.value(x)[0]), X)
    assert gradient[0, :, :2] == pytest.approx(expected[0, :, :2], rel=5e-3, abs=5e-4)


def test_draws_of_several_objectives_have_the_right_slopes(model):
    known, x = random_points(model.data, 3, seed=3), np.array([[0.31, 0.62, 0.5]])
    draws = ConditionalDraws(model.posterior, known, base_samples(32, 4, 0))
    weights = np.random.default_rng(0).normal(size=(1, 32))
    _, pullback = draws.at_with_gradient(x)
    expected = slope(lambda X: float((weights * draws.at(X)).sum()), x)
    assert pullback(weights)[0, :2] == pytest.approx(expected[0, :2], rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("strategy", ["EI", "qLogEI", "TS"])
def test_every_kind_of_strategy_works_on_it(model, strategy):
    space = model.data.encoding.space
    pending = Table().with_rows([Row(99, {"x0": 0.5, "x1": 0.5, "c0": "A"}, state="running")])
    quick = {"candidates": 64} if strategy == "TS" else {"restarts": 2, "raw_samples": 64}
    found = suggest(model, space, pending, strategy=strategy, n=2, options=quick)
    assert len(found) == 2
    assert all(not space.outside(p.inputs) and p.sd > 0 for p in found)


def test_leaving_one_out_and_large_tables_work(model, monkeypatch):
    mean, sd = model.leave_one_out()
    assert np.isfinite(mean).all()
    assert (sd > 0).all()
    monkeypatch.setattr(gaussian_process, "MAX_EXACT", 20)
    large = fit_model(model.data, model.config)
    assert large.approximation
    assert np.isfinite(large.leave_one_out()[0]).all()


def test_each_kernel_finds_what_it_is_made_for():
    data = training(30, 3, noise=0.0)
    plane = type(data)(data.encoding, data.X, data.X @ [3.0, -2.0, 0.0], None, data.rows)
    linear = fit_model(plane, ModelConfig(kernel="Linear", outcome="standardise"))
    assert cross_validate(linear).r2 > 0.999
    slopes = linear.hyperparameters["slope_variances"]
    assert slopes["x2"] < 0.1 * min(slopes["x0"], slopes["x1"])
    for kernel in ("RationalQuadratic", "IBNN"):
        assert cross_validate(fit_model(data, ModelConfig(kernel=kernel))).r2 > 0.95


def test_a_space_of_categories_alone_has_only_their_mismatch():
    for name in PARTS:
        kernel = kernel_of(ModelConfig(kernel=name), 2, [0, 1])
        assert not isinstance(kernel, PartKernel)


def test_depth_is_checked_and_belongs_to_networks():
    assert ModelConfig(kernel="ibnn", depth=2).depth == 2
    assert ModelConfig(kernel="RBF", depth=7) == ModelConfig(kernel="RBF")
    assert ModelConfig(kernel="IBNN").mixture == "product"
    for depth in (0, 11, 2.5, True, "deep"):
        with pytest.raises(OptwidgetsError, match="Depth"):
            ModelConfig(kernel="IBNN", depth=depth)
    assert kernel_of(ModelConfig(kernel="IBNN", depth=5), 2, []).numeric.depth == 5
