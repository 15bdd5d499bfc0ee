"""Kernels of gpytorch that users bring: fitted, searched and handed back like ours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gpytorch.constraints import GreaterThan
from gpytorch.kernels import (
    Kernel,
    LinearKernel,
    MaternKernel,
    PeriodicKernel,
    RBFKernel,
    RBFKernelGrad,
    RFFKernel,
    ScaleKernel,
)
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import GammaPrior

from optwidgets import OptimizationSession
from optwidgets.campaign.fitting import fingerprint
from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, fit_model, forget_kernel, register_kernel
from optwidgets.models.own_kernels import is_own
from optwidgets.models.priors import LENGTHSCALE_PRIORS, MIN_LENGTHSCALE
from optwidgets.models.torch_part import TorchPart
from support.engine import random_points, training

MAKERS = {
    "periodic": lambda d: ScaleKernel(
        PeriodicKernel(ard_num_dims=d, lengthscale_prior=GammaPrior(3.0, 6.0))
    ),
    "sum": lambda d: ScaleKernel(RBFKernel(ard_num_dims=d)) + LinearKernel(ard_num_dims=d),
    "no gradient": lambda d: ScaleKernel(MaternKernel(0.5, ard_num_dims=d)),
}


@pytest.fixture(params=sorted(MAKERS))
def own(request):
    register_kernel("Mine", MAKERS[request.param])
    yield "Mine"
    forget_kernel("Mine")


@pytest.fixture
def registered():
    """Registers kernels that are forgotten afterwards."""
    names = []

    def register(name, make, **more):
        register_kernel(name, make, **more)
        names.append(name)

    yield register
    for name in set(names):
        forget_kernel(name)


def ours_by_gpytorch(d):
    """The kernel of our default model, made of gpytorch's parts."""
    prior = LENGTHSCALE_PRIORS["gamma"](d)
    return RBFKernel(
        ard_num_dims=d,
        lengthscale_prior=GammaPrior(prior.shape, prior.rate),
        lengthscale_constraint=GreaterThan(
            MIN_LENGTHSCALE, transform=None, initial_value=(prior.shape - 1) / prior.rate
        ),
    )


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_gradients_are_those_of_finite_differences(make):
    part = TorchPart((0, 2), make)
    rng = np.random.default_rng(0)
    theta = part.start() + 0.1 * rng.standard_normal(part.size)
    X, B = rng.random((5, 3)), rng.random((4, 3))
    prepared = part.prepare(X)
    weights, on_diagonal = rng.standard_normal(10), rng.standard_normal(5)

    def total(at):
        values, diagonal, _ = part.gram(at, prepared)
        return weights @ values + on_diagonal @ diagonal

    gradient = part.gram(theta, prepared)[2](weights, on_diagonal)
    assert gradient == pytest.approx(slopes(total, theta), rel=1e-4, abs=1e-6)
    prior = part.log_prior(theta)[1]
    assert prior == pytest.approx(slopes(lambda at: part.log_prior(at)[0], theta), abs=1e-6)
    crossed, each = rng.standard_normal((5, 4)), rng.standard_normal(5)

    def to_inputs(flat):
        A = flat.reshape(5, 3)
        return (crossed * part.cross(theta, A, B)[0]).sum() + each @ part.variances(theta, A)[0]

    found = part.cross(theta, X, B)[1](crossed) + part.variances(theta, X)[1](each)
    assert found.ravel() == pytest.approx(slopes(to_inputs, X.ravel()), rel=1e-4, abs=1e-6)


def slopes(function, at, step=1e-6):
    found = np.empty(len(at))
    for place in range(len(at)):
        move = np.zeros(len(at))
        move[place] = step
        found[place] = (function(at + move) - function(at - move)) / (2 * step)
    return found


def test_our_own_kernel_brought_by_gpytorch_is_fitted_to_the_same_model(registered):
    registered("Brought", ours_by_gpytorch)
    data = training(25, 3, seed=2)
    points = random_points(data, 40)
    config = {"outcome": "standardise"}
    ours = fit_model(data, ModelConfig(kernel="RBF", **config))
    brought = fit_model(data, ModelConfig(kernel="Brought", **config))
    assert brought.log_posterior == pytest.approx(ours.log_posterior, abs=1e-4)
    assert brought.predict(points)[0] == pytest.approx(ours.predict(points)[0], abs=2e-3)
    assert brought.hyperparameters["lengthscale"] == pytest.approx(
        ours.hyperparameters["lengthscales"], rel=0.05
    )


