"""A fit that comes from elsewhere is the same fit, or it is refused and made here."""

from __future__ import annotations

import json

import pytest

from optwidgets import OptimizationSession
from optwidgets.campaign.fitting import seed_of
from optwidgets.campaign.written_fits import read_fit, write_fit
from optwidgets.errors import OptwidgetsError


@pytest.fixture(scope="module")
def known():
    """What a server answers, and what is wanted."""
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    for place in range(6):
        session.add_experiment({"x": place / 6}, output=-((place / 6 - 0.4) ** 2))
    asked = []
    session._work.models.elsewhere = lambda wanted, _: asked.append(wanted)
    fit = session._work.fit_now()
    return fit, json.dumps(write_fit(fit, seed_of(session.state))), asked[0]


def test_a_fit_that_was_written_is_the_same(known):
    fit, written, wanted = known
    again = read_fit(json.loads(written), wanted)
    assert again.fingerprint == fit.fingerprint
    assert again.validation.metrics() == pytest.approx(fit.validation.metrics())
    assert again.model.theta.tolist() == fit.model.theta.tolist()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"seed": 4711},
        {"config": {}},
        {"rows": [1]},
        {"model": None},
        {"model": {"form": "exact"}},
        {"mean": None},
        {"mean": [1.0]},
        {"mean": ["a"] * 6},
        {"sd": [float("nan")] * 6},
        {"sd": {}},
    ],
)
def test_another_fit_is_refused_with_a_sentence(known, spoilt):
    _, written, wanted = known
    with pytest.raises(OptwidgetsError, match=r"Fit it here\."):
        read_fit(json.loads(written) | spoilt, wanted)


def test_a_fit_without_its_predictions_is_refused(known):
    _, written, wanted = known
    answer = json.loads(written)
    del answer["sd"]
    with pytest.raises(OptwidgetsError, match="another version"):
        read_fit(answer, wanted)
