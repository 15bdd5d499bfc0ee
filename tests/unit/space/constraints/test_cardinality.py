"""At most so many variables at once: kept in data, designs and suggestions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets import OptimizationSession
from optwidgets.errors import InfeasibleRegionError, OptwidgetsError
from optwidgets.space.constraints import CardinalityConstraint, LinearConstraint
from optwidgets.space.encoding import Encoding
from optwidgets.space.feasible import FeasibleSet
from optwidgets.space.space import Space
from optwidgets.space.variable import Integer, Real

NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture
def session():
    session = OptimizationSession()
    for name in NAMES:
        session.add_variable(name, "real", min=0, max=1)
    session.add_input_constraint("equality", dict.fromkeys(NAMES, 1), rhs=1)
    return session


def used(point, names=NAMES):
    return sum(point[name] != 0 for name in names)


@pytest.mark.parametrize(
    ("variables", "at_most", "words"),
    [
        ("abc", 2, "must be a list"),
        (["a"], 1, "two variables or more"),
        (["a", "a"], 1, "each of them once"),
        (["a", "b"], 2, "at_most must be from 1 to 1, not 2"),
        (["a", "b"], 0, "at_most must be from 1"),
        (["a", "b"], 1.5, "must be a whole number"),
        (["a", "z"], 1, "I don't know z"),
        (["a", "l"], 1, "l cannot be 0"),
    ],
)
def test_what_is_not_possible_is_refused(session, variables, at_most, words):
    session.add_variable("l", "real", min=0.1, max=1)
    with pytest.raises(OptwidgetsError, match=words):
        session.add_cardinality_constraint(variables, at_most)


def test_it_is_journaled_renamed_saved_and_undone(session, tmp_path):
    session.add_cardinality_constraint(["a", "b", "c"], at_most=2, name="solvents")
    session.search_space.rename_variable("b", "B")
    assert session.get_input_constraints()[1]["formula"] == "at most 2 of a, B and c"
    kept = session.state.space
    session.save_session(tmp_path / "s.json")
    assert OptimizationSession.load_session(tmp_path / "s.json").state.space == kept
    session.remove_input_constraint("solvents")
    session.undo()
    assert session.state.space == kept
    assert kept.outside({"a": 0.2, "B": 0.3, "c": 0.5, "d": 0, "e": 0}) == ["a", "B", "c"]


@pytest.mark.parametrize("strategy", ["EI", "qLogEI", "TS"])
def test_designs_and_suggestions_keep_it(session, strategy):
    session.add_cardinality_constraint(NAMES, at_most=2)
    session.suggest_next(strategy, n_suggestions=8)
    for row in session.state.table.pending():
        point = dict(row.inputs)
        assert used(point) <= 2
        value = -((point["b"] - 0.6) ** 2) - (point["d"] - 0.4) ** 2
        session.add_experiment(point, output=value)
    for hold in ({}, {"a": 0.25}):
        session.suggest_next(strategy, n_suggestions=3, hold=hold)
        points = [dict(row.inputs) for row in session.state.table.pending()]
        assert len(points) == 3
        for point in points:
            assert used(point) <= 2
            assert abs(sum(point.values()) - 1) <= 1e-9
            assert session.state.space.outside(point) == []
        session.undo()


def test_the_best_pair_is_found(session):
    session.add_cardinality_constraint(NAMES, at_most=2)

    def result(point):
        return -((point["b"] - 0.6) ** 2) - (point["d"] - 0.4) ** 2

    session.suggest_next("EI", n_suggestions=10)
    for _ in range(8):
        for row in session.state.table.pending():
            session.add_experiment(dict(row.inputs), output=result(row.inputs))
        session.suggest_next("LogEI", n_suggestions=2)
    best = max(session.state.table.done(), key=lambda row: row.outputs["Output"])
    assert best.outputs["Output"] > -0.01
    assert {name for name in NAMES if best.inputs[name]} == {"b", "d"}


def test_a_hold_counts_and_too_many_leave_nothing(session):
    session.add_cardinality_constraint(NAMES, at_most=2)
    with pytest.raises(InfeasibleRegionError, match="With a, b and c held"):
        session.suggest_next("EI", hold={"a": 0.2, "b": 0.3, "c": 0.1})


def test_rules_that_leave_no_set_of_variables_are_told():
    rules = (
        LinearConstraint("equality", {"a": 1, "b": 1, "c": 1}, 2.5, "sum"),
        CardinalityConstraint(("a", "b", "c"), 2, "two"),
    )
    space = Space(tuple(Real(name, 0, 1) for name in "abc"), rules)
    with pytest.raises(InfeasibleRegionError, match="at most 2 of a, b and c"):
        FeasibleSet(Encoding(space), {}).some(
            np.random.default_rng(0).random((16, 3)), np.random.default_rng(0)
        )


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_random_spaces_of_reals_and_whole_numbers(seed):
    rng = np.random.default_rng(seed)
    variables, inside = [], {}
    for i in range(int(rng.integers(3, 7))):
        name = f"x{i}"
        if rng.random() < 0.6:
            variables.append(Real(name, float(-rng.random()) * (rng.random() < 0.5), 1.0))
        else:
            variables.append(Integer(name, 0, int(rng.integers(1, 9))))
        inside[name] = 0.0
    names = tuple(inside)
    at_most = int(rng.integers(1, len(names)))
    for name in rng.permutation(names)[:at_most]:
        inside[str(name)] = float(next(v for v in variables if v.name == name).bounds[1])
    total = sum(inside.values())
    rules = (
        CardinalityConstraint(names, at_most, "few"),
        LinearConstraint("inequality", dict.fromkeys(names, -1.0), -total + 0.1, "enough"),
    )
    space = Space(tuple(variables), rules)
    feasible = FeasibleSet(Encoding(space), {})
    U = feasible.some(rng.random((32, len(names))), rng)
    points = feasible.encoding.decode(U)
    assert all(sum(abs(point[name]) > 1e-12 for name in names) <= at_most for point in points)
    assert all(sum(point.values()) >= total - 0.1 - 1e-8 for point in points)
    assert not any(space.outside(point) for point in points)
