"""How probable it is that a point keeps all limits and does not fail, with gradients.

Limits of outcomes are judged by their own models; failed rows teach a classifier. The
logarithms add up, and every strategy weighs its points by the result.

Sources
-------
M. Schonlau, W. J. Welch, D. R. Jones, "Global versus local search in constrained
optimization of computer models", IMS Lect. Notes 34 (1998) 11; J. R. Gardner et al.,
ICML 2014 (constrained expected improvement); S. Ament et al., NeurIPS 2023, arXiv
2310.20708 (its logarithm). Rasmussen & Williams 2006, algorithms 3.1 and 3.2 (Laplace
approximation of a Gaussian process classifier with a probit likelihood).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri

from optwidgets.acquisition.analytic import Criterion
from optwidgets.acquisition.base import Strategy
from optwidgets.models.base import PointPosterior
from optwidgets.models.kernel_base import Kernel
from optwidgets.models.linear_algebra import invert_lower, safe_cholesky
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
# From so many deviations on φ/Φ is the distance itself, to eight digits.
_FAR = 1e4
# How sharply the classifier may turn: the latent function has about unit variance, and
# far inside a region of successes the chance should come near to 1.
_SLOPE = 3.0
# Shifts of all log lengthscales from the prior's mode; the best by evidence is taken.
_SHIFTS = (-0.7, 0.0, 0.7, 1.4)
_NEWTON_STEPS = 30
_MAX_LABELS = 600


@dataclass(frozen=True)
class KeepsLimits:
    """``log P(lower <= f <= upper)``, limits standardised; infinite where there is none."""

    lower: float
    upper: float

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        a, b = (self.lower - mean) / deviation, (self.upper - mean) / deviation
        # In the far upper tail both chances are 1: the lower tail has the digits.
        flipped = a > 0
        low, high = np.where(flipped, -b, a), np.where(flipped, -a, b)
        log_low, log_high = log_ndtr(low), log_ndtr(high)
        with np.errstate(divide="ignore"):
            value = log_high + np.log1p(-np.exp(np.minimum(log_low - log_high, -1e-15)))
        at_a, at_b = _log_density(a) - value, _log_density(b) - value
        slope_a, slope_b = np.exp(np.minimum(at_a, 700.0)), np.exp(np.minimum(at_b, 700.0))
        # Far below a single limit the two logarithms are huge and their difference is noise.
        slope_a = np.where(np.isposinf(b) & (a > _FAR), a, slope_a)
        slope_b = np.where(np.isneginf(a) & (b < -_FAR), -b, slope_b)
        by_mean = (slope_a - slope_b) / deviation
        # Infinite limits contribute nothing: their density is zero, not zero times infinity.
        finite_a, finite_b = np.where(np.isfinite(a), a, 0.0), np.where(np.isfinite(b), b, 0.0)
        by_deviation = (slope_a * finite_a - slope_b * finite_b) / deviation
        return value, by_mean, by_deviation


@dataclass(frozen=True)
class Succeeds:
    """``log P(success)`` of a classifier: ``log Φ(s mean / √(1 + s² sd²))``."""

    slope: float

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        s = self.slope
        root = np.sqrt(1.0 + (s * deviation) ** 2)
        u = s * mean / root
        value = log_ndtr(u)
        ratio = np.exp(_log_density(u) - value)
        return value, ratio * s / root, -ratio * u * s * s * deviation / root**2


def _log_density(u: Array) -> Array:
    return np.asarray(-0.5 * u * u - _HALF_LOG_2PI)


@dataclass(frozen=True, eq=False)
class Feasibility:
    """Log probability that a point is feasible: the sum over independent terms.

    Parameters
    ----------
    terms
        Posteriors, each with its criterion.
    """

    terms: tuple[tuple[PointPosterior, Criterion], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def value(self, X: Array) -> Array:
        """Log probabilities (m,) at points (m x d)."""
        total = np.zeros(len(X))
        for posterior, criterion in self.terms:
            total += criterion(*posterior.moments(X))[0]
        return total

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Log probabilities (m,) and gradients (m x d) at points (m x d)."""
        total, gradient = np.zeros(len(X)), np.zeros_like(X)
        for posterior, criterion in self.terms:
            assert isinstance(posterior, Posterior)  # other backends search by values
            mean, deviation, pullback = posterior.moments_with_gradient(X)
            value, by_mean, by_deviation = criterion(mean, deviation)
            total += value
            gradient += pullback(by_mean, by_deviation)
        return total, gradient

    def append(self, point: Array) -> Feasibility:
        """Feasibility once each of its outcomes is known at `point` (d,) to be as predicted.

        Beside a point that is likely to fail, others are then more likely to; beside one that
        is likely to be feasible, less.
        """
        terms = []
        for posterior, criterion in self.terms:
            assert isinstance(posterior, Posterior)  # as above
            terms.append((posterior.append(point), criterion))
        return Feasibility(tuple(terms))


@dataclass(frozen=True)
class LogChance:
    """Log of the normal probability of a criterion's value: PI where it has to be multiplied."""

    inner: Criterion

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        u, by_mean, by_deviation = self.inner(mean, deviation)
        value = log_ndtr(u)
        ratio = np.exp(_log_density(u) - value)
        return value, ratio * by_mean, ratio * by_deviation


