"""Real and integer variables."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.variable import Integer, Real

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize("kind", [Real, Integer])
@pytest.mark.parametrize(("low", "high"), [(60, 60), (60, 50), (0, -1)])
def test_reversed_and_equal_bounds(kind, low, high):
    with pytest.raises(OptwidgetsError) as caught:
        kind("T", low, high)
    assert str(caught.value) == f"Maximum must be above the minimum, {low}."
    assert caught.value.field == "Maximum"


@pytest.mark.parametrize("kind", [Real, Integer])
@pytest.mark.parametrize(
    ("low", "high", "field"),
    [(NAN, 1, "Minimum"), (0, NAN, "Maximum"), (-INF, 1, "Minimum"), (0, INF, "Maximum"),
     (0, np.float64("inf"), "Maximum"), (0, 10**400, "Maximum"), (None, 1, "Minimum"),
     ("x", 1, "Minimum"), (0, "", "Maximum"), (0, True, "Maximum"), ([0], 1, "Minimum")],
)  # fmt: skip
def test_bounds_must_be_finite_numbers(kind, low, high, field):
    with pytest.raises(OptwidgetsError) as caught:
        kind("T", low, high)
    assert caught.value.field == field


@pytest.mark.parametrize("kind", [Real, Integer])
@pytest.mark.parametrize("low", [0, -1])
def test_log_scale_needs_a_positive_minimum(kind, low):
    with pytest.raises(OptwidgetsError) as caught:
        kind("T", low, 10, log=True)
    assert str(caught.value) == "Log scale needs a minimum above 0."


def test_bounds_beyond_arithmetic():
    with pytest.raises(OptwidgetsError, match="too wide"):
        Real("T", -1.7e308, 1.7e308)
    with pytest.raises(OptwidgetsError, match="too close"):
        Real("T", 1.0, math.nextafter(1.0, 2.0))
    with pytest.raises(OptwidgetsError, match="too close"):
        Real("T", 0.0, 5e-324)
    with pytest.raises(OptwidgetsError, match="beyond"):
        Integer("n", 0, 2**53 + 1)


def test_integers_take_whole_numbers_only():
    with pytest.raises(OptwidgetsError) as caught:
        Integer("n", 1, 200.5)
    assert str(caught.value) == "Use whole numbers, such as 200."
    assert Integer("n", 1.0, np.float64(5)).bounds == (1, 5)
    assert all(type(bound) is int for bound in Integer("n", np.int32(1), 5.0).bounds)


def test_bounds_typed_as_text():
    assert Real("T", "0,5", "20").bounds == (0.5, 20.0)


def test_a_variable_is_a_value():
    assert Real("T", 0, 1) == Real(" T ", 0.0, np.float64(1))
    assert hash(Real("T", 0, 1)) == hash(Real("T", 0, 1))
    assert Real("T", 0, 1) != Integer("T", 0, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Real("T", 0, 1).low = 3


def test_bounds_are_not_enforced_on_data():
    t = Real("T", 60, 140)
    assert t.check(500) == 500.0
    assert not t.contains(500)
    assert t.contains(60)
    assert t.contains(140)
    assert not t.contains(NAN)
    assert not t.contains("abc")


@pytest.mark.parametrize("value", [np.float32(2), np.int64(2), 2, 2.0, "2", "2,0"])
def test_values_become_python_values(value):
    assert type(Real("T", 0, 1).check(value)) is float
    assert type(Integer("n", 0, 1).check(value)) is int


@pytest.mark.parametrize("value", [NAN, INF, None, True, "abc", "", "nan", [1], np.nan])
@pytest.mark.parametrize("kind", [Real, Integer])
def test_wrong_values_name_the_column(kind, value):
    with pytest.raises(OptwidgetsError) as caught:
        kind("Temperature", 0, 1).check(value)
    assert str(caught.value).startswith("Temperature")
    assert caught.value.column == "Temperature"


def test_a_half_integer_is_refused_in_words():
    with pytest.raises(OptwidgetsError, match=r"Stages 2\.5 is not a whole number"):
        Integer("Stages", 1, 5).check(2.5)
    assert not Integer("Stages", 1, 5).contains(2.5)


def test_parse_reads_units():
    t = Real("Temperature", 60, 140, unit="°C")
    assert t.parse("111 °C") == 111.0
    with pytest.raises(OptwidgetsError, match=r"^Type °C\. 310 K would be 36\.9 °C\.$"):
        t.parse("310 K")
    with pytest.raises(OptwidgetsError, match=r'^Temperature "1o5" is not a number\.$'):
        t.parse("1o5")


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        (Real("Temperature", 60, 140), 111, "111.0"),
        (Real("Temperature", 60, 140), 113.4567, "113.5"),
        (Real("Flow", 0.5, 20), 2.0, "2.00"),
        (Real("Flow", 0.5, 20, log=True), 0.5, "0.50"),
        (Real("Flow", 0.5, 20, log=True), 2.0666, "2.07"),
        (Real("Flow", 0.5, 20, log=True), 18.66, "18.7"),
        (Real("Fraction", 0, 1), 0.30000000000000004, "0.300"),
        (Real("Pressure", 1, 10), 6.4812, "6.48"),
        (Real("Rate", 1e-6, 1e-2, log=True), 1.2e-5, "1.2\u202f×\u202f10⁻⁵"),
        (Real("x", -5, 5), -2.5, "−2.50"),
        (Integer("Speed", 100, 20000), 12500, "12\u202f500"),
        (Integer("n", -5, 5), -3, "−3"),
    ],
)
def test_display(variable, value, text):
    assert variable.format(value) == text


@given(st.from_type(Real), st.floats(0, 1))
def test_real_round_trip(variable, u):
    (value,) = variable.from_unit([u])
    assert type(value) is float
    assert variable.contains(value)
    width = variable.high - variable.low
    back = variable.from_unit(variable.to_unit([value]))[0]
    assert back == pytest.approx(value, abs=1e-9 * width, rel=1e-9)


@given(st.from_type(Integer), st.floats(-0.5, 1.5))
def test_integer_values_are_whole_and_come_back_exactly(variable, u):
    (value,) = variable.from_unit([u])
    assert type(value) is int
    if abs(value) < 10**9 and value >= (1 if variable.log else -(10**9)):
        inside = min(max(value, variable.low), variable.high)
        assert variable.from_unit(variable.to_unit([inside])) == [inside]
    snapped = variable.snap([u])
    (feasible,) = variable.from_unit(snapped)
    assert variable.contains(feasible)


@given(st.one_of(st.from_type(Real), st.from_type(Integer)))
def test_bounds_lie_exactly_at_0_and_1(variable):
    assert variable.to_unit(variable.bounds).tolist() == [0.0, 1.0]
    assert variable.from_unit([0.0, 1.0]) == list(variable.bounds)


@given(st.from_type(Real), st.floats(1e-6, 10))
def test_outside_lies_outside(variable, share):
    width = variable.high - variable.low
    above, below = variable.high + share * width, variable.low - share * width
    if above > variable.high and below < variable.low:
        u = variable.to_unit([below, above])
        assert u[0] <= 0
        assert u[1] >= 1
        assert np.isfinite(u).all()


def test_log_encoding_stays_finite_and_monotone_below_zero():
    rate = Real("Rate", 1e-3, 1, log=True)
    u = rate.to_unit([-5, 0, 1e-9, 1e-4, 1e-3, 1, 10])
    assert np.isfinite(u).all()
    assert (np.diff(u) >= 0).all()
    assert u[0] == -1
    assert u[-1] == pytest.approx(4 / 3)


def test_a_far_value_is_finite():
    assert np.isfinite(Real("T", 0, 1e-5).to_unit([1e308, -1e308])).all()


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_what_is_not_finite_has_no_place(log, value):
    assert np.isnan(Real("T", 1, 2, log=log).to_unit([value])).all()


def test_levels_of_integers():
    levels = Integer("n", 1, 3).levels
    assert levels.tolist() == [0, 0.5, 1]
    assert Integer("n", 0, 10**6).levels is None
    log = Integer("n", 1, 100, log=True)
    assert log.levels[9] == pytest.approx(0.5)
    assert log.from_unit([0.5]) == [10]


def test_plain_form_is_alchemists_and_ours():
    assert Real("T", 300, 500).to_dict() == {
        "name": "T",
        "type": "real",
        "min": 300.0,
        "max": 500.0,
    }
    full = Real("T", 1, 2, log=True, unit="K", description="inlet").to_dict()
    assert full == {
        "name": "T", "type": "real", "min": 1.0, "max": 2.0, "log": True, "unit": "K",
        "description": "inlet",
    }  # fmt: skip
    integer = Integer("n", 1, 5).to_dict()
    assert type(integer["min"]) is int


def test_describe():
    assert Real("T", -5, 140, unit="°C").describe() == "−5 – 140 °C"
    assert Integer("n", 1, 100, log=True).describe() == "1 – 100, log scale"
