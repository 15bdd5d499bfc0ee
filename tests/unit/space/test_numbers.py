"""Reading numbers as people type them, and showing them as the mock-up does."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import (
    display_step,
    finite_number,
    parse_number,
    plain,
    readings,
    show,
    typed_decimals,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("82.5", 82.5),
        ("82,5", 82.5),
        (" 82,5 ", 82.5),
        ("−3", -3.0),
        ("- 3", -3.0),
        ("+3", 3.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 1e-3),
        ("1E3", 1000.0),
        ("1,5e3", 1500.0),
        ("1 234 567", 1234567.0),
        ("12\u202f345", 12345.0),
        ("12\u2009345,6", 12345.6),
        ("12\u00a0345.6", 12345.6),
        ("1'234.5", 1234.5),
        ("1.234.567", 1234567.0),
        ("1,234,567", 1234567.0),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("0,500", 0.5),
        ("1234,567", 1234.567),
        ("1.2 × 10⁻⁵", 1.2e-5),
        ("1.2\u202f×\u202f10⁻⁵", 1.2e-5),
        ("3x10^4", 3e4),
        ("2·10^-3", 2e-3),
    ],
)
def test_numbers_as_people_type_them(text, value):
    assert readings(text) == (value,)


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1o5", "1 5", "1.2.3", "1,2,3", "--1", "1e", "1_000", "0x10", "nan", "inf",
     "-inf", "Infinity", "True", "1,23,456", "12.34,56.7", "1e999", "٣", "=1", "5 °C", "9" * 500],
)  # fmt: skip
def test_what_is_no_number(text):
    assert readings(text) == ()


def test_a_thousand_or_a_decimal_comma_is_asked_and_not_guessed():
    assert readings("1,234") == (1.234, 1234.0)
    with pytest.raises(OptwidgetsError, match=r"can be read in two ways\. Type 1\.234 or 1234\."):
        parse_number("1,234", "Flow")


def test_bounds_decide_between_two_readings():
    assert parse_number("1,234", "Flow", low=0, high=5) == 1.234
    assert parse_number("1,234", "Speed", low=500, high=2000) == 1234
    with pytest.raises(OptwidgetsError, match="two ways"):
        parse_number("1,234", "Flow", low=0, high=5000)


def test_the_sentence_of_the_grid():
    with pytest.raises(OptwidgetsError) as caught:
        parse_number("1o5", "Temperature")
    assert str(caught.value) == 'Temperature "1o5" is not a number.'
    assert caught.value.column == "Temperature"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_is_read_back(value):
    assert value in readings(repr(value))
    assert float(plain(value)) == value


@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 3)))
def test_decimal_comma_means_the_same(value):
    text = repr(value)
    if "e" not in text:
        assert value in readings(text.replace(".", ","))


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    found = readings(text)
    assert len(found) <= 2
    assert all(math.isfinite(value) for value in found)


@pytest.mark.parametrize(
    "value",
    [
        3,
        3.0,
        np.float32(3),
        np.float64(3),
        np.int64(3),
        np.array(3.0),
        Decimal(3),
        Fraction(3),
        "3",
    ],
)
def test_any_number_becomes_a_python_float(value):
    assert type(finite_number(value, "x")) is float
    assert finite_number(value, "x") == 3.0


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), np.nan, np.float32("inf"), 10**400, "nan", "inf", "-∞"]
)
def test_numbers_must_be_finite(value):
    with pytest.raises(OptwidgetsError, match="must be a finite number"):
        finite_number(value, "Yield")


@pytest.mark.parametrize("value", [True, np.bool_(1), None, [1.0], {}, 1j, object()])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(OptwidgetsError, match="must be a number"):
        finite_number(value, "Yield")


def test_no_negative_zero():
    assert math.copysign(1, finite_number(-0.0, "x")) == 1


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (111, 1, "111.0"),
        (0.1 + 0.2, 2, "0.30"),
        (9999, 0, "9999"),
        (10000, 0, "10\u202f000"),
        (1234567.0, 0, "1.235\u202f×\u202f10⁶"),
        (1e6, 0, "1\u202f000\u202f000"),
        (-5, 0, "−5"),
        (-0.001, 1, "0.0"),
        (0, 1, "0.0"),
        (1e-4, 5, "0.00010"),
        (9.99e-5, 6, "1\u202f×\u202f10⁻⁴"),
        (1.25, 1, "1.3"),
    ],
)
def test_numbers_as_the_mock_up_shows_them(value, decimals, text):
    assert show(value, decimals) == text


def test_step_of_display_is_1_2_or_5():
    assert display_step(60, 140) == 0.1
    assert display_step(0, 1000) == 1
    assert display_step(0, 3) == 0.005
    assert typed_decimals(1e300) == 0
