"""Gradients of a posterior that has none of its own, by central differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.base import PointPosterior

Array = NDArray[np.float64]

_STEP = 1e-5
# Trees that agree have no deviation at all.
_LEAST_DEVIATION = 1e-9


@dataclass(frozen=True, eq=False)
class Differenced:
    """A posterior whose gradients are taken by differences, for a search that follows them.

    Parameters
    ----------
    posterior
        Posterior in standardised units.

    Examples
    --------
    >>> class Bowl:
    ...     noise = 0.0
    ...
    ...     def moments(self, points):
    ...         return (points**2).sum(axis=1), np.ones(len(points))
    >>> _, _, pullback = Differenced(Bowl()).moments_with_gradient(np.array([[0.5, 1.0]]))
    >>> pullback(np.ones(1), np.zeros(1)).round(6).tolist()
    [[1.0, 2.0]]
    """

    posterior: PointPosterior

    def moments(self, points: Array) -> tuple[Array, Array]:
        """Mean and standard deviation at each of `points` (m x d), (m,) and (m,)."""
        mean, deviation = self.posterior.moments(points)
        return mean, np.maximum(deviation, _LEAST_DEVIATION)

    def moments_with_gradient(
        self, points: Array
    ) -> tuple[Array, Array, Callable[[Array, Array], Array]]:
        """Mean, deviation, and how to pull a gradient back; see `Posterior`."""
        m, d = points.shape
        steps = _STEP * np.eye(d)[:, None]
        block = np.concatenate([points[None], points + steps, points - steps])
        mean, deviation = (part.reshape(-1, m) for part in self.moments(block.reshape(-1, d)))
        slopes = [(part[1 : d + 1] - part[d + 1 :]).T / (2.0 * _STEP) for part in (mean, deviation)]

        def pullback(by_mean: Array, by_deviation: Array) -> Array:
            return np.asarray(by_mean[:, None] * slopes[0] + by_deviation[:, None] * slopes[1])

        return mean[0], deviation[0], pullback
