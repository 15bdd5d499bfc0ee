"""Whole numbers and levels that keep linear rules together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optwidgets.space.linear_coordinates import LinearCoordinates, values_at
from optwidgets.space.polytope import Polytope

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Levels that are tried for a column when the nearest one leaves no room for the others.
_LEVELS_TRIED = 5
_ORDERS_TRIED = 3


class Rounding:
    """Rounds points of a polytope so that they stay in it.

    Parameters
    ----------
    coordinates
        Coordinates of the c columns of the polytope.
    polytope
        Where points may lie.
    rounded
        Columns that have whole numbers or levels only, (c,).
    """

    def __init__(self, coordinates: LinearCoordinates, polytope: Polytope, rounded: Mask) -> None:
        self.coordinates, self.polytope, self._rounded = coordinates, polytope, rounded

    def of(self, y: Array, template: Array, fixed: Mask) -> Array | None:
        """Round one column after the other, the rest moving to what is left for it."""
        rounded = np.flatnonzero(self._rounded & ~fixed)
        for attempt in range(_ORDERS_TRIED):
            order = np.roll(rounded, attempt)
            point = self._round_in_order(y, template, order, fixed)
            if point is not None:
                return point
        return None

    def _round_in_order(
        self, y: Array, template: Array, order: NDArray[np.intp], fixed: Mask
    ) -> Array | None:
        y, still = y.copy(), fixed.copy()
        for at in order:
            still[at] = True
            for level in self._levels_near(int(at), y, template):
                trial = y.copy()
                trial[at] = level
                nearest, found = self.polytope.nearest(trial[None], still[None])
                if found[0]:
                    y = nearest[0]
                    break
            else:
                return None
        return y

    def _levels_near(self, at: int, y: Array, template: Array) -> Array:
        """Linear coordinates of the values of a column nearest to where y is."""
        dim = self.coordinates.columns[at]
        levels = self.coordinates.encoding.levels.get(dim)
        here = self.coordinates.from_linear(y[None], template[None])[0, dim]
        if levels is None:
            low, high = self.coordinates.encoding.space.variables[dim].bounds
            steps = np.arange(-(_LEVELS_TRIED // 2), _LEVELS_TRIED // 2 + 1)
            value = round(
                float(
                    values_at(self.coordinates.encoding.space.variables[dim], np.array([here]))[0]
                )
            )
            near = np.clip(value + steps[np.argsort(np.abs(steps), kind="stable")], low, high)
            return np.asarray((near - float(low)) / (float(high) - float(low)))
        order = np.argsort(np.abs(levels - here), kind="stable")[:_LEVELS_TRIED]
        U = np.tile(template, (len(order), 1))
        U[:, dim] = levels[order]
        return self.coordinates.to_linear(U)[:, at]
