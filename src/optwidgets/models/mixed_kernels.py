"""Kernels of numbers and categories together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.kernel_base import (
    CATEGORICAL_LIMITS,
    NUMERIC_LIMITS,
    SCALE_LIMITS,
    UNINFORMED,
    GramPullback,
    Limits,
    Stationary,
    named,
)
from optwidgets.models.kernel_parts import ArdPart, CategoricalPart, Pullback
from optwidgets.models.priors import CATEGORY_PRIOR

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ProductKernel(Stationary):
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
        return [NUMERIC_LIMITS] * a + [CATEGORICAL_LIMITS] * b

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
        lengthscales = named(self.numeric.dims, theta[:cut], names)
        lengthscales |= named(self.categorical.dims, theta[cut:], names)
        return {"lengthscales": lengthscales, "outputscale": 1.0}


@dataclass(frozen=True)
class MixedKernel(Stationary):
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
        theta = np.full(self.size, UNINFORMED)
        theta[self.lengthscale_mask()] = self.numeric.prior.log_mode
        return theta

    def limits(self) -> Limits:
        """Limits of all log parameters."""
        a, b = self.numeric.size, self.categorical.size
        inner = [NUMERIC_LIMITS] * a + [CATEGORICAL_LIMITS] * b
        return [*inner, SCALE_LIMITS, SCALE_LIMITS, *inner, SCALE_LIMITS]

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
            parts[role] = named(self.numeric.dims, p[f"{role}_x"], names)
            parts[role] |= named(self.categorical.dims, p[f"{role}_h"], names)
        return {
            "lengthscales": parts["sum"],
            "lengthscales_product": parts["product"],
            "outputscale": self.diagonal(theta),
            "outputscale_sum": math.exp(p["scale_sum"][0]),
            "outputscale_categorical": math.exp(p["scale_h"][0]),
            "outputscale_product": math.exp(p["scale_product"][0]),
        }
