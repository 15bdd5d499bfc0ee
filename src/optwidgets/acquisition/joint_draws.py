"""Draws of one outcome at the points of batches, together with those at pending points.

A batch of q points and the pending points have a joint normal posterior. With fixed base
samples its draws are a smooth function of the batch (the reparameterisation trick).

Sources
-------
J. T. Wilson, R. Moriconi, F. Hutter, M. P. Deisenroth, "The reparameterization trick for
acquisition functions", 2017, arXiv 1712.00424; I. Murray 2016, arXiv 1602.07527
(derivative of the Cholesky factor).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from optwidgets.models.lapack import solve_lower_triangle
from optwidgets.models.linear_algebra import safe_cholesky
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]

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


class Pullback(Protocol):
    """Leads derivatives by what was drawn back to the batches."""

    def __call__(self, by_mean: Array, by_spread: Array, by_variance: Array | None = None) -> Array:
        """Gradient, r x q x d.

        Parameters
        ----------
        by_mean, by_spread, by_variance
            Derivatives by means (r x t), deviations (r x S x t) and variances (r x t); those
            by what belongs to pending points are not looked at.
        """
        ...


class Drawn(NamedTuple):
    """Draws at pending points and batches.

    Parameters
    ----------
    mean, variance
        Of each point, r x t: the p pending ones, then those of the batch.
    spread
        Deviations of the draws from the means, r x S x t.
    pullback
        From derivatives to the gradient.
    """

    mean: Array
    variance: Array
    spread: Array
    pullback: Pullback


class JointDraws:
    """Draws of one outcome.

    Parameters
    ----------
    posterior
        Its posterior, standardised, d inputs.
    pending
        Points whose results are awaited, p x d.
    base
        Standard normal numbers, S x at least p + q.
    """

    def __init__(self, posterior: Posterior, pending: Array, base: Array) -> None:
        self._posterior, self._pending, self._base = posterior, pending, base
        p = len(pending)
        cross, _ = posterior.kernel.cross(posterior.theta, pending, posterior.X)
        self._pending_white = cross @ posterior.inverse.T
        self._pending_mean, covariance = posterior.joint(pending)
        self._pending_variance = np.maximum(covariance.diagonal(), _least(posterior))
        self._pending_factor = safe_cholesky(covariance) if p else np.empty((0, 0))
        self._pending_spread = base[:, :p] @ self._pending_factor.T

    def at(self, batches: Array) -> Drawn:
        """Draws at batches, r x q x d."""
        r, q, d = batches.shape
        post, p = self._posterior, len(self._pending)
        points = np.ascontiguousarray(batches.reshape(r * q, d))
        cross, pull_cross = post.kernel.cross(post.theta, points, post.X)
        flat_white = cross @ post.inverse.T
        white = flat_white.reshape(r, q, -1)
        mean = (post.mean + cross @ post.alpha).reshape(r, q)
        to_pending, pull_pending = post.kernel.cross(post.theta, points, self._pending)
        covariance_px = (to_pending - flat_white @ self._pending_white.T).reshape(r, q, p)
        covariance_px = covariance_px.transpose(0, 2, 1)
        prior, pull_prior = self._prior_blocks(points, r, q)
        covariance_xx = prior - white @ white.transpose(0, 2, 1)
        a = self._whiten_pending(covariance_px)
        factor = _batched_cholesky(covariance_xx - a.transpose(0, 2, 1) @ a, post.prior_variance)
        z_p, z_x = self._base[:, :p], self._base[:, p : p + q]
        spread = z_p @ a + z_x @ factor.transpose(0, 2, 1)
        diagonal = np.arange(q)
        variance = np.maximum(covariance_xx[:, diagonal, diagonal], _least(post))

        def pullback(by_mean: Array, by_spread: Array, by_variance: Array | None = None) -> Array:
            by_mean, by_spread = by_mean[:, p:], by_spread[:, :, p:]
            by_factor = np.tril(by_spread.transpose(0, 2, 1) @ z_x)
            by_schur = _cholesky_pullback(factor, by_factor)
            by_a = z_p.T @ by_spread - 2.0 * a @ by_schur
            by_px = self._whiten_pending(by_a, transposed=True).transpose(0, 2, 1)
            by_xx = by_schur
            if by_variance is not None:
                by_xx = by_schur.copy()
                by_xx[:, diagonal, diagonal] += by_variance[:, p:]
            by_white = -2.0 * by_xx @ white - by_px @ self._pending_white
            by_cross = by_white.reshape(r * q, -1) @ post.inverse
            by_cross += by_mean.reshape(r * q, 1) * post.alpha
            gradient = pull_cross(by_cross)
            if p:
                gradient += pull_pending(np.ascontiguousarray(by_px.reshape(r * q, p)))
            if pull_prior is not None:
                gradient += pull_prior(by_xx)
            return gradient.reshape(r, q, d)

        return Drawn(
            np.hstack([np.broadcast_to(self._pending_mean, (r, p)), mean]),
            np.hstack([np.broadcast_to(self._pending_variance, (r, p)), variance]),
            np.concatenate(
                [np.broadcast_to(self._pending_spread, (r, *self._pending_spread.shape)), spread],
                axis=2,
            ),
            pullback,
        )

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


def _least(posterior: Posterior) -> float:
    return _JITTERS[0] * posterior.prior_variance


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
