"""Observed variables: in the model, never chosen, fixed where points are suggested."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.session_file import from_session_file


def humid_session(n=14, **options):
    """Best temperature depends on the humidity: 0.2 when dry, 0.8 when humid."""
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(0, 1))
    session.add_variable("humidity", "real", bounds=(0, 100), unit="%", observed=True, **options)
    for i in range(n):
        t, h = (i * 0.618) % 1, 100 * ((i * 0.414) % 1)
        session.add_experiment({"T": t, "humidity": h}, output=true(t, h))
    return session


def true(t, h):
    return -((t - 0.2 - 0.006 * h) ** 2)


@pytest.mark.parametrize("strategy", ["EI", "LogEI", "UCB", "qLogEI", "qLogNEI", "TS", "qNIPV"])
def test_a_suggestion_is_made_for_the_observed_value(strategy):
    session = humid_session()
    frame = session.suggest_next(strategy, observed={"humidity": 10}, n_suggestions=2)
    assert frame["humidity"].tolist() == [10.0, 10.0]
    assert "message" not in frame.attrs
    assert session.replay()["equal"].all()


def test_ei_follows_the_context():
    session = humid_session(30)
    found = [session.suggest_next("EI", observed={"humidity": h})["T"].iloc[0] for h in (5.0, 95.0)]
    assert np.abs(np.array(found) - [0.23, 0.77]).max() < 0.15


def test_without_a_value_the_last_measured_one_counts_and_is_said():
    session = humid_session()
    last = session.state.table.row(14).inputs["humidity"]
    frame = session.suggest_next("EI")
    assert "as measured last" in frame.attrs["message"]
    ask = session.entries()[-1].change.record["ask"]
    assert ask["hold"] == {"humidity": last}
    assert list(ask["assumed"]) == ["humidity"]
    # Nobody measured it for the new row, so that the row does not claim it.
    row = session.state.table.row(int(frame.index[0]))
    assert "humidity" not in row.inputs
    assert row.suggestion.mean is not None


def test_replay_does_not_follow_a_later_measurement():
    session = humid_session()
    session.suggest_next("EI")
    session.add_experiment({"T": 0.5, "humidity": 99}, output=-0.5)
    session.suggest_next("EI", n_suggestions=2)
    assert session.replay()["equal"].all()


def test_plans_and_fallbacks_leave_it_empty_and_rows_are_completed_with_it():
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(0, 1))
    session.add_variable("humidity", "real", bounds=(0, 100), observed=True)
    points = session.generate_initial_design("lhs", n_points=3, stage=True)
    assert all(list(point) == ["T"] for point in points)
    session.suggest_next()
    assert all("humidity" not in row.inputs for row in session.state.table)
    row = session.add_experiment({**points[1], "humidity": 42}, output=1.0)
    assert row == 2
    assert dict(session.state.table.row(2).inputs) == {**points[1], "humidity": 42.0}
    assert session.replay()["equal"].all()


@pytest.mark.parametrize("method", ["full_factorial", "ccd", "box_behnken", "optimal"])
def test_every_design_is_of_the_chosen_variables(method):
    session = humid_session(0)
    session.add_variable("P", "real", bounds=(0, 1))
    session.add_variable("q", "real", bounds=(0, 1))
    points = session.generate_initial_design(method)
    assert all(set(point) == {"T", "P", "q"} for point in points)
    assert session.evaluate_design(points, model_type="linear")["n_runs"] == len(points)
    assert session.plot_design(points).layout.meta["variables"] == ["T", "P", "q"]


def test_a_planned_row_without_the_value_is_pending_all_the_same():
    session = humid_session(30)
    first = session.suggest_next("EI")["T"].iloc[0]
    second = session.suggest_next("EI")["T"].iloc[0]
    assert abs(first - second) > 1e-3


def test_the_optimum_is_the_one_of_the_context():
    session = humid_session(30)
    dry, humid = (session.find_optimum(observed={"humidity": h})["x_opt"] for h in (5, 95))
    assert dry["T"].iloc[0] == pytest.approx(0.23, abs=0.05)
    assert humid["T"].iloc[0] == pytest.approx(0.77, abs=0.05)
    assert humid["humidity"].iloc[0] == 95.0
    assert "as measured last" in session.find_optimum()["x_opt"].attrs["message"]
    assert session.stop_advice().words


def test_a_value_outside_the_bounds_is_measured_and_not_refused():
    session = humid_session()
    frame = session.suggest_next("EI", observed={"humidity": 104})
    assert frame["humidity"].iloc[0] == 104.0
    assert math.isfinite(frame["mean"].iloc[0])


def test_it_may_stand_among_the_held_ones_as_the_panel_writes_it():
    session = humid_session()
    frame = session.suggest_next("EI", hold={"humidity": 33})
    assert frame["humidity"].iloc[0] == 33.0
    assert "message" not in frame.attrs


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"observed": {"T": 0.5}}, "T is chosen, not observed"),
        ({"observed": {"wind": 1}}, "wind"),
        ({"hold": {"T": 0.5}}, "Every variable is held"),
    ],
)
def test_what_cannot_be_asked_is_said(asked, words):
    with pytest.raises(OptwidgetsError, match=words):
        humid_session().suggest_next("EI", **asked)


def test_several_objectives_and_sklearn():
    session = humid_session(0)
    session.add_objective("A")
    session.add_objective("B", "minimize")
    for i in range(8):
        t, h = (i * 0.618) % 1, 100 * ((i * 0.414) % 1)
        session.add_experiment({"T": t, "humidity": h}, output={"A": true(t, h), "B": t})
    frame = session.suggest_next(observed={"humidity": 60}, n_suggestions=2)
    assert frame["humidity"].tolist() == [60.0, 60.0]
    session.train_model(backend="sklearn")
    frame = session.suggest_next("EI", objective="A", observed={"humidity": 60})
    assert frame["humidity"].tolist() == [60.0]


def test_undo_and_the_session_file_keep_the_role(tmp_path):
    session = humid_session(3)
    session.change_variable("humidity", observed=False)
    assert session.undo_words == "humidity: observed to chosen"
    session.undo()
    assert session.state.space.observed == ("humidity",)
    document = json.loads(session.export_session_json())
    assert document["search_space"]["variables"][1]["role"] == "observed"
    changes, messages = from_session_file(document)
    other = OptimizationSession()
    other.commit(changes)
    assert other.state.space == session.state.space
    assert messages == []