@dataclass(frozen=True)
class LogAboveFloor:
    """Log of how far a criterion lies above a floor: what an infeasible point is worth.

    Then the product with the probability of feasibility is an expected value, less the
    floor. Below the floor it fades out instead of ending.
    """

    inner: Criterion
    floor: float
    softness: float = 0.1

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        inner, by_mean, by_deviation = self.inner(mean, deviation)
        value, slope = log_softplus((inner - self.floor) / self.softness)
        slope = slope / self.softness
        return value + math.log(self.softness), slope * by_mean, slope * by_deviation


def log_softplus(z: Array) -> tuple[Array, Array]:
    """``log(log(1 + exp(z)))`` and its derivative, accurate for any z.

    Examples
    --------
    >>> value, slope = log_softplus(np.array([-800.0, 0.0, 1e6]))
    >>> value.round(4).tolist()
    [-800.0, -0.3665, 13.8155]
    """
    soft = np.logaddexp(0.0, z)
    low = z < -30.0
    value = np.where(low, z, np.log(np.where(low, 1.0, soft)))
    sigmoid = 0.5 * (1.0 + np.tanh(0.5 * z))
    slope = np.where(low, 1.0, sigmoid / np.where(low, 1.0, soft))
    return value, slope


def weighed_criterion(strategy: Strategy, criterion: Criterion, floor: float) -> Criterion:
    """Logarithm of what a strategy maximises, so that log probabilities can be added."""
    if strategy.name in ("PI", "LogPI"):
        return LogChance(criterion)
    if strategy.balance == "beta":
        return LogAboveFloor(criterion, floor)
    return criterion


def weighed_value(strategy: Strategy, values: Array, floor: float) -> Array:
    """Acquisition values as they are reported, from those of `weighed_criterion`."""
    if strategy.name in ("EI", "PI"):
        return np.asarray(np.exp(values))
    return floor + np.exp(values) if strategy.balance == "beta" else values


def failure_model(kernel: Kernel, X: Array, failed: NDArray[np.bool_]) -> Posterior:
    """Latent posterior of a classifier that has seen which points failed.

    Parameters
    ----------
    kernel
        Kernel of the space; its lengthscales are found anew, by evidence.
    X
        Points, n x d.
    failed
        Which of them failed, (n,); at least one did.

    Returns
    -------
    Posterior
        For `Succeeds(classifier_slope(kernel, theta))`.
    """
    if len(X) > _MAX_LABELS:
        # All failures and the newest successes: old successes say least that is new.
        keep = np.flatnonzero(~failed)[-max(1, _MAX_LABELS - int(failed.sum())) :]
        chosen = np.sort(np.concatenate([np.flatnonzero(failed)[-_MAX_LABELS:], keep]))
        X, failed = X[chosen], failed[chosen]
    mask = kernel.lengthscale_mask()
    found: tuple[float, Posterior] | None = None
    for shift in _SHIFTS if mask.any() else (0.0,):
        theta = kernel.start()
        theta[mask] += shift
        evidence, posterior = _laplace(kernel, theta, X, np.where(failed, -1.0, 1.0))
        if found is None or evidence > found[0]:
            found = evidence, posterior
    assert found is not None  # there is at least one shift
    return found[1]


def classifier_slope(kernel: Kernel, theta: Array) -> float:
    """Slope of the likelihood for a latent function of this kernel's variance."""
    return _SLOPE / math.sqrt(kernel.diagonal(theta))


def _laplace(kernel: Kernel, theta: Array, X: Array, labels: Array) -> tuple[float, Posterior]:
    n, slope = len(X), classifier_slope(kernel, theta)
    K = kernel.cross(theta, X, X)[0]
    K[np.diag_indices(n)] = kernel.diagonal(theta)
    share = (float((labels > 0).sum()) + 1.0) / (n + 2.0)
    prior = _quantile(share) * math.sqrt(1.0 + _SLOPE**2) / slope
    f = np.full(n, prior)
    eye = np.eye(n)
    for _ in range(_NEWTON_STEPS):
        gradient, curvature = _likelihood(f, labels, slope)
        root = np.sqrt(curvature)
        b = curvature * (f - prior) + gradient
        B = eye + root[:, None] * K * root
        a = b - root * np.linalg.solve(B, root * (K @ b))
        step = K @ a + prior - f
        f = f + step
        if np.abs(step).max() < 1e-9:
            break
    gradient, curvature = _likelihood(f, labels, slope)
    root = np.sqrt(curvature)
    evidence = -0.5 * float(gradient @ (f - prior)) + float(log_ndtr(slope * labels * f).sum())
    evidence -= 0.5 * float(np.linalg.slogdet(eye + root[:, None] * K * root)[1])
    inverse = invert_lower(safe_cholesky(K + np.diag(1.0 / curvature)))
    return evidence, Posterior(kernel, theta, X, inverse, gradient, prior, 0.0)


def _likelihood(f: Array, labels: Array, slope: float) -> tuple[Array, Array]:
    """Return derivative and negative second derivative of the log likelihood by f."""
    u = slope * labels * f
    ratio = np.exp(_log_density(u) - log_ndtr(u))
    return slope * labels * ratio, np.maximum(slope**2 * ratio * (ratio + u), 1e-9)


def _quantile(share: float) -> float:
    return float(ndtri(share))
