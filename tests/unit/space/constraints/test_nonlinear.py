"""Formulas and functions as constraints: kept, saved, renamed, undone, and honoured."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import InfeasibleRegionError, OptwidgetsError
from optwidgets.space import functions
from optwidgets.space.encoding import Encoding
from optwidgets.space.feasible import FeasibleSet


@pytest.fixture
def session(tmp_path):
    session = OptimizationSession.open(tmp_path / "s.db")
    session.add_variable("a", "real", min=0, max=1)
    session.add_variable("Flow rate", "real", min=0, max=1)
    session.add_variable("n", "integer", min=1, max=5)
    session.add_variable("c", "categorical", categories=["A", "B"])
    yield session
    session.close()


def suggested(session):
    return [dict(row.inputs) for row in session.state.table if row.state == "suggested"]


def test_a_formula_is_journaled_renamed_saved_and_undone(session, tmp_path):
    session.add_nonlinear_constraint("a*a + `Flow rate`^2 <= 0.5", name="disc")
    session.add_nonlinear_constraint("2*a >= 1 - n")
    session.search_space.rename_variable("Flow rate", "flow")
    formulas = [rule["formula"] for rule in session.get_input_constraints()]
    assert formulas == ["a · a + flow² ≤ 0.5", "2 a + n ≥ 1"]
    kept = session.state.space
    session.save_session(tmp_path / "s.json")
    assert OptimizationSession.load_session(tmp_path / "s.json").state.space == kept
    session.remove_input_constraint("disc")
    session.undo()
    assert session.state.space == kept
    session.close()
    again = OptimizationSession.open(tmp_path / "s.db")
    assert again.state.space == kept
    with pytest.raises(OptwidgetsError, match="Remove disc and constraint_1 first"):
        again.remove_variable("a")
    again.close()


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("a * n == 1", "equality that is not linear"),
        ("c * a <= 1", "its values are labels"),
        ("z * a <= 1", "I don't know z"),
        ("2 * 3 ^ 2 <= 1", "needs a variable"),
        ("exp(2) <= 1", "needs a variable"),
    ],
)
def test_what_is_not_possible_is_refused(session, formula, words):
    with pytest.raises(OptwidgetsError, match=words):
        session.add_nonlinear_constraint(formula)


def test_a_formula_without_a_value_is_broken_and_a_missing_value_is_not(session):
    session.add_nonlinear_constraint("sqrt(a - 0.5) >= 0")
    space = session.state.space
    assert space.outside({"a": 0.2}) == ["a"]
    assert space.outside({"a": 0.7}) == []
    assert space.met({"a": np.array([0.2, 0.7, math.nan])}).tolist() == [False, True, True]


def test_designs_and_suggestions_keep_curved_rules(session):
    session.add_nonlinear_constraint("a^2 + `Flow rate`^2 <= 0.5")
    session.add_nonlinear_constraint("a * n >= 0.6")
    session.add_nonlinear_constraint("a + `Flow rate` == 0.8")
    for strategy in ("EI", "EI", "qLogEI", "TS"):
        session.suggest_next(strategy, n_suggestions=4, hold={"c": "A"})
        points = suggested(session)
        assert len(points) == 4
        assert not any(session.state.space.outside(point) for point in points)
        for point in points:
            assert abs(point["a"] + point["Flow rate"] - 0.8) <= 1e-9
            assert point["a"] ** 2 + point["Flow rate"] ** 2 <= 0.5 + 1e-9
            assert point["a"] * point["n"] >= 0.6 - 1e-9
            session.add_experiment(point, output=point["a"] + point["n"])
    assert (session.replay()["difference"] == 0.0).all()


def test_a_small_region_is_found_and_an_empty_one_is_told(session):
    session.add_nonlinear_constraint("(a - 0.31)^2 + (`Flow rate` - 0.77)^2 <= 1e-5")
    feasible = FeasibleSet(Encoding(session.state.space), {})
    points = feasible.some(np.random.default_rng(0).random((32, 4)), np.random.default_rng(0))
    assert feasible.contains(points).all()
    session.add_nonlinear_constraint("a^2 + n^2 <= 0.5")
    with pytest.raises(InfeasibleRegionError, match="No point of the space meets"):
        session.suggest_next("EI")


def test_a_function_lives_in_the_kernel_only(session, tmp_path, monkeypatch):
    session.add_constraint_function("disc", lambda x: x["a"] ** 2 + x["Flow rate"] ** 2 <= 0.3)
    session.suggest_next("EI", n_suggestions=5)
    assert all(p["a"] ** 2 + p["Flow rate"] ** 2 <= 0.3 for p in suggested(session))
    assert session.state.space.outside({"a": 1.0, "Flow rate": 1.0, "n": 1}) == [
        "a",
        "Flow rate",
        "n",
    ]
    monkeypatch.setattr(functions, "_FUNCTIONS", {})  # a new kernel
    assert session.state.space.outside({"a": 1.0, "Flow rate": 1.0, "n": 1}) == []
    with pytest.raises(OptwidgetsError, match="is not saved with a session"):
        session.suggest_next("EI")
    revision = session.revision
    session.add_constraint_function("disc", lambda x: x["a"] - 0.1)
    assert session.revision == revision  # nothing to record: the constraint is the same
    session.suggest_next("EI")
    assert suggested(session)[-1]["a"] <= 0.1 + 1e-9


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (3, "needs a function"),
        (lambda x: x["nobody"], "failed: 'nobody'"),
        (lambda _x: np.zeros(7), "failed"),
        (lambda _x: "no", "failed"),
    ],
)
def test_a_function_that_fails_says_so(session, function, words):
    def ask():
        session.add_constraint_function("f", function)
        session.suggest_next("EI")

    with pytest.raises(OptwidgetsError, match=words):
        ask()
