"""The handle that users hold."""

from __future__ import annotations

import pandas as pd
import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.space.edits import VariableAdded
from optwidgets.space.search_space import SearchSpace
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real


@pytest.fixture
def space():
    found = SearchSpace()
    found.add_variable("temperature", "real", bounds=(20, 100), unit="°C")
    found.add_variable("catalyst", "categorical", categories=["A", "B"])
    found.add_variable("n", "integer", min=1, max=1000, log=True)
    found.add_variable("SAR", "discrete", allowed_values=[30, 80, 280])
    return found


def test_it_edits_itself(space):
    space.rename_variable("temperature", "T")
    space.remove_variable("n")
    space.reorder_variables(["SAR", "T", "catalyst"])
    space.add_variable("first", "real", bounds=(0, 1), position=0)
    assert space.names == ("first", "SAR", "T", "catalyst")
    assert len(space) == 4
    assert "T" in space
    assert space["T"].unit_text == "°C"


def test_a_refused_change_leaves_all_as_it_was(space):
    before = space.space
    for action in (
        lambda: space.add_variable("n", "real", bounds=(0, 1)),
        lambda: space.change_variable("n", min=5000),
        lambda: space.change_variable("temperature", kind="reel"),
        lambda: space.change_variable("temperature", colour="red"),
        lambda: space.rename_variable("n", "SAR"),
        lambda: space.remove_variable("none"),
        lambda: space.reorder_variables(["n"]),
        lambda: space.from_dict([{"name": "x"}]),
    ):
        with pytest.raises(OptwidgetsError):
            action()
        assert space.space == before


def test_inside_a_session_it_commits_and_reads():
    log, state = [], Space()
    space = SearchSpace(commit=log.append, read=lambda: state)
    space.add_variable("x", "real", bounds=(0, 1))
    assert log == [(VariableAdded(Real("x", 0, 1)),)]
    assert space.names == ()  # what counts is what is read
    state = Space((Real("y", 0, 1),))
    assert space.names == ("y",)
    with pytest.raises(OptwidgetsError, match="exists already"):
        space.add_variable("y", "real", bounds=(0, 1))
    assert len(log) == 1


def test_change_some_options_and_keep_the_others(space):
    space.change_variable("temperature", max=120, description="inlet")
    assert space["temperature"] == Real("temperature", 20, 120, False, "°C", "inlet")
    space.change_variable("temperature", bounds=(10, 20), unit=None)
    assert space["temperature"] == Real("temperature", 10, 20, False, "", "inlet")
    space.change_variable("catalyst", values=["A", "B", "C"])
    assert space["catalyst"].categories == ("A", "B", "C")
    space.change_variable("SAR", values=[1, 2])
    assert space["SAR"] == Discrete("SAR", (1, 2))
    with pytest.raises(OptwidgetsError, match="not both"):
        space.change_variable("temperature", min=1, low=2)


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("integer", {}, Integer("x", 11, 20, unit="K")),
        ("discrete", {}, Discrete("x", (10.5, 20.5), "K")),
        ("categorical", {"categories": ["A", "B"]}, Categorical("x", ("A", "B"))),
        ("Real", {"min": 1}, Real("x", 1, 20.5, unit="K")),
    ],
)
def test_a_change_of_kind_keeps_what_fits(kind, options, expected):
    space = SearchSpace([Real("x", 10.5, 20.5, unit="K")])
    space.change_variable("x", kind=kind, **options)
    assert space["x"] == expected


def test_from_discrete_to_categorical_and_back():
    space = SearchSpace([Discrete("x", (1, 2.5))])
    space.change_variable("x", kind="categorical")
    assert space["x"].categories == ("1", "2.5")
    with pytest.raises(OptwidgetsError, match="at least two values"):
        space.change_variable("x", kind="discrete")


def test_files(space, tmp_path):
    space.to_json(tmp_path / "s.json")
    space.to_csv(tmp_path / "s.csv")
    assert SearchSpace.from_json(tmp_path / "s.json") == space
    assert SearchSpace.from_csv(str(tmp_path / "s.csv")) == space
    assert SearchSpace.from_json(space.to_json()) == space
    assert SearchSpace.from_csv(space.to_csv()) == space


def test_alchemists_names(space, tmp_path):
    assert space.get_variable_names() == ["temperature", "catalyst", "n", "SAR"]
    assert space.get_categorical_variables() == ["catalyst"]
    assert space.get_integer_variables() == ["n"]
    assert space.get_discrete_variables() == ["SAR"]
    assert space.get_dimension_index("n") == 2
    assert space.get_dimension_index("none") is None
    assert space.get_tunable_variable_names() == space.get_dimension_names()
    space.save_to_json(tmp_path / "a.json")
    other = SearchSpace()
    assert other.load_from_json(tmp_path / "a.json") is other
    assert other == space
    assert SearchSpace().from_dict(space.to_dict()) == space
    other.replace_variable("n", "real", bounds=(0, 1))
    assert other["n"] == Real("n", 0, 1)


def test_skopt(space):
    dimensions = space.to_skopt()
    assert [dimension.name for dimension in dimensions] == list(space.names)
    assert [type(dimension).__name__ for dimension in dimensions] == [
        "Real", "Categorical", "Integer", "Categorical"
    ]  # fmt: skip
    assert dimensions[2].prior == "log-uniform"
    assert dimensions[0].bounds == (20.0, 100.0)


def test_from_dataframe():
    df = pd.DataFrame({"T": [1.0, 2.5, 3.0], "c": ["A", "B", "A"], "y": [1, 2, 3]})
    assert SearchSpace.from_dataframe(df, outputs="y").names == ("T", "c")
    assert SearchSpace.from_dataframe(df, outputs=["y"]).names == ("T", "c")
