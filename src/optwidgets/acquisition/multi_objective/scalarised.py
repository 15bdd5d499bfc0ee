"""Several objectives as one: an augmented Chebyshev compromise with weights.

With weights drawn anew for each point, the points spread along the whole front (ParEGO);
with given weights they go to one compromise.

Sources
-------
J. Knowles, "ParEGO: a hybrid algorithm with on-line landscape approximation for expensive
multiobjective optimization problems", IEEE Trans. Evol. Comput. 10 (2006) 50;
S. Daulton, M. Balandat, E. Bakshy, NeurIPS 2020, arXiv 2006.05078 (qNParEGO);
S. Ament et al., NeurIPS 2023, arXiv 2310.20708 (its logarithm).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import Worth
from optwidgets.acquisition.multi_objective.conditional_feasibility import ConditionalFeasibility
from optwidgets.acquisition.multi_objective.draws import ConditionalDraws
from optwidgets.acquisition.multi_objective.hypervolume_improvement import log_fat_softplus

Array = NDArray[np.float64]

# Share of the weighted sum: it keeps the compromise on the strict front.
_AUGMENTED = 0.05
_TAU = 1e-3


@dataclass(frozen=True, eq=False)
class Compromise:
    """``min_k w_k g_k + 0.05 Σ w_k g_k`` of gaps g to the best of each, in units of the front.

    A gap is 0 at the best of an objective and -1 at its worst. So what has a large weight comes
    near to its best, and objectives with equal weights give up equal shares. From the worst
    upwards it would be the other way round: the least counts, and a large weight lifts it.

    Parameters
    ----------
    weights
        Of m objectives, (m,), their sum 1; one of 0 does not count.
    best, width
        Largest utility on the front and range there, (m,).

    Examples
    --------
    >>> compromise = Compromise(np.array([0.75, 0.25]), np.ones(2), np.ones(2))
    >>> compromise(np.array([[1.0, 0.0], [0.75, 0.25], [0.25, 0.75]]))[0].round(2).tolist()
    [-0.26, -0.21, -0.59]
    """

    weights: Array
    best: Array
    width: Array

    def __call__(self, utilities: Array) -> tuple[Array, Array]:
        """Values and derivatives of utilities, (..., m) to (...) and (..., m)."""
        weighted = (utilities - self.best) / self.width * self.weights
        least = np.where(self.weights > 0, weighted, np.inf).argmin(axis=-1)[..., None]
        value = np.take_along_axis(weighted, least, -1)[..., 0]
        value = value + _AUGMENTED * weighted.sum(axis=-1)
        slope = np.full_like(weighted, _AUGMENTED)
        np.put_along_axis(slope, least, 1.0 + _AUGMENTED, -1)
        return value, slope * self.weights / self.width


@dataclass(frozen=True, eq=False)
class LogCompromiseImprovement:
    """``log E[improvement of the compromise]`` of one more point, where it is feasible.

    Parameters
    ----------
    draws, utilities
        Of each of m objectives.
    compromise
        What utilities are worth together.
    best
        Best compromise so far in each draw, (S,).
    feasibility
        How probable it is that a point is feasible; None where all are.
    """

    draws: Sequence[ConditionalDraws]
    utilities: Sequence[Worth]
    compromise: Compromise
    best: Array
    feasibility: ConditionalFeasibility | None = None

    def value(self, X: Array) -> Array:
        """Values (r,) of points (r x d)."""
        return self._evaluate(X, with_gradient=False)[0]

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Values (r,) and gradients (r x d) of points (r x d)."""
        return self._evaluate(X, with_gradient=True)

    def _evaluate(self, X: Array, *, with_gradient: bool) -> tuple[Array, Array]:
        columns, slopes, pulls = [], [], []
        for draws, utility in zip(self.draws, self.utilities, strict=True):
            z, pull = draws.at_with_gradient(X)
            u, by_z = utility(z)
            columns.append(u)
            slopes.append(by_z)
            pulls.append(pull)
        together, by_u = self.compromise(np.stack(columns, axis=2))
        log_gain, slope = log_fat_softplus((together - self.best) / _TAU)
        pull_chance = None
        if self.feasibility is not None:
            chance, pull_chance = self.feasibility.at(X)
            log_gain = log_gain + chance
        top = log_gain.max(axis=1, keepdims=True)
        shares = np.exp(log_gain - top)
        total = shares.sum(axis=1, keepdims=True)
        value = (top + np.log(total * _TAU / log_gain.shape[1]))[:, 0]
        gradient = np.zeros_like(X)
        if with_gradient:
            weight = shares / total
            by_together = weight * slope / _TAU
            for k, (pull, by_z) in enumerate(zip(pulls, slopes, strict=True)):
                gradient += pull(by_together * by_u[:, :, k] * by_z)
            if pull_chance is not None:
                gradient += pull_chance(weight)
        return value, gradient


def random_weights(m: int, rng: np.random.Generator) -> Array:
    """Draw weights evenly from all that are positive and sum to 1, (m,)."""
    drawn = rng.exponential(size=m)
    return np.asarray(drawn / drawn.sum())
