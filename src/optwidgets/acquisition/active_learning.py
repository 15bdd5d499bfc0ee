"""Learning the function everywhere: the points that leave the least variance behind.

Sources
-------
D. A. Cohn, Z. Ghahramani, M. I. Jordan, J. Artif. Intell. Res. 4 (1996) 129; S. Seo,
M. Wallat, T. Graepel, K. Obermayer, "Gaussian process regression: active data selection and
test point rejection", IJCNN 2000 (integrated posterior variance).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.acquisition.search import find_best
from optwidgets.models.kernel_parts import Pullback
from optwidgets.models.posterior import Posterior

if TYPE_CHECKING:
    from optwidgets.acquisition.problem import Problem

Array = NDArray[np.float64]

_TINY = 1e-12


class VarianceReduction:
    """Mean variance over the region that a measurement at a point takes away.

    Parameters
    ----------
    posterior
        Posterior in standardised units, of the points so far.
    places
        Points that stand for the region, m x d.
    noise
        Noise variance of the measurement.
    feasibility
        How probable it is that a measurement succeeds.
    """

    def __init__(
        self, posterior: Posterior, places: Array, noise: float, feasibility: Feasibility
    ) -> None:
        self._posterior, self._places = posterior, places
        self._noise = max(noise, 1e-6 * posterior.prior_variance)
        self._feasibility = feasibility
        cross, _ = posterior.kernel.cross(posterior.theta, places, posterior.X)
        self._white = cross @ posterior.inverse.T

    def value(self, X: Array) -> Array:
        """Logarithm of the variance taken away (r,) by each of X (r x d)."""
        return self._evaluate(X)[0]

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Values (r,) and gradients (r x d)."""
        post = self._posterior
        value, covariance, variance, reduction, white, pull, pull_places, pull_prior = (
            self._evaluate(X)
        )
        share = 1.0 / np.maximum(reduction, _TINY)
        by_covariance = 2.0 * covariance * (share / (variance * len(self._places)))[:, None]
        by_variance = -share * reduction / variance
        by_white = -by_covariance @ self._white - 2.0 * by_variance[:, None] * white
        gradient = pull(by_white @ post.inverse) + pull_places(by_covariance)
        if pull_prior is not None:
            gradient += pull_prior(by_variance)
        if self._feasibility:
            gradient += self._feasibility.value_and_gradient(X)[1]
        return value, gradient

    def _evaluate(
        self, X: Array
    ) -> tuple[Array, Array, Array, Array, Array, Pullback, Pullback, Pullback | None]:
        post = self._posterior
        cross, pull = post.kernel.cross(post.theta, X, post.X)
        white = cross @ post.inverse.T
        to_places, pull_places = post.kernel.cross(post.theta, X, self._places)
        covariance = to_places - white @ self._white.T
        prior, pull_prior = post.kernel.variances(post.theta, X)
        variance = np.maximum(prior - np.vecdot(white, white), 0.0) + self._noise
        reduction = np.vecdot(covariance, covariance) / (variance * len(self._places))
        value = np.log(np.maximum(reduction, _TINY))
        if self._feasibility:
            value = value + self._feasibility.value(X)
        return value, covariance, variance, reduction, white, pull, pull_places, pull_prior


def explore(problem: Problem[Posterior], n: int) -> tuple[Array, Array]:
    """Choose up to n points, one after the other, that leave the least variance behind.

    Returns
    -------
    tuple
        Points, m x d; for each the mean variance over the region that the whole batch leaves,
        its sign turned so that larger is better, standardised.
    """
    places = problem.region.sample(problem.n_mc_points, problem.rng)
    posterior = problem.posterior.append_all(problem.pending)
    noise = problem.posterior.noise
    taken, points = problem.taken, list[Array]()
    for _ in range(n):
        score = VarianceReduction(posterior, places, noise, problem.feasibility)
        point = find_best(
            score, problem.region, taken, problem.centres[:0], problem.effort, problem.rng,
            problem.tick,
        )  # fmt: skip
        if point is None:
            break
        points.append(point)
        taken = taken.plus(point)
        posterior = posterior.append(point)
    left = float(np.mean(np.square(posterior.moments(places)[1])))
    chosen = np.vstack(points) if points else np.empty((0, problem.pending.shape[1]))
    return chosen, np.full(len(points), -left)
