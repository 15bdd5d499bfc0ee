"""Changes of a session as calls of ALchemist's API."""

from __future__ import annotations

import pytest

from optwidgets import OptimizationSession, OptwidgetsError
from optwidgets.client.alchemist.calls import calls_of
from optwidgets.journal.changes import KINDS_OF_CHANGE


@pytest.fixture
def session():
    made = OptimizationSession(name="Reactor")
    made.add_variable("T", "real", bounds=(20, 100), unit="K")
    made.add_variable("c", "categorical", categories=["A", "B"])
    return made


def said(session, act, items=None):
    """Return the calls for what an act changes."""
    before, revision = session.state, session.revision
    act(session)
    changes = [entry.change for entry in session.entries(revision)]
    return [(c.method, c.path, c.body) for c in calls_of(changes, before, items or {})]


def test_a_result_is_one_call(session):
    [call] = said(session, lambda s: s.add_experiment({"T": 60, "c": "A"}, output=1.5, noise=0.1))
    assert call == ("POST", "/experiments/record-batch", {"entries": [
        {"inputs": {"T": 60, "c": "A"}, "output": 1.5, "noise": 0.1, "iteration": 0,
         "reason": "Manual"}]})  # fmt: skip


def test_a_running_row_is_staged_and_started(session):
    calls = said(session, lambda s: s.add_experiment({"T": 60, "c": "A"}))
    assert [(method, path) for method, path, _ in calls] == [
        ("POST", "/experiments/queue"), ("POST", "/experiments/queue/{1}/start")]  # fmt: skip


def test_completing_names_the_item(session):
    number = session.add_staged_experiment({"T": 60, "c": "A"})
    [call] = said(session, lambda s: s.add_experiment({"T": 60, "c": "A"}, output=2), {number: "x"})
    assert call[2]["entries"][0]["item_id"] == "x"


def test_goals_stay_in_the_notebook_and_labels_go(session):
    session.experiment_manager.set_objectives("Output")
    assert said(session, lambda s: s.change_objective("Output", goal="minimize")) == []
    [call] = said(session, lambda s: s.change_objective("Output", label="Yield", unit="%"))
    assert call[2] == {"metadata": {"Output": {"label": "Yield", "unit": "%"}}}
    assert said(session, lambda s: s.set_config(random_state=7)) == []


def test_names_are_quoted_in_paths(session):
    session.add_variable("a b?", "real", bounds=(0, 1))
    [call] = said(session, lambda s: s.remove_variable("a b?"))
    assert call[:2] == ("DELETE", "/variables/a%20b%3F")


@pytest.mark.parametrize("act", [
    lambda s: s.add_variable("p", "real", bounds=(1, 9), log=True),
    lambda s: s.add_variable("p", "real", bounds=(1, 9), active_if={"c": ["A"]}),
    lambda s: s.rename_variable("T", "t"),
    lambda s: s.add_nonlinear_constraint("T * T <= 9000"),
    lambda s: s.add_derived("r", "T / 2"),
    lambda s: s.add_objective("Yield"),
    lambda s: s.experiment_manager.edit(1, T=50),
    lambda s: s.experiment_manager.edit(1, note="by hand"),
    lambda s: s.experiment_manager.exclude(1, "broken"),
    lambda s: s.experiment_manager.delete(1),
    lambda s: s.undo(),
])  # fmt: skip
def test_what_cannot_be_said_is_refused_by_name(session, act):
    session.add_variable("q", "real", bounds=(0, 1))
    session.add_experiment({"T": 60, "c": "A", "q": 1}, output=1.5)
    with pytest.raises(OptwidgetsError, match=r"ALchemist's server cannot .*Nothing was changed"):
        said(session, act)


def test_every_kind_of_change_is_said_or_refused():
    from optwidgets.client.alchemist import calls

    assert set(calls._SAID) == {kind.cls for kind in KINDS_OF_CHANGE.values()}
