"""What the Suggest panel asks about observed variables."""

from __future__ import annotations

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.widgets.suggestion_panel import SuggestionPanel


@pytest.fixture
def panel():
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(0, 1))
    session.add_variable("humidity", "real", bounds=(20, 80), unit="%", observed=True)
    for i in range(5):
        session.add_experiment({"T": i / 4, "humidity": 30 + 10 * i}, output=i)
    return SuggestionPanel(session)


def test_what_was_measured_last_is_offered(panel):
    assert panel.observed == [{"name": "humidity", "unit": "%", "text": "", "last": "70.0"}]


def test_a_value_is_said_and_taken_back(panel):
    panel._observe(name="humidity", text="95,5")
    assert panel.observed[0]["text"] == "95.5"
    assert panel.session.undo_words == "Hold humidity in the next rounds"
    panel._observe(name="humidity", text=" ")
    assert panel.observed[0]["text"] == ""


def test_what_is_no_value_or_not_observed_is_refused(panel):
    with pytest.raises(OptwidgetsError, match='humidity "wet" is not a number'):
        panel._observe(name="humidity", text="wet")
    with pytest.raises(OptwidgetsError, match="T is chosen"):
        panel._observe(name="T", text="0.5")
