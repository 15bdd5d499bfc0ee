"""Kernels over the unit cube, with gradients in closed form.

`numeric_kernel` is the kernel of botorch's ``SingleTaskGP`` and `MixedKernel` the one
of its ``MixedSingleTaskGP``, so that a fitted model can be handed over to botorch and
back. Every kernel has log parameters ``theta``; values and limits of all are finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.correlation import Profile
from optwidgets.models.kernel_parts import ArdPart, CategoricalPart, Pullback
from optwidgets.models.priors import CATEGORY_PRIOR, LENGTHSCALE_PRIORS, MIN_LENGTHSCALE

Array = NDArray[np.float64]
Limits = list[tuple[float, float]]
#: From weights of the pairs (p,) and the weight of the diagonal (summed, or (n,) where the
#: diagonal is not constant) to a gradient.
GramPullback = Callable[[Array, Any], Array]

_NUMERIC_LIMITS = (math.log(MIN_LENGTHSCALE), 12.0)
# Categorical lengthscales and scales have no prior in botorch: wide limits keep them finite.
_CATEGORICAL_LIMITS = (math.log(1e-3), math.log(1e5))
_SCALE_LIMITS = (math.log(1e-6), math.log(1e4))
# Where gpytorch starts a parameter without a prior: softplus(0).
_UNINFORMED = math.log(math.log(2.0))


class Kernel(Protocol):
    """What the marginal likelihood and the posterior need of a kernel."""

    @property
    def size(self) -> int:
        """Number of log parameters."""
        ...

    def start(self) -> Array:
        """Log parameters at the prior's mode, shape (size,)."""
        ...

    def limits(self) -> Limits:
        """Lower and upper limit of each log parameter."""
        ...

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """Mark the log parameters that are lengthscales of numbers, (size,)."""
        ...

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Log density of the prior and its gradient (size,)."""
        ...

    def prepare(self, X: Array) -> Any:
        """Whatever of the training inputs (n x d) is worth computing once."""
        ...

    def gram(self, theta: Array, prepared: Any) -> tuple[Array, float | Array, GramPullback]:
        """Values of the pairs (p,), the diagonal (a constant or (n,)), the pullback to theta."""
        ...

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix (m x n) and the pullback of weights (m x n) to A (m x d)."""
        ...

    def diagonal(self, theta: Array) -> float:
        """Prior variance of any one point, or a typical one."""
        ...

    def variances(self, theta: Array, X: Array) -> tuple[Array, Pullback | None]:
        """Prior variances (m,) at X (m x d), and their pullback; None where they are constant."""
        ...

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """Hyperparameters as plain numbers, by variable name."""
        ...


class _Stationary:
    """A kernel with one prior variance everywhere."""

    def diagonal(self, theta: Array) -> float:
        """Prior variance of any one point."""
        raise NotImplementedError

    def variances(self, theta: Array, X: Array) -> tuple[Array, None]:
        """Prior variances, all the same."""
        return np.full(len(X), self.diagonal(theta)), None


@dataclass(frozen=True)
class NumericKernel(_Stationary):
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
        return [_NUMERIC_LIMITS] * self.size

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
        return {"lengthscales": _named(self.part.dims, theta, names), "outputscale": 1.0}


@dataclass(frozen=True)
class CategoricalKernel(_Stationary):
    """Scale times the mismatch part: botorch's mixed model without numbers."""

    part: CategoricalPart

    @property
    def size(self) -> int:
        """Number of log parameters: lengthscales, then the scale."""
        return self.part.size + 1

    def start(self) -> Array:
        """Where gpytorch starts."""
        return np.full(self.size, _UNINFORMED)

    def limits(self) -> Limits:
        """Limits of lengthscales and scale."""
        return [_CATEGORICAL_LIMITS] * self.part.size + [_SCALE_LIMITS]

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
            "lengthscales": _named(self.part.dims, theta[:-1], names),
            "outputscale": math.exp(theta[-1]),
        }


