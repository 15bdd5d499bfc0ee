from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest
import torch
from botorch.exceptions.warnings import BotorchWarning
from botorch.models.transforms.utils import kumaraswamy_warp
from gpytorch.mlls import ExactMarginalLogLikelihood
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.acquisition.suggest import suggest
from optwidgets.models import ModelConfig, cross_validate, fit_model, training_data
from optwidgets.models.kernel_parts import pair_indices
from optwidgets.models.part_kernels import kernel_of
from optwidgets.models.warping import EDGE, INPUTS, WarpedKernel, warp, warp_slopes
from support.engine import random_points, slope, space_of, table_of, training

CASES = [("Matern", ()), ("Matern", (1,)), ("RBF", ()), ("IBNN", (1,)), ("Linear", ())]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{len(case[1])}")
def case(request):
    """Warped kernel, log parameters away from their start, inputs of seven rows, its numbers."""
    name, categories = request.param
    d = 2 + len(categories)
    numbers = [dim for dim in range(d) if dim not in categories]
    kernel = WarpedKernel(kernel_of(ModelConfig(kernel=name), d, categories), tuple(numbers))
    rng = np.random.default_rng(4)
    X = rng.random((7, d))
    X[:, list(categories)] = np.rint(X[:, list(categories)] * 2) / 2
    return kernel, kernel.start() + rng.normal(0.0, 0.4, kernel.size), X, numbers


@given(st.floats(-0.5, 1.5), st.floats(-2, 2), st.floats(-2, 2))
def test_the_map_is_botorchs_and_stays_in_the_unit_interval(u, log_a, log_b):
    ours = warp(np.array([[u]]), np.array([log_a]), np.array([log_b]))
    theirs = kumaraswamy_warp(
        torch.tensor([[u]], dtype=torch.double),
        c0=torch.tensor([log_b], dtype=torch.double).exp(),
        c1=torch.tensor([log_a], dtype=torch.double).exp(),
        eps=EDGE,
    )
    # Beside 1 the power u^a keeps a rounding error that 1 - u^a magnifies by up to 1 / EDGE.
    assert ours[0, 0] == pytest.approx(float(theirs), abs=1e-9)
    assert 0.0 <= ours[0, 0] <= 1.0


@given(st.floats(0.01, 0.99), st.floats(-2, 2), st.floats(-2, 2))
def test_slopes_of_the_map(u, log_a, log_b):
    at = np.array([u, log_a, log_b])

    def of(t):
        return float(warp(t[:1, None], t[1:2], t[2:])[0, 0])

    found = [part[0, 0] for part in warp_slopes(at[:1, None], at[1:2], at[2:])]
    assert found == pytest.approx(slope(of, at), rel=1e-4, abs=1e-6)


def test_pairs_cross_and_variances_agree(case):
    kernel, theta, X, _ = case
    pairs, diagonal, _ = kernel.gram(theta, kernel.prepare(X))
    full, _ = kernel.cross(theta, X, X)
    assert full[pair_indices(len(X))] == pytest.approx(pairs, abs=1e-12)
    expected = np.broadcast_to(diagonal, len(X))
    assert kernel.variances(theta, X)[0] == pytest.approx(expected, abs=1e-12)


