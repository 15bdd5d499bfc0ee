"""The two parts from which kernels are built: ARD over numbers, mismatch over categories.

Each part gives its values and the means to pull a gradient back to its parameters
and, for numbers, to the inputs. Inputs are rows of the unit cube; a category is any
number, compared for equality.

Sources
-------
Rasmussen & Williams 2006, section 5.1 (automatic relevance determination).
The mismatch kernel is the one of botorch's ``MixedSingleTaskGP``; compare B. Ru et
al., "Bayesian Optimisation over Multiple Continuous and Categorical Inputs" (CoCaBO),
ICML 2020, arXiv 1906.08878.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.correlation import Profile
from optwidgets.models.priors import Prior

Array = NDArray[np.float64]
Pullback = Callable[[Array], Array]

# Squared distance from the origin, in lengthscales, beyond which differences are taken first.
_FAR = 1e8
# Rows up to which indices of pairs are kept: less than a megabyte.
_SMALL = 300


def pair_indices(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the n(n-1)/2 pairs above the diagonal; not to be written to."""
    return _of_small(n) if n <= _SMALL else _pairs(n)


def _pairs(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows, columns = np.triu_indices(n, 1)
    return rows, columns


# A fit asks four times, the next one for one row more.
_of_small = lru_cache(maxsize=4)(_pairs)


@dataclass(frozen=True)
class ArdPart:
    """Stationary kernel over the numeric columns, one lengthscale each.

    Parameters
    ----------
    dims
        Columns of the inputs that it looks at.
    profile
        Correlation as a function of the squared scaled distance.
    prior
        Prior of the lengthscales.
    """

    dims: tuple[int, ...]
    profile: Profile
    prior: Prior

    @property
    def size(self) -> int:
        """Number of parameters: log lengthscales."""
        return len(self.dims)

    def prepare(self, X: Array) -> Array:
        """Squared differences of all pairs, shape (size, n(n-1)/2)."""
        rows, columns = pair_indices(len(X))
        columns_of_x = np.ascontiguousarray(X[:, list(self.dims)].T)
        difference = columns_of_x[:, rows] - columns_of_x[:, columns]
        return np.square(difference, out=difference)

    def gram(self, theta: Array, pairs: Array) -> tuple[Array, Pullback]:
        """Values of all pairs, and the pullback of their weights to `theta`."""
        weights = np.exp(-2.0 * theta)
        value, slope = self.profile(weights @ pairs)

        def pullback(upstream: Array) -> Array:
            return -2.0 * weights * (pairs @ (upstream * slope))

        return value, pullback

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Values between rows of A and of B, and the pullback to the inputs A.

        Parameters
        ----------
        theta
            Log lengthscales, shape (size,).
        A, B
            Inputs, m x d and n x d.

        Returns
        -------
        tuple
            Kernel matrix, m x n; a function from weights, m x n, to the gradient of
            ``sum(weights * matrix)`` with respect to A, m x d.
        """
        dims = list(self.dims)
        inverse = np.exp(-theta)
        a, b = A[:, dims] * inverse, B[:, dims] * inverse
        squared = _squared_distances(a, b)
        value, slope = self.profile(squared)

        def pullback(upstream: Array) -> Array:
            weighted = upstream * slope
            gradient = np.zeros_like(A)
            scaled = a * weighted.sum(axis=1)[:, None] - weighted @ b
            gradient[:, dims] = 2.0 * scaled * inverse
            return gradient

        return value, pullback


@dataclass(frozen=True)
class CategoricalPart:
    """Kernel ``exp(-mean_c [x_c != x'_c] / l_c)`` over the categorical columns."""

    dims: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of parameters: log lengthscales."""
        return len(self.dims)

    def prepare(self, X: Array) -> Array:
        """One for each pair that differs in a column, shape (size, n(n-1)/2)."""
        rows, columns = pair_indices(len(X))
        columns_of_x = np.ascontiguousarray(X[:, list(self.dims)].T)
        return _differs(columns_of_x[:, rows], columns_of_x[:, columns])

    def gram(self, theta: Array, pairs: Array) -> tuple[Array, Pullback]:
        """Values of all pairs, and the pullback of their weights to `theta`."""
        rates = np.exp(-theta) / self.size
        value = np.exp(-(rates @ pairs))

        def pullback(upstream: Array) -> Array:
            return rates * (pairs @ (upstream * value))

        return value, pullback

    def cross(self, theta: Array, A: Array, B: Array) -> Array:
        """Values between rows of A and of B, m x n; constant in the inputs almost everywhere."""
        rates = np.exp(-theta) / self.size
        exponent = np.zeros((len(A), len(B)))
        for rate, dim in zip(rates, self.dims, strict=True):
            exponent -= rate * _differs(A[:, dim, None], B[None, :, dim])
        return np.exp(exponent)


def _squared_distances(a: Array, b: Array) -> Array:
    """Squared distances of the rows of a (m x k) and b (n x k), m x n."""
    a_squares, b_squares = np.vecdot(a, a), np.vecdot(b, b)
    if b_squares.max(initial=0.0) > _FAR:
        # Rows far outside their bounds: the quick formula below would lose all digits.
        exact = np.zeros((len(a), len(b)))
        for ours, theirs in zip(a.T, b.T, strict=True):
            exact += np.square(np.subtract.outer(ours, theirs))
        return exact
    squared = a @ b.T
    squared *= -2.0
    squared += a_squares[:, None]
    squared += b_squares
    return np.maximum(squared, 0.0, out=squared)


def _differs(a: Array, b: Array) -> Array:
    # Codes are multiples of 1/(k-1): half of the smallest step for 10,000 categories.
    return (np.abs(a - b) > 5e-5).astype(np.float64)