@dataclass(frozen=True)
class ProductKernel(_Stationary):
    """Numbers times categories, ``k(x) c(h)``: what is learned of one category holds for others.

    A handful of results cannot tell the eleven parameters of `MixedKernel` apart; this has
    one for each variable.
    """

    numeric: ArdPart
    categorical: CategoricalPart

    @property
    def size(self) -> int:
        """Number of log parameters: lengthscales of numbers, then of categories."""
        return self.numeric.size + self.categorical.size

    def start(self) -> Array:
        """Log lengthscales at the modes of their priors."""
        a, b = self.numeric.size, self.categorical.size
        return np.array([self.numeric.prior.log_mode] * a + [CATEGORY_PRIOR.log_mode] * b)

    def limits(self) -> Limits:
        """Limits of the log lengthscales."""
        a, b = self.numeric.size, self.categorical.size
        return [_NUMERIC_LIMITS] * a + [_CATEGORICAL_LIMITS] * b

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """Mark the lengthscales of numbers."""
        return np.arange(self.size) < self.numeric.size

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Priors of numbers and of categories."""
        numbers, by_numbers = self.numeric.prior.log_density(theta[: self.numeric.size])
        categories, by_categories = CATEGORY_PRIOR.log_density(theta[self.numeric.size :])
        return numbers + categories, np.concatenate([by_numbers, by_categories])

    def prepare(self, X: Array) -> tuple[Array, Array]:
        """Squared differences and mismatches of all pairs."""
        return self.numeric.prepare(X), self.categorical.prepare(X)

    def gram(
        self, theta: Array, prepared: tuple[Array, Array]
    ) -> tuple[Array, float, GramPullback]:
        """Values of the pairs, unit diagonal, pullback."""
        numbers, pull_numbers = self.numeric.gram(theta[: self.numeric.size], prepared[0])
        categories, pull_categories = self.categorical.gram(theta[self.numeric.size :], prepared[1])

        def pullback(upstream: Array, _diagonal: float) -> Array:
            return np.concatenate(
                [pull_numbers(upstream * categories), pull_categories(upstream * numbers)]
            )

        return numbers * categories, 1.0, pullback

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix and the pullback to the numeric columns of A."""
        numbers, pull = self.numeric.cross(theta[: self.numeric.size], A, B)
        categories = self.categorical.cross(theta[self.numeric.size :], A, B)
        return numbers * categories, lambda upstream: pull(upstream * categories)

    def diagonal(self, theta: Array) -> float:  # noqa: ARG002  # as in the protocol
        """One: the outcome is standardised."""
        return 1.0

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """Lengthscale of each variable; 1/l is the cost of a mismatch of categories."""
        cut = self.numeric.size
        lengthscales = _named(self.numeric.dims, theta[:cut], names)
        lengthscales |= _named(self.categorical.dims, theta[cut:], names)
        return {"lengthscales": lengthscales, "outputscale": 1.0}


