"""Discrete and categorical variables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.variable import Categorical, Discrete


@pytest.mark.parametrize("values", [(), (5,), []])
def test_at_least_two_values(values):
    with pytest.raises(OptwidgetsError, match=r"^Give at least two values\.$") as caught:
        Discrete("SAR", values)
    assert caught.value.field == "Values"


def test_a_value_twice():
    with pytest.raises(OptwidgetsError, match=r"^5 is there already\.$"):
        Discrete("SAR", (5, 10, 5.0))


@pytest.mark.parametrize(
    "values", [(1, float("nan")), (1, float("inf")), (1, "x"), "12", 5, (1, None)]
)
def test_values_must_be_finite_numbers_in_a_list(values):
    with pytest.raises(OptwidgetsError):
        Discrete("SAR", values)


def test_values_are_sorted_python_floats():
    sar = Discrete("SAR", np.array([280, 30, 80]))
    assert sar.values == (30.0, 80.0, 280.0)
    assert all(type(value) is float for value in sar.values)


def test_a_value_between_the_levels_is_kept_and_outside():
    sar = Discrete("SAR", (30, 80, 280))
    assert sar.check(100) == 100.0
    assert not sar.contains(100)
    assert not sar.contains(500)


def test_rounding_of_a_file_is_taken_away():
    x = Discrete("x", (0.1, 0.2, 0.3))
    assert x.check(0.1 + 0.2) == 0.3
    assert x.contains(0.1 + 0.2)


@given(st.from_type(Discrete), st.floats(-1, 2))
def test_discrete_values_come_back_exactly(variable, u):
    assert variable.from_unit(variable.to_unit(variable.values)) == list(variable.values)
    (value,) = variable.from_unit([u])
    assert value in variable.values
    assert variable.from_unit(variable.snap([u])) == [value]


def test_discrete_outside_encodes_outside():
    u = Discrete("SAR", (10, 20)).to_unit([0, 30])
    assert u.tolist() == [-1.0, 2.0]


@pytest.mark.parametrize("categories", [(), ("A",), ["A"]])
def test_at_least_two_categories(categories):
    with pytest.raises(OptwidgetsError, match=r"^Give at least two categories\.$"):
        Categorical("c", categories)


def test_categories_need_different_names():
    with pytest.raises(OptwidgetsError, match=r"^A is there already\.$"):
        Categorical("c", ("A", "B", " A "))
    with pytest.raises(OptwidgetsError, match=r"^Write a name for the category\.$"):
        Categorical("c", ("A", " "))
    with pytest.raises(OptwidgetsError, match="must be a list"):
        Categorical("c", "AB")
    with pytest.raises(OptwidgetsError, match="at most 1000"):
        Categorical("c", tuple(str(i) for i in range(1001)))
    with pytest.raises(OptwidgetsError, match="must be text"):
        Categorical("c", ("A", None))


def test_numbers_as_labels():
    solvent = Categorical("c", (1, 2.0, True))
    assert solvent.categories == ("1", "2", "True")
    assert solvent.check(1) == "1"
    assert solvent.check(np.float64(2)) == "2"
    assert solvent.check(np.bool_(1)) == "True"


def test_unknown_category():
    with pytest.raises(OptwidgetsError) as caught:
        Categorical("Catalyst", ("A", "B")).check("Z")
    assert str(caught.value) == 'Catalyst "Z" is not one of A and B.'
    assert caught.value.column == "Catalyst"


@pytest.mark.parametrize("value", ["", "  ", None])
def test_an_empty_category(value):
    with pytest.raises(OptwidgetsError, match="Catalyst is empty"):
        Categorical("Catalyst", ("A", "B")).check(value)


def test_typed_labels_ignore_capitals_when_that_is_clear():
    assert Categorical("c", ("Pt", "Pd")).parse(" pt ") == "Pt"
    with pytest.raises(OptwidgetsError):
        Categorical("c", ("aa", "AA", "b")).parse("Aa")


@given(st.from_type(Categorical), st.floats(-1, 2))
def test_categories_come_back(variable, u):
    k = len(variable.categories)
    unit = variable.to_unit(variable.categories)
    np.testing.assert_allclose(unit, np.arange(k) / (k - 1))
    assert variable.from_unit(unit) == list(variable.categories)
    assert variable.from_unit(variable.snap([u]))[0] in variable.categories


def test_plain_forms():
    assert Discrete("SAR", (80, 280)).to_dict() == {
        "name": "SAR", "type": "discrete", "allowed_values": [80.0, 280.0]
    }  # fmt: skip
    assert Categorical("cat", ("A", "B")).to_dict() == {
        "name": "cat", "type": "categorical", "values": ["A", "B"]
    }  # fmt: skip


def test_display():
    assert Discrete("x", (0.25, 12000)).format(12000.0) == "12\u202f000.00"
    assert Discrete("x", (5, 10)).format(7.5) == "7.5"
    assert Categorical("c", ("<b>A</b>", "B")).format("<b>A</b>") == "<b>A</b>"
