"""A variable as an axis of a figure: where to look, where things stand, what is written."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.plots import style
from optwidgets.plots.words import escape, with_unit
from optwidgets.space.numbers import plain

if TYPE_CHECKING:
    from optwidgets.space.variable import Variable

Array = NDArray[np.float64]

#: Up to so many levels are shown one by one; more of them look like a curve.
MAX_SEPARATE = 12

#: Share of the distance between two levels that one of them takes, on either side.
_HALF_WIDTH = 0.3


@dataclass(frozen=True)
class VariableAxis:
    """One variable as an axis.

    Categories stand at 0, 1, 2 …; all others at their values, on a logarithmic axis
    where the variable says so.

    Parameters
    ----------
    variable
        The variable.

    Examples
    --------
    >>> from optwidgets.space.variable import Categorical, Real
    >>> VariableAxis(Real("Flow", 0.5, 20, log=True)).layout()["type"]
    'log'
    >>> catalyst = VariableAxis(Categorical("Catalyst", ("A", "B", "C")))
    >>> catalyst.places(catalyst.grid(50)).tolist(), catalyst.layout()["range"]
    ([0.0, 1.0, 2.0], [-0.5, 2.5])
    """

    variable: Variable

    @property
    def is_log(self) -> bool:
        """Whether equal factors are equal steps."""
        return bool(getattr(self.variable, "log", False))

    @property
    def labels(self) -> tuple[str, ...]:
        """The categories, or nothing."""
        return tuple(str(label) for label in getattr(self.variable, "categories", ()))

    @property
    def separate(self) -> bool:
        """Whether the values are few and shown one by one."""
        levels = self.variable.levels
        return bool(self.labels) or (levels is not None and len(levels) <= MAX_SEPARATE)

    def grid(self, n: int) -> Array:
        """Return ascending unit coordinates of a curve, at most ``n`` of a scale."""
        levels = self.variable.levels
        if levels is not None and (self.separate or len(levels) <= n):
            return np.asarray(levels, dtype=np.float64)
        return np.unique(self.variable.snap(np.linspace(0.0, 1.0, n)))

    def places(self, unit: ArrayLike) -> Array:
        """Return axis coordinates of unit coordinates; not their logarithms on a logarithmic axis."""
        coordinates = np.asarray(unit, dtype=np.float64)
        if self.labels:
            return coordinates * (len(self.labels) - 1)
        return np.asarray(self.variable.from_unit(coordinates), dtype=np.float64)

    def units(self, values: Iterable[Any]) -> Array:
        """Return unit coordinates of values as rows have them; NaN for one that is missing.

        Examples
        --------
        >>> from optwidgets.space.variable import Categorical
        >>> VariableAxis(Categorical("c", ("A", "B"))).units(["B", None, "gone"]).tolist()
        [1.0, nan, nan]
        """
        found = []
        for value in values:
            try:
                found.append(float(self.variable.to_unit([self.variable.check(value)])[0]))
            except OptwidgetsError:
                found.append(math.nan)
        return np.array(found, dtype=np.float64)

    def place_to_unit(self, place: float) -> float:
        """Nearest feasible unit coordinate of a place on the axis."""
        if self.labels:
            unit = float(np.clip(round(place), 0, len(self.labels) - 1)) / (len(self.labels) - 1)
        else:
            unit = float(self.variable.to_unit([place])[0])
        return float(self.variable.snap([unit])[0])

    def ends(self, unit: ArrayLike) -> tuple[Array, Array]:
        """Left and right end of the bars of separate values."""
        places = self.places(unit)
        if self.is_log and not self.labels:
            logs = np.log(places)
            half = _HALF_WIDTH * _smallest_step(logs)
            return np.exp(logs - half), np.exp(logs + half)
        half = _HALF_WIDTH * (1.0 if self.labels else _smallest_step(places))
        return places - half, places + half

    def span(self) -> tuple[float, float]:
        """Both ends of the axis, in axis coordinates."""
        if self.labels:
            return -0.5, len(self.labels) - 0.5
        low, high = (float(bound) for bound in self.variable.bounds)
        if self.separate:
            left, right = self.ends(self.grid(0))
            return min(low, float(left[0])), max(high, float(right[-1]))
        return low, high

    def layout(self, *, title: str | None = None, **more: Any) -> dict[str, Any]:
        """Layout of the axis: range, ticks and title."""
        low, high = self.span()
        found: dict[str, Any] = {"range": [low, high]}
        if self.labels:
            found |= {
                "tickmode": "array",
                "tickvals": list(range(len(self.labels))),
                "ticktext": [escape(label, 12) for label in self.labels],
                "showgrid": False,
            }
        elif self.is_log:
            low10, high10 = math.log10(low), math.log10(high)
            found |= {
                "type": "log",
                "range": [low10, high10],
                **_log_ticks(low, high),
            }
        elif self.separate:
            found |= {"tickmode": "array", "tickvals": self.places(self.grid(0)).tolist()}
        else:
            found |= {"nticks": 6}
        unit = self.variable.unit_text
        words = with_unit(self.variable.name, unit, 28) if title is None else title
        return style.axis(title=words, **{**found, **more})

    def small_layout(self) -> dict[str, Any]:
        """Layout of the axis of a small cell: at most three figures, and no title.

        Examples
        --------
        >>> from optwidgets.space.variable import Integer, Real
        >>> VariableAxis(Real("Flow", 0.5, 20, log=True)).small_layout()["ticktext"]
        ['0.5', '2', '20']
        >>> VariableAxis(Integer("n", 1, 9)).small_layout()["tickvals"]
        [1.0, 5.0, 9.0]
        """
        found = self.layout(title="", automargin=False, tickangle=0, exponentformat="e")
        if self.labels:
            limit = max(2, 14 // len(self.labels))
            return found | {"ticktext": [escape(label, limit) for label in self.labels]}
        if "tickvals" not in found:
            return found | ({"nticks": 3} if not self.is_log else {})
        places = sorted({0, (len(found["tickvals"]) - 1) // 2, len(found["tickvals"]) - 1})
        for key in ("tickvals", "ticktext"):
            if key in found:
                found[key] = [found[key][place] for place in places]
        return found

    def ends_text(self) -> tuple[str, str]:
        """Both bounds as written at the ends of a small axis; empty for categories."""
        if self.labels:
            return "", ""
        low, high = self.variable.bounds
        return tuple(escape(_short_bound(self.variable, bound)) for bound in (low, high))  # type: ignore[return-value]


def _log_ticks(low: float, high: float) -> dict[str, Any]:
    """Ticks at 1, 2 and 5 written in full, or at powers of ten where there are many.

    Examples
    --------
    >>> _log_ticks(0.5, 20)["ticktext"], _log_ticks(1e-6, 10)
    (['0.5', '1', '2', '5', '10', '20'], {'dtick': 1})
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    if last - first > 3:
        return {"dtick": max(1, round((last - first) / 6))}
    ticks = [float(f"{lead}e{power}") for power in range(first, last + 1) for lead in (1, 2, 5)]
    inside = [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
    return {"tickmode": "array", "tickvals": inside, "ticktext": [plain(tick) for tick in inside]}


def _short_bound(variable: Variable, bound: Any) -> str:
    text = variable.format(bound)
    # A bound is a round number: 60 and not 60.0.
    return text.rstrip("0").rstrip(".") if "." in text and "×" not in text else text


def _smallest_step(places: Array) -> float:
    return float(np.diff(places).min()) if len(places) > 1 else 1.0
