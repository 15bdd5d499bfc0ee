"""Observed variables without bounds: models scale them by what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optwidgets.space.numeric import Integer, Real

if TYPE_CHECKING:
    from optwidgets.space.base import Variable
    from optwidgets.space.space import Space

Points = Iterable[Mapping[str, Any]]

#: Up to so many points a scale is just what was measured; beyond, it only grows.
FEW = 50


def scaled_to(
    space: Space, touched: Points, points: Callable[[], Points], *, many: bool = False
) -> Space:
    """Return a space whose open-ended variables have the scale of what was measured.

    Parameters
    ----------
    space
        Returned as it is, if nothing lies beyond the scales.
    touched
        Inputs that are new.
    points
        Returns all inputs.
    many
        Whether these are more than `FEW`: they are then looked through only if one of `touched`
        lies beyond a scale.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import make_variable
    >>> space = Space((make_variable("humidity", "real", observed=True),))
    >>> rows = [{"humidity": 40.0}, {"humidity": 55.0}]
    >>> scaled_to(space, rows, lambda: rows)["humidity"].bounds
    (40.0, 55.0)
    """
    for variable in space.open_ended:
        assert isinstance(variable, Real | Integer)
        name, (low, high) = variable.name, variable.bounds
        new = [point[name] for point in touched if name in point]
        if many and all(_between(value, low, high) for value in new):
            continue
        scaled = variable.covering(point[name] for point in points() if name in point)
        if scaled is not variable:
            space = space.change(name, scaled)
    return space


def with_scale_of(before: Variable, variable: Variable) -> Variable:
    """Return a variable with the scale of the one whose place it takes, if both have no bounds.

    Examples
    --------
    >>> from optwidgets.space.variable import make_variable
    >>> before = make_variable("humidity", "real", observed=True, scale=(40, 55))
    >>> with_scale_of(before, make_variable("humidity", "real", observed=True, unit="%")).bounds
    (40.0, 55.0)
    """
    if type(before) is not type(variable) or not (before.is_open_ended and variable.is_open_ended):
        return variable
    low, high = before.bounds
    return replace(variable, low=low, high=high)  # type: ignore[call-arg]


def _between(value: Any, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and low <= value <= high
