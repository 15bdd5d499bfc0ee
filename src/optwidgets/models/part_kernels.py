"""Kernels of a part whose prior variance may vary, alone or times a mismatch of categories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.correlation import KERNELS
from optwidgets.models.infinite_network import NetworkPart
from optwidgets.models.kernel_base import GramPullback, Kernel, Limits
from optwidgets.models.kernel_parts import CategoricalPart, Pullback
from optwidgets.models.kernels import make_kernel
from optwidgets.models.numeric_parts import LinearPart, NumericPart, RationalQuadraticPart
from optwidgets.models.priors import CATEGORY_PRIOR, LENGTHSCALE_PRIORS

if TYPE_CHECKING:
    from optwidgets.models.base import ModelConfig

Array = NDArray[np.float64]

# Lengthscales of categories, as for the other kernels.
_CATEGORICAL_LIMITS = (np.log(1e-3), np.log(1e5))

#: Kernel name to its part, from the columns of numbers and the configuration.
PARTS: dict[str, Callable[[tuple[int, ...], ModelConfig], NumericPart]] = {
    "RationalQuadratic": lambda dims, config: RationalQuadraticPart(
        dims, LENGTHSCALE_PRIORS[config.prior](len(dims))
    ),
    "Linear": lambda dims, config: LinearPart(dims),  # noqa: ARG005
    "IBNN": lambda dims, config: NetworkPart(dims, config.depth),
}


@dataclass(frozen=True)
class PartKernel:
    """``k(x)``, or ``k(x) c(h)`` with the mismatch part c over the categories h.

    Parameters
    ----------
    numeric
        The part over the numbers.
    categorical
        The part over the categories, if there are any.
    """

    numeric: NumericPart
    categorical: CategoricalPart | None = None

    @property
    def size(self) -> int:
        """Number of log parameters: those of the numbers, then of the categories."""
        return self.numeric.size + self._n_categories

    @property
    def _n_categories(self) -> int:
        return 0 if self.categorical is None else self.categorical.size

    def start(self) -> Array:
        """Log parameters where the search starts."""
        categories = np.full(self._n_categories, CATEGORY_PRIOR.log_mode)
        return np.concatenate([self.numeric.start(), categories])

    def limits(self) -> Limits:
        """Limits of all log parameters."""
        return self.numeric.limits() + [_CATEGORICAL_LIMITS] * self._n_categories

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """Mark the lengthscales of numbers."""
        return np.append(self.numeric.lengthscale_mask(), np.zeros(self._n_categories, dtype=bool))

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Priors of numbers and of categories."""
        a = self.numeric.size
        value, gradient = self.numeric.log_prior(theta[:a])
        if self.categorical is None:
            return value, gradient
        more, by_categories = CATEGORY_PRIOR.log_density(theta[a:])
        return value + more, np.concatenate([gradient, by_categories])

    def prepare(self, X: Array) -> tuple[Any, Any]:
        """Compute once what both parts need."""
        mismatches = None if self.categorical is None else self.categorical.prepare(X)
        return self.numeric.prepare(X), mismatches

    def gram(self, theta: Array, prepared: tuple[Any, Any]) -> tuple[Array, Array, GramPullback]:
        """Values of the pairs, of the diagonal (n,), and the pullback."""
        a = self.numeric.size
        numbers, diagonal, pull = self.numeric.gram(theta[:a], prepared[0])
        if self.categorical is None:
            return numbers, diagonal, pull
        categories, pull_categories = self.categorical.gram(theta[a:], prepared[1])

        def pullback(upstream: Array, on_diagonal: Any) -> Array:
            return np.concatenate(
                [pull(upstream * categories, on_diagonal), pull_categories(upstream * numbers)]
            )

        return numbers * categories, diagonal, pullback

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix and the pullback to the numeric columns of A."""
        a = self.numeric.size
        numbers, pull = self.numeric.cross(theta[:a], A, B)
        if self.categorical is None:
            return numbers, pull
        categories = self.categorical.cross(theta[a:], A, B)
        return numbers * categories, lambda upstream: pull(upstream * categories)

    def variances(self, theta: Array, X: Array) -> tuple[Array, Pullback]:
        """Prior variances (m,) and the pullback of weights (m,) to X (m x d)."""
        return self.numeric.variances(theta[: self.numeric.size], X)

    def diagonal(self, theta: Array) -> float:
        """Prior variance in the middle of the unit cube: a typical one."""
        width = max(self.numeric.dims) + 1
        return float(self.variances(theta, np.full((1, width), 0.5))[0][0])

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """Hyperparameters of the numbers; lengthscales of the categories beside theirs."""
        found = dict(self.numeric.describe(theta[: self.numeric.size], names))
        if self.categorical is not None:
            logs = theta[self.numeric.size :]
            found["mismatch_lengthscales"] = {
                names[dim]: float(np.exp(value))
                for dim, value in zip(self.categorical.dims, logs, strict=True)
            }
        return found


def kernel_of(config: ModelConfig, dimension: int, categorical: Sequence[int]) -> Kernel:
    """Kernel of a configuration.

    Parameters
    ----------
    config
        Kernel, order, prior, mixture and depth.
    dimension
        Number of columns.
    categorical
        Columns that hold categories.

    Examples
    --------
    >>> from optwidgets.models import ModelConfig
    >>> kernel_of(ModelConfig(kernel="IBNN"), 4, [3]).size
    3
    """
    numbers = tuple(dim for dim in range(dimension) if dim not in set(categorical))
    of_numbers = _part_of(config.kernel)
    if of_numbers is not None and numbers:
        part = of_numbers(numbers, config)
        return PartKernel(
            part, CategoricalPart(tuple(sorted(categorical))) if categorical else None
        )
    # Without numbers all kernels are the same: the mismatch of categories.
    choice = KERNELS[config.kernel if of_numbers is None else "Matern"]
    return make_kernel(
        dimension,
        categorical,
        choice.profile(config.nu),
        prior=config.prior,
        mixture=config.mixture,
    )


def _part_of(name: str) -> Callable[[tuple[int, ...], ModelConfig], NumericPart] | None:
    """Return what makes the part of a kernel; None where numbers and categories have one kernel."""
    make = KERNELS[name].make
    if make is None:
        return PARTS.get(name)

    def own(dims: tuple[int, ...], _: ModelConfig) -> NumericPart:
        from optwidgets.models.torch_part import TorchPart

        return TorchPart(dims, make)

    return own
