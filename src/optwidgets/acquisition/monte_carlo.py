"""Acquisition of a whole batch by Monte Carlo, with gradients in closed form.

A batch X of q points and the pending points have a joint normal posterior. With fixed
base samples its draws are a smooth function of X (the reparameterisation trick), so the
batch can be scored, and polished as one, by a quasi-Newton method.

Sources
-------
J. T. Wilson, R. Moriconi, F. Hutter, M. P. Deisenroth, "The reparameterization trick for
acquisition functions", 2017, arXiv 1712.00424 (qEI, qUCB); S. Ament et al., NeurIPS 2023,
arXiv 2310.20708 (qLogEI: fat-tailed softplus and maximum); I. Murray 2016, arXiv
1602.07527 (derivative of the Cholesky factor).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.models.lapack import solve_lower_triangle
from optwidgets.models.linear_algebra import safe_cholesky
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
            Log probability that each point is feasible (r x t), or None when all are.

        Returns
        -------
        tuple
            Values, and the derivatives by all three.
        """
        ...


_TAU_RELU, _TAU_MAX = 1e-6, 1e-2
_CAUCHY_SHARE = 0.1  # keeps the fat softplus monotone and convex (Ament et al., appendix)
_JITTERS = (1e-10, 1e-8, 1e-6, 1e-4, 1e-2)