def test_the_fitted_model_is_botorchs_by_its_own_arithmetic(own):
    data = training(18, 2, seed=1)
    model = fit_model(data, ModelConfig(kernel=own))
    twin = model.botorch_model
    points = random_points(data, 25)
    posterior = twin.posterior(torch.as_tensor(points))
    mean, sd = model.predict(points)
    assert posterior.mean.detach().numpy()[:, 0] == pytest.approx(mean, rel=1e-5, abs=1e-7)
    assert posterior.variance.detach().sqrt().numpy()[:, 0] == pytest.approx(sd, rel=1e-3, abs=1e-6)
    twin.train()
    likelihood = ExactMarginalLogLikelihood(twin.likelihood, twin)
    value = likelihood(twin(*twin.train_inputs), twin.train_targets).item()
    assert value == pytest.approx(model.log_posterior, abs=1e-6)


@pytest.mark.parametrize("strategy", ["EI", "qLogEI", "TS", "qNIPV"])
def test_strategies_work_with_categories_constraints_and_pending_points(registered, strategy):
    registered("Mine", MAKERS["sum"])
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_variable("b", "real", bounds=(0, 1))
    session.add_variable("c", "categorical", categories=["u", "v"])
    session.add_nonlinear_constraint("a + b <= 1.2")
    for a, b, c in [
        (0.1, 0.2, "u"),
        (0.5, 0.3, "v"),
        (0.9, 0.1, "u"),
        (0.3, 0.8, "v"),
        (0.6, 0.6, "u"),
    ]:
        session.add_experiment({"a": a, "b": b, "c": c}, output=a - b**2 + (c == "v"))
    session.train_model(kernel="Mine")
    more = {"mc_samples": 32} if strategy == "qLogEI" else {}
    for count in (1, 2):
        found = session.suggest_next(strategy, n_suggestions=count, **more)
        assert len(found) == count
        assert (found["a"] + found["b"] <= 1.2 + 1e-9).all()
    assert session.replay()["equal"].all()


def test_what_is_no_kernel_is_refused_in_a_sentence(registered):
    for name, make, words in (
        ("RBF", ours_by_gpytorch, "There is a kernel 'RBF' already"),
        ("rbf", ours_by_gpytorch, "There is a kernel 'RBF' already"),
        ("", ours_by_gpytorch, "a text of 1 to 60 characters"),
        (3, ours_by_gpytorch, "a text of 1 to 60 characters, not 3"),
        ("K", "RBF", "made by a function of the number of variables"),
        ("K", lambda d: d, "return a kernel of gpytorch, not int"),
        ("K", lambda: None, "could not be made for 2 variables"),
    ):
        with pytest.raises(OptwidgetsError, match=words):
            registered(name, make)
    assert not is_own("K")
    with pytest.raises(OptwidgetsError, match=r"'K' is not known.*has to be registered first"):
        ModelConfig(kernel="K")


def test_a_kernel_that_is_registered_again_is_another_fit(registered):
    data, config = training(8, 1), None
    marks = set()
    for make in (MAKERS["sum"], MAKERS["periodic"]):
        registered("Mine", make)
        config = ModelConfig(kernel="Mine")
        marks.add(fingerprint(data, config, 0))
    assert len(marks) == 2


SHARED = ScaleKernel(RBFKernel())


def sine_campaign(kernel):
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_variable("b", "real", bounds=(0, 1))
    for a, b in np.random.default_rng(3).random((9, 2)).tolist():
        session.add_experiment({"a": a, "b": b}, output=float(np.sin(6 * a) + b))
    session.train_model(kernel=kernel)
    return session


@pytest.mark.parametrize(
    "make",
    [
        lambda d: ScaleKernel(RFFKernel(num_samples=20, num_dims=d)),
        lambda d: ScaleKernel(RFFKernel(num_samples=20)),  # draws when it is first used
        lambda _: SHARED,
    ],
)
def test_what_kernels_draw_or_share_is_the_same_every_time(registered, make):
    registered("Drawn", make)
    session = sine_campaign("Drawn")
    session.suggest_next("EI")
    assert session.model.botorch_model is not None  # writes into a kernel
    assert session.replay()["difference"].max() == 0.0
    data = training(12, 2)
    first, second = (fit_model(data, ModelConfig(kernel="Drawn"), seed=1) for _ in range(2))
    assert (first.theta == second.theta).all()
    points = random_points(data, 5)
    assert (first.predict(points)[0] == second.predict(points)[0]).all()


