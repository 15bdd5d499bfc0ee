"""Points that cover the unit cube evenly, for a first look at an acquisition function.

SciPy's Sobol sequence would do as well, but loading ``scipy.stats`` takes longer than a whole
suggestion; a first look needs evenness and no more.

Sources
-------
M. Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences", 2018 (the additive
recurrence whose steps are powers of a generalised golden ratio). R. Cranley and
T. N. L. Patterson, SIAM J. Numer. Anal. 13 (1976) 904 (the random shift).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# In more dimensions the steps become too alike, and chance is as even as anything.
_MAX_DIMENSION = 6


def even_points(n: int, d: int, rng: np.random.Generator) -> Array:
    """Points that cover the unit cube evenly, n x d, other ones for each state of `rng`.

    Examples
    --------
    >>> points = even_points(64, 2, np.random.default_rng(0))
    >>> cells = {(int(4 * x), int(4 * y)) for x, y in points}
    >>> len(cells)  # each sixteenth of the square holds a point
    16
    """
    if d > _MAX_DIMENSION:
        return rng.random((n, d))
    # The positive root of x^(d+1) = x + 1.
    ratio = 1.5
    for _ in range(40):
        ratio = (1.0 + ratio) ** (1.0 / (d + 1))
    steps = ratio ** -np.arange(1.0, d + 1.0)
    return np.asarray((rng.random(d) + np.arange(n)[:, None] * steps) % 1.0)
