"""Words and numbers in figures: escaped, short, with the digits that mean something."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

from optwidgets.space.numbers import show, significant_decimals
from optwidgets.space.text import short

if TYPE_CHECKING:
    from optwidgets.data.table import Objective, Table
    from optwidgets.space.variable import Variable

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: object, limit: int = 40) -> str:
    """Text that plotly shows as it is: its labels read a part of HTML.

    Examples
    --------
    >>> escape("<b>A & B</b>")
    '&lt;b&gt;A &amp; B&lt;/b&gt;'
    """
    return "".join(_ESCAPES.get(mark, mark) for mark in short(text, limit))


def with_unit(name: object, unit: str, limit: int = 40) -> str:
    """Name and unit of an axis, escaped.

    Examples
    --------
    >>> with_unit("Flow", "mL/min"), with_unit("Catalyst", "")
    ('Flow mL/min', 'Catalyst')
    """
    return " ".join(filter(None, [escape(name, limit), escape(unit, 20)]))


def squeezed(text: object, limit: int) -> str:
    """Text of at most so many letters, escaped; what is left out is in its middle.

    Names of a series differ at their ends.

    Examples
    --------
    >>> squeezed("Variable number 7", 10), squeezed("Flow", 10)
    ('Varia…er 7', 'Flow')
    """
    whole = str(text)
    if len(whole) > limit:
        tail = max(1, (limit - 1) // 2)
        whole = f"{whole[: limit - 1 - tail]}…{whole[-tail:]}"
    return escape(whole, max(limit, 2))


def narrow_name(name: object, unit: str, limit: int) -> str:
    """Name and unit where there is little room: the unit goes before the name is lost.

    Examples
    --------
    >>> narrow_name("Flow", "mL/min", 12), narrow_name("Residence time", "min", 12)
    ('Flow mL/min', 'Resi…ime min')
    >>> narrow_name("Concentration", "mmol/L", 10)
    'Conce…tion'
    """
    if len(str(name)) + len(unit) + 1 <= limit:
        return with_unit(name, unit, limit)
    left = limit - len(unit) - 1
    if unit and left >= 6:
        return f"{squeezed(name, left)} {escape(unit, 20)}"
    return squeezed(name, limit)


def objective_name(objective: Objective) -> str:
    """Return what the interface calls an objective, not escaped."""
    return objective.label or objective.name


def noise_of(table: Table) -> float | None:
    """Typical standard deviation of a result, or None when nobody gave one.

    Examples
    --------
    >>> from optwidgets.data.table import Row, Table
    >>> noise_of(Table().with_rows([Row(1, {}, {"Output": 1.0}, noise=0.25, state="done")]))
    0.5
    """
    variances = [row.noise for row in table.done() if row.noise]
    return math.sqrt(statistics.median(variances)) if variances else None


def result_text(value: float, noise: float | None = None, unit: str = "") -> str:
    """Write a result as people read it: decimals from the noise, else three digits.

    Examples
    --------
    >>> result_text(82.034, 0.9, "%"), result_text(82.034), result_text(0.012345)
    ('82.0 %', '82.0', '0.0123')
    """
    if noise is not None and noise > 0 and math.isfinite(noise):
        places = max(0, -math.floor(math.log10(noise)))
        digits = max(1, math.floor(math.log10(abs(value) or 1.0)) + 1)
        text = show(value, max(0, min(places, 4 - digits)))
    else:
        text = show(value, significant_decimals(value, 3) if value else 0)
    return f"{text} {unit}" if unit else text


def interval_text(mean: float, sd: float, noise: float | None = None, unit: str = "") -> str:
    """Mean and half of the 95 % interval: two digits below 10, no more decimals than the mean.

    Examples
    --------
    >>> interval_text(81.84, 0.8, 0.9, "%"), interval_text(62.0, 12.6, 0.9)
    ('81.8 ± 1.6 %', '62.0 ± 25')
    """
    half = 1.959963984540054 * sd
    shown = result_text(mean, noise or (half / 10 if half > 0 else None))
    decimals = len(shown.partition(".")[2]) if "×" not in shown else 3
    own = max(0, 1 - math.floor(math.log10(half))) if 0 < half < 10 else 0
    if 0 < half < 10**-decimals / 2:
        width = f"under {show(10.0**-decimals, decimals)}"
    else:
        width = show(half, min(own, decimals))
    return f"{shown} ± {width}{f' {unit}' if unit else ''}"


def value_text(variable: Variable, value: Any) -> str:
    """Write a value of a variable with its unit, not escaped.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> value_text(Real("T", 60, 140, unit="°C"), 111)
    '111.0 °C'
    """
    text = variable.format(value)
    return f"{text} {variable.unit_text}" if variable.unit_text else text


def plural(count: int, word: str) -> str:
    """Count and noun.

    Examples
    --------
    >>> plural(1, "result"), plural(3, "result")
    ('1 result', '3 results')
    """
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def shown_goal(objective: Objective) -> str:
    """Which end of the scale is better, in one word."""
    if objective.wanted is not None:
        return "nearest"
    return "highest" if objective.sign > 0 else "lowest"


def share_text(share: float) -> str:
    """Write a share in whole percent, with words at the ends.

    Examples
    --------
    >>> share_text(0.9), share_text(0.999), share_text(0.001)
    ('90 %', 'over 99 %', 'under 1 %')
    """
    if 0.99 < share < 1:
        return "over 99 %"
    if 0 < share < 0.01:
        return "under 1 %"
    return f"{round(100 * share)} %"
