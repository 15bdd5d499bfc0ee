"""Inputs bent by a learned, monotone map of each number before the kernel sees them.

A function that changes fast at one end of a range and hardly at the other is not stationary; bent
by the distribution function of Kumaraswamy it may be. Ends stay where they are, order stays, and
with both concentrations 1 nothing changes.

Sources
-------
J. Snoek, K. Swersky, R. Zemel, R. P. Adams, "Input Warping for Bayesian Optimization of
Non-Stationary Functions", ICML 2014, arXiv 1402.0929; P. Kumaraswamy, J. Hydrol. 46 (1980) 79.
The map is that of botorch's ``Warp``, its prior that of botorch's tutorial on input warping.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.kernel_base import GramPullback, Kernel, Limits
from optwidgets.models.kernel_parts import Pullback, pair_indices
from optwidgets.models.priors import LogNormalPrior
from optwidgets.space.encoding import Encoding

Array = NDArray[np.float64]

#: Choices of `ModelConfig.inputs`.
INPUTS = ("plain", "warped", "auto")
#: Prior of both concentrations of each warped number.
CONCENTRATION_PRIOR = LogNormalPrior(0.0, math.sqrt(0.75))
#: Inputs are kept this far from 0 and 1, where the map may be infinitely steep.
EDGE = 1e-7

_LIMITS = (-math.log(8.0), math.log(8.0))


def warp(U: Array, log_a: Array, log_b: Array) -> Array:
    """Distribution function of Kumaraswamy, ``1 - (1 - u^a)^b``, column by column.

    Parameters
    ----------
    U
        Unit coordinates, m x k; what lies outside [0, 1] counts as its nearest end.
    log_a, log_b
        Logarithms of the concentrations, (k,).

    Examples
    --------
    >>> warp(np.array([[0.5, 0.5]]), np.log([1.0, 2.0]), np.zeros(2)).round(3).tolist()
    [[0.5, 0.25]]
    """
    return np.asarray(1.0 - (1.0 - _inside(U) ** np.exp(log_a)) ** np.exp(log_b))


def warp_slopes(U: Array, log_a: Array, log_b: Array) -> tuple[Array, Array, Array]:
    """Differentiate `warp` by the coordinate and by the logarithms of a and b, each m x k."""
    a, b = np.exp(log_a), np.exp(log_b)
    u = _inside(U)
    power = u**a
    rest = 1.0 - power
    # d w / d power = b rest^(b-1); d power / d u = a power / u; d power / d log a = a power log u.
    outer = b * rest ** (b - 1.0)
    within = (U >= 0.0) & (U <= 1.0)
    by_u = np.where(within, (1.0 - 2.0 * EDGE) * outer * a * power / u, 0.0)
    by_log_b = -(rest**b) * b * np.log(rest)
    return by_u, outer * a * power * np.log(u), by_log_b


def _inside(U: Array) -> Array:
    return np.clip(U * (1.0 - 2.0 * EDGE) + EDGE, EDGE, 1.0 - EDGE)


def warped_dims(encoding: Encoding) -> tuple[int, ...]:
    """Columns that can be warped: the numbers; none where the model sees derived settings.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Categorical, Real
    >>> warped_dims(Encoding(Space((Real("a", 0, 1), Categorical("c", ("A", "B"))))))
    (0,)
    """
    if encoding.features is not None:
        return ()
    return tuple(dim for dim in range(len(encoding)) if dim not in encoding.categorical_dims)


@dataclass(frozen=True)
class WarpedKernel:
    """A kernel of warped inputs.

    Parameters
    ----------
    inner
        Kernel that sees the warped inputs.
    dims
        Columns that are warped: the numbers, k of them.
    """

    inner: Kernel
    dims: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of log parameters: those of the inner kernel, then log a, then log b."""
        return self.inner.size + 2 * len(self.dims)

    def split(self, theta: Array) -> tuple[Array, Array, Array]:
        """Log parameters of the inner kernel, log a (k,) and log b (k,)."""
        k = len(self.dims)
        return theta[: -2 * k], theta[-2 * k : -k], theta[-k:]

    def start(self) -> Array:
        """Inner kernel at its start, inputs as they are."""
        return np.append(self.inner.start(), np.zeros(2 * len(self.dims)))

    def limits(self) -> Limits:
        """Limits of the inner kernel and of the concentrations: from 1/8 to 8."""
        return [*self.inner.limits(), *[_LIMITS] * (2 * len(self.dims))]

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """Mark the lengthscales of the inner kernel."""
        rest = np.zeros(2 * len(self.dims), dtype=bool)
        return np.append(self.inner.lengthscale_mask(), rest)

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Prior of the inner kernel and of the concentrations."""
        cut = self.inner.size
        value, gradient = self.inner.log_prior(theta[:cut])
        more, by_warp = CONCENTRATION_PRIOR.log_density(theta[cut:])
        return value + more, np.concatenate([gradient, by_warp])

    def prepare(self, X: Array) -> Array:
        """Keep the inputs themselves: their differences change with the warp."""
        return X

    def gram(self, theta: Array, prepared: Array) -> tuple[Array, float | Array, GramPullback]:
        """Values of the pairs, the diagonal, the pullback to all log parameters."""
        inner, log_a, log_b = self.split(theta)
        dims, X = list(self.dims), prepared
        W = self.warped(theta, X)
        pairs, diagonal, pull = self.inner.gram(inner, self.inner.prepare(W))

        def pullback(upstream: Array, on_diagonal: Any) -> Array:
            n = len(X)
            weights = np.zeros((n, n))
            rows, columns = pair_indices(n)
            weights[rows, columns] = upstream
            weights[columns, rows] = upstream
            by_point = self.inner.cross(inner, W, W)[1](weights)
            pull_variances = self.inner.variances(inner, W)[1]
            if pull_variances is not None:
                by_point = by_point + pull_variances(on_diagonal)
            by_point = by_point[:, dims]
            _, by_a, by_b = warp_slopes(X[:, dims], log_a, log_b)
            return np.concatenate([
                pull(upstream, on_diagonal), (by_point * by_a).sum(axis=0),
                (by_point * by_b).sum(axis=0),
            ])  # fmt: skip

        return pairs, diagonal, pullback

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix and the pullback to A, not warped."""
        inner = self.split(theta)[0]
        value, pull = self.inner.cross(inner, self.warped(theta, A), self.warped(theta, B))
        return value, lambda upstream: self._to_inputs(theta, A, pull(upstream))

    def diagonal(self, theta: Array) -> float:
        """Prior variance of the inner kernel."""
        return self.inner.diagonal(self.split(theta)[0])

    def variances(self, theta: Array, X: Array) -> tuple[Array, Pullback | None]:
        """Prior variances at X, and the pullback to X, not warped."""
        values, pull = self.inner.variances(self.split(theta)[0], self.warped(theta, X))
        if pull is None:
            return values, None
        return values, lambda upstream: self._to_inputs(theta, X, pull(upstream))

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """Hyperparameters of the inner kernel; ``warps``, a and b of each warped variable."""
        inner, log_a, log_b = self.split(theta)
        warps = {
            names[dim]: [math.exp(a), math.exp(b)]
            for dim, a, b in zip(self.dims, log_a, log_b, strict=True)
        }
        return {**self.inner.describe(inner, names), "warps": warps}

    def warped(self, theta: Array, X: Array) -> Array:
        """Return inputs as the inner kernel sees them, m x d."""
        _, log_a, log_b = self.split(theta)
        W = X.copy()
        W[:, list(self.dims)] = warp(X[:, list(self.dims)], log_a, log_b)
        return W

    def _to_inputs(self, theta: Array, X: Array, gradient: Array) -> Array:
        _, log_a, log_b = self.split(theta)
        dims = list(self.dims)
        gradient[:, dims] *= warp_slopes(X[:, dims], log_a, log_b)[0]
        return gradient
