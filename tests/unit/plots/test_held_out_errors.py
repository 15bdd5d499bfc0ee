from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from optwidgets.plots import style
from optwidgets.plots.held_out_errors import calibration, qq


def by_name(figure):
    return {trace.name: trace for trace in figure.data}


def checked_with(fit, z):
    """Return a validation whose errors are z predicted standard deviations."""
    y = fit.model.data.y
    sd = np.full(len(y), 2.0)
    return replace(fit.validation, mean=y - np.asarray(z) * sd, sd=sd)


NORMAL = norm.ppf((np.arange(1, 9) - 0.5) / 8)


def test_normal_errors_lie_on_the_line_and_in_the_band(campaign, fit):
    found = by_name(qq(campaign.state, fit.model, checked_with(fit, NORMAL)))
    assert "outside" not in found
    assert list(found["inside"].y) == pytest.approx(list(NORMAL))
    assert list(found["inside"].x) == pytest.approx(list(NORMAL))
    assert list(found["inside"].customdata) == list(range(1, 9))


def test_an_error_outside_its_band_is_warned_of(campaign, fit):
    z = NORMAL.copy()
    z[4] = 5.0
    figure = qq(campaign.state, fit.model, checked_with(fit, z))
    outside = by_name(figure)["outside"]
    assert list(outside.customdata) == [5]
    assert outside.marker.color == style.WARN
    assert outside.x[0] == pytest.approx(NORMAL[-1]), "the largest error has the largest rank"
    assert "row 5 is farthest off, 5.0 deviations above" in figure.layout.meta["alt"]


def test_an_absurd_error_does_not_squeeze_the_others(campaign, fit):
    z = NORMAL.copy()
    z[0] = -1e6
    figure = qq(campaign.state, fit.model, checked_with(fit, z))
    assert figure.layout.yaxis.range[0] > -7
    assert "over 99 deviations below" in figure.layout.meta["alt"]
    assert "over 99" in by_name(figure)["outside"].hovertext[0]


def test_the_band_is_that_of_order_statistics(campaign, fit):
    band = by_name(qq(campaign.state, fit.model, fit.validation))["band"]
    draws = np.sort(np.random.default_rng(0).standard_normal((20_000, 8)), axis=1)
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    assert np.allclose(band.y[:8], low, atol=0.06)
    assert np.allclose(band.y[8:][::-1], high, atol=0.06)


def test_too_narrow_intervals_lie_below_the_band(campaign, fit):
    figure = calibration(campaign.state, fit.model, checked_with(fit, 5 * NORMAL))
    found = by_name(figure)
    nominal, observed = np.array(found["observed"].x), np.array(found["observed"].y)
    assert (observed <= nominal).all()
    assert observed[list(nominal).index(95.0)] == pytest.approx(25.0)
    assert "too narrow" in figure.layout.meta["alt"]
    assert figure.layout.meta["factor"] == pytest.approx(5 * np.sqrt(np.mean(NORMAL**2)))


def test_the_band_of_the_calibration_is_binomial(campaign, fit):
    band = by_name(calibration(campaign.state, fit.model, fit.validation))["band"]
    x, y = np.array(band.x), np.array(band.y)
    low, high = y[: len(x) // 2], y[len(x) // 2 :][::-1]
    hits = np.random.default_rng(0).binomial(8, x[: len(x) // 2] / 100, (4000, len(x) // 2)) / 8
    inside = ((100 * hits >= low) & (100 * hits <= high)).mean(axis=0)
    assert inside.min() > 0.93
