"""Kernels over numbers beyond the stationary ones with lengthscales alone.

Each part knows its log parameters, their limits and priors, and gives values with the means
to pull a gradient back, to its parameters and to the inputs. The prior variance may differ
from point to point: `variances` gives it.

Sources
-------
Rasmussen & Williams 2006, eq. 4.19 (rational quadratic) and section 2.1 (linear).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.kernel_parts import ArdPart, Pullback, pair_indices
from optwidgets.models.priors import MIN_LENGTHSCALE, LogNormalPrior, Prior

Array = NDArray[np.float64]
#: From weights of the pairs (p,) and of the diagonal (n,) to a gradient by the parameters.
PartPullback = Callable[[Array, Array], Array]

_LENGTHSCALE_LIMITS = (math.log(MIN_LENGTHSCALE), 12.0)
_ALPHA_LIMITS = (math.log(1e-2), math.log(1e4))
_VARIANCE_LIMITS = (math.log(1e-5), math.log(1e3))
#: Prior of each slope's variance in the linear part.
SLOPE_PRIOR = LogNormalPrior(0.0, 1.5)


class NumericPart(Protocol):
    """A kernel over the numeric columns."""

    @property
    def dims(self) -> tuple[int, ...]:
        """Columns of the inputs that it looks at."""
        ...

    @property
    def size(self) -> int:
        """Number of log parameters."""
        ...

    def start(self) -> Array:
        """Log parameters where the search starts, (size,)."""
        ...

    def limits(self) -> list[tuple[float, float]]:
        """Lower and upper limit of each log parameter."""
        ...

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """Mark the log parameters that are lengthscales, (size,)."""
        ...

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Log density of the prior and its gradient (size,)."""
        ...

    def prepare(self, X: Array) -> Any:
        """Whatever of the training inputs (n x d) is worth computing once."""
        ...

    def gram(self, theta: Array, prepared: Any) -> tuple[Array, Array, PartPullback]:
        """Values of the pairs (p,), of the diagonal (n,), and the pullback to theta."""
        ...

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix (m x n) and the pullback of weights (m x n) to A (m x d)."""
        ...

    def variances(self, theta: Array, A: Array) -> tuple[Array, Pullback]:
        """Prior variances (m,) and the pullback of weights (m,) to A (m x d)."""
        ...

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """Hyperparameters as plain numbers."""
        ...


@dataclass(frozen=True)
class RationalQuadraticPart:
    """``(1 + r²/(2 alpha))^-alpha``: a mixture of RBF kernels of many lengthscales.

    Parameters
    ----------
    dims
        Columns of the inputs that it looks at.
    prior
        Prior of the lengthscales; alpha has none.
    """

    dims: tuple[int, ...]
    prior: Prior

    @property
    def size(self) -> int:
        """Number of parameters: log lengthscales, then log alpha."""
        return len(self.dims) + 1

    def start(self) -> Array:
        """Lengthscales at the prior's mode, alpha 1."""
        return np.append(np.full(len(self.dims), self.prior.log_mode), 0.0)

    def limits(self) -> list[tuple[float, float]]:
        """Limits of lengthscales and alpha."""
        return [_LENGTHSCALE_LIMITS] * len(self.dims) + [_ALPHA_LIMITS]

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """All but alpha."""
        return np.arange(self.size) < len(self.dims)

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Prior of the lengthscales."""
        value, gradient = self.prior.log_density(theta[:-1])
        return value, np.append(gradient, 0.0)

    def _ard(self, theta: Array) -> ArdPart:
        alpha = math.exp(theta[-1])

        def profile(squared: Array) -> tuple[Array, Array]:
            base = 1.0 + squared / (2.0 * alpha)
            value = base**-alpha
            return value, -0.5 * value / base

        return ArdPart(self.dims, profile, self.prior)

    def prepare(self, X: Array) -> tuple[Array, int]:
        """Squared differences of all pairs, and the number of points."""
        return ArdPart(self.dims, _no_profile, self.prior).prepare(X), len(X)

    def gram(self, theta: Array, prepared: tuple[Array, int]) -> tuple[Array, Array, PartPullback]:
        """Values of the pairs, ones, pullback."""
        differences, n = prepared
        value, pull = self._ard(theta).gram(theta[:-1], differences)
        alpha = math.exp(theta[-1])

        def pullback(upstream: Array, _diagonal: Array) -> Array:
            # d log k / d log alpha = -alpha (log(base) - 1 + 1/base), with base = k^(-1/alpha).
            log_base = -np.log(value) / alpha
            by_alpha = -alpha * value * (log_base - 1.0 + np.exp(-log_base))
            return np.append(pull(upstream), float(upstream @ by_alpha))

        return value, np.ones(n), pullback

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix and pullback to A."""
        return self._ard(theta).cross(theta[:-1], A, B)

    def variances(self, theta: Array, A: Array) -> tuple[Array, Pullback]:  # noqa: ARG002
        """Ones."""
        return np.ones(len(A)), lambda _: np.zeros_like(A)

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """``lengthscales`` by variable and ``alpha``."""
        return {
            "lengthscales": _by_name(self.dims, theta[:-1], names),
            "alpha": math.exp(theta[-1]),
        }


