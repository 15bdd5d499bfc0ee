"""The immutable space."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real

T, N, C = Real("Temperature", 60, 140), Integer("Stages", 1, 5), Categorical("Catalyst", ("A", "B"))
SPACE = Space((T, N, C))
POINT = {"Temperature": 100.0, "Stages": 2, "Catalyst": "A"}


def test_changes_make_another_space():
    space = SPACE.add(Real("Flow", 0, 1), 1)
    assert space.names == ("Temperature", "Flow", "Stages", "Catalyst")
    assert SPACE.names == ("Temperature", "Stages", "Catalyst")
    assert space.remove("Flow") == SPACE
    assert SPACE.reorder(["Catalyst", "Stages", "Temperature"]).names[0] == "Catalyst"
    assert SPACE.change("Stages", Integer("N", 1, 9)).names == ("Temperature", "N", "Catalyst")
    assert SPACE.add(Real("z", 0, 1), 99).names[-1] == "z"


def test_a_name_twice():
    with pytest.raises(OptwidgetsError, match=r"^Stages exists already\. Use another name\.$") as e:
        SPACE.add(Real("Stages", 0, 1))
    assert e.value.field == "Name"
    with pytest.raises(OptwidgetsError, match="exists already"):
        SPACE.change("Stages", Real("Catalyst", 0, 1))


def test_unknown_names_get_a_hint():
    for action in (lambda: SPACE["Temprature"], lambda: SPACE.remove("Temprature")):
        with pytest.raises(OptwidgetsError, match=r"Did you mean Temperature\?"):
            action()
    with pytest.raises(OptwidgetsError):
        SPACE[["Temperature"]]


@pytest.mark.parametrize("names", [["Temperature"], ["Temperature"] * 3, ["a", "b", "c"], []])
def test_a_new_order_must_be_complete(names):
    with pytest.raises(OptwidgetsError):
        SPACE.reorder(names)


def test_points_become_canonical():
    point = SPACE.check_point(
        {"Catalyst": "A", "Temperature": np.float32(100), "Stages": np.int64(2)}
    )
    assert point == POINT
    assert list(point) == list(SPACE.names)
    assert [type(value) for value in point.values()] == [float, int, str]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"Temperature": "1o5"}, "Temperature"),
        ({"Temperature": None}, "Temperature"),
        ({"Stages": 2.5}, "Stages"),
        ({"Catalyst": "Z"}, "Catalyst"),
        ({"Presure": 3}, "Presure"),
        ({"Temperature": float("nan")}, "Temperature"),
    ],
)
def test_bad_points_name_the_column(change, column):
    with pytest.raises(OptwidgetsError) as caught:
        SPACE.check_point({**POINT, **change})
    assert caught.value.column == column


def test_partial_points():
    assert SPACE.check_point({"Stages": 2}, partial=True) == {"Stages": 2}
    assert SPACE.missing({"Stages": 2}) == ["Temperature", "Catalyst"]
    with pytest.raises(OptwidgetsError, match="Temperature is missing"):
        SPACE.check_point({"Stages": 2})


@pytest.mark.parametrize("point", [None, 3, [1, 2, 3], "T"])
def test_points_must_be_mappings(point):
    with pytest.raises(OptwidgetsError, match="must map names"):
        SPACE.check_point(point)


def test_outside_is_reported_and_not_refused():
    point = SPACE.check_point({"Temperature": 500, "Stages": 9, "Catalyst": "A"})
    assert SPACE.outside(point) == ["Temperature", "Stages"]
    assert SPACE.outside({"Stages": 3}) == []
    assert SPACE.outside({"Catalyst": "gone"}) == ["Catalyst"]


@given(st.from_type(Space))
def test_plain_form_round_trip(space):
    assert Space.from_dict(json.loads(json.dumps(space.to_dict()))) == space
    assert hash(space) == hash(Space(space.variables))


@pytest.mark.parametrize("data", [None, "x", {}, 3, [None], [[]]])
def test_damaged_plain_forms(data):
    with pytest.raises(OptwidgetsError):
        Space.from_dict(data)
