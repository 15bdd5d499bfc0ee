"""Outcomes on their way into a model and back."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import yeojohnson

from optwidgets.models import ModelConfig, fit_model
from optwidgets.models.outcome_transforms import (
    Standardised,
    YeoJohnson,
    bend,
    bent_outcomes,
    likeliest_power,
    straighten,
)
from support.engine import random_points, training

BENT = YeoJohnson(3.0, 2.0, 0.3, -0.1, 0.7)


@pytest.mark.parametrize("power", [0.0, 0.4, 1.0, 1.7, 2.0])
def test_the_transform_is_that_of_scipy(power):
    x = np.linspace(-4, 6, 23)
    assert bend(x, power) == pytest.approx(yeojohnson(x, power), abs=1e-12)


@given(
    st.floats(0, 2),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8),
)
def test_there_is_a_way_back_from_everywhere(power, values):
    x = np.array(values)
    assert straighten(bend(x, power), power) == pytest.approx(x, rel=1e-6, abs=1e-6)
    assert np.isfinite(straighten(x, power)).all()


def test_the_likeliest_power_is_that_of_scipy():
    x = np.random.default_rng(2).lognormal(0, 0.6, 60) - 1
    _, peer = yeojohnson(x)
    assert likeliest_power(x) == pytest.approx(np.clip(peer, 0, 2), abs=0.05)


def test_the_jacobian_is_that_of_the_transform():
    y = np.random.default_rng(3).lognormal(0, 1, 12)
    outcomes, jacobian = bent_outcomes(y, float(y.mean()), float(y.std(ddof=1)))
    step = 1e-6
    slopes = (outcomes.forward(y + step) - outcomes.forward(y - step)) / (2 * step)
    assert jacobian == pytest.approx(np.log(slopes * outcomes.scale).sum(), abs=1e-4)


@pytest.mark.parametrize("outcomes", [Standardised(3.0, 2.0), BENT], ids=["plain", "bent"])
@pytest.mark.parametrize("sign", [1, -1])
def test_moments_and_gains_are_those_of_draws(outcomes, sign):
    mean, deviation, best = np.array([0.2, -1.0]), np.array([0.5, 0.9]), 0.1
    draws = mean + deviation * np.random.default_rng(0).standard_normal((400_000, 2))
    y = outcomes.backward(draws)
    centre, spread = outcomes.moments(mean, deviation)
    assert centre == pytest.approx(y.mean(axis=0), rel=0.01, abs=0.01)
    assert spread == pytest.approx(y.std(axis=0), rel=0.02)
    gains = np.maximum(sign * (y - outcomes.backward(np.array(best))), 0).mean(axis=0)
    assert outcomes.expected_gain(mean, deviation, best, sign) == pytest.approx(gains, rel=0.04)


def skewed(noise=0.0):
    data = training(24, 2, 0, noise=noise)
    return dataclasses.replace(data, y=np.exp(3 * (data.y - data.y.mean()) / data.y.std()))


def test_skewed_results_are_bent_and_straight_ones_are_not():
    assert isinstance(fit_model(skewed(), ModelConfig()).outcomes, YeoJohnson)
    assert isinstance(fit_model(training(24, 2, 0), ModelConfig()).outcomes, Standardised)
    plain = fit_model(skewed(), ModelConfig(outcome="standardise"))
    assert isinstance(plain.outcomes, Standardised)


def test_known_noise_is_never_bent():
    data = dataclasses.replace(skewed(), noise=np.full(24, 0.01))
    model = fit_model(data, ModelConfig(noise="known"))
    assert isinstance(model.outcomes, Standardised)


def test_botorch_answers_the_same_for_bent_outcomes():
    import torch

    data = skewed()
    model = fit_model(data, ModelConfig(outcome="yeo-johnson"))
    X = random_points(data, 7)
    with torch.no_grad():
        posterior = model.botorch_model.posterior(torch.as_tensor(X))
    mean, sd = model.predict(X)
    assert posterior.mean.squeeze(-1).numpy() == pytest.approx(mean, rel=1e-6)
    assert posterior.variance.sqrt().squeeze(-1).numpy() == pytest.approx(sd, rel=1e-6)
