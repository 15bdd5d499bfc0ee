"""Acquisition functions in closed form for a target or a band, with their derivatives.

An outcome is worth less its distance from the band; a target is a band without width. The
improvement over a distance that was reached is then a trapezoid of the outcome, and its
expectation a sum of four expected improvements of the usual kind.

Sources
-------
Jones, Schonlau, Welch 1998 (the four terms). P. Ranjan, D. Bingham, G. Michailidis,
"Sequential experiment design for contour estimation from complex computer codes",
Technometrics 50 (2008) 527 (expected improvement towards a level instead of an optimum).
B. Bryan et al., "Active learning for identifying function threshold boundaries", NIPS 2005
(the straddle, ``kappa sd - |mean - target|``). The logarithm as in S. Ament et al., NeurIPS
2023, arXiv 2310.20708.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri_exp

from optwidgets.acquisition.analytic import log_h
from optwidgets.acquisition.feasibility import KeepsLimits

Array = NDArray[np.float64]

_LOG_ROOT_2PI = 0.5 * math.log(2.0 * math.pi)
# The four terms cancel where little of the first is left; there the integral is smooth.
_CANCELLED = 0.05
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_NODES, _LOG_WEIGHTS = 0.5 * (_NODES + 1.0), np.log(0.5 * _WEIGHTS)
# Corners of the distance are rounded for the search, in standard deviations of the results.
_ROUNDED = 1e-3
_SURE = -1e-12


def distance(z: Array, lower: float, upper: float) -> tuple[Array, Array]:
    """Distance of outcomes from a band, any shape, and its derivative.

    Examples
    --------
    >>> distance(np.array([-1.0, 0.5, 3.0]), 0.0, 1.0)[0].tolist()
    [1.0, 0.0, 2.0]
    """
    below, above = lower - z, z - upper
    far = np.maximum(0.0, np.maximum(below, above))
    return far, np.where(above > 0.0, 1.0, 0.0) - np.where(below > 0.0, 1.0, 0.0)


@dataclass(frozen=True)
class LogExpectedApproach:
    """``log E[max(reach - distance, 0)]``, finite everywhere; the sd enters times `spread`.

    Parameters
    ----------
    lower, upper
        The band; equal for a target.
    reach
        Distance that is to be undercut, above 0.

    Examples
    --------
    >>> one_point = np.array([3.0]), np.array([0.5])
    >>> wide = LogExpectedApproach(2.0, 4.0, reach=1.0)
    >>> float(np.exp(wide(*one_point)[0])[0].round(4))
    0.9915
    """

    lower: float
    upper: float
    reach: float
    spread: float = 1.0

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        scaled = self.spread * deviation
        # The band and its mirror image have the same value: the near end decides.
        middle = 0.5 * (self.lower + self.upper)
        side = np.where(mean >= middle, 1.0, -1.0)
        away, half = np.abs(mean - middle), 0.5 * (self.upper - self.lower)
        ends = np.array([half + self.reach, half, -half, -half - self.reach])
        v = (ends[:, None] - away) / scaled
        logs, slopes = log_h(v)
        shares = np.array([1.0, -1.0, -1.0, 1.0])[:, None] * np.exp(logs - logs[0])
        left = shares.sum(axis=0)
        closed = left > _CANCELLED
        left = np.where(closed, left, 1.0)
        value = logs[0] + np.log(left * scaled)
        by_away = -(shares * slopes).sum(axis=0) / (left * scaled)
        by_scaled = (shares * (1.0 - slopes * v)).sum(axis=0) / (left * scaled)
        by_mean, by_deviation = side * by_away, self.spread * by_scaled
        if not closed.all():
            rest = ~closed
            value[rest], by_mean[rest], by_deviation[rest] = self._integrated(
                mean[rest], deviation[rest]
            )
        return value, by_mean, by_deviation

    def _integrated(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """``E[max(r - D, 0)] = ∫ P(D < t) dt`` from 0 to r, by Gauss-Legendre quadrature."""
        parts = [
            KeepsLimits(self.lower - self.reach * node, self.upper + self.reach * node)(
                mean, self.spread * deviation
            )
            for node in _NODES
        ]
        logs = np.stack([part[0] for part in parts]) + _LOG_WEIGHTS[:, None]
        top = logs.max(axis=0)
        shares = np.exp(logs - top)
        total = shares.sum(axis=0)
        shares /= total
        by_mean = (shares * np.stack([part[1] for part in parts])).sum(axis=0)
        by_scaled = (shares * np.stack([part[2] for part in parts])).sum(axis=0)
        value = math.log(self.reach) + top + np.log(total)
        return value, by_mean, self.spread * by_scaled


@dataclass(frozen=True)
class ChanceToApproach:
    """The u with ``Φ(u) = P(distance < reach)``, as `analytic.ProbabilityOfImprovement` has it."""

    lower: float
    upper: float
    reach: float

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        within = KeepsLimits(self.lower - self.reach, self.upper + self.reach)
        log_chance, by_mean, by_deviation = within(mean, deviation)
        log_chance = np.minimum(log_chance, _SURE)
        u = np.asarray(ndtri_exp(log_chance))
        slope = np.exp(log_chance + 0.5 * u * u + _LOG_ROOT_2PI)
        return u, slope * by_mean, slope * by_deviation


@dataclass(frozen=True)
class Straddle:
    """``kappa sd - distance of the mean``, its corners rounded."""

    lower: float
    upper: float
    kappa: float

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        below, by_below = _hinge(self.lower - mean)
        above, by_above = _hinge(mean - self.upper)
        value = self.kappa * deviation - below - above
        return value, by_below - by_above, np.full_like(mean, self.kappa)


@dataclass(frozen=True)
class ExpectedDistance:
    """``-E[distance]``: the nearest prediction, where an unsure one is as far as it may be.

    Examples
    --------
    >>> sure, unsure = ExpectedDistance(7.0, 7.0)(np.array([7.0, 7.0]), np.array([0.01, 1.0]))[0]
    >>> round(float(sure), 3), round(float(unsure), 3)
    (-0.008, -0.798)
    """

    lower: float
    upper: float

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        v = np.array([self.lower - mean, mean - self.upper]) / deviation
        density, chance = np.exp(-0.5 * v * v - _LOG_ROOT_2PI), ndtr(v)
        value = -deviation * (density + v * chance).sum(axis=0)
        return value, chance[0] - chance[1], -density.sum(axis=0)


def _hinge(x: Array) -> tuple[Array, Array]:
    """``max(x, 0)`` with a rounded corner, and its derivative."""
    root = np.sqrt(x * x + _ROUNDED * _ROUNDED)
    return 0.5 * (x + root - _ROUNDED), 0.5 * (1.0 + x / root)
