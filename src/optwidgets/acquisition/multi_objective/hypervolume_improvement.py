"""Log of the expected hypervolume improvement, with its gradient, on plain arrays.

For each draw of the objectives the new outcome adds to the volume what it covers of the
boxes above that draw's front. Maximum and minimum are smoothed as in qLogEHVI, so that
the logarithm has a slope also where nothing is gained.

Sources
-------
M. Emmerich 2005 (expected hypervolume improvement); S. Daulton, M. Balandat, E. Bakshy,
"Differentiable expected hypervolume improvement for parallel multi-objective Bayesian
optimization", NeurIPS 2020, arXiv 2006.05078 (qEHVI); the same, NeurIPS 2021, arXiv
2105.08195 (qNEHVI); S. Ament et al., NeurIPS 2023, arXiv 2310.20708 (qLogEHVI, qLogNEHVI).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import Worth
from optwidgets.acquisition.multi_objective.conditional_feasibility import ConditionalFeasibility
from optwidgets.acquisition.multi_objective.draws import ConditionalDraws

Array = NDArray[np.float64]

# Smoothing of the improvement and of the box's edge, in standardised units.
_TAU_RELU, _TAU_EDGE = 1e-3, 1e-3
_CAUCHY_SHARE = 0.1
_CHUNK_NUMBERS = 4_000_000


@dataclass(frozen=True, eq=False)
class LogHypervolumeImprovement:
    """``log E[hypervolume improvement]`` of one more point, where it is feasible.

    Parameters
    ----------
    draws, utilities
        Of each of m objectives.
    lower, upper
        Boxes above the front of each draw, S x b x m, or 1 x b x m where all have the same.
    feasibility
        How probable it is that a point is feasible; None where all are.
    """

    draws: Sequence[ConditionalDraws]
    utilities: Sequence[Worth]
    lower: Array
    upper: Array
    feasibility: ConditionalFeasibility | None = None

    def value(self, X: Array) -> Array:
        """Values (r,) of points (r x d)."""
        return self._by_chunks(X, with_gradient=False)[0]

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Values (r,) and gradients (r x d) of points (r x d)."""
        return self._by_chunks(X, with_gradient=True)

    def _by_chunks(self, X: Array, *, with_gradient: bool) -> tuple[Array, Array]:
        # A chunk holds r x S x b x m numbers; that bounds the memory.
        samples = len(self.draws[0].known)
        size = max(1, _CHUNK_NUMBERS // (samples * self.lower.shape[1] * len(self.draws)))
        values, gradients = np.empty(len(X)), np.zeros_like(X)
        for start in range(0, len(X), size):
            part = slice(start, start + size)
            values[part], gradient = self._evaluate(X[part], with_gradient=with_gradient)
            if with_gradient:
                gradients[part] = gradient
        return values, gradients

    def _evaluate(self, X: Array, *, with_gradient: bool) -> tuple[Array, Array]:
        pulls, columns, slopes = [], [], []
        for draws, utility in zip(self.draws, self.utilities, strict=True):
            z, pull = draws.at_with_gradient(X)
            u, by_z = utility(z)
            columns.append(u)
            slopes.append(by_z)
            pulls.append(pull)
        y = np.stack(columns, axis=2)  # r x S x m
        chance, pull_chance = None, None
        if self.feasibility is not None:
            chance, pull_chance = self.feasibility.at(X)
        value, by_y, by_chance = log_improvement(
            y, self.lower, self.upper, chance, with_gradient=with_gradient
        )
        gradient = np.zeros_like(X)
        if with_gradient:
            if pull_chance is not None:
                gradient += pull_chance(by_chance)
            for k, (pull, slope) in enumerate(zip(pulls, slopes, strict=True)):
                gradient += pull(by_y[:, :, k] * slope)
        return value, gradient


def log_improvement(
    y: Array,
    lower: Array,
    upper: Array,
    log_chance: Array | None = None,
    *,
    with_gradient: bool = True,
) -> tuple[Array, Array, Array]:
    """Log of the mean hypervolume that outcomes add, smoothed, and its derivatives.

    Parameters
    ----------
    y
        Draws of outcomes, r x S x m.
    lower, upper
        Boxes of each draw, S x b x m or 1 x b x m.
    log_chance
        Log probability that the outcomes count, r x S or r x 1; None where all do.

    Returns
    -------
    tuple
        Values (r,); derivatives by the outcomes, r x S x m, and by the chances, r x S.

    Examples
    --------
    >>> y = np.array([[[2.0, 2.0]]])
    >>> low, high = np.array([[[0.0, 1.0], [1.0, 0.0]]]), np.array([[[1.0, np.inf], [np.inf] * 2]])
    >>> np.exp(log_improvement(y, low, high)[0]).round(2).tolist()
    [3.0]
    """
    # min(y, upper), smoothed from below; where there is no upper corner it is y itself.
    open_ended = np.isinf(upper)[None]
    corner = np.where(open_ended, 0.0, upper[None])
    edge, edge_slope = _softplus((corner - y[:, :, None, :]) / _TAU_EDGE)
    covered = np.where(open_ended, y[:, :, None, :], corner - _TAU_EDGE * edge)
    by_covered = np.where(open_ended, 1.0, edge_slope)
    log_side, side_slope = log_fat_softplus((covered - lower[None]) / _TAU_RELU)
    log_volume = log_side.sum(axis=3) + y.shape[2] * np.log(_TAU_RELU)  # r x S x b
    if log_chance is not None:
        log_volume = log_volume + log_chance[:, :, None]
    top = log_volume.max(axis=(1, 2), keepdims=True)
    shares = np.exp(log_volume - top)
    total = shares.sum(axis=(1, 2))
    value = top[:, 0, 0] + np.log(total / y.shape[1])
    if not with_gradient:
        return value, np.empty(0), np.empty(0)
    weight = shares / total[:, None, None]
    by_y = (weight[:, :, :, None] * side_slope / _TAU_RELU * by_covered).sum(axis=2)
    return value, by_y, weight.sum(axis=2)


def _softplus(z: Array) -> tuple[Array, Array]:
    """``log(1 + exp(z))`` and its derivative, from one exponential."""
    e = np.exp(-np.abs(z))
    return np.maximum(z, 0.0) + np.log1p(e), np.where(z >= 0.0, 1.0, e) / (1.0 + e)


def log_fat_softplus(z: Array) -> tuple[Array, Array]:
    """Log of a softplus whose lower tail falls like 1/z², and its derivative."""
    cauchy = 1.0 / (1.0 + z * z)
    soft, sigmoid = _softplus(z)
    fat = soft + _CAUCHY_SHARE * cauchy
    return np.log(fat), (sigmoid - 2.0 * _CAUCHY_SHARE * z * cauchy * cauchy) / fat
