"""Acquisition of a whole batch by Monte Carlo, with gradients in closed form.

Draws of a batch are smooth functions of it (`joint_draws`), so the batch can be scored, and
polished as one, by a quasi-Newton method.

Sources
-------
J. T. Wilson, R. Moriconi, F. Hutter, M. P. Deisenroth, "The reparameterization trick for
acquisition functions", 2017, arXiv 1712.00424 (qEI, qUCB); S. Ament et al., NeurIPS 2023,
arXiv 2310.20708 (qLogEI: fat-tailed softplus and maximum).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.joint_draws import JointDraws
from optwidgets.acquisition.joint_feasibility import JointFeasibility
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]


class Utility(Protocol):
    """What a set of draws is worth."""

    def weighed(
        self, mean: Array, spread: Array, log_chance: Array | None
    ) -> tuple[Array, Array, Array, Array]:
        """Values (r,) and derivatives.

        Parameters
        ----------
        mean, spread
            Means (r x t) and deviations of the draws from them (r x S x t).
        log_chance
            Log probability that each point is feasible in each draw (r x S x t; or r x 1 x t,
            the same in all draws), or None when all are.

        Returns
        -------
        tuple
            Values, and the derivatives by all three; by the last for each draw, r x S x t.
        """
        ...


_TAU_RELU, _TAU_MAX = 1e-6, 1e-2
_CAUCHY_SHARE = 0.1  # keeps the fat softplus monotone and convex (Ament et al., appendix)


@dataclass(frozen=True)
class LogImprovement:
    """``log E[max_j max(f_j - best, 0)]``, smoothed as in botorch's ``qLogExpectedImprovement``.

    The deviations of the draws enter times `factor`.
    """

    best: float
    factor: float = 1.0

    def __call__(self, mean: Array, spread: Array) -> tuple[Array, Array, Array]:
        """Values (r,) and derivatives by mean (r x t) and spread (r x S x t)."""
        return self.weighed(mean, spread, None)[:3]

    def weighed(
        self, mean: Array, spread: Array, log_chance: Array | None
    ) -> tuple[Array, Array, Array, Array]:
        """Values, each improvement times its chance (log, r x S x t); derivatives by all three."""
        z = (mean[:, None, :] + self.factor * spread - self.best) / _TAU_RELU
        cauchy = 1.0 / (1.0 + z * z)
        fat = np.logaddexp(0.0, z) + _CAUCHY_SHARE * cauchy
        log_gain = np.log(_TAU_RELU * fat)
        if log_chance is not None:
            log_gain = log_gain + log_chance
        sigmoid = 0.5 * (1.0 + np.tanh(0.5 * z))
        gain_slope = (sigmoid - 2.0 * _CAUCHY_SHARE * z * cauchy * cauchy) / (fat * _TAU_RELU)
        highest = log_gain.max(axis=2, keepdims=True)
        t = (highest - log_gain) / _TAU_MAX
        pareto = 2.0 / (2.0 + 2.0 * t + t * t)
        total = pareto.sum(axis=2, keepdims=True)
        per_draw = (highest + _TAU_MAX * np.log(total))[:, :, 0]
        weight = (1.0 + t) * pareto * pareto / total
        winner = log_gain.argmax(axis=2)[:, :, None]
        rest = 1.0 - weight.sum(axis=2, keepdims=True)
        np.put_along_axis(weight, winner, np.take_along_axis(weight, winner, 2) + rest, 2)
        top = per_draw.max(axis=1, keepdims=True)
        shares = np.exp(per_draw - top)
        sums = shares.sum(axis=1, keepdims=True)
        value = (top + np.log(sums / per_draw.shape[1]))[:, 0]
        by_gain = (shares / sums)[:, :, None] * weight
        by_draw = by_gain * gain_slope
        return value, by_draw.sum(axis=1), self.factor * by_draw, by_gain


@dataclass(frozen=True)
class BatchUpperBound:
    """``E[max_j (mean_j + kappa √(π/2) |f_j - mean_j|)]``: one point gives mean + kappa sd."""

    kappa: float
    floor: float = 0.0

    def __call__(self, mean: Array, spread: Array) -> tuple[Array, Array, Array]:
        """Values (r,) and derivatives by mean (r x t) and spread (r x S x t)."""
        return self.weighed(mean, spread, None)[:3]

    def weighed(
        self, mean: Array, spread: Array, log_chance: Array | None
    ) -> tuple[Array, Array, Array, Array]:
        """Values, where an infeasible point is worth the floor; derivatives by all three."""
        weight = self.kappa * math.sqrt(math.pi / 2.0)
        bounds = mean[:, None, :] + weight * np.abs(spread)
        chance, above = np.ones((len(mean), 1, mean.shape[1])), np.zeros_like(bounds)
        if log_chance is not None:
            chance = np.exp(log_chance)
            # Below the floor, a point is not worth more for being infeasible.
            chance = np.where(bounds > self.floor, chance, 1.0)
            above = np.maximum(bounds - self.floor, 0.0) * chance
            bounds = self.floor + (bounds - self.floor) * chance
        winner = bounds.argmax(axis=2)[:, :, None]
        won = np.zeros_like(bounds)
        np.put_along_axis(won, winner, 1.0 / bounds.shape[1], 2)
        value = np.take_along_axis(bounds, winner, 2)[:, :, 0].mean(axis=1)
        by_chance = won * above
        won = won * chance
        return value, won.sum(axis=1), weight * np.sign(spread) * won, by_chance


@dataclass(frozen=True)
class PlainImprovement:
    """``E[max_j max(f_j - best, 0)]`` as it is reported; its value only, without derivatives."""

    best: float
    factor: float = 1.0

    def __call__(self, mean: Array, spread: Array) -> tuple[Array, Array, Array]:
        """Values (r,); zeros in place of derivatives."""
        return self.weighed(mean, spread, None)[:3]

    def weighed(
        self, mean: Array, spread: Array, log_chance: Array | None
    ) -> tuple[Array, Array, Array, Array]:
        """Values, each improvement times its chance; zeros in place of derivatives."""
        gain = np.maximum(mean[:, None, :] + self.factor * spread - self.best, 0.0)
        if log_chance is not None:
            gain = gain * np.exp(log_chance)
        none = np.zeros_like(spread)
        return gain.max(axis=2).mean(axis=1), np.zeros_like(mean), none, none


class BatchAcquisition:
    """Value of batches, pending points integrated out.

    Parameters
    ----------
    posterior
        Posterior in standardised units, d inputs.
    sign
        1 to maximise, -1 to minimise.
    utility
        What a set of draws is worth.
    pending
        Points whose results are awaited, p x d.
    draws
        Base samples, S x at least p + q.
    feasibility
        How probable it is that the points are feasible; None where all are.
    measured
        So many of the pending points come first that have been measured: they are feasible, and
        `feasibility` does not know them.
    """

    def __init__(
        self,
        posterior: Posterior,
        sign: int,
        utility: Utility,
        pending: Array,
        draws: Array,
        feasibility: JointFeasibility | None = None,
        measured: int = 0,
    ) -> None:
        self._sign, self._utility, self._measured = sign, utility, measured
        self._draws = JointDraws(posterior, pending, draws)
        self._feasibility = feasibility

    def value(self, batches: Array) -> Array:
        """Values of batches, r x q x d to (r,)."""
        return self._evaluate(batches)[0]

    def value_and_gradient(self, batches: Array) -> tuple[Array, Array]:
        """Values (r,) and gradients (r x q x d) of batches, r x q x d."""
        value, pullback = self._evaluate(batches)
        return value, pullback()

    def _evaluate(self, batches: Array) -> tuple[Array, Callable[[], Array]]:
        drawn = self._draws.at(batches)
        chance, pull_chance = None, None
        if self._feasibility is not None:
            chance, pull_chance = self._feasibility.at(batches)
            certain = np.zeros((*chance.shape[:2], self._measured))
            chance = np.concatenate([certain, chance], axis=2)
        value, by_mean, by_spread, by_chance = self._utility.weighed(
            self._sign * drawn.mean, drawn.spread, chance
        )

        def pullback() -> Array:
            gradient = drawn.pullback(self._sign * by_mean, by_spread)
            if pull_chance is not None:
                gradient = gradient + pull_chance(by_chance[:, :, self._measured :])
            return gradient

        return value, pullback
