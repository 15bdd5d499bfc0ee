"""Our Gaussian process against botorch, by botorch's own arithmetic."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest
import torch
from botorch.acquisition import LogExpectedImprovement
from botorch.exceptions.warnings import BotorchWarning
from botorch.fit import fit_gpytorch_mll
from botorch.models import MixedSingleTaskGP
from botorch.optim import optimize_acqf
from gpytorch.mlls import ExactMarginalLogLikelihood

from optwidgets.models import ModelConfig, fit_model
from optwidgets.models.botorch import unfitted
from support.engine import random_points, training

BOTORCH_PRIOR = {"prior": "lognormal"}
PRODUCT = {"mixture": "product"}
CASES = [
    ("RBF", 2.5, 3, 0, "infer", {}),
    ("RBF", 2.5, 3, 0, "infer", BOTORCH_PRIOR),
    ("Matern", 2.5, 3, 0, "infer", {}),
    ("Matern", 2.5, 3, 0, "infer", BOTORCH_PRIOR),
    ("Matern", 1.5, 2, 0, "known", {}),
    ("Matern", 0.5, 2, 0, "infer", {}),
    ("Matern", 2.5, 2, 2, "infer", {}),
    ("Matern", 2.5, 2, 2, "infer", PRODUCT),
    ("RBF", 2.5, 1, 1, "known", {}),
    ("RBF", 2.5, 1, 1, "known", BOTORCH_PRIOR | PRODUCT),
    ("Matern", 2.5, 0, 2, "infer", {}),
    ("RationalQuadratic", 2.5, 2, 0, "infer", {}),
    ("RationalQuadratic", 2.5, 2, 1, "known", BOTORCH_PRIOR),
    ("Linear", 2.5, 3, 0, "infer", {}),
    ("Linear", 2.5, 2, 1, "infer", {}),
    ("IBNN", 2.5, 3, 0, "infer", {}),
    ("IBNN", 2.5, 2, 1, "known", {"depth": 2}),
]


@pytest.fixture(params=CASES, ids=lambda case: "-".join(map(str, case)))
def case(request):
    kernel, nu, reals, categories, noise, more = request.param
    data = training(18, reals, categories, variances=np.linspace(1e-3, 2e-2, 18), noise=0.1)
    return ModelConfig(kernel=kernel, nu=nu, noise=noise, **more), data


def objective_of(model):
    """Log likelihood plus log prior, per row, as botorch maximises it."""
    model.train()
    mll = ExactMarginalLogLikelihood(model.likelihood, model)
    with torch.no_grad():
        return float(mll(model(*model.train_inputs), model.train_targets))


def test_botorch_computes_the_same_likelihood_and_posterior(case):
    config, data = case
    model = fit_model(data, config)
    theirs = model.botorch_model
    X = random_points(data, 12)
    with torch.no_grad():
        posterior = theirs.posterior(torch.as_tensor(X))
        noisy = theirs.posterior(torch.as_tensor(X), observation_noise=True)
    mean, sd = model.predict(X)
    _, measured = model.predict(X, observation_noise=True)
    assert posterior.mean.squeeze(-1).numpy() == pytest.approx(mean, abs=1e-6)
    assert posterior.variance.sqrt().squeeze(-1).numpy() == pytest.approx(sd, abs=1e-6)
    assert noisy.variance.sqrt().squeeze(-1).detach().numpy() == pytest.approx(measured, abs=1e-6)
    assert objective_of(theirs) == pytest.approx(model.log_posterior, abs=1e-6)
    assert all(parameter.dtype == torch.double for parameter in theirs.parameters())


def test_the_fit_is_as_good_as_that_of_botorch(case):
    config, data = case
    model = fit_model(data, config)
    theirs = unfitted(config, data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BotorchWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(theirs.likelihood, theirs))
    assert model.log_posterior >= objective_of(theirs) - 1e-3


def test_categories_can_make_it_the_mixed_model():
    config = ModelConfig(mixture="sum+product")
    assert isinstance(fit_model(training(9, 1, 1), config).botorch_model, MixedSingleTaskGP)


def test_it_is_built_once_and_leaves_the_threads_alone():
    threads = torch.get_num_threads()
    model = fit_model(training(6), ModelConfig())
    assert model.botorch_model is model.botorch_model
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("y", [[5.0], [2.0, 2.0, 2.0]])
def test_outputs_without_spread_keep_our_scale(y):
    data = dataclasses.replace(training(len(y)), y=np.array(y))
    model = fit_model(data, ModelConfig())
    X = random_points(data, 4)
    with torch.no_grad():
        posterior = model.botorch_model.posterior(torch.as_tensor(X))
    mean, sd = model.predict(X)
    assert posterior.mean.squeeze(-1).numpy() == pytest.approx(mean, abs=1e-6)
    assert posterior.variance.sqrt().squeeze(-1).numpy() == pytest.approx(sd, abs=1e-6)


def test_a_lengthscale_at_its_limit_can_be_written():
    rng = np.random.default_rng(0)
    data = dataclasses.replace(training(40, 1), y=rng.standard_normal(40))
    model = fit_model(data, ModelConfig(kernel="RBF"))
    low = np.full_like(model.theta, np.log(2.5e-2))
    at_limit = dataclasses.replace(model, theta=low)
    assert at_limit.botorch_model.covar_module.lengthscale.item() >= 2.5e-2


def test_botorch_searches_bent_outcomes_by_their_gradients():
    data = training(16, 2)
    skewed = dataclasses.replace(data, y=np.exp(3.0 * data.y / np.abs(data.y).max()))
    model = fit_model(skewed, ModelConfig(outcome="yeo-johnson"))
    twin = model.botorch_model
    points = random_points(skewed, 5)
    X = torch.as_tensor(points).requires_grad_()
    posterior = twin.posterior(X)
    mean, deviation = model.predict(points)
    assert posterior.mean.detach().numpy().ravel() == pytest.approx(mean)
    assert posterior.variance.detach().numpy().ravel() == pytest.approx(deviation**2)
    assert torch.autograd.gradcheck(lambda x: twin.posterior(x).mean, (X[:2],))
    assert torch.autograd.gradcheck(lambda x: twin.posterior(x).variance, (X[:2],))
    transform = twin.outcome_transform
    y = torch.as_tensor(skewed.y)
    assert transform.untransform(transform(y)[0])[0].numpy() == pytest.approx(skewed.y)
    assert any("outcome_transform" in name for name in twin.state_dict())
    bounds = torch.tensor([[0.0, 0.0], [1.0, 1.0]], dtype=torch.double)
    best = float(skewed.y.max())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, value = optimize_acqf(
            LogExpectedImprovement(twin, best_f=best), bounds, q=1, num_restarts=2, raw_samples=16
        )
    assert torch.isfinite(value)
