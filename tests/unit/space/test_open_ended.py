"""Observed variables without bounds: what is measured gives them their scale."""

from __future__ import annotations

import json
import math

import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.session import OptimizationSession
from optwidgets.space.scaling import FEW
from optwidgets.space.variable import make_variable, variable_from_dict


@pytest.fixture
def session():
    session = OptimizationSession(name="Greenhouse")
    session.add_variable("x", "real", bounds=(0, 10))
    session.add_variable("humidity", "context", unit="%")
    yield session
    session.close()


def measure(session, *values):
    for number, value in enumerate(values):
        x = number % 10
        session.add_experiment({"x": x, "humidity": value}, output=math.sin(x) + value / 100)


def scale(session):
    return session.search_space["humidity"].bounds


def test_it_needs_no_bounds_and_takes_any_number(session):
    humidity = session.search_space["humidity"]
    assert humidity.observed
    assert humidity.describe() == "any number, in %"
    assert humidity.contains(-1e9)
    measure(session, 47.0)
    assert session.state.space.outside({"x": 1, "humidity": 1e6}) == []
    assert scale(session)[0] < 47.0 < scale(session)[1]


def test_its_scale_is_what_was_measured(session):
    measure(session, 299.5, 300.1, 299.8)
    assert scale(session) == (299.5, 300.1)
    session.experiment_manager.edit(2, {"humidity": 299.9})
    assert scale(session) == (299.5, 299.9)
    session.undo()
    assert scale(session) == (299.5, 300.1)
    session.search_space.change_variable("humidity", unit="g")
    assert scale(session) == (299.5, 300.1)


def test_with_many_rows_it_only_grows(session):
    measure(session, *([40.0, 60.0] * (FEW // 2)), 50.0)
    session.experiment_manager.edit(1, {"humidity": 45.0})
    assert scale(session) == (40.0, 60.0)
    measure(session, 75.0)
    assert scale(session) == (40.0, 75.0)


def test_every_fold_of_the_journal_has_it(tmp_path, session):
    measure(session, 41.0, 52.0, 47.0)
    session.save_session(tmp_path / "greenhouse.json")
    (written,) = [
        item
        for item in json.loads((tmp_path / "greenhouse.json").read_text())["search_space"][
            "variables"
        ]
        if item["name"] == "humidity"
    ]
    # ALchemist has no bounds for it either.
    assert written == {
        "name": "humidity", "type": "real", "scale": [41.0, 52.0], "unit": "%", "role": "observed",
    }  # fmt: skip
    again = OptimizationSession.load_session(tmp_path / "greenhouse.json")
    assert scale(again) == (41.0, 52.0)
    stored = OptimizationSession.open(tmp_path / "lab.db", name="Lab")
    stored.add_variable("x", "real", bounds=(0, 10))
    stored.add_variable("humidity", "real", observed=True)
    measure(stored, 41.0, 52.0)
    stored.close()
    reopened = OptimizationSession.open(tmp_path / "lab.db")
    assert scale(reopened) == (41.0, 52.0)
    reopened.close()


def test_it_is_modelled_and_given_for_the_next_point(session):
    measure(session, *(40.0 + number for number in range(8)))
    found = session.suggest_next("EI", observed={"humidity": 44.0}, stage=False)
    assert found["humidity"].tolist() == [44.0]
    assert found["std"].notna().all()


def test_a_whole_number_needs_none_either(session):
    session.add_variable("visitors", "integer", observed=True)
    session.add_experiment({"x": 1, "humidity": 40, "visitors": 3}, output=1)
    session.add_experiment({"x": 2, "humidity": 40, "visitors": 12}, output=1)
    assert session.search_space["visitors"].bounds == (3, 12)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "needs a minimum"),
        ({"observed": True, "min": 3}, "needs a maximum"),
        ({"observed": True, "log": True}, "Log scale needs a minimum above 0"),
        ({"observed": True, "scale": "wide"}, "must be two numbers"),
    ],
)
def test_what_is_chosen_needs_bounds(options, sentence):
    with pytest.raises(OptwidgetsError, match=sentence):
        make_variable("humidity", "real", **options)


def test_alchemists_form_is_read():
    variable = variable_from_dict({"name": "amb", "type": "real", "role": "observed"})
    assert variable.open_ended
    assert variable == variable_from_dict(variable.to_dict())
