"""Kernels over the unit cube, with gradients in closed form.

`NumericKernel` is the kernel of botorch's ``SingleTaskGP`` and `MixedKernel` the one
of its ``MixedSingleTaskGP``, so that a fitted model can be handed over to botorch and
back. Every kernel has log parameters ``theta``; values and limits of all are finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.correlation import Profile
from optwidgets.models.kernel_base import (
    CATEGORICAL_LIMITS,
    NUMERIC_LIMITS,
    SCALE_LIMITS,
    UNINFORMED,
    GramPullback,
    Kernel,
    Limits,
    Stationary,
    named,
)
from optwidgets.models.kernel_parts import ArdPart, CategoricalPart, Pullback
from optwidgets.models.mixed_kernels import MixedKernel, ProductKernel
from optwidgets.models.priors import LENGTHSCALE_PRIORS

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NumericKernel(Stationary):
    """One ARD part with unit scale: the kernel of botorch's ``SingleTaskGP``."""

    part: ArdPart

    @property
    def size(self) -> int:
        """Number of log parameters."""
        return self.part.size

    def start(self) -> Array:
        """Log lengthscales at the prior's mode."""
        return np.full(self.size, self.part.prior.log_mode)

    def limits(self) -> Limits:
        """Limits of the log lengthscales."""
        return [NUMERIC_LIMITS] * self.size

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """All parameters are lengthscales of numbers."""
        return np.ones(self.size, dtype=bool)

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Prior of all lengthscales."""
        return self.part.prior.log_density(theta)

    def prepare(self, X: Array) -> Array:
        """Squared differences of all pairs."""
        return self.part.prepare(X)

    def gram(self, theta: Array, prepared: Array) -> tuple[Array, float, GramPullback]:
        """Values of the pairs, unit diagonal, pullback."""
        value, pullback = self.part.gram(theta, prepared)
        return value, 1.0, lambda upstream, _diagonal: pullback(upstream)

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix and pullback to A."""
        return self.part.cross(theta, A, B)

    def diagonal(self, theta: Array) -> float:  # noqa: ARG002  # as in the protocol
        """One: the outcome is standardised."""
        return 1.0

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """Lengthscale of each variable, in units of the unit cube."""
        return {"lengthscales": named(self.part.dims, theta, names), "outputscale": 1.0}


@dataclass(frozen=True)
class CategoricalKernel(Stationary):
    """Scale times the mismatch part: botorch's mixed model without numbers."""

    part: CategoricalPart

    @property
    def size(self) -> int:
        """Number of log parameters: lengthscales, then the scale."""
        return self.part.size + 1

    def start(self) -> Array:
        """Where gpytorch starts."""
        return np.full(self.size, UNINFORMED)

    def limits(self) -> Limits:
        """Limits of lengthscales and scale."""
        return [CATEGORICAL_LIMITS] * self.part.size + [SCALE_LIMITS]

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """No parameter is a lengthscale of a number."""
        return np.zeros(self.size, dtype=bool)

    def log_prior(self, theta: Array) -> tuple[float, Array]:  # noqa: ARG002  # as in the protocol
        """No prior, as in botorch."""
        return 0.0, np.zeros(self.size)

    def prepare(self, X: Array) -> Array:
        """Mismatches of all pairs."""
        return self.part.prepare(X)

    def gram(self, theta: Array, prepared: Array) -> tuple[Array, float, GramPullback]:
        """Values of the pairs, diagonal, pullback."""
        scale = math.exp(theta[-1])
        value, pull = self.part.gram(theta[:-1], prepared)

        def pullback(upstream: Array, diagonal: float) -> Array:
            inner = scale * pull(upstream)
            return np.append(inner, scale * (float(upstream @ value) + diagonal))

        return scale * value, scale, pullback

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix and a pullback that is zero."""
        value = math.exp(theta[-1]) * self.part.cross(theta[:-1], A, B)
        return value, lambda _upstream: np.zeros_like(A)

    def diagonal(self, theta: Array) -> float:
        """Return the scale."""
        return math.exp(theta[-1])

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """Lengthscale of each variable (1/l is the cost of a mismatch) and the scale."""
        return {
            "lengthscales": named(self.part.dims, theta[:-1], names),
            "outputscale": math.exp(theta[-1]),
        }


#: Name to the kernel of numbers and categories together.
MIXTURES: dict[str, Callable[[ArdPart, CategoricalPart], Kernel]] = {
    "product": ProductKernel,
    "sum+product": MixedKernel,
}


def make_kernel(
    dimension: int,
    categorical: Sequence[int],
    profile: Profile,
    *,
    prior: str = "gamma",
    mixture: str = "sum+product",
) -> Kernel:
    """Kernel for `dimension` columns of which `categorical` hold categories.

    Parameters
    ----------
    dimension
        Number of columns.
    categorical
        Columns that hold categories.
    profile
        Correlation over the numbers.
    prior
        One of `LENGTHSCALE_PRIORS`.
    mixture
        One of `MIXTURES`: how numbers and categories go together.

    Examples
    --------
    >>> from optwidgets.models.correlation import KERNELS
    >>> make_kernel(3, [], KERNELS["RBF"].profile(2.5)).size
    3
    >>> profile = KERNELS["Matern"].profile(2.5)
    >>> make_kernel(3, [1], profile).size, make_kernel(3, [1], profile, mixture="product").size
    (9, 3)
    """
    chosen = set(categorical)
    numbers = tuple(i for i in range(dimension) if i not in chosen)
    categories = tuple(i for i in range(dimension) if i in chosen)
    if not numbers:
        return CategoricalKernel(CategoricalPart(categories))
    part = ArdPart(numbers, profile, LENGTHSCALE_PRIORS[prior](len(numbers)))
    if not categories:
        return NumericKernel(part)
    return MIXTURES[mixture](part, CategoricalPart(categories))
