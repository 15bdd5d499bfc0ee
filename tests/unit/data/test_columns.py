"""Columns checked as a whole say the same as values checked one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.data.columns import MAX_BAD, check_bookkeeping, check_numbers, check_variable
from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import readings
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

KINDS = [
    Real("x", 0, 10, unit="K"),
    Integer("x", 0, 10),
    Discrete("x", (0.1, 0.3, 5)),
    Categorical("x", ("A", "b", "5")),
]
NOTHING = {"", "nan", "na", "null", "none", "<na>"}

cells = st.one_of(
    st.floats(allow_infinity=True),
    st.integers(-20, 20),
    st.booleans(),
    st.none(),
    st.sampled_from(["A", "a", "B", "b", "5", "5,5", "0,3", "-1", "−2", "nan", "n/a", "", " ", "x",
                     "inf", "3 K", "=A", "'=A", "1e3", "0.30000000000000004"]),
)  # fmt: skip


def one_by_one(variable, value):
    """What the variable itself says of one cell: value, 'missing' or 'bad'."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "missing"
    if isinstance(value, str):
        nothing = {""} if variable.kind == "categorical" else NOTHING
        if value.strip().lower() in nothing:
            return "missing"
    try:
        if isinstance(value, str) or variable.kind == "categorical":
            return variable.parse(value if isinstance(value, str) else variable.check(value))
        return variable.check(value)
    except OptwidgetsError:
        return "bad"


@pytest.mark.parametrize("variable", KINDS, ids=lambda variable: variable.kind)
@given(st.lists(cells, min_size=1, max_size=8))
def test_a_column_is_its_values(variable, values):
    column = check_variable(variable, pd.Series(values, dtype=object))
    found = column.to_list(np.arange(len(values)))
    for place, value in enumerate(values):
        expected = one_by_one(variable, value)
        if expected in ("missing", "bad") and not (
            variable.kind == "categorical" and expected == value
        ):
            assert found[place] is None, value
            assert column.bad[place] == (expected == "bad"), value
            assert column.missing[place] == (expected == "missing"), value
        else:
            assert found[place] == expected, value
            assert type(found[place]) is type(expected), value
            assert column.outside[place] == (not variable.contains(expected)), value
    assert len(column.details) == column.bad.sum()


@given(st.lists(st.sampled_from(["1", "2.5", "2,5", "", "x", "1 234", "−3", "nan"]), min_size=1))
def test_text_columns_of_pandas_are_the_same_as_objects(values):
    text = check_numbers("y", pd.Series(values, dtype="str"))
    objects = check_numbers("y", pd.Series(values, dtype=object))
    np.testing.assert_array_equal(text.cells, objects.cells)
    np.testing.assert_array_equal(text.bad, objects.bad)
    np.testing.assert_array_equal(text.missing, objects.missing)


def test_one_clear_decimal_comma_decides_for_the_column():
    column = check_numbers("y", pd.Series(["1,234", "0,5", "2,500"]))
    assert column.cells.tolist() == [1.234, 0.5, 2.5]
    asked = check_numbers("y", pd.Series(["1,234", "5"]))
    assert asked.bad.tolist() == [True, False]
    assert "two ways" in asked.details[0].message
    assert len(readings("1,234")) == 2


def test_sentences_and_places():
    column = check_variable(Integer("n", 1, 5), pd.Series([1.0, 2.5, np.inf, 9.0, np.nan]))
    assert [(bad.row, bad.value) for bad in column.details] == [(3, "inf"), (2, "2.5")]
    assert column.details[1].message == "n 2.5 is not a whole number."
    assert column.outside.tolist() == [False, False, False, True, False]
    assert str(column.details[0]) == "Row 3: n must be a finite number, not inf."


def test_dates_and_truth_values_are_no_numbers():
    for values in (pd.to_datetime(["2026-01-01"]), [True], [pd.Timedelta(1)], [[1.0]]):
        assert check_numbers("y", pd.Series(values)).bad.all()


@pytest.mark.parametrize(
    "dtype", ["Int64", "Float64", "int8", "float32", "category", "bool[pyarrow]"]
)
def test_types_of_pandas(dtype):
    values = [True, False] if dtype.startswith("bool") else [1, 2]
    column = check_numbers("y", pd.Series(values, dtype=dtype))
    assert column.bad.tolist() == [dtype.startswith("bool")] * 2
    if dtype in ("Int64", "Float64"):
        assert check_numbers("y", pd.Series([1, None], dtype=dtype)).missing.tolist() == [
            False,
            True,
        ]


def test_many_bad_values_are_counted_and_not_all_kept():
    column = check_numbers("y", pd.Series(["x"] * (MAX_BAD + 500)))
    assert column.bad.sum() == MAX_BAD + 500
    assert len(column.details) == MAX_BAD


def test_the_tables_own_columns():
    places = np.arange(2)
    state = check_bookkeeping("state", "State", pd.Series(["Done", "lost"]))
    assert state.bad.tolist() == [False, True]
    assert state.to_list(places)[0] == "done"
    assert check_bookkeeping("noise", "Noise", pd.Series([-1.0, 1.0])).bad.tolist() == [True, False]
    iteration = check_bookkeeping("iteration", "Iteration", pd.Series([0.0, 1.5]))
    assert iteration.to_list(places) == [0, None]
    assert check_bookkeeping("note", "Note", pd.Series(["'=x", 3])).to_list(places) == ["=x", "3"]
