"""The covariance of an infinitely wide neural network, with gradients in closed form.

Sources
-------
Y. Cho and L. Saul, "Kernel Methods for Deep Learning", NeurIPS 2009; J. Lee et al., "Deep
Neural Networks as Gaussian Processes", ICLR 2018, arXiv 1711.00165; Y. L. Li, T. G. J.
Rudner, A. G. Wilson, "A Study of Bayesian Neural Network Surrogates for Bayesian
Optimization", ICLR 2024, arXiv 2305.20028 (infinite-width networks, I-BNN).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.kernel_parts import Pullback, pair_indices
from optwidgets.models.numeric_parts import PartPullback

Array = NDArray[np.float64]
Places = NDArray[np.intp]

_LIMITS = (math.log(1e-4), math.log(1e2))
# As in botorch, so that arc cosines stay differentiable where two points meet.
_ACOS_EPS = 1e-7


@dataclass(frozen=True)
class NetworkPart:
    """Covariance of an infinitely wide ReLU network (I-BNN), not stationary.

    Parameters
    ----------
    dims
        Columns of the inputs that it looks at.
    depth
        Number of hidden layers.
    """

    dims: tuple[int, ...]
    depth: int = 3

    @property
    def size(self) -> int:
        """Number of parameters: log variances of the weights and of the biases."""
        return 2

    def start(self) -> Array:
        """Where gpytorch starts a parameter without a prior: softplus(0)."""
        return np.full(2, math.log(math.log(2.0)))

    def limits(self) -> list[tuple[float, float]]:
        """Limits of both variances."""
        return [_LIMITS] * 2

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """No parameter is a lengthscale."""
        return np.zeros(2, dtype=bool)

    def log_prior(self, theta: Array) -> tuple[float, Array]:  # noqa: ARG002
        """No prior, as in botorch."""
        return 0.0, np.zeros(2)

    def prepare(self, X: Array) -> tuple[Array, Array, Places, Places]:
        """Inner products of all pairs (p,), squares (n,), and the pairs' rows and columns."""
        numbers = X[:, list(self.dims)]
        rows, others = pair_indices(len(X))
        inner = numbers @ numbers.T
        return inner[rows, others], inner.diagonal().copy(), rows, others

    def gram(
        self, theta: Array, prepared: tuple[Array, Array, Places, Places]
    ) -> tuple[Array, Array, PartPullback]:
        """Values of the pairs and the diagonal, pullback."""
        inner, squares, rows, others = prepared
        pairs, slopes = self._covariance(theta, inner, squares[rows], squares[others])
        diagonal, _, by_theta = self._variance(theta, squares)

        def pullback(upstream: Array, on_diagonal: Array) -> Array:
            return np.array([
                float(upstream @ slopes[3 + k]) + float(on_diagonal @ by_theta[k]) for k in (0, 1)
            ])  # fmt: skip

        return pairs, diagonal, pullback

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix and pullback to A."""
        dims = list(self.dims)
        a, b = A[:, dims], B[:, dims]
        squares_a, squares_b = (a * a).sum(axis=1), (b * b).sum(axis=1)
        value, slopes = self._covariance(
            theta, a @ b.T, squares_a[:, None] + np.zeros(len(B)), squares_b + np.zeros((len(A), 1))
        )

        def pullback(upstream: Array) -> Array:
            gradient = np.zeros_like(A)
            by_square = (upstream * slopes[1]).sum(axis=1)
            gradient[:, dims] = (upstream * slopes[0]) @ b + 2.0 * by_square[:, None] * a
            return gradient

        return value, pullback

    def variances(self, theta: Array, A: Array) -> tuple[Array, Pullback]:
        """Variances of the network's output, and the pullback to A."""
        dims = list(self.dims)
        value, by_square, _ = self._variance(theta, np.square(A[:, dims]).sum(axis=1))

        def pullback(upstream: Array) -> Array:
            gradient = np.zeros_like(A)
            gradient[:, dims] = 2.0 * (upstream * by_square)[:, None] * A[:, dims]
            return gradient

        return value, pullback

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:  # noqa: ARG002
        """``weight_variance``, ``bias_variance`` and ``depth``."""
        return {
            "weight_variance": math.exp(theta[0]),
            "bias_variance": math.exp(theta[1]),
            "depth": self.depth,
        }

    def _variance(self, theta: Array, squares: Array) -> tuple[Array, Array, tuple[Array, Array]]:
        """Variance after all layers, and its derivatives by the square and both logs."""
        w, b = math.exp(theta[0]), math.exp(theta[1])
        value = w * squares / len(self.dims) + b
        by_square, by_w = np.full_like(squares, w / len(self.dims)), value - b
        by_b = np.full_like(squares, b)
        for _ in range(self.depth):
            by_square, by_b = 0.5 * w * by_square, 0.5 * w * by_b + b
            by_w = 0.5 * w * (by_w + value)
            value = 0.5 * w * value + b
        # The value itself as a covariance, cut arc cosines included: the matrix is botorch's.
        cut, _ = self._covariance(theta, squares, squares, squares)
        return cut, by_square, (by_w, by_b)

    def _covariance(
        self, theta: Array, inner: Array, squares_a: Array, squares_b: Array
    ) -> tuple[Array, list[Array]]:
        """Covariance after all layers, and its derivatives.

        These are by the inner product, by both squares, and by the logarithms of the weight
        and of the bias variance.
        """
        w, b, d = math.exp(theta[0]), math.exp(theta[1]), len(self.dims)
        value = w * inner / d + b
        zero = np.zeros_like(inner)
        slopes = [zero + w / d, zero, zero, value - b, zero + b]
        first, second = w * squares_a / d + b, w * squares_b / d + b
        # Derivatives of both variances: by their own square, by log w and by log b.
        by_first, by_second = (
            [zero + w / d, first - b, zero + b],
            [zero + w / d, second - b, zero + b],
        )
        for _ in range(self.depth):
            root = np.sqrt(first * second)
            cosine = np.clip(value / root, -1.0 + _ACOS_EPS, 1.0 - _ACOS_EPS)
            angle = np.arccos(cosine)
            bend = np.sin(angle)
            through = w / (2.0 * math.pi) * (math.pi - angle)
            on_first = w / (4.0 * math.pi) * root * bend / first
            on_second = w / (4.0 * math.pi) * root * bend / second
            arc = w / (2.0 * math.pi) * root * (bend + (math.pi - angle) * cosine)
            slopes = [
                through * slopes[0],
                through * slopes[1] + on_first * by_first[0],
                through * slopes[2] + on_second * by_second[0],
                through * slopes[3] + on_first * by_first[1] + on_second * by_second[1] + arc,
                through * slopes[4] + on_first * by_first[2] + on_second * by_second[2] + b,
            ]
            value = arc + b
            by_first = [
                0.5 * w * by_first[0],
                0.5 * w * (by_first[1] + first),
                0.5 * w * by_first[2] + b,
            ]
            by_second = [
                0.5 * w * by_second[0], 0.5 * w * (by_second[1] + second), 0.5 * w * by_second[2] + b
            ]  # fmt: skip
            first, second = 0.5 * w * first + b, 0.5 * w * second + b
        return value, slopes
