from __future__ import annotations

import math

import numpy as np
import pytest

from optwidgets.models.correlation import KERNELS
from optwidgets.models.kernel_parts import pair_indices
from optwidgets.models.kernels import CategoricalKernel, NumericKernel, make_kernel
from optwidgets.models.mixed_kernels import MixedKernel, ProductKernel
from support.engine import slope

PROFILE = KERNELS["Matern"].profile(2.5)
CASES = {
    "numeric": (3, [], "product"),
    "product": (4, [1, 3], "product"),
    "sum+product": (4, [1, 3], "sum+product"),
    "categorical": (2, [0, 1], "product"),
}


@pytest.fixture(params=CASES)
def case(request):
    """Kernel, log parameters away from their start, and inputs of seven rows."""
    d, categorical, mixture = CASES[request.param]
    rng = np.random.default_rng(4)
    kernel = make_kernel(d, categorical, PROFILE, mixture=mixture)
    X = rng.random((7, d))
    X[:, categorical] = np.rint(X[:, categorical] * 2) / 2
    return kernel, rng.normal(-0.3, 0.4, kernel.size), X


def test_the_kind_follows_from_the_columns():
    assert isinstance(make_kernel(2, [], PROFILE), NumericKernel)
    assert isinstance(make_kernel(2, [1], PROFILE, mixture="product"), ProductKernel)
    assert isinstance(make_kernel(2, [1], PROFILE, mixture="sum+product"), MixedKernel)
    assert isinstance(make_kernel(2, [1, 0], PROFILE), CategoricalKernel)


def test_pairs_and_cross_agree(case):
    kernel, theta, X = case
    pairs, diagonal, _ = kernel.gram(theta, kernel.prepare(X))
    full, _ = kernel.cross(theta, X, X)
    assert full[pair_indices(len(X))] == pytest.approx(pairs, abs=1e-12)
    assert full.diagonal() == pytest.approx(diagonal, abs=1e-12)
    assert kernel.diagonal(theta) == pytest.approx(diagonal)


def test_covariances_are_positive_definite(case):
    kernel, theta, X = case
    full, _ = kernel.cross(theta, X, X)
    assert np.linalg.eigvalsh(full).min() > -1e-12


def test_gradient_by_the_parameters(case):
    kernel, theta, X = case
    prepared = kernel.prepare(X)
    rng = np.random.default_rng(0)
    weights, on_diagonal = rng.normal(size=len(X) * (len(X) - 1) // 2), 0.7

    def weighted(t):
        pairs, diagonal, _ = kernel.gram(t, prepared)
        return float(weights @ pairs) + on_diagonal * diagonal

    _, _, pullback = kernel.gram(theta, prepared)
    assert pullback(weights, on_diagonal) == pytest.approx(slope(weighted, theta), abs=1e-7)


def test_gradient_by_the_inputs(case):
    kernel, theta, X = case
    rng = np.random.default_rng(1)
    A = X[:3] + 0.013
    weights = rng.normal(size=(3, len(X)))
    _, pullback = kernel.cross(theta, A, X)
    expected = slope(lambda a: float((weights * kernel.cross(theta, a, X)[0]).sum()), A)
    numeric = ~np.isin(np.arange(X.shape[1]), _categorical(kernel))
    assert pullback(weights)[:, numeric] == pytest.approx(expected[:, numeric], abs=1e-6)
    assert (pullback(weights)[:, ~numeric] == 0).all()


def test_gradient_of_the_prior(case):
    kernel, theta, _ = case
    value, gradient = kernel.log_prior(theta)
    assert math.isfinite(value)
    assert gradient == pytest.approx(slope(lambda t: kernel.log_prior(t)[0], theta), abs=1e-6)


def test_starts_lie_within_the_limits(case):
    kernel, _, _ = case
    low, high = np.array(kernel.limits()).T
    assert ((kernel.start() >= low) & (kernel.start() <= high)).all()
    assert len(kernel.lengthscale_mask()) == kernel.size == len(low)


def test_hyperparameters_have_the_names_of_the_variables():
    kernel = make_kernel(3, [1], PROFILE, mixture="sum+product")
    theta = np.log(np.arange(1.0, 10.0))
    found = kernel.describe(theta, ["T", "catalyst", "p"])
    assert found["lengthscales"] == pytest.approx({"T": 1.0, "p": 2.0, "catalyst": 3.0})
    assert found["lengthscales_product"] == pytest.approx({"T": 6.0, "p": 7.0, "catalyst": 8.0})
    # 5 (1 + 4) of the sum and 9 of the product.
    assert found["outputscale"] == pytest.approx(34.0)


def _categorical(kernel):
    if isinstance(kernel, NumericKernel):
        return ()
    return (
        kernel.categorical if isinstance(kernel, MixedKernel | ProductKernel) else kernel.part
    ).dims


def test_rows_far_outside_their_bounds_keep_their_distances():
    kernel = make_kernel(2, [], KERNELS["Matern"].profile(2.5))
    X = np.array([[0.1, 1e6], [0.2, 1e6], [0.3, 1e6 + 0.4], [0.5, 0.5]])
    theta = np.log([0.3, 0.2])
    pairs, _, _ = kernel.gram(theta, kernel.prepare(X))
    full, _ = kernel.cross(theta, X, X)
    assert full[pair_indices(4)] == pytest.approx(pairs, abs=1e-9)
