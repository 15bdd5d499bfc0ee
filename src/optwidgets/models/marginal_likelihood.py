"""The objective of the fit: log marginal likelihood plus log prior, with its gradient.

Sources
-------
Rasmussen & Williams 2006, eqs. 5.8 and 5.9 (value and gradient) and 2.43 with one
constant basis function (the mean in closed form). The value equals what botorch
maximises in ``fit_gpytorch_mll``: (log likelihood + log prior) / n.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.kernel_base import GramPullback, Kernel
from optwidgets.models.kernel_parts import pair_indices
from optwidgets.models.lapack import factorise, invert_from_factor, solve_with_factor
from optwidgets.models.priors import MIN_INFERRED_NOISE, NOISE_PRIOR

Array = NDArray[np.float64]

_LOG_2PI = math.log(2.0 * math.pi)
_MAX_LOG_NOISE = 6.0
# What an impossible covariance costs: finite, so that the line search just steps back.
_IMPOSSIBLE = 1e10


class MarginalLikelihood:
    """Negative (log marginal likelihood + log prior) / n of a Gaussian process.

    The constant mean is profiled out: for given other parameters its best value has a
    closed form, and at that value the gradient of the others is unchanged.

    Parameters
    ----------
    kernel
        Kernel with ``size`` log parameters.
    X
        Inputs in the unit cube, n x d.
    z
        Standardised outcomes, (n,).
    noise
        Known noise variances of `z`, (n,), or None to infer one for all; then the last
        log parameter is the logarithm of the noise variance.
    tick
        Called before each evaluation; it may raise to cancel.
    """

    def __init__(
        self,
        kernel: Kernel,
        X: Array,
        z: Array,
        noise: Array | None,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self.kernel = kernel
        self.z = z
        self.noise = noise
        self.evaluations = 0
        self._tick = tick
        self._n = len(z)
        rows, columns = pair_indices(self._n)
        # Positions of the pairs in a flat column-major matrix, lower triangle: what LAPACK reads.
        self._lower = rows * self._n + columns
        self._prepared = kernel.prepare(X)
        self._targets = _targets(z)

    def with_outcomes(self, z: Array) -> MarginalLikelihood:
        """Return the objective of the same inputs and other outcomes, (n,)."""
        other = copy.copy(self)
        other.z, other.evaluations = z, 0
        other._targets = _targets(z)  # noqa: SLF001 - a copy of this very class
        return other

    def with_kernel(self, kernel: Kernel, X: Array) -> MarginalLikelihood:
        """Return the objective of the same outcomes and inputs (n x d) under another kernel."""
        other = copy.copy(self)
        other.kernel, other.evaluations = kernel, 0
        other._prepared = kernel.prepare(X)  # noqa: SLF001 - a copy of this very class
        return other

    @property
    def size(self) -> int:
        """Number of log parameters."""
        return self.kernel.size + (self.noise is None)

    def start(self) -> Array:
        """Log parameters at the modes of their priors."""
        theta = self.kernel.start()
        return np.append(theta, NOISE_PRIOR.log_mode) if self.noise is None else theta

    def limits(self) -> list[tuple[float, float]]:
        """Lower and upper limit of each log parameter."""
        limits = list(self.kernel.limits())
        if self.noise is None:
            limits.append((math.log(MIN_INFERRED_NOISE), _MAX_LOG_NOISE))
        return limits

    def value(self, theta: Array) -> float:
        """Return what a call returns, without the gradient and at half its cost."""
        return self._at(theta).value

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Negative objective per row, and its gradient.

        Parameters
        ----------
        theta
            Log parameters, (size,).

        Returns
        -------
        tuple
            ``-(log likelihood + log prior) / n`` and its gradient, (size,).
        """
        found, n, size = self._at(theta), self._n, self.kernel.size
        if found.flat is None:
            return found.value, np.zeros(theta.size)
        alpha, flat, diagonal = found.alpha, found.flat, found.diagonal
        invert_from_factor(flat.reshape(n, n).T)
        # d log likelihood = 1/2 tr((alpha alpha' - K^-1) dK), each pair standing twice in the trace.
        trace_weight = 0.5 * float(alpha @ alpha - flat[:: n + 1].sum())
        upstream = np.multiply.outer(alpha, alpha).reshape(-1)[self._lower] - flat[self._lower]
        gradient = found.prior_gradient.copy()
        on_diagonal: float | Array = trace_weight
        if isinstance(diagonal, np.ndarray):
            on_diagonal = 0.5 * (alpha * alpha - flat[:: n + 1])
        gradient[:size] += found.pullback(upstream, on_diagonal)
        if self.noise is None:
            gradient[size] += trace_weight * math.exp(theta[size])
        return found.value, -gradient / n

    def _at(self, theta: Array) -> _Evaluated:
        self._tick()
        self.evaluations += 1
        n, size = self._n, self.kernel.size
        pairs, diagonal, pullback = self.kernel.gram(theta[:size], self._prepared)
        log_prior, prior_gradient = self._log_prior(theta)
        covariance = np.zeros(n * n)
        covariance[self._lower] = pairs
        variance = math.exp(theta[size]) if self.noise is None else self.noise
        covariance[:: n + 1] = diagonal + variance
        matrix = covariance.reshape(n, n).T  # column-major view: the pairs lie below the diagonal
        if not factorise(matrix):
            return _Evaluated(_IMPOSSIBLE, None, self.z, diagonal, pullback, prior_gradient)
        log_determinant = 2.0 * float(np.log(matrix.diagonal()).sum())
        solved = self._targets.copy(order="F")
        solve_with_factor(matrix, solved)
        mean = solved[:, 0].sum() / solved[:, 1].sum()
        alpha = solved[:, 0] - mean * solved[:, 1]
        log_likelihood = -0.5 * (float((self.z - mean) @ alpha) + log_determinant + n * _LOG_2PI)
        value = -(log_likelihood + log_prior) / n
        return _Evaluated(value, covariance, alpha, diagonal, pullback, prior_gradient)

    def _log_prior(self, theta: Array) -> tuple[float, Array]:
        """Log density of all priors, and its gradient (size,)."""
        size = self.kernel.size
        value, gradient = self.kernel.log_prior(theta[:size])
        if self.noise is not None:
            return value, gradient
        density, slope = NOISE_PRIOR.log_density(theta[size:])
        return value + density, np.append(gradient, slope)


class _Evaluated(NamedTuple):
    """What the gradient goes on from.

    Parameters
    ----------
    value
        Negative objective per row.
    flat
        The covariance, of which LAPACK has left the factor, n * n, column by column; None where
        there is none.
    alpha
        Weights of the outcomes, (n,).
    diagonal, pullback
        Of the kernel.
    prior_gradient
        Slope of the log prior, (size,).
    """

    value: float
    flat: Array | None
    alpha: Array
    diagonal: float | Array
    pullback: GramPullback
    prior_gradient: Array


def _targets(z: Array) -> Array:
    """Right sides of the systems to solve: the outcomes, and ones for the constant mean."""
    return np.asfortranarray(np.column_stack([z, np.ones(len(z))]))
