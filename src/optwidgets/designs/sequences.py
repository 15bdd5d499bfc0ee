"""Point sets of the unit cube, from SciPy's quasi-Monte Carlo module.

Sources
-------
M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21 (1979) 239 (Latin hypercube).
M. Stein, Technometrics 29 (1987) 143 (adding points to a Latin hypercube).
I. M. Sobol', USSR Comput. Math. Math. Phys. 7 (1967) 86; A. B. Owen (1998), scrambling.
J. H. Halton, Numer. Math. 2 (1960) 84; J. M. Hammersley, Ann. N.Y. Acad. Sci. 86 (1960) 844.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError

Array = NDArray[np.float64]
Levels = Mapping[int, int]

# SciPy's statistics take a third of a second to load, so they are loaded where they are used:
# the table of designs has to be at hand at once.
_SOBOL_DIMENSIONS = 21201


def latin_hypercube(n: int, existing: Array, levels: Levels, rng: np.random.Generator) -> Array:
    """Latin hypercube of n points that completes the `existing` ones.

    Each column is cut into as many slices as there are points, old and new together;
    the new points take slices that are still empty. Columns with levels get the levels
    that bring the counts closest to even.

    Parameters
    ----------
    n
        Number of new points.
    existing
        Points that are there, m x d; those outside [0, 1) count for no slice.
    levels
        Number of levels of the columns that have some.
    rng
        Source of randomness.

    Returns
    -------
    Array
        n x d, in [0, 1). A column with few levels, k, holds the middles of k slices.
    """
    d = existing.shape[1]
    points = np.empty((n, d))
    slices = n + len(existing)
    for dim in range(d):
        if dim in levels and levels[dim] <= slices:
            points[:, dim] = _even_levels(n, existing[:, dim], levels[dim], rng)
            continue
        inside = existing[(existing[:, dim] >= 0) & (existing[:, dim] <= 1), dim]
        free = np.ones(slices, dtype=bool)
        free[np.minimum((inside * slices).astype(int), slices - 1)] = False
        empty = np.flatnonzero(free)
        # Of the empty slices, n that are spread evenly: more are free where old points share one.
        offset = rng.random()
        picked = empty[np.floor((np.arange(n) + offset) * len(empty) / n).astype(int)]
        points[:, dim] = (rng.permutation(picked) + rng.random(n)) / slices
    return points


def sobol(n: int, existing: Array, _levels: Levels, rng: np.random.Generator) -> Array:
    """First n points of a scrambled Sobol' sequence, n x d."""
    d = existing.shape[1]
    if d > _SOBOL_DIMENSIONS:
        raise OptwidgetsError(
            f"The Sobol' sequence has at most {_SOBOL_DIMENSIONS:,} variables, the space has {d:,}. "
            "Choose 'lhs' or 'random'.",
            field="method",
        )
    from scipy.stats import qmc

    sampler = qmc.Sobol(d, rng=rng)
    # A power of two is what the sequence is balanced for; the rest is cut off.
    return np.asarray(sampler.random_base2(max(0, int(n - 1).bit_length())))[:n]


def halton(n: int, existing: Array, _levels: Levels, rng: np.random.Generator) -> Array:
    """First n points of a scrambled Halton sequence, n x d."""
    from scipy.stats import qmc

    return np.asarray(qmc.Halton(existing.shape[1], rng=rng).random(n))


def hammersley(n: int, existing: Array, _levels: Levels, rng: np.random.Generator) -> Array:
    """Hammersley set, n x d: i/n in the first column, a scrambled Halton sequence in the rest."""
    first = (np.arange(n) + rng.random()) / n
    d = existing.shape[1]
    if d == 1:
        return first[:, None]
    from scipy.stats import qmc

    return np.column_stack([first, qmc.Halton(d - 1, rng=rng).random(n)])


def uniform(n: int, existing: Array, _levels: Levels, rng: np.random.Generator) -> Array:
    """Independent uniform points, n x d."""
    return rng.random((n, existing.shape[1]))


def _even_levels(n: int, existing: Array, k: int, rng: np.random.Generator) -> Array:
    inside = existing[(existing >= 0) & (existing <= 1)]
    counts = np.bincount(np.minimum((inside * k).astype(int), k - 1), minlength=k).astype(float)
    counts += 0.5 * rng.random(k)  # equal counts are met in random order
    chosen = np.empty(n)
    for i in range(n):
        level = int(np.argmin(counts))
        counts[level] += 1.0
        chosen[i] = level
    return (rng.permutation(chosen) + 0.5) / k
