"""Coordinates in which the values of variables are linear, also those on a log scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.space.encoding import Encoding

Array = NDArray[np.float64]


class LinearCoordinates:
    """Some columns of the unit cube, by the share of the range that a value lies above its start.

    Parameters
    ----------
    encoding
        Encoding of a space with d variables.
    columns
        The c columns, all numeric.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> coordinates = LinearCoordinates(Encoding(Space((Real("a", 1, 101, log=True),))), [0])
    >>> V = coordinates.to_linear(np.array([[0.5]]))
    >>> V.round(4).tolist(), coordinates.from_linear(V, np.zeros((1, 1))).round(4).tolist()
    ([[0.0905]], [[0.5]])
    """

    def __init__(self, encoding: Encoding, columns: list[int]) -> None:
        self.encoding, self.columns = encoding, columns

    def to_linear(self, U: Array) -> Array:
        """Coordinates of the constrained columns in which values are linear, m x c."""
        V = U[:, self.columns].copy()
        for at, dim in enumerate(self.columns):
            variable = self.encoding.space.variables[dim]
            if getattr(variable, "log", False):
                low, high = (float(end) for end in variable.bounds)
                V[:, at] = (np.array(values_at(variable, U[:, dim])) - low) / (high - low)
        return V

    def from_linear(self, V: Array, U: Array) -> Array:
        """Map linear coordinates back to unit ones, m x d, the other columns as in U."""
        U = U.copy()
        for at, dim in enumerate(self.columns):
            variable = self.encoding.space.variables[dim]
            U[:, dim] = V[:, at]
            if getattr(variable, "log", False):
                low, high = (float(end) for end in variable.bounds)
                U[:, dim] = variable.to_unit(low + np.clip(V[:, at], 0.0, 1.0) * (high - low))
        return U

    def slopes(self, U: Array) -> Array:
        """Find the derivative of the unit coordinates by the linear ones, m x c."""
        slopes = np.ones((len(U), len(self.columns)))
        for at, dim in enumerate(self.columns):
            variable = self.encoding.space.variables[dim]
            if getattr(variable, "log", False):
                low, high = (float(end) for end in variable.bounds)
                values = np.array(values_at(variable, U[:, dim]))
                slopes[:, at] = (high - low) / (values * np.log(high / low))
        return slopes


def even_levels(encoding: Encoding, points: Array) -> Array:
    """Points of the cube, m x d, with each level of a column equally often.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Discrete
    >>> encoding = Encoding(Space((Discrete("s", (0, 1, 10)),)))
    >>> even_levels(encoding, np.array([[0.1], [0.5], [0.9]])).ravel().tolist()
    [0.0, 0.1, 1.0]
    """
    points = points.copy()
    for dim, levels in encoding.levels.items():
        k = len(levels)
        points[:, dim] = levels[np.minimum((points[:, dim] * k).astype(int), k - 1)]
    return points


def values_at(variable: Any, units: Array) -> list[Any]:
    """Values of a variable at unit coordinates (m,)."""
    found: list[Any] = variable.from_unit(units)
    return found
