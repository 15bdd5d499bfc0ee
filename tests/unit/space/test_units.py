"""A value in another unit of the same kind is refused in words."""

from __future__ import annotations

import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.space.units import convert, without_unit


def test_the_own_unit_may_be_typed():
    assert without_unit("111 °C", "T", "°C") == "111"
    assert without_unit("111°C", "T", "°C") == "111"
    assert without_unit("3 rpm", "Speed", "rpm") == "3"
    assert without_unit("80 C", "T", "°C") == "80"


def test_another_unit_is_refused_with_the_converted_value():
    with pytest.raises(OptwidgetsError) as caught:
        without_unit("310 K", "Temperature", "°C")
    assert str(caught.value) == "Type °C. 310 K would be 36.9 °C."
    with pytest.raises(OptwidgetsError, match=r"Type bar\. 500 kPa would be 5 bar\."):
        without_unit("500 kPa", "Pressure", "bar")


def test_an_unknown_unit_stays_for_the_caller_to_refuse():
    assert without_unit("5 apples", "T", "°C") == "5 apples"
    assert without_unit("1e5", "T", "°C") == "1e5"
    assert without_unit("5 K", "T", "") == "5 K"


def test_conversions():
    assert convert(32, "°F", "°C") == pytest.approx(0)
    assert convert(1, "atm", "bar") == pytest.approx(1.01325)
    assert convert(2, "h", "min") == pytest.approx(120)
    assert convert(1, "bar", "°C") is None
    assert convert(1, "mood", "°C") is None
