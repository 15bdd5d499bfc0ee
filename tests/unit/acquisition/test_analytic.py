from __future__ import annotations

import numpy as np
import pytest
import torch
from botorch.acquisition.analytic import (
    ExpectedImprovement,
    LogProbabilityOfImprovement,
)
from botorch.acquisition.analytic import (
    LogExpectedImprovement as TorchLogEI,
)
from botorch.acquisition.analytic import (
    ProbabilityOfImprovement as TorchPI,
)
from botorch.acquisition.analytic import (
    UpperConfidenceBound as TorchUCB,
)
from mpmath import mp, mpf

from optwidgets.acquisition.analytic import (
    LogExpectedImprovement,
    ProbabilityOfImprovement,
    UpperConfidenceBound,
    expected_improvement,
    log_h,
    log_probability_of_improvement,
    probability_of_improvement,
)
from optwidgets.models import ModelConfig, fit_model
from support.engine import random_points, slope, training

CRITERIA = [
    LogExpectedImprovement(0.4, 0.1, 0.7),
    ProbabilityOfImprovement(0.4, -0.1),
    UpperConfidenceBound(1.3),
]


@pytest.mark.parametrize(
    "u", [40.0, 3.0, 0.0, -0.99, -1.01, -5.0, -29.9, -30.1, -900.0, -1e4, -1e7]
)
def test_log_h_has_all_its_digits(u):
    mp.dps = 60
    x = mpf(u)
    density = mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)
    h = density + x * mp.ncdf(x) if u > -200 else density / (x * x) * (1 - 3 / x**2 + 15 / x**4)
    value, derivative = log_h(np.array([u]))
    assert value[0] == pytest.approx(float(mp.log(h)), rel=1e-12, abs=1e-12)
    if u > -200:
        assert derivative[0] == pytest.approx(float(mp.ncdf(x) / h), rel=1e-8)


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda c: type(c).__name__)
def test_derivatives(criterion):
    mean, sd = np.array([0.5, -2.0, 0.39]), np.array([0.2, 0.05, 1.7])
    _, by_mean, by_sd = criterion(mean, sd)
    assert by_mean == pytest.approx(slope(lambda m: criterion(m, sd)[0].sum(), mean), rel=1e-5)
    assert by_sd == pytest.approx(slope(lambda s: criterion(mean, s)[0].sum(), sd), rel=1e-5)


@pytest.fixture(scope="module")
def model():
    return fit_model(training(15, 2, 1, noise=0.1), ModelConfig())


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_values_are_those_of_botorch(model, goal):
    X = random_points(model.data, 40)
    sign = 1 if goal == "maximize" else -1
    mean, sd = model.predict(X)
    incumbent = float(sign * (sign * model.data.y).max())
    theirs = torch.as_tensor(X)[:, None, :]
    options = {"best_f": incumbent, "maximize": goal == "maximize"}
    up, best = sign * mean, sign * incumbent

    def of(acquisition):
        with torch.no_grad():
            return pytest.approx(acquisition(theirs).numpy(), abs=1e-6, rel=1e-6)

    botorch = model.botorch_model
    assert LogExpectedImprovement(best)(up, sd)[0] == of(TorchLogEI(botorch, **options))
    assert expected_improvement(up, sd, best) == of(ExpectedImprovement(botorch, **options))
    assert probability_of_improvement(up, sd, best) == of(TorchPI(botorch, **options))
    log_pi = log_probability_of_improvement(up, sd, best)
    assert log_pi == of(LogProbabilityOfImprovement(botorch, **options))
    ucb = TorchUCB(botorch, beta=1.69, maximize=goal == "maximize")
    assert UpperConfidenceBound(1.3)(up, sd)[0] == of(ucb)


def test_expected_improvement_never_dies():
    value, by_mean, by_sd = LogExpectedImprovement(1e8)(np.zeros(2), np.array([1e-6, 1.0]))
    assert np.isfinite([*value, *by_mean, *by_sd]).all()
    assert value[1] > value[0]
