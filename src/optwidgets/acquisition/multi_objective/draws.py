"""Draws of one objective at new points, given draws at points that are there already.

Points whose results are awaited, and noisy measured ones, have draws of their own; the
draws at a new point follow from them by the joint posterior. With fixed base samples they
are smooth functions of the new point, with a gradient in closed form.

Sources
-------
J. T. Wilson et al., 2017, arXiv 1712.00424 (reparameterised draws); S. Daulton,
M. Balandat, E. Bakshy, "Parallel Bayesian optimization of multiple noisy objectives with
expected hypervolume improvement", NeurIPS 2021, arXiv 2105.08195 (draws at the measured
points stay, those at new ones are conditional on them).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.joint_draws import base_samples
from optwidgets.models.lapack import solve_lower_triangle
from optwidgets.models.linear_algebra import safe_cholesky
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]

_LEAST_VARIANCE = 1e-10


class ConditionalDraws:
    """Draws of one objective.

    Parameters
    ----------
    posterior
        Its posterior, standardised.
    known
        Points that have draws already, c x d; c may be 0.
    base
        Standard normal numbers, S x (c + 1): for the known points, then for the new one.
    """

    def __init__(self, posterior: Posterior, known: Array, base: Array) -> None:
        self._posterior, self._known = posterior, known
        c = len(known)
        self._base_known, self._base_new = base[:, :c], base[:, c]
        cross, _ = posterior.kernel.cross(posterior.theta, known, posterior.X)
        self._known_white = cross @ posterior.inverse.T
        mean, covariance = posterior.joint(known)
        self._factor = safe_cholesky(covariance) if c else np.empty((0, 0))
        #: Draws at the known points, S x c.
        self.known = mean + self._base_known @ self._factor.T

    def at(self, points: Array) -> Array:
        """Draws at each of `points` (r x d) alone, r x S."""
        return self._draw(points)[0]

    def at_with_gradient(self, points: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Draws (r x S), and how to pull derivatives by them back to the points (r x d)."""
        return self._draw(points)

    def _draw(self, points: Array) -> tuple[Array, Callable[[Array], Array]]:
        mean, deviation, pull = self.given_known(points)

        def pullback(by_draw: Array) -> Array:
            return pull(by_draw, by_draw @ self._base_new)

        return mean + deviation[:, None] * self._base_new, pullback

    def given_known(self, points: Array) -> tuple[Array, Array, Callable[[Array, Array], Array]]:
        """Return what is known of `points` (r x d) where the draws at the known points are true.

        Returns
        -------
        tuple
            Means in each draw, r x S; deviations, the same in all of them, (r,); a function from
            derivatives by both to the gradient, r x d.
        """
        post = self._posterior
        cross, pull_cross = post.kernel.cross(post.theta, points, post.X)
        white = cross @ post.inverse.T
        mean = post.mean + cross @ post.alpha
        to_known, pull_known = post.kernel.cross(post.theta, points, self._known)
        a = self._solve((to_known - white @ self._known_white.T).T, transposed=False)
        prior, pull_prior = post.kernel.variances(post.theta, points)
        variance = prior - np.einsum("ij,ij->i", white, white) - np.einsum("ij,ij->j", a, a)
        deviation = np.sqrt(np.maximum(variance, _LEAST_VARIANCE * prior))

        def pullback(by_mean: Array, by_deviation: Array) -> Array:
            by_variance = 0.5 * by_deviation / deviation
            by_variance[variance <= _LEAST_VARIANCE * prior] = 0.0
            by_a = (by_mean @ self._base_known).T - 2.0 * by_variance * a
            by_known = self._solve(by_a, transposed=True).T
            by_white = -2.0 * by_variance[:, None] * white - by_known @ self._known_white
            by_cross = by_white @ post.inverse + by_mean.sum(axis=1)[:, None] * post.alpha
            gradient = pull_cross(by_cross)
            if len(self._known):
                gradient += pull_known(np.ascontiguousarray(by_known))
            if pull_prior is not None:
                gradient += pull_prior(by_variance)
            return gradient

        return mean[:, None] + (self._base_known @ a).T, deviation, pullback

    def _solve(self, right: Array, *, transposed: bool) -> Array:
        if len(self._known) == 0:
            return right
        solved = np.array(right, order="F")
        solve_lower_triangle(self._factor, solved, transposed=transposed)
        return solved


def base_of_objectives(n_samples: int, n_objectives: int, n_known: int, seed: int) -> list[Array]:
    """Draw base samples of several objectives together, each S x (n_known + 1).

    One sequence for all: separate ones would go together, draw by draw. Its first and
    evenest numbers are those of the new point.
    """
    together = base_samples(n_samples, n_objectives * (n_known + 1), seed)
    new, known = together[:, :n_objectives], together[:, n_objectives:]
    return [
        np.column_stack([known[:, k * n_known : (k + 1) * n_known], new[:, k]])
        for k in range(n_objectives)
    ]
