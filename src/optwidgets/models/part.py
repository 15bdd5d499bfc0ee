"""Which results stand for all of them, where a model cannot take them all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.base import TrainingData

Places = NDArray[np.intp]

# Highest and lowest results that are always among those chosen.
_N_EXTREME = 100


def by_importance(y: NDArray[np.float64], count: int, rng: np.random.Generator) -> Places:
    """Order results so that the first `count` of them stand for all.

    The highest and the lowest come first, then the others as they are drawn.

    Parameters
    ----------
    y
        Results, (n,).
    count
        How many will be taken; at most all of these are extreme ones.
    rng
        Source of randomness.

    Returns
    -------
    Array
        Places of all results, (n,).

    Examples
    --------
    >>> places = by_importance(np.arange(1000.0), 300, np.random.default_rng(0))
    >>> sorted(places[:100].tolist()) == [*range(50), *range(950, 1000)]
    True
    """
    order = np.argsort(y, kind="stable")
    half = min(_N_EXTREME, count) // 2
    extreme = np.concatenate([order[:half], order[len(order) - half :]])
    others = rng.permutation(np.setdiff1d(np.arange(len(y)), extreme))
    return np.concatenate([extreme, others])


def some_rows(data: TrainingData, rows: NDArray[np.intp]) -> TrainingData:
    """Return the results at some places, in the order of the places."""
    return replace(
        data,
        X=data.X[rows],
        y=data.y[rows],
        noise=None if data.noise is None else data.noise[rows],
        rows=tuple(data.rows[row] for row in rows),
    )
