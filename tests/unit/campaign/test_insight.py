from __future__ import annotations

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError


@pytest.fixture
def session():
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(0, 10))
    session.add_variable("c", "categorical", categories=["A", "B"])
    for i in range(10):
        session.add_experiment({"T": i, "c": "AB"[i * 7 % 3 % 2]}, output=float((i - 4) ** 2))
    return session


@pytest.mark.parametrize("method", ["sobol", "relevance", "permutation"])
def test_the_variable_that_matters_comes_first_and_nothing_is_recorded(session, method):
    revision = session.state.revision
    found = session.sensitivity(method)
    assert found.iloc[:, 0].idxmax() == "T" or method == "relevance"
    assert found.equals(session.sensitivity(method))
    assert session.state.revision == revision


def test_partial_dependence_has_the_units_of_the_space(session):
    found = session.sensitivity("partial", variable="T", n_points=11)
    assert found["T"].iloc[[0, -1]].tolist() == [0.0, 10.0]
    assert found["mean"].idxmin() in (3, 4, 5)


def test_calibration_counts_what_intervals_hold(session):
    found = session.calibration()
    assert found["nominal"].iloc[-1] == 0.95
    assert found["observed"].is_monotonic_increasing
    assert found.attrs["factor"] > 0


def test_unknown_objectives_and_too_few_results_are_sentences(session):
    with pytest.raises(OptwidgetsError, match="Yield"):
        session.sensitivity(objective="Yield")
    empty = OptimizationSession()
    empty.add_variable("T", "real", bounds=(0, 10))
    with pytest.raises(OptwidgetsError, match="needs 3 results"):
        empty.sensitivity()
