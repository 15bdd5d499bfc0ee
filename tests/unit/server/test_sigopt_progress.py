"""How far an experiment is, whatever holes its table has."""

from __future__ import annotations

import pytest

from optwidgets import OptimizationSession
from optwidgets.server.sigopt.experiment import Experiment
from optwidgets.server.sigopt.standing import best_rows, progress_of


@pytest.fixture
def session():
    made = OptimizationSession()
    made.add_variable("x", "real", bounds=(0, 1))
    made.add_objective("f", "maximize")
    for number, value in enumerate((1.0, 5.0, 2.0, 5.0, 3.0, 4.0)):
        made.add_experiment({"x": number / 10}, output=value)
    return made


def found(session):
    seen = progress_of(Experiment(1, session.id, session.state))
    ends = (seen.first, seen.last, seen.best)
    return seen.count, *(None if row is None else row.id for row in ends)


def test_the_ends_and_the_first_of_the_best_are_shown(session):
    assert found(session) == (6, 1, 6, 2)
    manager = session.experiment_manager
    manager.delete([1, 6])
    assert found(session) == (4, 2, 5, 2)
    manager.exclude([2], "leak")
    manager.fail([5], "broken")
    session.add_staged_experiment({"x": 0.9})
    assert found(session) == (3, 3, 5, 4)
    manager.delete([3, 4, 5])
    assert found(session) == (0, None, None, None)


def test_less_is_better_where_it_is_and_limits_count(session):
    session.change_objective("f", goal="minimize", lower=1.5)
    assert found(session) == (6, 1, 6, 3)
    [best] = best_rows(Experiment(1, session.id, session.state))
    assert best.id == 3


def test_nothing_is_shown_of_an_empty_experiment():
    assert found(OptimizationSession()) == (0, None, None, None)