def test_replay_says_that_a_kernel_is_another_one_or_gone(registered):
    register_kernel("Gone", lambda d: ScaleKernel(PeriodicKernel(ard_num_dims=d)))
    session = sine_campaign("Gone")
    session.suggest_next("EI")
    register_kernel("Gone", lambda d: ScaleKernel(RBFKernel(ard_num_dims=d)))
    assert "registered by hand" in session.replay()["note"].iloc[-1]
    forget_kernel("Gone")
    again = session.replay()
    assert not again["equal"].iloc[-1]
    assert "'Gone' is not known" in again["note"].iloc[-1]
    assert session.model_report["stale"]


class Without(Kernel):
    """A kernel with no parameters at all."""

    def forward(self, x1, x2, diag=False, **options):
        return torch.exp(-5 * self.covar_dist(x1, x2, square_dist=True, diag=diag, **options))


class Odd(Kernel):
    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, x1, x2, diag=False, **_options):
        found = torch.full((len(x1), len(x2)), self.value, dtype=x1.dtype)
        return found.diagonal() if diag else found


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: RBFKernel(ard_num_dims=3), "does not work for 2 variables"),
        (lambda _: RBFKernel(batch_shape=torch.Size([2])), "not of 3 x 3"),
        (lambda d: RBFKernelGrad(ard_num_dims=d), "does not work for 2 variables"),
        (lambda _: Odd(float("nan")), "not all finite"),
        (lambda _: Odd(-1.0), "diagonal below 0"),
    ],
)
def test_a_kernel_that_does_not_work_is_told_when_it_is_registered(make, words):
    with pytest.raises(OptwidgetsError, match=words):
        register_kernel("Odd", make)
    assert not is_own("Odd")


def test_a_kernel_for_other_numbers_of_variables_is_told_when_it_is_fitted(registered):
    registered("Two", lambda _: RBFKernel(ard_num_dims=2))
    with pytest.raises(OptwidgetsError, match="does not work for 3 variables"):
        fit_model(training(9, 3), ModelConfig(kernel="Two"))


def test_frozen_parameters_stay_and_starts_are_within_limits(registered):
    def make(d):
        kernel = ScaleKernel(RBFKernel(ard_num_dims=d))
        kernel.base_kernel.lengthscale = 0.3
        kernel.base_kernel.raw_lengthscale.requires_grad_(False)
        kernel.outputscale = 30.0
        return kernel

    registered("Frozen", make)
    part = TorchPart((0, 1), make)
    assert part.size == 1
    assert part.limits()[0][1] == pytest.approx(part.start()[0])
    model = fit_model(training(12, 2), ModelConfig(kernel="Frozen"))
    twin = model.botorch_model.covar_module
    assert twin.base_kernel.lengthscale.detach().numpy() == pytest.approx(0.3)


def test_a_kernel_without_parameters_is_fitted_too(registered):
    registered("Without", lambda _: Without())
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 1))
    for a in (0.0, 0.2, 0.45, 0.7, 1.0):
        session.add_experiment({"a": a}, output=float(np.sin(5 * a)), noise=0.01)
    assert session.train_model(kernel="Without")["kernel"] == "Without"
    assert len(session.suggest_next("EI")) == 1


def test_a_kernel_is_known_in_any_case(registered):
    registered("Mine", lambda d: ScaleKernel(RBFKernel(ard_num_dims=d)))
    assert is_own(" mine ")
    register_kernel("Other", lambda d: ScaleKernel(RBFKernel(ard_num_dims=d)))
    forget_kernel("OTHER")
    assert not is_own("Other")


def test_the_twin_has_the_fitted_kernel_whatever_its_name_means_now():
    register_kernel("Q", lambda d: ScaleKernel(PeriodicKernel(ard_num_dims=d)))
    data = training(12, 2)
    points = random_points(data, 5)
    models = [fit_model(data, ModelConfig(kernel="Q")) for _ in range(2)]
    register_kernel("Q", lambda d: ScaleKernel(RBFKernel(ard_num_dims=d)))
    for model in models:
        with torch.no_grad():
            found = model.botorch_model.posterior(torch.as_tensor(points)).mean.numpy().ravel()
        assert found == pytest.approx(model.predict(points)[0], abs=1e-6)
        if is_own("Q"):
            forget_kernel("Q")
