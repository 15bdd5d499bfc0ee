"""Noise that differs from place to place, from results that were repeated.

Sources
-------
M. Binois, R. B. Gramacy, M. Ludkovski, "Practical Heteroscedastic Gaussian Process Modeling
for Large Simulation Experiments", J. Comput. Graph. Stat. 27 (2018) 808 (replicates);
G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 3 (2004) 3 (variances drawn towards a common one).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError

Array = NDArray[np.float64]

# The common variance counts as much as so many repeats: two results alone say little.
_PRIOR_REPEATS = 4.0
# Squared distance, in the unit cube, over which the noise of other settings is taken over.
_REACH = 0.05
# Distances that are worked out at once.
_PAIRS = 1_000_000


def replicate_noise(X: Array, y: Array) -> Array:
    """Noise variance of each result, from those that have the same inputs.

    The variance of a repeated setting is drawn towards that of all; a setting that was not
    repeated takes it from those near it.

    Parameters
    ----------
    X
        Inputs in the unit cube, n x d.
    y
        Results, (n,).

    Returns
    -------
    Array
        Variances, (n,), in the squared unit of the results.

    Raises
    ------
    OptwidgetsError
        When no setting has two results.

    Examples
    --------
    >>> X = np.array([[0.0], [0.0], [1.0], [1.0], [0.5]])
    >>> replicate_noise(X, np.array([1.0, 1.2, 5.0, 9.0, 3.0])).round(2).tolist()
    [3.21, 3.21, 4.81, 4.81, 4.01]
    """
    from scipy.spatial.distance import cdist  # slow to load, and few models need it

    _, first_of, where = np.unique(np.round(X, 9), axis=0, return_index=True, return_inverse=True)
    where = where.reshape(-1)
    count = np.bincount(where)
    freedom = count - 1.0
    if not (freedom > 0).any():
        raise OptwidgetsError(
            "Noise from replicates needs at least two results at one setting. Repeat an "
            "experiment, or let the noise be inferred.",
            field="noise",
        )
    size = float(np.abs(y).max()) or 1.0  # squares of huge results stay finite
    centred = y / size - (np.bincount(where, y / size) / count)[where]
    squares = np.bincount(where, centred * centred)
    common = squares.sum() / freedom.sum()
    drawn = (_PRIOR_REPEATS * common + squares) / (_PRIOR_REPEATS + freedom)
    repeated = np.flatnonzero(freedom > 0)
    noise = drawn[where]
    alone = np.flatnonzero(freedom[where] == 0)
    # In parts: of ten thousand settings the distances alone would fill the memory.
    for some in np.array_split(alone, max(1, len(alone) * len(repeated) // _PAIRS)):
        distance = cdist(X[some], X[first_of[repeated]], "sqeuclidean")
        weight = freedom[repeated] / (distance + _REACH)
        noise[some] = (weight @ drawn[repeated]) / weight.sum(axis=1)
    return np.asarray(size * size * noise)
