"""What dominates what among several outcomes, and how much of their space it covers.

Everything here is written for maximising each column; `Objective.utility` turns results
that way.

Sources
-------
E. Zitzler, L. Thiele, IEEE Trans. Evol. Comput. 3 (1999) 257 (hypervolume);
L. While, L. Bradstreet, L. Barone, "A fast way of calculating exact hypervolumes", IEEE
Trans. Evol. Comput. 16 (2012) 86 (exclusive volumes of limited sets, one dimension less
in each step); K. Deb et al., IEEE Trans. Evol. Comput. 6 (2002) 182 (fronts);
H. Ishibuchi et al., "How to specify a reference point in hypervolume calculation for
fair performance comparison", Evol. Comput. 26 (2018) 411 (a point a little below the nadir).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: The inferred reference point lies this share of the front's range below its worst values.
BELOW_NADIR = 0.1


def is_non_dominated(Y: Array) -> NDArray[np.bool_]:
    """Whether no other outcome is at least as good in all columns and better in one.

    Parameters
    ----------
    Y
        Outcomes, n x m, more is better. Equal outcomes do not dominate each other.

    Returns
    -------
    Array
        (n,).

    Examples
    --------
    >>> is_non_dominated(np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 2.0], [2.0, 2.0]])).tolist()
    [True, True, False, True]
    """
    kept = np.zeros(len(Y), dtype=bool)
    # Larger sums first: they dominate most, and nobody after them dominates them.
    rest = np.argsort(-Y.sum(axis=1), kind="stable")
    while len(rest):
        first = Y[rest[0]]
        others = Y[rest]
        equal = (others == first).all(axis=1)
        # Where rounding made two sums equal, the dominating one may still come later.
        if not ((others >= first).all(axis=1) & ~equal).any():
            kept[rest[equal]] = True
        rest = rest[~((others <= first).all(axis=1))]
    return kept


def fronts(Y: Array) -> NDArray[np.intp]:
    """Rank of each outcome (n x m): 0 for the Pareto front, 1 for the front without it, and so on.

    Examples
    --------
    >>> fronts(np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 2.0], [0.0, 0.0]])).tolist()
    [0, 0, 1, 2]
    """
    ranks = np.zeros(len(Y), dtype=np.intp)
    left, rank = np.arange(len(Y)), 0
    while len(left):
        front = is_non_dominated(Y[left])
        ranks[left[front]] = rank
        left, rank = left[~front], rank + 1
    return ranks


def hypervolume(Y: Array, reference: Array) -> float:
    """Volume that is dominated by the outcomes and above the reference point; exact.

    Parameters
    ----------
    Y
        Outcomes, n x m, more is better.
    reference
        Worst values that count, (m,). Outcomes that are not above it in every column
        cover nothing.

    Returns
    -------
    float
        In the product of the columns' units.

    Examples
    --------
    >>> hypervolume(np.array([[1.0, 3.0], [2.0, 2.0]]), np.zeros(2))
    5.0
    >>> hypervolume(np.array([[1.0, 2.0, 3.0], [-1.0, 9.0, 9.0]]), np.zeros(3))
    6.0
    """
    above = Y - reference
    return _volume(above[(above > 0).all(axis=1)])


def _volume(gains: Array) -> float:
    """Volume between zero and positive gains, n x m."""
    n, m = gains.shape
    if n == 0:
        return 0.0
    if m == 1:
        return float(gains.max())
    if m == 2:
        order = np.lexsort((-gains[:, 1], -gains[:, 0]))
        width, height = gains[order, 0], gains[order, 1]
        highest = np.maximum.accumulate(height)
        before = np.concatenate([[0.0], highest[:-1]])
        return float(width @ (highest - before))
    gains = gains[is_non_dominated(gains)]
    # In rising order of the last column, what a point shares with all later ones ends at
    # its own value there, so that its share is a volume of one dimension less.
    gains = gains[np.argsort(gains[:, -1], kind="stable")]
    total = 0.0
    for i, point in enumerate(gains):
        shared = np.minimum(gains[i + 1 :, :-1], point[:-1])
        total += float(point[-1]) * (float(np.prod(point[:-1])) - _volume(shared))
    return total


def infer_reference_point(Y: Array) -> Array:
    """Find a reference point a little below the worst values on the Pareto front.

    A tenth of the front's range lies between (Ishibuchi et al. 2018). Where the front has
    no range, that of all outcomes stands for it, else the size of the value.

    Parameters
    ----------
    Y
        Outcomes, n x m, n at least 1, more is better.

    Returns
    -------
    Array
        (m,).

    Examples
    --------
    >>> infer_reference_point(np.array([[0.0, 10.0], [5.0, 0.0], [-9.0, -9.0]])).tolist()
    [-0.5, -1.0]
    >>> infer_reference_point(np.array([[2.0, 50.0]])).tolist()
    [1.8, 45.0]
    """
    front = Y[is_non_dominated(Y)]
    nadir = front.min(axis=0)
    width = front.max(axis=0) - nadir
    width = np.where(width > 0, width, Y.max(axis=0) - Y.min(axis=0))
    width = np.where(width > 0, width, np.where(nadir != 0, np.abs(nadir), 1.0))
    return np.asarray(nadir - BELOW_NADIR * width)
