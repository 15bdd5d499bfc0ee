"""A keyword that a method does not have is answered by those that it has."""

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError


@pytest.fixture
def session():
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(0, 1))
    return session


def test_training_names_its_keywords(session):
    with pytest.raises(OptwidgetsError, match=r"train_model does not take foo\. It takes backend,"):
        session.train_model(foo=1)


def test_recording_names_its_keywords_also_those_of_its_options(session):
    with pytest.raises(
        OptwidgetsError, match=r"add_experiment does not take foo\. .*note and state"
    ):
        session.add_experiment({"T": 0.5}, output=1, foo=1)
    row = session.add_experiment({"T": 0.5}, output=1, note="first")
    assert session.state.table.row(row).note == "first"
    # Also where a suggested row is completed, which takes another way.
    with pytest.raises(OptwidgetsError, match="does not take remark"):
        session.add_experiment({"T": 0.5}, 2.0, remark="x")
