"""Units of the same kind, so that a value typed in another one is not misread."""

from __future__ import annotations

import re

from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import readings
from optwidgets.space.text import short

# unit -> (quantity, factor, offset): value in the base unit = value * factor + offset.
_UNITS: dict[str, tuple[str, float, float]] = {
    "K": ("temperature", 1.0, 0.0),
    "°C": ("temperature", 1.0, 273.15),
    "°F": ("temperature", 5 / 9, 459.67 * 5 / 9),
    "ms": ("time", 1e-3, 0.0),
    "s": ("time", 1.0, 0.0),
    "min": ("time", 60.0, 0.0),
    "h": ("time", 3600.0, 0.0),
    "d": ("time", 86400.0, 0.0),
    "Pa": ("pressure", 1.0, 0.0),
    "hPa": ("pressure", 1e2, 0.0),
    "kPa": ("pressure", 1e3, 0.0),
    "MPa": ("pressure", 1e6, 0.0),
    "mbar": ("pressure", 1e2, 0.0),
    "bar": ("pressure", 1e5, 0.0),
    "atm": ("pressure", 101325.0, 0.0),
    "psi": ("pressure", 6894.757293168, 0.0),
    "nm": ("length", 1e-9, 0.0),
    "µm": ("length", 1e-6, 0.0),
    "mm": ("length", 1e-3, 0.0),
    "cm": ("length", 1e-2, 0.0),
    "m": ("length", 1.0, 0.0),
    "µg": ("mass", 1e-9, 0.0),
    "mg": ("mass", 1e-6, 0.0),
    "g": ("mass", 1e-3, 0.0),
    "kg": ("mass", 1.0, 0.0),
    "µL": ("volume", 1e-9, 0.0),
    "mL": ("volume", 1e-6, 0.0),
    "L": ("volume", 1e-3, 0.0),
}

_SPELLINGS = {"C": "°C", "F": "°F", "degC": "°C", "degF": "°F", "ml": "mL", "l": "L"}
_TRAILING = re.compile(r"^(?P<number>.*[0-9⁰¹²³⁴⁵⁶⁷⁸⁹])\s*(?P<unit>[^0-9\s.,].*)$")


def _spelled(unit: str) -> str:
    unit = unit.strip().replace("\u03bc", "µ").replace("℃", "°C").replace("℉", "°F")
    return unit if unit in _UNITS else _SPELLINGS.get(unit, unit)


def convert(value: float, source: str, target: str) -> float | None:
    """Value in another unit of the same quantity, or None if they differ in kind.

    Examples
    --------
    >>> round(convert(310, "K", "°C"), 2), convert(1, "bar", "s") is None
    (36.85, True)
    """
    found, wanted = _UNITS.get(_spelled(source)), _UNITS.get(_spelled(target))
    if found is None or wanted is None or found[0] != wanted[0]:
        return None
    return (value * found[1] + found[2] - wanted[2]) / wanted[1]


def without_unit(text: str, name: str, unit: str) -> str:
    """Take the variable's own unit off a typed number; refuse another one in words.

    Raises
    ------
    OptwidgetsError
        The unit is another one of the same kind; the sentence holds the
        converted value.

    Examples
    --------
    >>> without_unit("111 °C", "Temperature", "°C")
    '111'
    >>> without_unit("310 K", "Temperature", "°C")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Type °C. 310 K would be 36.9 °C.
    """
    match = _TRAILING.match(text.strip()) if unit else None
    if match is None:
        return text
    number, found = match["number"], match["unit"].strip()
    if found == unit or _spelled(found) == _spelled(unit):
        return number
    values = readings(number)
    converted = convert(values[0], found, unit) if len(values) == 1 else None
    if converted is None:
        return text  # no unit we know: the caller says that it is no number
    shown = f"{converted:.3g}" if 1e-3 <= abs(converted) < 1e3 else f"{converted:g}"
    raise OptwidgetsError(
        f"Type {unit}. {number.strip()} {short(found)} would be {shown} {unit}.", column=name
    )
