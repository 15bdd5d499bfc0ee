"""Models over features: gradients, hyperparameters, the twin in botorch, other backends."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from optwidgets.data.row import Row
from optwidgets.data.table import Table
from optwidgets.models.base import ModelConfig, fit_model, training_data
from optwidgets.space.derived import DerivedFormula
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Real


def fitted(config=None, n=18, categorical=False):
    variables = (Real("a", 0.1, 1), Real("b", 0.1, 1))
    if categorical:
        variables += (Categorical("c", ("A", "B", "C")),)
    space = Space(variables, derived=(DerivedFormula("ratio", "a / b"),))
    rng = np.random.default_rng(3)
    rows = []
    for i in range(n):
        a, b = rng.uniform(0.1, 1, 2)
        inputs = {"a": a, "b": b} | ({"c": "ABC"[i % 3]} if categorical else {})
        rows.append(Row(i + 1, inputs, {"Output": float(np.log(a / b))}, state="done"))
    data = training_data(space, Table().with_rows(rows), "Output")
    return fit_model(data, config or ModelConfig(), seed=1)


@pytest.mark.parametrize("kernel", ["Matern", "RBF", "RationalQuadratic", "Linear", "IBNN"])
@pytest.mark.parametrize("categorical", [False, True])
def test_gradients_lead_back_to_the_settings(kernel, categorical):
    model = fitted(ModelConfig(kernel=kernel), categorical=categorical)
    d = 3 if categorical else 2
    X = np.random.default_rng(5).uniform(0.1, 0.9, (4, d))
    if categorical:
        X[:, 2] = [0.0, 0.5, 1.0, 0.0]
    _, _, pull = model.posterior.moments_with_gradient(X)
    by_mean, by_sd = np.array([1.0, -0.5, 2.0, 0.3]), np.array([0.2, 0.7, -1.0, 0.1])
    gradient = pull(by_mean, by_sd)
    assert gradient.shape == X.shape
    for dim in range(2):
        step = np.zeros_like(X)
        step[:, dim] = 1e-5
        up, down = model.posterior.moments(X + step), model.posterior.moments(X - step)
        slope = by_mean * (up[0] - down[0]) + by_sd * (up[1] - down[1])
        np.testing.assert_allclose(gradient[:, dim], slope / 2e-5, rtol=2e-3, atol=2e-4)


def test_what_is_derived_has_a_lengthscale_by_name_and_helps():
    model = fitted(ModelConfig(kernel="Linear"))
    assert set(fitted().hyperparameters["lengthscales"]) == {"a", "b", "ratio"}
    assert len(model.data.X[0]) == 2


def test_the_twin_in_botorch_predicts_the_same_with_the_same_gradient():
    model = fitted(ModelConfig(outcome="standardise"), categorical=True)
    X = np.array([[0.2, 0.3, 0.5], [0.7, 0.9, 1.0]])
    twin = model.botorch_model
    points = torch.as_tensor(X).requires_grad_(True)
    posterior = twin.posterior(points.unsqueeze(-2))
    mean, sd = model.predict(X)
    np.testing.assert_allclose(posterior.mean.detach().numpy().ravel(), mean, rtol=1e-6, atol=1e-8)
    found = posterior.variance.sqrt().detach().numpy().ravel()
    np.testing.assert_allclose(found, sd, rtol=1e-4)
    posterior.mean.sum().backward()
    _, _, pull = model.posterior.moments_with_gradient(X)
    expected = pull(np.ones(2), np.zeros(2)) * model.outcomes.scale
    np.testing.assert_allclose(points.grad.numpy()[:, :2], expected[:, :2], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("kernel", ["Matern", "RandomForest"])
def test_scikit_sees_it_too(kernel):
    model = fitted(ModelConfig(backend="sklearn", kernel=kernel))
    assert "ratio" in model.posterior.features.names
    mean, sd = model.predict(np.array([[0.5, 0.5]]))
    assert np.isfinite(mean).all()
    assert np.isfinite(sd).all()
