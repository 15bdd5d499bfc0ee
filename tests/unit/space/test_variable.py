"""Making variables from options and from files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.search_space import SearchSpace
from optwidgets.space.variable import (
    KINDS,
    Categorical,
    Discrete,
    Integer,
    Real,
    Variable,
    make_variable,
    variable_from_dict,
)


def test_the_spellings_of_the_seed():
    assert make_variable("t", "real", bounds=(20, 100)) == Real("t", 20, 100)
    assert make_variable("t", "REAL", min=20, max=100) == Real("t", 20, 100)
    assert make_variable("n", "Integer", bounds=[1, 5], log=True) == Integer("n", 1, 5, log=True)
    assert make_variable("c", "categorical", categories=["A", "B"]) == Categorical("c", ("A", "B"))
    assert make_variable("c", "categorical", values=["A", "B"]) == Categorical("c", ("A", "B"))
    assert make_variable("d", "discrete", allowed_values=[1, 2]) == Discrete("d", (1, 2))
    assert make_variable("d", "discrete", values=[1, 2], unit="K") == Discrete("d", (1, 2), "K")


def test_defaults_of_alchemist_are_accepted():
    assert make_variable("t", "real", bounds=(0, 1), role="controllable", changes="easy")
    assert make_variable("t", "real", bounds=(0, 1), role="observed").observed


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("reel", {"bounds": (0, 1)}, "real, integer, discrete and categorical"),
        (None, {"bounds": (0, 1)}, "is not one of"),
        ("real", {}, "needs a minimum"),
        ("real", {"min": 0}, "needs a maximum"),
        ("real", {"bounds": (0, 1, 2)}, "two numbers"),
        ("real", {"bounds": "01"}, "two numbers"),
        ("real", {"bounds": (0, 1), "min": 0}, "not both"),
        ("real", {"bounds": (0, 1), "categories": ["A"]}, "not an option"),
        ("real", {"bounds": (0, 1), "step": 1}, "step is not an option"),
        ("categorical", {}, "at least two categories"),
        ("categorical", {"categories": ["A", "B"], "values": ["A", "B"]}, "not both"),
        ("categorical", {"categories": ["A", "B"], "unit": "K"}, "not an option"),
        ("discrete", {"bounds": (0, 1)}, "not an option"),
        ("real", {"bounds": (0, 1), "log": "maybe"}, "on or off"),
    ],
)
def test_what_cannot_be_made(kind, options, words):
    with pytest.raises(OptwidgetsError, match=words):
        make_variable("x", kind, **options)


@given(st.from_type(Variable))
def test_plain_form_round_trip(variable):
    data = json.loads(json.dumps(variable.to_dict(), allow_nan=False))
    assert variable_from_dict(data) == variable


@pytest.mark.parametrize(
    "data",
    [None, [], "T", {}, {"name": "T"}, {"type": "real"}, {"name": 3, "type": "real"},
     {"name": "T", "type": 3}, {"name": "T", "type": "real", "min": None, "max": 1},
     {"name": "T", "type": "real", "min": "a", "max": 1}, {1: 2},
     {"name": "c", "type": "categorical", "values": "AB"},
     {"name": "c", "type": "categorical", "values": [None, "A"]},
     {"name": "c", "type": "discrete", "allowed_values": {"a": 1}}],
)  # fmt: skip
def test_damaged_plain_forms_are_refused_in_a_sentence(data):
    with pytest.raises(OptwidgetsError):
        variable_from_dict(data)


@given(st.from_type(Variable))
def test_every_variable_describes_and_formats_itself(variable):
    assert variable.describe()
    assert KINDS[variable.kind] is type(variable)
    for value in variable.from_unit([0.0, 0.3, 1.0]):
        assert variable.format(value)
        assert variable.contains(value)
        assert variable.check(value) == value


def test_the_module_loads_nothing_heavy():
    import subprocess
    import sys

    heavy = ["pandas", "torch", "sklearn", "skopt", "plotly", "scipy"]
    code = (
        "import sys, optwidgets.space.search_space, optwidgets.data.experiment_manager;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_roles_survive_every_plain_form_and_every_change():
    oven = make_variable("oven", "integer", bounds=(1, 9), changes="very_hard")
    moist = make_variable("moist", "discrete", values=[1, 2, 5], role="observed")
    for variable in (oven, moist):
        assert variable_from_dict(variable.to_dict()) == variable
        space = SearchSpace([variable])
        assert SearchSpace.from_json(space.to_json()) == space
        assert SearchSpace.from_csv(space.to_csv()) == space
    space = SearchSpace([oven, moist])
    space.change_variable("oven", max=12)
    space.change_variable("moist", kind="real")
    assert space["oven"].changes == "very_hard"
    assert space["moist"].observed
    space.change_variable("oven", hard_to_change=False)
    space.change_variable("moist", role="controllable")
    assert [variable.tags for variable in space] == [(), ()]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"role": "seen"}, "role of x is 'seen'; use controllable or observed"),
        ({"observed": "maybe"}, "either True or False"),
        ({"changes": "hard", "hard_to_change": False}, "say one of both"),
        ({"observed": True, "hard_to_change": True}, "cannot be hard to change"),
    ],
)
def test_impossible_roles_are_refused(options, words):
    with pytest.raises(OptwidgetsError, match=words):
        make_variable("x", "real", bounds=(0, 1), **options)


def test_a_plain_variable_shows_no_roles():
    assert "observed" not in repr(make_variable("x", "real", bounds=(0, 1)))
    assert "observed=True" in repr(make_variable("x", "real", bounds=(0, 1), observed=True))


def test_a_constraint_cannot_speak_of_what_is_observed():
    space = SearchSpace()
    space.add_variable("a", "real", bounds=(0, 1))
    space.add_variable("b", "real", bounds=(0, 1), observed=True)
    with pytest.raises(OptwidgetsError, match="b is observed, not chosen"):
        space.add_constraint("inequality", {"a": 1, "b": 1}, 1)