def base_samples(n_samples: int, dimension: int, seed: int) -> Array:
    """Draw standard normal numbers from a scrambled Sobol' sequence and their mirror images.

    Mirrored draws have mean zero exactly, so that sample means of the posterior are its
    means.

    Returns
    -------
    Array
        n_samples x dimension; `n_samples` is rounded up to a power of two.

    Examples
    --------
    >>> draws = base_samples(8, 2, seed=0)
    >>> draws.shape, bool(abs(draws.sum()) < 1e-12)
    ((8, 2), True)
    """
    halves = max(0, math.ceil(math.log2(max(n_samples, 2))) - 1)
    from scipy.stats import qmc  # slow to load, and only batches need it

    uniform = qmc.Sobol(dimension, rng=np.random.default_rng(seed)).random_base2(halves)
    normal = ndtri(np.clip(uniform, 1e-10, 1.0 - 1e-10))
    return np.asarray(np.vstack([normal, -normal]))


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
        """Values, each improvement times its chance (log, r x t); derivatives by all three."""
        z = (mean[:, None, :] + self.factor * spread - self.best) / _TAU_RELU
        cauchy = 1.0 / (1.0 + z * z)
        fat = np.logaddexp(0.0, z) + _CAUCHY_SHARE * cauchy
        log_gain = np.log(_TAU_RELU * fat)
        if log_chance is not None:
            log_gain = log_gain + log_chance[:, None, :]
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
        return value, by_draw.sum(axis=1), self.factor * by_draw, by_gain.sum(axis=1)


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
            chance = np.exp(log_chance)[:, None, :]
            # Below the floor, a point is not worth more for being infeasible.
            chance = np.where(bounds > self.floor, chance, 1.0)
            above = np.maximum(bounds - self.floor, 0.0) * chance
            bounds = self.floor + (bounds - self.floor) * chance
        winner = bounds.argmax(axis=2)[:, :, None]
        won = np.zeros_like(bounds)
        np.put_along_axis(won, winner, 1.0 / bounds.shape[1], 2)
        value = np.take_along_axis(bounds, winner, 2)[:, :, 0].mean(axis=1)
        by_chance = (won * above).sum(axis=1)
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
            gain = gain * np.exp(log_chance)[:, None, :]
        none = np.zeros_like(mean)
        return gain.max(axis=2).mean(axis=1), none, np.zeros_like(spread), none


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
        How probable it is that a point is feasible; without terms, all are.
    """

    def __init__(
        self,
        posterior: Posterior,
        sign: int,
        utility: Utility,
        pending: Array,
        draws: Array,
        feasibility: Feasibility | None = None,
    ) -> None:
        self._posterior, self._sign, self._utility = posterior, sign, utility
        self._pending, self._draws = pending, draws
        self._feasibility = feasibility or None
        p = len(pending)
        self._pending_chance = feasibility.value(pending) if feasibility else np.empty(p)
        cross, _ = posterior.kernel.cross(posterior.theta, pending, posterior.X)
        self._pending_white = cross @ posterior.inverse.T
        mean, covariance = posterior.joint(pending)
        self._pending_mean = sign * mean
        self._pending_factor = safe_cholesky(covariance) if p else np.empty((0, 0))
        self._pending_spread = draws[:, :p] @ self._pending_factor.T

    def value(self, batches: Array) -> Array:
        """Values of batches, r x q x d to (r,)."""
        return self._evaluate(batches, with_gradient=False)[0]

    def value_and_gradient(self, batches: Array) -> tuple[Array, Array]:
        """Values (r,) and gradients (r x q x d) of batches, r x q x d."""
        return self._evaluate(batches, with_gradient=True)

    def _evaluate(self, batches: Array, *, with_gradient: bool) -> tuple[Array, Array]:
        r, q, d = batches.shape
        post, p = self._posterior, len(self._pending)
        points = np.ascontiguousarray(batches.reshape(r * q, d))
        cross, pull_cross = post.kernel.cross(post.theta, points, post.X)
        flat_white = cross @ post.inverse.T
        white = flat_white.reshape(r, q, -1)
        mean = self._sign * (post.mean + cross @ post.alpha).reshape(r, q)
        to_pending, pull_pending = post.kernel.cross(post.theta, points, self._pending)
        covariance_px = (to_pending - flat_white @ self._pending_white.T).reshape(r, q, p)
        covariance_px = covariance_px.transpose(0, 2, 1)
        prior, pull_prior = self._prior_blocks(points, r, q)
        covariance_xx = prior - white @ white.transpose(0, 2, 1)
        a = self._whiten_pending(covariance_px)
        factor = _batched_cholesky(covariance_xx - a.transpose(0, 2, 1) @ a, post.prior_variance)
        z_p, z_x = self._draws[:, :p], self._draws[:, p : p + q]
        spread = z_p @ a + z_x @ factor.transpose(0, 2, 1)
        all_mean = np.hstack([np.broadcast_to(self._pending_mean, (r, p)), mean])
        pending_spread = np.broadcast_to(self._pending_spread, (r, *self._pending_spread.shape))
        chance, chance_gradient = self._chance(points, r, with_gradient=with_gradient)
        value, by_mean, by_spread, by_chance = self._utility.weighed(
            all_mean, np.concatenate([pending_spread, spread], axis=2), chance
        )
        if not with_gradient:
            return value, np.empty(0)
        by_mean, by_spread = by_mean[:, p:], by_spread[:, :, p:]
        by_factor = np.tril(by_spread.transpose(0, 2, 1) @ z_x)
        by_schur = _cholesky_pullback(factor, by_factor)
        by_a = z_p.T @ by_spread - 2.0 * a @ by_schur
        by_px = self._whiten_pending(by_a, transposed=True).transpose(0, 2, 1)
        by_white = -2.0 * by_schur @ white - by_px @ self._pending_white
        by_cross = by_white.reshape(r * q, -1) @ post.inverse
        by_cross += self._sign * by_mean.reshape(r * q, 1) * post.alpha
        gradient = pull_cross(by_cross)
        if p:
            gradient += pull_pending(np.ascontiguousarray(by_px.reshape(r * q, p)))
        if pull_prior is not None:
            gradient += pull_prior(by_schur)
        if chance_gradient is not None:
            gradient += by_chance[:, p:].reshape(r * q, 1) * chance_gradient
        return value, gradient.reshape(r, q, d)

    def _chance(
        self, points: Array, r: int, *, with_gradient: bool
    ) -> tuple[Array | None, Array | None]:
        """Log probability of feasibility of pending and new points, r x (p + q); its slopes."""
        if self._feasibility is None:
            return None, None
        gradient = None
        if with_gradient:
            new, gradient = self._feasibility.value_and_gradient(points)
        else:
            new = self._feasibility.value(points)
        known = np.broadcast_to(self._pending_chance, (r, len(self._pending)))
        return np.hstack([known, new.reshape(r, -1)]), gradient

    def _prior_blocks(
        self, points: Array, r: int, q: int
    ) -> tuple[Array, Callable[[Array], Array] | None]:
        """Prior covariance within each batch, r x q x q, and its pullback; None if constant."""
        post = self._posterior
        variances, pull_variances = post.kernel.variances(post.theta, points)
        if q == 1 and pull_variances is None:
            return variances.reshape(r, 1, 1), None
        full, pull = post.kernel.cross(post.theta, points, points)
        batch, diagonal = np.arange(r), np.arange(q)
        blocks = full.reshape(r, q, r, q)[batch, :, batch, :]
        blocks[:, diagonal, diagonal] = variances.reshape(r, q)

        def pullback(upstream: Array) -> Array:
            # Each pair stands twice in the symmetric block, and one of its points moves here.
            spread = np.zeros((r, q, r, q))
            pairs = 2.0 * upstream
            pairs[:, diagonal, diagonal] = 0.0
            spread[batch, :, batch, :] = pairs
            gradient = pull(spread.reshape(r * q, r * q))
            if pull_variances is not None:
                gradient += pull_variances(upstream[:, diagonal, diagonal].reshape(-1))
            return gradient

        return blocks, pullback

    def _whiten_pending(self, right: Array, *, transposed: bool = False) -> Array:
        r, p, q = right.shape
        if p == 0:
            return right
        flat = right.transpose(1, 0, 2).reshape(p, r * q)
        solved = np.array(flat, order="F")
        solve_lower_triangle(self._pending_factor, solved, transposed=transposed)
        return solved.reshape(p, r, q).transpose(1, 0, 2)


def _batched_cholesky(matrices: Array, scale: float) -> Array:
    """Lower factors of r x q x q covariances, with as little jitter as works."""
    if matrices.shape[1] == 1:
        return np.asarray(np.sqrt(np.maximum(matrices, _JITTERS[0] * scale)))
    eye = np.eye(matrices.shape[1]) * scale
    for jitter in _JITTERS[:-1]:
        try:
            return np.asarray(np.linalg.cholesky(matrices + jitter * eye), dtype=float)
        except np.linalg.LinAlgError:
            continue
    return np.asarray(np.linalg.cholesky(matrices + _JITTERS[-1] * eye), dtype=float)


def _cholesky_pullback(factor: Array, by_factor: Array) -> Array:
    """From derivatives by a Cholesky factor to symmetric ones by its matrix, r x q x q."""
    inner = np.tril(factor.transpose(0, 2, 1) @ by_factor)
    diagonal = np.arange(factor.shape[1])
    inner[:, diagonal, diagonal] *= 0.5
    inverse = np.linalg.inv(factor)
    half = inverse.transpose(0, 2, 1) @ inner @ inverse
    return np.asarray(0.5 * (half + half.transpose(0, 2, 1)))
