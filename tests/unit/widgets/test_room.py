"""The panel says before the press that nothing is left to suggest."""

import pytest

from optwidgets import OptimizationSession
from optwidgets.widgets._room import reason_against


@pytest.fixture
def session():
    session = OptimizationSession()
    session.add_variable("cat", "categorical", categories=["A", "B"])
    session.add_variable("n", "integer", bounds=(1, 2))
    return session


def fill(session, *points):
    for place, (cat, n) in enumerate(points):
        session.add_experiment({"cat": cat, "n": n}, output=float(place))


ALL = (("A", 1), ("A", 2), ("B", 1), ("B", 2))


def test_nothing_is_said_while_one_is_left_or_repeated(session):
    fill(session, *ALL[:3], ALL[0])
    assert reason_against(session.state, {}) == ""


def test_rows_outside_the_space_or_not_used_take_no_place(session):
    fill(session, *ALL[:3], ("B", 7), ALL[3])
    session.experiment_manager.exclude(5, "spilled")
    assert reason_against(session.state, {}) == ""


def test_all_measured_and_all_of_what_the_locks_leave(session):
    fill(session, *ALL[:2])
    assert reason_against(session.state, {"cat": "A"}) == (
        "All 2 combinations with the held values are measured. Release a lock or widen the space."
    )
    assert reason_against(session.state, {"cat": "A", "n": 2}).startswith("The only combination")
    fill(session, *ALL[2:])
    assert reason_against(session.state, {}) == (
        "All 4 combinations are measured. Widen the space or repeat the best."
    )


def test_the_sentence_is_that_of_the_search(session):
    fill(session, *ALL)
    with pytest.raises(ValueError, match="All 4 combinations") as caught:
        session.suggest_next()
    assert str(caught.value) == reason_against(session.state, {})


def test_a_free_real_variable_always_leaves_room(session):
    session.add_variable("T", "real", bounds=(0, 1))
    assert reason_against(session.state, {}) == ""
