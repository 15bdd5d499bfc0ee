"""Cholesky factors that never fail for a covariance, and growing them by a row.

Sources
-------
G. H. Golub and C. F. Van Loan, Matrix Computations, 4th ed., section 4.2.
I. Murray, "Differentiation of the Cholesky decomposition", 2016, arXiv 1602.07527.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.models.lapack import factorise, invert_lower_triangle

Array = NDArray[np.float64]

#: Shares of the mean diagonal that are added, in turn, until the factor exists.
JITTERS = (0.0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4)
# Negative eigenvalues up to this share of the largest one count as rounding, beyond any jitter.
_ROUNDING = 0.05


def safe_cholesky(matrix: Array, factorise: Callable[[Array], bool] = factorise) -> Array:
    """Lower Cholesky factor of a covariance, with the least jitter that works.

    Parameters
    ----------
    matrix
        Symmetric, positive semi-definite up to rounding, n x n.
    factorise
        Puts the lower factor into a matrix, and says whether there is one.

    Returns
    -------
    Array
        Lower triangular factor, n x n, zeros above the diagonal.

    Raises
    ------
    OptwidgetsError
        When the matrix holds NaN or infinities, or no jitter of the ladder helps.

    Examples
    --------
    >>> safe_cholesky(np.ones((2, 2))).round(3).tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    if np.isfinite(matrix).all():
        mean_diagonal = float(np.abs(matrix.diagonal()).mean()) or 1.0
        for share in JITTERS:
            trial = np.array(matrix, order="F")
            trial.flat[:: len(matrix) + 1] += share * mean_diagonal
            if factorise(trial):
                return np.asfortranarray(np.tril(trial))
        values, vectors = np.linalg.eigh(matrix)
        if values[0] > -_ROUNDING * values[-1]:
            # Differences of large numbers: what rounding made negative is nothing.
            root = vectors * np.sqrt(np.maximum(values, 1e-10 * values[-1]))
            upper = np.asarray(np.linalg.qr(root.T, mode="r"))
            return np.asfortranarray((upper * np.sign(upper.diagonal())[:, None]).T)
    raise OptwidgetsError(
        "The model's covariance matrix cannot be factorised: the inputs or outputs span "
        "too many orders of magnitude. Rescale the outputs or exclude the extreme rows."
    )


def invert_lower(factor: Array) -> Array:
    """Inverse of a lower triangular matrix, n x n."""
    inverse = np.array(factor, order="F")
    invert_lower_triangle(inverse)
    return np.ascontiguousarray(np.tril(inverse))


def inverse_factor(covariance: Array) -> Array:
    """Inverse of the lower Cholesky factor of a covariance, n x n."""
    return invert_lower(safe_cholesky(covariance))


def inverse_factor_by_numpy(covariance: Array) -> Array:
    """Like `inverse_factor`, equal up to rounding; slower, and SciPy is not loaded.

    Examples
    --------
    >>> matrix = np.array([[4.0, 2.0], [2.0, 5.0]])
    >>> bool(np.allclose(inverse_factor_by_numpy(matrix), inverse_factor(matrix)))
    True
    """
    return np.tril(np.linalg.inv(safe_cholesky(covariance, _factorise_by_numpy)))


def _factorise_by_numpy(matrix: Array) -> bool:
    try:
        matrix[:] = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def append_row(inverse: Array, cross: Array, variance: float) -> Array:
    """Inverse Cholesky factor after one more point: n² instead of n³ operations.

    Parameters
    ----------
    inverse
        Inverse of the lower factor of the covariance so far, n x n.
    cross
        Covariance of the new point with the old ones, (n,).
    variance
        Variance of the new point, its noise included.

    Returns
    -------
    Array
        Inverse of the lower factor, (n+1) x (n+1).
    """
    n = len(inverse)
    column = inverse @ cross
    pivot = np.sqrt(max(variance - float(column @ column), 1e-12 * variance))
    grown = np.zeros((n + 1, n + 1))
    grown[:n, :n] = inverse
    grown[n, :n] = -(column @ inverse) / pivot
    grown[n, n] = 1.0 / pivot
    return grown
