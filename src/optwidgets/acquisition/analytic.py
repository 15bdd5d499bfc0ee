"""Acquisition functions in closed form, with their derivatives.

All are written for maximising; a minimised objective enters with its sign turned. They
are functions of the posterior mean and standard deviation at one point, so that their
gradients with respect to the inputs follow by the chain rule.

Sources
-------
Jones, Schonlau, Welch 1998 (EI); Kushner 1964 (PI); Srinivas et al. 2010 (UCB);
S. Ament, S. Daulton, D. Eriksson, M. Balandat, E. Bakshy, "Unexpected Improvements to
Expected Improvement for Bayesian Optimization", NeurIPS 2023, arXiv 2310.20708 (LogEI).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, log_ndtr, ndtr

Array = NDArray[np.float64]
#: From means and deviations (m,), (m,) to values and the derivatives by both, each (m,).
Criterion = Callable[[Array, Array], tuple[Array, Array, Array]]

_LOG_2PI = math.log(2.0 * math.pi)
_SQRT_HALF_PI = math.sqrt(math.pi / 2.0)
# Below -1 the direct formula of h loses digits; below -1e3 so does the one with erfcx.
_DIRECT, _ASYMPTOTIC = -1.0, -1e3


def log_h(u: Array) -> tuple[Array, Array]:
    """``log(φ(u) + u Φ(u))`` and its derivative ``Φ(u) / h(u)``, accurate for any u.

    Parameters
    ----------
    u
        Standardised improvements, any shape.

    Returns
    -------
    tuple
        Values and derivatives, of the same shape.

    Examples
    --------
    >>> value, slope = log_h(np.array([0.0, -1e6]))
    >>> value.round(6).tolist()
    [-0.918939, -500000000028.549...]
    """
    value, slope = np.empty_like(u), np.empty_like(u)
    high = u > _DIRECT
    x = u[high]
    cumulative = ndtr(x)
    h = np.exp(-0.5 * x * x - 0.5 * _LOG_2PI) + x * cumulative
    value[high], slope[high] = np.log(h), cumulative / h
    middle = ~high & (u > _ASYMPTOTIC)
    x = u[middle]
    ratio = _SQRT_HALF_PI * erfcx(-x / math.sqrt(2.0))  # Φ/φ
    # 1 + x Φ/φ cancels for large -x: its series takes over where that costs more digits.
    inverse = 1.0 / (x * x)
    series = inverse * (
        1.0 - inverse * (3.0 - inverse * (15.0 - inverse * (105.0 - 945.0 * inverse)))
    )
    rest = np.where(x < -30.0, series, 1.0 + x * ratio)
    value[middle] = -0.5 * x * x - 0.5 * _LOG_2PI + np.log(rest)
    slope[middle] = ratio / rest
    low = ~high & ~middle
    x = u[low]
    value[low] = -0.5 * x * x - 0.5 * _LOG_2PI - 2.0 * np.log(-x)
    slope[low] = -x
    return value, slope


@dataclass(frozen=True)
class LogExpectedImprovement:
    """``log E[max(f - best - xi, 0)]``, finite everywhere; the sd enters times `spread`."""

    best: float
    xi: float = 0.0
    spread: float = 1.0

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        scaled = self.spread * deviation
        u = (mean - self.best - self.xi) / scaled
        value, slope = log_h(u)
        return value + np.log(scaled), slope / scaled, (1.0 - slope * u) / deviation


@dataclass(frozen=True)
class ProbabilityOfImprovement:
    """``(mean - best - xi) / sd``: the argument of Φ, which has the same maximiser and no plateaus."""

    best: float
    xi: float = 0.0

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        u = (mean - self.best - self.xi) / deviation
        return u, 1.0 / deviation, -u / deviation


@dataclass(frozen=True)
class UpperConfidenceBound:
    """``mean + kappa sd`` with ``kappa = √beta``."""

    kappa: float

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        ones = np.ones_like(mean)
        return mean + self.kappa * deviation, ones, self.kappa * ones


def expected_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """``E[max(f - best, 0)]``, (m,), in the units of the mean."""
    u = (mean - best) / deviation
    return np.asarray(np.exp(log_h(u)[0]) * deviation)


def probability_of_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """``P(f > best)``, (m,)."""
    return np.asarray(ndtr((mean - best) / deviation))


def log_probability_of_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """``log P(f > best)``, (m,), also where the probability underflows."""
    return np.asarray(log_ndtr((mean - best) / deviation))