def test_gradients_by_parameters_and_inputs(case):
    kernel, theta, X, numbers = case
    rng = np.random.default_rng(0)
    weights, on_diagonal = rng.normal(size=len(X) * (len(X) - 1) // 2), rng.normal(size=len(X))

    def weighted(t):
        pairs, diagonal, _ = kernel.gram(t, X)
        return float(weights @ pairs + (on_diagonal * diagonal).sum())

    _, diagonal, pullback = kernel.gram(theta, X)
    constant = not isinstance(diagonal, np.ndarray)
    found = pullback(weights, on_diagonal.sum() if constant else on_diagonal)
    assert found == pytest.approx(slope(weighted, theta), rel=1e-5, abs=1e-6)
    A = X[:3].copy()
    A[:, numbers] = 0.05 + 0.9 * A[:, numbers] + 0.01
    upstream = rng.normal(size=(3, len(X)))
    expected = slope(lambda a: float((upstream * kernel.cross(theta, a, X)[0]).sum()), A)
    found = kernel.cross(theta, A, X)[1](upstream)
    assert found[:, numbers] == pytest.approx(expected[:, numbers], rel=1e-5, abs=1e-6)
    _, pull = kernel.variances(theta, A)
    if pull is not None:
        expected = slope(
            lambda a: float((on_diagonal[:3] * kernel.variances(theta, a)[0]).sum()), A
        )
        found = pull(on_diagonal[:3])
        assert found[:, numbers] == pytest.approx(expected[:, numbers], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("reals", "categories"), [(2, 0), (2, 1)])
def test_botorch_computes_the_same_likelihood_and_posterior(reals, categories):
    data = training(18, reals, categories, noise=0.1)
    model = fit_model(data, ModelConfig(inputs="warped", outcome="standardise"))
    twin = model.botorch_model
    X = random_points(data, 30)
    twin.eval()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", BotorchWarning)
        theirs = twin.posterior(torch.as_tensor(X))
    mean, sd = model.predict(X)
    assert theirs.mean.squeeze(-1).numpy() == pytest.approx(mean, abs=1e-6)
    assert theirs.variance.sqrt().squeeze(-1).numpy() == pytest.approx(sd, abs=1e-6)
    twin.train()
    mll = ExactMarginalLogLikelihood(twin.likelihood, twin)
    with torch.no_grad():
        objective = float(mll(twin(*twin.train_inputs), twin.train_targets))
    assert objective == pytest.approx(model.log_posterior, abs=1e-6)


def steep(n):
    """Results that change at the very beginning of the range only."""
    x = np.linspace(0, 1, n)
    return space_of(1), [{"x0": float(u)} for u in x], np.sin(12 * x**0.2)


def test_a_warp_is_taken_where_it_is_likelier():
    space, points, y = steep(24)
    by_point = {point["x0"]: value for point, value in zip(points, y, strict=True)}
    table = table_of(points, lambda x0: by_point[x0])
    data = training_data(space, table, "Output")
    plain, auto = (fit_model(data, ModelConfig(inputs=name)) for name in ("plain", "auto"))
    assert auto.hyperparameters["warps"]["x0"][0] < 0.7
    assert auto.log_posterior > plain.log_posterior
    # Sure where the function is flat, and rightly so.
    assert np.median(cross_validate(auto).sd) < 0.5 * np.median(cross_validate(plain).sd)
    assert cross_validate(auto).coverage > 0.9
    again = fit_model(data, ModelConfig(inputs="auto"))
    assert (again.theta == auto.theta).all()
    found = suggest(auto, space, table, strategy="EI", n=2, seed=1)
    assert all(0 <= proposal.inputs["x0"] <= 1 for proposal in found)


def test_without_need_inputs_stay_as_they_are():
    data = training(30, 2, 0, noise=0.3)
    assert "warps" not in fit_model(data, ModelConfig(inputs="auto")).hyperparameters
    few = training(6, 2, 0)
    assert "warps" not in fit_model(few, ModelConfig(inputs="auto")).hyperparameters
    outside = dataclasses.replace(data, X=data.X + 0.2)
    assert "warps" not in fit_model(outside, ModelConfig(inputs="auto")).hyperparameters
    names = training(12, 0, 2)
    assert "warps" not in fit_model(names, ModelConfig(inputs="warped")).hyperparameters


def test_names_of_the_choice():
    assert [ModelConfig(inputs=name.upper()).inputs for name in INPUTS] == list(INPUTS)
    assert ModelConfig(backend="sklearn", inputs="warped").inputs == "plain"
