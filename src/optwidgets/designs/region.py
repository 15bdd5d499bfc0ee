"""The region over which a design predicts: its corners, and points all over it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.factors import even_levels
from optwidgets.designs.grid import product
from optwidgets.space.encoding import Encoding
from optwidgets.space.feasible import FeasibleSet
from optwidgets.space.linear_coordinates import even_levels as levels_evenly

Array = NDArray[np.float64]

_LARGEST_GRID = 20_000
_SPREAD = 4096


def extremes(encoding: Encoding) -> Array:
    """Points where predictions are least certain, N x d: a grid with its ends, as far as it is allowed.

    Where that is too large, or no point of it keeps the constraints, points all over the region.
    """
    for levels in (5, 3, 2):
        axes = [even_levels(encoding, dim, levels) for dim in range(len(encoding))]
        if math.prod(len(axis) for axis in axes) <= _LARGEST_GRID:
            grid = product(axes)
            if encoding.space.constraints:
                grid = grid[FeasibleSet(encoding, {}).contains(grid)]
            if len(grid):
                return grid
    return evenly(encoding)


def evenly(encoding: Encoding) -> Array:
    """Points that stand for all of the region, N x d, for means over it.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> points = evenly(Encoding(Space((Real("a", -1, 1), Real("b", -1, 1)))))
    >>> points.mean(axis=0).round(2).tolist(), points.var(axis=0).round(3).tolist()
    ([0.5, 0.5], [0.083, 0.083])
    """
    from scipy.stats.qmc import Sobol  # slow to load

    points = np.asarray(Sobol(len(encoding), scramble=True, rng=0).random(_SPREAD))
    points = levels_evenly(encoding, points)
    if not encoding.space.constraints:
        return encoding.settled(encoding.snap(points))
    feasible = FeasibleSet(encoding, {})
    rng = np.random.default_rng(0)
    drawn = feasible.draw(points, rng)
    return drawn if len(drawn) else feasible.some(points, rng)
