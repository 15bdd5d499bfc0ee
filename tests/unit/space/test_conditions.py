"""Conditional variables of a space: what is there, what is checked, what is carried along."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.search_space import SearchSpace


def net() -> SearchSpace:
    """A network: momentum only for sgd, width2 from two layers on, drop2 only with width2 of 8."""
    space = SearchSpace()
    space.add_variable("optimizer", "categorical", categories=["adam", "sgd"])
    space.add_variable("layers", "integer", bounds=(1, 3))
    space.add_variable("momentum", "real", bounds=(0, 1), active_if={"optimizer": "sgd"})
    space.add_variable("width2", "discrete", values=[2, 4, 8], active_if={"layers": [2, 3]})
    space.add_variable("drop2", "real", bounds=(0, 0.5), active_if={"width2": [8.0]})
    return space


points = st.fixed_dictionaries(
    {
        "optimizer": st.sampled_from(["adam", "sgd"]),
        "layers": st.integers(1, 3),
        "momentum": st.floats(0, 1),
        "width2": st.sampled_from([2.0, 4.0, 8.0]),
        "drop2": st.floats(0, 0.5),
    }
)


@settings(max_examples=60, deadline=None)
@given(points)
def test_what_is_not_there_changes_nothing(point):
    space, encoding = net().space, Encoding(net().space)
    gone = space.inactive(point)
    assert ("momentum" in gone) == (point["optimizer"] != "sgd")
    assert ("width2" in gone) == (point["layers"] == 1)
    assert ("drop2" in gone) == (point["layers"] == 1 or point["width2"] != 8.0)
    bare = space.there(point)
    x = encoding.encode([point, bare, {**bare, **dict.fromkeys(gone)}])
    assert (x == x[0]).all()
    assert encoding.can_encode(bare)
    assert space.missing(bare) == []
    assert space.check_point(bare) == pytest.approx(bare)
    back = encoding.decode(x)[0]
    assert set(back) == set(bare)
    assert encoding.encode([back])[0] == pytest.approx(x[0])
    assert encoding.settled(x) == pytest.approx(x)
    active = encoding.activity.active(x)[0]
    assert {n for n, there in zip(space.names, active, strict=True) if not there} == set(gone)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.2, 1.2), min_size=5, max_size=5))
def test_features_and_gradients_forget_what_is_not_there(x):
    encoding = Encoding(net().space)
    X = np.array([x])
    X[0, 0], X[0, 1] = round(min(max(x[0], 0), 1)), round(2 * min(max(x[1], 0), 1)) / 2
    there = encoding.activity.active(X)[0]
    moved = np.where(there, X, X + 0.37)
    assert (encoding.features(X) == encoding.features(moved)).all()
    pulled = encoding.features.pullback(X)(np.ones((1, 5)))[0]
    assert (pulled == there).all()


def test_a_missing_parent_is_missing_and_a_missing_child_is_asked_for():
    space = net().space
    assert space.missing({"optimizer": "sgd", "layers": 1}) == ["momentum"]
    assert space.missing({"layers": 2, "width2": 2}) == ["optimizer"]
    with pytest.raises(OptwidgetsError, match="momentum is missing"):
        space.check_point({"optimizer": "sgd", "layers": 1})
    nan = float("nan")
    point = {"optimizer": "adam", "layers": 1, "momentum": nan, "width2": nan, "drop2": None}
    assert space.check_point(point) == {"optimizer": "adam", "layers": 1}
    assert space.outside({"optimizer": "adam", "layers": 1, "momentum": 7}) == []
    assert space.outside({"optimizer": "sgd", "layers": 1, "momentum": 7}) == ["momentum"]


def test_every_plain_form_and_replacing():
    space = net()
    assert SearchSpace.from_json(space.to_json()) == space
    assert SearchSpace.from_csv(space.to_csv()) == space
    assert "optimizer = sgd" in space.to_csv()
    space.reorder_variables(["drop2", "width2", "momentum", "layers", "optimizer"])
    other = net()
    other.replace(space.space)
    assert other == space
    other.replace(net().space)
    assert other == net()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.remove_variable("optimizer"), "momentum is there only for some values of"),
        (lambda s: s.change_variable("optimizer", categories=["adam", "nag"]), "momentum is there"),
        (lambda s: s.change_variable("layers", bounds=(1, 2)), "width2 is there if layers is 3"),
        (lambda s: s.change_variable("optimizer", active_if={"momentum": 1}), "cannot depend on"),
        (
            lambda s: (
                s.change_variable("optimizer", active_if={"layers": 1})
                or s.change_variable("layers", active_if={"optimizer": "sgd"})
            ),
            "optimizer and layers would be there only if each other is",
        ),
        (lambda s: s.change_variable("layers", active_if={"layers": 2}), "depend on itself"),
        (lambda s: s.add_variable("x", "real", bounds=(0, 1), active_if={"y": 1}), "not there"),
        (lambda s: s.add_variable("x", "real", bounds=(0, 1), active_if=5), "Write the parent"),
        (lambda s: s.add_variable("x", "real", bounds=(0, 1), active_if={"layers": []}), "Write"),
        (lambda s: s.add_constraint("inequality", {"momentum": 1}, 1), "cannot speak of it"),
        (
            lambda s: s.add_variable(
                "x", "real", bounds=(0, 1), active_if={"layers": 1}, observed=True
            ),
            "observed",
        ),
    ],
)
def test_what_is_not_possible_is_said(change, words):
    space = net()
    with pytest.raises(OptwidgetsError, match=words):
        change(space)


def test_a_rename_and_other_changes_carry_conditions_along():
    space = net()
    space.rename_variable("optimizer", "method")
    assert space["momentum"].tags == ("only if method = sgd",)
    space.change_variable("momentum", max=2)
    assert space["momentum"].active_if is not None
    space.change_variable("momentum", active_if=None)
    assert space["momentum"].active_if is None
    assert "only if" not in repr(net()["optimizer"])


def test_numbers_and_texts_are_compared_as_the_parent_writes_them():
    space = SearchSpace()
    space.add_variable("n", "integer", bounds=(1, 3))
    space.add_variable("flag", "categorical", categories=[True, False])
    space.add_variable("x", "real", bounds=(0, 1), active_if={"n": ["2"], "flag": True})
    assert space["x"].active_if.to_dict() == {"n": [2], "flag": ["True"]}
