"""Suggestions that are only looked at: nothing of them is recorded."""

from __future__ import annotations

import pytest

from optwidgets import OptimizationSession


@pytest.fixture(params=[2, 6], ids=["space-filling", "by the model"])
def session(request) -> OptimizationSession:
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    for i in range(request.param):
        session.add_experiment({"x": i / 5}, output=-((i / 5 - 0.4) ** 2))
    return session


def test_unstaged_suggestions_leave_no_trace(session):
    before = session.revision
    frame = session.suggest_next("EI", "minimize", n_suggestions=2, stage=False)
    assert session.revision == before
    assert session.last_suggestions == []
    assert list(frame.index) == [0, 1]
    assert frame.index.name is None


def test_unstaged_suggestions_are_the_ones_that_staging_would_make(session):
    looked_at = session.suggest_next("EI", stage=False)
    task = session.start_suggest("EI", stage=False)
    made = session.suggest_next("EI")
    assert looked_at["x"].tolist() == made["x"].tolist()
    assert task.result(30)["x"].tolist() == made["x"].tolist()
    assert looked_at.attrs == made.attrs


def test_points_that_stand_in_for_others_are_of_their_round(session):
    first = session.suggest_next("EI", n_suggestions=2)
    rounds = [session.state.table.row(row).iteration for row in first.index]
    second = session.suggest_next("EI", replaces=list(first.index))
    assert [session.state.table.row(row).iteration for row in second.index] == rounds[:1]
    assert second.index[0] not in first.index
