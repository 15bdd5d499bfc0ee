"""The posterior of a Gaussian process as arrays, with gradients and appended points.

Everything here is in the model's own units: inputs in the unit cube, outcomes
standardised. The acquisition search works on this class alone.

Sources
-------
Rasmussen & Williams 2006, eqs. 2.25, 2.26 and algorithm 2.1.
D. Ginsbourger, R. Le Riche, L. Carraro, "Kriging is well-suited to parallelize
optimization", 2010 (a pending point stands for its own predicted mean).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.kernel_base import Kernel
from optwidgets.models.linear_algebra import append_row

Array = NDArray[np.float64]

# Variances are never below this share of the prior variance: the square root stays smooth.
_MIN_VARIANCE = 1e-12

# Noise of appended points, as a share of the prior variance: keeps repeated ones possible.
_MIN_NOISE = 1e-6

#: Rows of a prediction that are worked on at once: bounds the memory, not the result.
CHUNK = 512


@dataclass(frozen=True, eq=False)
class Posterior:
    """Posterior over the latent function, given training points.

    Parameters
    ----------
    kernel, theta
        Kernel and its log parameters.
    X
        Training inputs, n x d.
    inverse
        Inverse of the lower Cholesky factor of the noisy covariance, n x n.
    alpha
        Weights ``K^-1 (z - mean)``, (n,).
    mean
        Constant prior mean.
    noise
        Noise variance that a further observation would have.
    """

    kernel: Kernel
    theta: Array
    X: Array
    inverse: Array
    alpha: Array
    mean: float
    noise: float

    @property
    def prior_variance(self) -> float:
        """Variance far away from all data, or a typical one where it is not constant."""
        return self.kernel.diagonal(self.theta)

    def moments(self, points: Array) -> tuple[Array, Array]:
        """Mean and standard deviation at each of `points` (m x d), (m,) and (m,)."""
        means, deviations = np.empty(len(points)), np.empty(len(points))
        for start in range(0, len(points), CHUNK):
            part = slice(start, start + CHUNK)
            cross, _ = self.kernel.cross(self.theta, points[part], self.X)
            whitened = cross @ self.inverse.T
            means[part] = self.mean + cross @ self.alpha
            prior, _ = self.kernel.variances(self.theta, points[part])
            deviations[part] = np.sqrt(self._variance(whitened, prior))
        return means, deviations

    def moments_with_gradient(
        self, points: Array
    ) -> tuple[Array, Array, Callable[[Array, Array], Array]]:
        """Mean, standard deviation, and how to pull a gradient back to the inputs.

        Parameters
        ----------
        points
            Inputs, m x d.

        Returns
        -------
        tuple
            Means (m,); standard deviations (m,); a function from the derivatives of
            some value with respect to both, each (m,), to its gradient, m x d.
        """
        cross, pull = self.kernel.cross(self.theta, points, self.X)
        whitened = cross @ self.inverse.T
        mean = self.mean + cross @ self.alpha
        prior, pull_prior = self.kernel.variances(self.theta, points)
        deviation = np.sqrt(self._variance(whitened, prior))

        def pullback(by_mean: Array, by_deviation: Array) -> Array:
            # d sd = (d prior / 2 - (K^-1 k)' dk) / sd
            weights = (whitened @ self.inverse) * (-by_deviation / deviation)[:, None]
            weights += by_mean[:, None] * self.alpha
            if pull_prior is None:
                return pull(weights)
            return pull(weights) + pull_prior(0.5 * by_deviation / deviation)

        return mean, deviation, pullback

    def append(self, point: Array) -> Posterior:
        """Posterior once the function is known at `point` (d,) to be its predicted mean.

        The mean stays what it was everywhere; the uncertainty falls round the point. The
        point counts as free of noise: otherwise, where results are noisy, a batch would
        put all its points on one spot.
        """
        cross, _ = self.kernel.cross(self.theta, point[None], self.X)
        prior, _ = self.kernel.variances(self.theta, point[None])
        inverse = append_row(self.inverse, cross[0], (1.0 + _MIN_NOISE) * float(prior[0]))
        return replace(
            self,
            X=np.vstack([self.X, point]),
            inverse=inverse,
            alpha=np.append(self.alpha, 0.0),
        )

    def append_all(self, points: Array) -> Posterior:
        """Posterior once the function is known at each of `points` (p x d)."""
        posterior = self
        for point in points:
            posterior = posterior.append(point)
        return posterior

    def joint(self, points: Array) -> tuple[Array, Array]:
        """Mean (m,) and covariance (m x m) of the latent values at `points` (m x d)."""
        cross, _ = self.kernel.cross(self.theta, points, self.X)
        whitened = cross @ self.inverse.T
        prior, _ = self.kernel.cross(self.theta, points, points)
        covariance = prior - whitened @ whitened.T
        return self.mean + cross @ self.alpha, 0.5 * (covariance + covariance.T)

    def _variance(self, whitened: Array, prior: Array) -> Array:
        explained = np.vecdot(whitened, whitened)
        return np.asarray(np.maximum(prior - explained, _MIN_VARIANCE * prior))
