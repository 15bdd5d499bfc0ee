"""The space that no outcome dominates, cut into boxes.

The hypervolume that a new outcome adds is the sum over the boxes of what it covers of
each; so it has a simple gradient, which the volume itself has not. All is for maximising.

Sources
-------
R. Lacour, K. Klamroth, C. M. Fonseca, "A box decomposition algorithm to compute the
hypervolume indicator", Comput. Oper. Res. 79 (2017) 347, arXiv 1510.01963 (local upper
bounds and the boxes between them); K. Yang, M. Emmerich, A. Deutz, T. Bäck, "Efficient
computation of expected hypervolume improvement using box decomposition algorithms",
J. Global Optim. 75 (2019) 3 (the same once more gives the space above the front).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optwidgets.data.pareto import is_non_dominated

Array = NDArray[np.float64]

# Where empty boxes lie: beyond any standardised outcome, and finite, so that slopes are, too.
_BEYOND = 1e12


def boxes_above(Y: Array, reference: Array) -> tuple[Array, Array]:
    """Disjoint boxes that fill what lies above the reference point and is not dominated.

    Parameters
    ----------
    Y
        Outcomes, n x m, m at least 2; n may be 0.
    reference
        Reference point, (m,).

    Returns
    -------
    tuple
        Lower and upper corners, each b x m; an upper corner may be infinite.

    Examples
    --------
    >>> low, high = boxes_above(np.array([[2.0, 1.0], [1.0, 2.0]]), np.zeros(2))
    >>> sorted(low.tolist())
    [[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]]
    """
    front = Y[(reference < Y).all(axis=1)]
    front = np.unique(front[is_non_dominated(front)], axis=0) if len(front) else front
    if len(reference) == 2:
        return _staircase(front, reference)
    corners = _local_bounds(-front, -reference)[0]
    # Above each negated corner lies free space: once more the same, seen from below.
    above = np.full(len(reference), np.inf)
    bounds, points = _local_bounds(-corners, above)
    low, high = np.empty_like(bounds), np.empty_like(bounds)
    low[:, 0], high[:, 0] = points[:, 0, 0], np.inf
    for j in range(1, len(reference)):
        low[:, j], high[:, j] = points[:, :j, j].max(axis=1), bounds[:, j]
    full = (high > low).all(axis=1)
    return low[full], high[full]


def _staircase(front: Array, reference: Array) -> tuple[Array, Array]:
    """Cut what lies above a front of two objectives (sorted by the first) into strips."""
    n = len(front)
    low, high = np.empty((n + 1, 2)), np.full((n + 1, 2), np.inf)
    low[0, 0], low[1:, 0] = reference[0], front[:, 0]
    high[:n, 0] = front[:, 0]
    low[:n, 1], low[n, 1] = front[:, 1], reference[1]
    return low, high


def _local_bounds(points: Array, limit: Array) -> tuple[Array, Array]:
    """Local upper bounds (minimising) of points within a limit, and what defines each.

    Returns
    -------
    tuple
        Bounds, u x m; for each its defining points, u x m x m.
    """
    m = len(limit)
    bounds = limit[None].copy()
    defining = np.full((1, m, m), -np.inf)
    defining[0, np.arange(m), np.arange(m)] = limit
    for z in points:
        hit = (z < bounds).all(axis=1)
        if not hit.any():
            continue
        new_bounds, new_defining = [bounds[~hit]], [defining[~hit]]
        old, old_defining = bounds[hit], defining[hit]
        for j in range(m):
            others = np.delete(old_defining[:, :, j], j, axis=1).max(axis=1)
            valid = z[j] >= others
            moved, by = old[valid].copy(), old_defining[valid].copy()
            moved[:, j] = z[j]
            by[:, j] = z
            new_bounds.append(moved)
            new_defining.append(by)
        bounds, defining = np.concatenate(new_bounds), np.concatenate(new_defining)
    return bounds, defining


def stacked_boxes(draws: Array, reference: Array) -> tuple[Array, Array]:
    """Boxes above each of several fronts, filled up to the same number with empty ones.

    Parameters
    ----------
    draws
        Outcomes of each draw, S x n x m.
    reference
        Reference point, (m,).

    Returns
    -------
    tuple
        Lower and upper corners, each S x b x m. Empty boxes lie beyond all others, so that
        nothing is ever above their lower corner.
    """
    found = [boxes_above(Y, reference) for Y in draws]
    most = max(len(low) for low, _ in found)
    shape = (len(found), most, len(reference))
    lows, highs = np.full(shape, _BEYOND), np.full(shape, np.inf)
    for s, (low, high) in enumerate(found):
        lows[s, : len(low)], highs[s, : len(high)] = low, high
    return lows, highs
