"""What a batch is worth to qPI, qNEI and qLogNEI, beside those of `monte_carlo`.

Sources
-------
J. T. Wilson et al., 2017, arXiv 1712.00424 (qPI, with a smooth step). B. Letham, B. Karrer,
G. Ottoni, E. Bakshy, "Constrained Bayesian Optimization with Noisy Experiments", Bayesian
Anal. 14 (2019) 495, arXiv 1706.07094 (noisy expected improvement).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

from optwidgets.acquisition.aims import Aim
from optwidgets.acquisition.monte_carlo import LogImprovement, PlainImprovement
from optwidgets.models.linear_algebra import safe_cholesky
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]

# Width of the smooth step that the search climbs; the value that is reported has none.
_STEP = 1e-2


@dataclass(frozen=True)
class LogProbability:
    """``log E[max_j step((f_j - best) / τ)]`` with the logistic step: no plateaus to get lost on."""

    best: float

    def weighed(
        self, mean: Array, spread: Array, log_chance: Array | None
    ) -> tuple[Array, Array, Array, Array]:
        """Values, each probability times its chance (log, r x S x t); derivatives by all three."""
        z = (mean[:, None, :] + spread - self.best) / _STEP
        log_step = log_expit(z)
        if log_chance is not None:
            log_step = log_step + log_chance
        winner = log_step.argmax(axis=2)[:, :, None]
        per_draw = np.take_along_axis(log_step, winner, 2)[:, :, 0]
        top = per_draw.max(axis=1, keepdims=True)
        shares = np.exp(per_draw - top)
        sums = shares.sum(axis=1, keepdims=True)
        value = (top + np.log(sums / per_draw.shape[1]))[:, 0]
        won = np.zeros_like(z)
        np.put_along_axis(won, winner, (shares / sums)[:, :, None], 2)
        by_draw = won * expit(-z) / _STEP
        return value, by_draw.sum(axis=1), by_draw, won


@dataclass(frozen=True)
class PlainProbability:
    """``P(max_j f_j > best)`` as it is reported; its value only, without derivatives."""

    best: float

    def weighed(
        self, mean: Array, spread: Array, log_chance: Array | None
    ) -> tuple[Array, Array, Array, Array]:
        """Values, each probability times its chance; zeros in place of derivatives."""
        better = (mean[:, None, :] + spread > self.best).astype(float)
        if log_chance is not None:
            better = better * np.exp(log_chance)
        none = np.zeros_like(spread)
        return better.max(axis=2).mean(axis=1), np.zeros_like(mean), none, none


@dataclass(frozen=True)
class OverBaseline:
    """An improvement over the best of the measured points, as drawn together with the new ones.

    Where results are noisy nobody knows which measured point is best: each draw has its own.

    Parameters
    ----------
    inner
        The improvement.
    count
        Number of measured points, which come first in every set of draws.
    xi
        Improvement that is asked for.
    """

    inner: LogImprovement | PlainImprovement
    count: int
    xi: float = 0.0

    def weighed(
        self, mean: Array, spread: Array, log_chance: Array | None
    ) -> tuple[Array, Array, Array, Array]:
        """Values of the others; derivatives, zero for the measured points, which stay."""
        b = self.count
        best = (mean[:1, None, :b] + spread[:1, :, :b]).max(axis=2)[0] + self.xi
        # One best for each draw: it broadcasts over the points as a number would.
        inner = replace(self.inner, best=best[:, None])
        chance = None if log_chance is None else log_chance[:, :, b:]
        value, by_mean, by_spread, by_chance = inner.weighed(mean[:, b:], spread[:, :, b:], chance)
        widths = ((0, 0), (b, 0))
        return (
            value,
            np.pad(by_mean, widths),
            np.pad(by_spread, ((0, 0), *widths)),
            np.pad(by_chance, ((0, 0), *widths)),
        )


def baseline(posterior: Posterior, aim: Aim, measured: Array, count: int = 24) -> Array:
    """Measured points that may be the best one, at most `count` of them.

    Parameters
    ----------
    posterior
        Posterior in standardised units.
    aim
        What outcomes are worth: the goal.
    measured
        Points that were measured, n x d.
    count
        How many at most.

    Returns
    -------
    Array
        Different points, b x d, those with the highest bounds of mean + 2 sd.
    """
    points = np.unique(measured, axis=0)
    mean, deviation = posterior.moments(points)
    order = np.argsort(-(aim(mean)[0] + 2.0 * deviation), kind="stable")[:count]
    chosen = points[np.sort(order)]
    # Points on top of each other have one value, and a singular covariance.
    _, covariance = posterior.joint(chosen)
    factor = safe_cholesky(covariance)
    apart = factor.diagonal() > 1e-6 * np.sqrt(posterior.prior_variance)
    return chosen[apart] if apart.any() else chosen[:1]
