"""Targets and bands: closed forms against brute force, slopes against differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.acquisition.closeness import (
    ChanceToApproach,
    ExpectedDistance,
    LogExpectedApproach,
    Straddle,
    distance,
)
from optwidgets.acquisition.joint_draws import base_samples
from optwidgets.acquisition.monte_carlo import (
    BatchAcquisition,
    BatchUpperBound,
    LogImprovement,
)
from optwidgets.acquisition.near_aim import Near
from optwidgets.acquisition.near_draws import NearBand
from optwidgets.models import ModelConfig, fit_model
from support.engine import random_points, slope, training

DRAWS = base_samples(1 << 16, 1, seed=0)[:, 0]
CASES = [(-0.5, 0.3), (0.5, 1.0), (2.0, 0.8), (1.1, 2.0)]


@pytest.mark.parametrize(("mean", "sd"), CASES)
@pytest.mark.parametrize("upper", [0.0, 1.0], ids=["target", "band"])
def test_values_are_the_averages_of_draws(mean, sd, upper):
    far = distance(mean + sd * DRAWS, 0.0, upper)[0]
    at = np.array([mean]), np.array([sd])
    for reach in (0.05, 0.5, 3.0):
        gain = np.exp(LogExpectedApproach(0.0, upper, reach)(*at)[0][0])
        assert gain == pytest.approx(np.maximum(reach - far, 0.0).mean(), rel=0.01, abs=1e-5)
    assert ExpectedDistance(0.0, upper)(*at)[0][0] == pytest.approx(-far.mean(), rel=1e-3)
    u = ChanceToApproach(0.0, upper, 0.4)(*at)[0][0]
    assert (u > DRAWS).mean() == pytest.approx((far < 0.4).mean(), abs=2e-3)


@pytest.mark.parametrize(("mean", "sd"), [*CASES, (9.0, 0.2), (-40.0, 1.0)])
@pytest.mark.parametrize(
    "criterion",
    [
        LogExpectedApproach(0.0, 0.0, 1e-4), LogExpectedApproach(0.0, 1.0, 0.5, spread=0.5),
        LogExpectedApproach(0.0, 0.0, 5.0), ChanceToApproach(0.0, 0.0, 0.3),
        Straddle(0.0, 1.0, 0.7), ExpectedDistance(0.0, 0.5),
    ],
)  # fmt: skip
def test_derivatives_are_slopes(criterion, mean, sd):
    step = 1e-5 * sd
    _, by_mean, by_sd = criterion(np.array([mean]), np.array([sd]))
    ends = np.array([mean + step, mean - step, mean, mean])
    sds = np.array([sd, sd, sd + step, sd - step])
    values = criterion(ends, sds)[0]
    slopes = (values[0] - values[1]) / (2 * step), (values[2] - values[3]) / (2 * step)
    assert [by_mean[0], by_sd[0]] == pytest.approx(list(slopes), rel=1e-4, abs=1e-5)


@given(
    mean=st.floats(-1e3, 1e3), log_sd=st.floats(-4, 1), log_reach=st.floats(-4, 1),
    width=st.sampled_from([0.0, 0.01, 1.0, 50.0]),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_everything_is_finite_and_mirrored(mean, log_sd, log_reach, width):
    at, sd = np.array([mean]), np.array([10.0**log_sd])
    criterion = LogExpectedApproach(-width / 2, width / 2, 10.0**log_reach)
    value, by_mean, by_sd = criterion(at, sd)
    assert np.isfinite([value, by_mean, by_sd]).all()
    mirrored, turned, _ = criterion(-at, sd)
    assert mirrored == pytest.approx(value)
    assert turned == pytest.approx(-by_mean, abs=1e-9 / sd[0])


def test_a_wide_band_on_one_side_is_the_usual_expected_improvement():
    """Far above, a band is all that is larger: its lower end alone counts."""
    from optwidgets.acquisition.analytic import LogExpectedImprovement

    mean, sd = np.array([-1.0, 0.2]), np.array([0.5, 0.4])
    usual = LogExpectedImprovement(-1.3)(mean, sd)[0]
    both = np.exp(LogExpectedApproach(0.0, 1e3, 1.3)(mean, sd)[0])
    beyond = np.exp(LogExpectedImprovement(0.0)(mean, sd)[0])  # no gain inside the band
    assert both == pytest.approx(np.exp(usual) - beyond)


def test_what_is_asked_for_is_never_more_than_what_is_missing():
    aim = Near(0.0, 0.0)
    assert aim.threshold(-0.4, 5.0) == -0.2
    assert aim.threshold(-0.4, -0.1) == pytest.approx(-0.5)  # coming nearly as near will do
    assert -1e-3 < aim.threshold(0.0, 0.0) < 0.0  # a hit can still be made surer


@pytest.mark.parametrize("inner", [LogImprovement(-0.3, 0.5), BatchUpperBound(0.7)])
def test_batches_have_the_slopes_of_their_values(inner):
    rng = np.random.default_rng(4)
    mean, spread = rng.normal(size=(2, 3)), rng.normal(size=(2, 8, 3))
    factor = inner.factor if isinstance(inner, LogImprovement) else 1.0
    utility = NearBand(inner, -0.1, 0.2, factor)
    _, by_mean, by_spread, _ = utility.weighed(mean, spread, None)

    def value(mean, spread):
        return utility.weighed(mean, spread, None)[0]

    step = 1e-6
    for j in range(3):
        change = step * np.eye(3)[j]
        slope = (value(mean + change, spread) - value(mean - change, spread)) / (2 * step)
        assert by_mean[:, j] == pytest.approx(slope, rel=1e-3, abs=1e-5)
        change = np.zeros((8, 3))
        change[5, j] = step
        slope = (value(mean, spread + change) - value(mean, spread - change)) / (2 * step)
        assert by_spread[:, 5, j] == pytest.approx(slope, rel=1e-3, abs=1e-5)


def test_one_point_by_draws_is_the_closed_form():
    model = fit_model(training(8, 2, 0), ModelConfig(outcome="standardise"))
    aim, X = Near(-0.2, 0.3), random_points(model.data, 5, seed=1)
    moments = model.posterior.moments(X)
    for spread in (1.0, 2.0):
        inner = LogImprovement(-0.4, spread)
        utility = aim.of_draws(inner, spread, 0)
        draws = base_samples(1 << 12, 1, seed=0)
        batch = BatchAcquisition(model.posterior, 1, utility, X[:0], draws)
        exact = aim.improvement(-0.4, 0.0, spread)(*moments)[0]
        assert np.exp(batch.value(X[:, None, :])) == pytest.approx(
            np.exp(exact), rel=0.02, abs=1e-4
        )
        value, gradient = batch.value_and_gradient(X[:1, None, :])
        assert gradient[0, 0] == pytest.approx(
            slope(lambda x, b=batch: float(b.value(x[:, None, :])[0]), X[:1], 1e-5)[0],
            rel=1e-2,
            abs=1e-3,
        )
        assert np.isfinite(value).all()