@dataclass(frozen=True)
class LinearPart:
    """``sum_i v_i x_i x'_i``: planes, with a slope of variance ``v_i`` along each variable."""

    dims: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of parameters: log variances of the slopes."""
        return len(self.dims)

    def start(self) -> Array:
        """At the prior's mode."""
        return np.full(self.size, SLOPE_PRIOR.log_mode)

    def limits(self) -> list[tuple[float, float]]:
        """Limits of the variances."""
        return [_VARIANCE_LIMITS] * self.size

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """No parameter is a lengthscale."""
        return np.zeros(self.size, dtype=bool)

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Log-normal prior on each variance."""
        return SLOPE_PRIOR.log_density(theta)

    def prepare(self, X: Array) -> tuple[Array, Array]:
        """Products of all pairs (size x p) and squares of all points (size x n)."""
        columns = np.ascontiguousarray(X[:, list(self.dims)].T)
        rows, others = pair_indices(len(X))
        return columns[:, rows] * columns[:, others], np.square(columns)

    def gram(
        self, theta: Array, prepared: tuple[Array, Array]
    ) -> tuple[Array, Array, PartPullback]:
        """Values of the pairs and the diagonal, pullback."""
        products, squares = prepared
        variances = np.exp(theta)

        def pullback(upstream: Array, diagonal: Array) -> Array:
            return np.asarray(variances * (products @ upstream + squares @ diagonal))

        return variances @ products, variances @ squares, pullback

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix and pullback to A."""
        dims = list(self.dims)
        weighted = B[:, dims] * np.exp(theta)

        def pullback(upstream: Array) -> Array:
            gradient = np.zeros_like(A)
            gradient[:, dims] = upstream @ weighted
            return gradient

        return A[:, dims] @ weighted.T, pullback

    def variances(self, theta: Array, A: Array) -> tuple[Array, Pullback]:
        """``sum_i v_i x_i²``."""
        dims = list(self.dims)
        weighted = A[:, dims] * np.exp(theta)

        def pullback(upstream: Array) -> Array:
            gradient = np.zeros_like(A)
            gradient[:, dims] = 2.0 * upstream[:, None] * weighted
            return gradient

        return np.asarray((A[:, dims] * weighted).sum(axis=1)), pullback

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """``slope_variances`` by variable."""
        return {"slope_variances": _by_name(self.dims, theta, names)}


def _by_name(dims: Sequence[int], logs: Array, names: Sequence[str]) -> dict[str, float]:
    return {names[dim]: float(math.exp(value)) for dim, value in zip(dims, logs, strict=True)}


def _no_profile(squared: Array) -> tuple[Array, Array]:
    return squared, squared
