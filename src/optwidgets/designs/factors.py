"""Factors of a design: their levels, and coded designs as points of a space."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.grid import axis_length
from optwidgets.space.encoding import Encoding

Array = NDArray[np.float64]


def even_levels(encoding: Encoding, dim: int, n_levels: int) -> Array:
    """List the unit values of a column's levels, ascending.

    A discrete or categorical variable has all its values; a real or integer one `n_levels`
    evenly spaced ones on its own scale, an integer no more than it has.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Integer, Real
    >>> encoding = Encoding(Space((Real("T", 0, 10), Integer("n", 1, 3))))
    >>> even_levels(encoding, 0, 5).tolist(), even_levels(encoding, 1, 5).tolist()
    ([0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 0.5, 1.0])
    """
    variable = encoding.space.variables[dim]
    if variable.kind in ("discrete", "categorical"):
        return encoding.levels[dim]
    if axis_length(encoding, dim) <= n_levels:
        n_levels = int(axis_length(encoding, dim))
    if n_levels == 1:
        return variable.snap(np.array([0.5]))
    return np.unique(variable.snap(np.linspace(0.0, 1.0, n_levels)))


def numeric_dims(encoding: Encoding) -> list[int]:
    """Columns of numbers."""
    return [i for i in range(len(encoding)) if i not in encoding.categorical_dims]


def category_combinations(encoding: Encoding) -> list[dict[int, float]]:
    """Every combination of categories, as unit values by column; one empty one without any."""
    dims = list(encoding.categorical_dims)
    axes = [encoding.levels[dim] for dim in dims]
    return [dict(zip(dims, map(float, values), strict=True)) for values in itertools.product(*axes)]


def uncoded(encoding: Encoding, coded: Array, dims: Sequence[int]) -> Array:
    """Map a design coded -1 … 1 in some columns to unit coordinates; the others are zero."""
    X = np.zeros((len(coded), len(encoding)))
    X[:, list(dims)] = (coded + 1.0) / 2.0
    return X


def crossed(encoding: Encoding, X: Array) -> Array:
    """Repeat a design of the numbers for every combination of categories."""
    blocks = []
    for values in category_combinations(encoding):
        block = X.copy()
        for dim, value in values.items():
            block[:, dim] = value
        blocks.append(block)
    return np.vstack(blocks)


def centres(encoding: Encoding, n: int) -> Array:
    """Put n runs in the middle of all numbers, the categories in turn; none without numbers."""
    dims = numeric_dims(encoding)
    if n == 0 or not dims:
        return np.zeros((0, len(encoding)))
    X = uncoded(encoding, np.zeros((n, len(dims))), dims)
    turns = itertools.cycle(category_combinations(encoding))
    for i, values in zip(range(n), turns, strict=False):
        for dim, value in values.items():
            X[i, dim] = value
    return encoding.snap(X)