@dataclass(frozen=True)
class MixedKernel(_Stationary):
    """Sum and product of numbers and categories: the kernel of ``MixedSingleTaskGP``.

    ``s (k1(x) + s_c c1(h)) + s_p k2(x) c2(h)`` with ARD parts k over the numbers x
    and mismatch parts c over the categories h, each with lengthscales of its own.
    """

    numeric: ArdPart
    categorical: CategoricalPart

    @property
    def size(self) -> int:
        """Number of log parameters."""
        return 2 * (self.numeric.size + self.categorical.size) + 3

    def split(self, theta: Array) -> dict[str, Array]:
        """Log parameters by role; the scales are arrays of one number."""
        a, b = self.numeric.size, self.categorical.size
        cuts = np.cumsum([a, b, 1, 1, a, b])
        roles = (
            "sum_x",
            "sum_h",
            "scale_h",
            "scale_sum",
            "product_x",
            "product_h",
            "scale_product",
        )
        return dict(zip(roles, np.split(theta, cuts), strict=True))

    def start(self) -> Array:
        """Prior mode for numbers, gpytorch's start for the rest."""
        theta = np.full(self.size, _UNINFORMED)
        theta[self.lengthscale_mask()] = self.numeric.prior.log_mode
        return theta

    def limits(self) -> Limits:
        """Limits of all log parameters."""
        a, b = self.numeric.size, self.categorical.size
        inner = [_NUMERIC_LIMITS] * a + [_CATEGORICAL_LIMITS] * b
        return [*inner, _SCALE_LIMITS, _SCALE_LIMITS, *inner, _SCALE_LIMITS]

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """Mark the lengthscales of numbers."""
        a, b = self.numeric.size, self.categorical.size
        return np.array([True] * a + [False] * (b + 2) + [True] * a + [False] * (b + 1))

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Prior on both sets of numeric lengthscales, nothing on the rest."""
        mask = self.lengthscale_mask()
        gradient = np.zeros(self.size)
        value, gradient[mask] = self.numeric.prior.log_density(theta[mask])
        return value, gradient

    def prepare(self, X: Array) -> tuple[Array, Array]:
        """Squared differences and mismatches of all pairs."""
        return self.numeric.prepare(X), self.categorical.prepare(X)

    def gram(
        self, theta: Array, prepared: tuple[Array, Array]
    ) -> tuple[Array, float, GramPullback]:
        """Values of the pairs, diagonal, pullback."""
        differences, mismatches = prepared
        p = self.split(theta)
        k1, pull_k1 = self.numeric.gram(p["sum_x"], differences)
        c1, pull_c1 = self.categorical.gram(p["sum_h"], mismatches)
        k2, pull_k2 = self.numeric.gram(p["product_x"], differences)
        c2, pull_c2 = self.categorical.gram(p["product_h"], mismatches)
        s_c, s, s_p = (math.exp(p[r][0]) for r in ("scale_h", "scale_sum", "scale_product"))
        inner, product = k1 + s_c * c1, k2 * c2

        def pullback(upstream: Array, diagonal: float) -> Array:
            return np.concatenate([
                s * pull_k1(upstream),
                s * s_c * pull_c1(upstream),
                [s * s_c * (float(upstream @ c1) + diagonal)],
                [s * (float(upstream @ inner) + (1.0 + s_c) * diagonal)],
                s_p * pull_k2(upstream * c2),
                s_p * pull_c2(upstream * k2),
                [s_p * (float(upstream @ product) + diagonal)],
            ])  # fmt: skip

        return s * inner + s_p * product, self.diagonal(theta), pullback

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix and pullback to the numeric columns of A."""
        p = self.split(theta)
        k1, pull_k1 = self.numeric.cross(p["sum_x"], A, B)
        k2, pull_k2 = self.numeric.cross(p["product_x"], A, B)
        c1 = self.categorical.cross(p["sum_h"], A, B)
        c2 = self.categorical.cross(p["product_h"], A, B)
        s_c, s, s_p = (math.exp(p[r][0]) for r in ("scale_h", "scale_sum", "scale_product"))

        def pullback(upstream: Array) -> Array:
            return s * pull_k1(upstream) + s_p * pull_k2(upstream * c2)

        return s * (k1 + s_c * c1) + s_p * k2 * c2, pullback

    def diagonal(self, theta: Array) -> float:
        """Prior variance of any one point."""
        p = self.split(theta)
        s_c, s, s_p = (math.exp(p[r][0]) for r in ("scale_h", "scale_sum", "scale_product"))
        return s * (1.0 + s_c) + s_p

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """Lengthscales of both parts, by variable name, and the scales."""
        p = self.split(theta)
        parts = {}
        for role in ("sum", "product"):
            parts[role] = _named(self.numeric.dims, p[f"{role}_x"], names)
            parts[role] |= _named(self.categorical.dims, p[f"{role}_h"], names)
        return {
            "lengthscales": parts["sum"],
            "lengthscales_product": parts["product"],
            "outputscale": self.diagonal(theta),
            "outputscale_sum": math.exp(p["scale_sum"][0]),
            "outputscale_categorical": math.exp(p["scale_h"][0]),
            "outputscale_product": math.exp(p["scale_product"][0]),
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


def _named(dims: Sequence[int], logs: Array, names: Sequence[str]) -> dict[str, float]:
    return {names[dim]: float(math.exp(value)) for dim, value in zip(dims, logs, strict=True)}
