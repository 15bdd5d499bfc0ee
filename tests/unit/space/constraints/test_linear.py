"""Linear constraints: what is accepted, what they say, and how a space keeps them."""

from __future__ import annotations

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.space.constraints import LinearConstraint, constraint_from_dict
from optwidgets.space.search_space import SearchSpace
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real

VARIABLES = (Real("a", 0, 1), Real("b", 0, 1), Integer("n", 0, 5), Categorical("c", ("A", "B")))
MIXTURE = LinearConstraint("equality", {"a": 1, "b": 1}, 1, "mixture")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("about", {"a": 1}, 1), 'Type "about" is not one of'),
        (("equality", {}, 1), "needs a variable"),
        (("equality", {"a": 0}, 1), "needs a variable"),
        (("equality", {"a": float("nan")}, 1), "coefficient of a"),
        (("equality", {"a": 1}, float("inf")), "right-hand side"),
        (("equality", ["a"], 1), "must map names"),
        (("equality", {"c": 1}, 1), "its values are labels"),
        (("equality", {"z": 1}, 1), "I don't know z"),
    ],
)
def test_what_is_not_possible_is_refused_with_a_sentence(arguments, words):
    space = SearchSpace(VARIABLES)
    with pytest.raises(OptwidgetsError, match=words):
        space.add_constraint(*arguments)
    assert space.constraints == ()


def test_the_plain_form_is_that_of_alchemist():
    plain = {
        "type": "equality",
        "coefficients": {"a": 1.0, "b": 1.0},
        "rhs": 1.0,
        "name": "mixture",
    }
    assert MIXTURE.to_dict() == plain
    assert constraint_from_dict(plain) == MIXTURE
    assert hash(constraint_from_dict(plain)) == hash(MIXTURE)


def test_a_name_is_given_where_there_is_none_and_never_twice():
    space = SearchSpace(VARIABLES)
    space.add_constraint("inequality", {"a": 1}, 1, name="constraint_1")
    space.add_constraint("inequality", {"b": 1}, 1)
    assert [rule.label for rule in space.constraints] == ["constraint_1", "constraint_2"]
    with pytest.raises(OptwidgetsError, match="constraint_1 exists already"):
        space.add_constraint("inequality", {"b": 1}, 1, name="constraint_1")
    with pytest.raises(OptwidgetsError, match="no constraint nope"):
        space.remove_constraint("nope")


def test_a_rename_is_followed_and_a_used_variable_stays():
    space = SearchSpace(VARIABLES, constraints=(MIXTURE,))
    space.rename_variable("a", "oil")
    assert space.constraints[0].describe() == "oil + b = 1"
    with pytest.raises(OptwidgetsError, match=r"oil \+ b = 1. Remove mixture first"):
        space.remove_variable("oil")
    with pytest.raises(OptwidgetsError, match="labels"):
        space.change_variable("oil", kind="categorical", categories=["x", "y"])
    with pytest.raises(OptwidgetsError, match="b exists already"):
        space.rename_variable("oil", "b")
    assert space.names[0] == "oil"


def test_replacing_a_space_replaces_its_constraints():
    space = SearchSpace(VARIABLES, constraints=(MIXTURE,))
    space.replace(Space((Real("x", 0, 1),)))
    assert space.constraints == ()
    space.replace(Space(VARIABLES, (MIXTURE,)))
    assert space.constraints == (MIXTURE,)


def test_points_that_break_a_rule_lie_outside():
    space = Space(VARIABLES, (MIXTURE,))
    assert space.outside({"a": 0.3, "b": 0.7, "n": 9, "c": "A"}) == ["n"]
    assert space.outside({"a": 0.3, "b": 0.6, "n": 1, "c": "A"}) == ["a", "b"]
    assert space.outside({"a": 0.3, "b": None}) == []
    assert space.outside({"a": "x", "b": 0.7})[0] == "a"
    # What rounding does to a sum is no break of it.
    assert space.outside({"a": 0.1 + 0.2, "b": 0.7}) == []


def test_a_session_journals_undoes_and_saves_them(tmp_path):
    session = OptimizationSession.open(tmp_path / "s.db")
    for variable in VARIABLES[:3]:
        session.add_variable(
            variable.name, variable.kind, min=variable.bounds[0], max=variable.bounds[1]
        )
    session.add_input_constraint("equality", {"a": 1, "b": 1}, rhs=1)
    session.add_input_constraint("inequality", {"a": 1, "n": -1}, rhs=0, name="limit")
    before = session.state.space
    session.remove_input_constraint("constraint_0")
    assert session.undo() == "Constraint a + b = 1 removed"
    assert session.state.space == before
    session.add_experiment({"a": 0.5, "b": 0.4, "n": 1}, output=1.0)
    assert session.state.table.outside(session.state.space) == {1: ["a", "b"]}
    session.close()
    again = OptimizationSession.open(tmp_path / "s.db")
    assert again.state.space == before
    again.save_session(tmp_path / "s.json")
    assert OptimizationSession.load_session(tmp_path / "s.json").state.space == before
    assert [rule["formula"] for rule in again.get_input_constraints()] == ["a + b = 1", "a − n ≤ 0"]
    again.close()


@pytest.mark.parametrize(
    "data",
    [
        {"type": "inequality", "coefficients": {"a": 1}, "rhs": 1},
        {"type": "nonlinear", "expression": "a * b <= 1"},
        {"type": "cardinality", "variables": ["a", "b"], "at_most": 1},
    ],
)
def test_a_name_of_blanks_is_no_name(data):
    assert constraint_from_dict(data | {"name": " \t"}).name == ""
    with pytest.raises(OptwidgetsError, match="The name of a constraint must be text, not 5"):
        constraint_from_dict(data | {"name": 5})
