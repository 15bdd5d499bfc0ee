"""A kernel over what a model sees of a point: settings that are derived enter here, and only here.

The posterior, every strategy and every gradient work on points of the unit cube; the chain rule
leads back to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.kernel_base import GramPullback, Kernel, Limits
from optwidgets.models.kernel_parts import Pullback
from optwidgets.models.part_kernels import kernel_of
from optwidgets.space.encoding import Encoding
from optwidgets.space.features import Features

if TYPE_CHECKING:
    from optwidgets.models.base import ModelConfig

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureKernel:
    """The kernel ``k(f(x), f(x'))`` of features ``f``.

    Parameters
    ----------
    inner
        Kernel over the d + k features.
    features
        From points of the unit cube, m x d, to features.
    """

    inner: Kernel
    features: Features

    @property
    def size(self) -> int:
        """Number of log parameters."""
        return self.inner.size

    def start(self) -> Array:
        """Log parameters at the prior's mode."""
        return self.inner.start()

    def limits(self) -> Limits:
        """Limits of all log parameters."""
        return self.inner.limits()

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """Mark the lengthscales of numbers."""
        return self.inner.lengthscale_mask()

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Log density of the prior and its gradient."""
        return self.inner.log_prior(theta)

    def prepare(self, X: Array) -> Any:
        """Compute once what the inner kernel needs of the features."""
        return self.inner.prepare(self.features(X))

    def gram(self, theta: Array, prepared: Any) -> tuple[Array, float | Array, GramPullback]:
        """Values of the pairs, the diagonal, the pullback to theta."""
        return self.inner.gram(theta, prepared)

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix (m x n) and the pullback of weights to the points A (m x d)."""
        value, pull = self.inner.cross(theta, self.features(A), self.features(B))

        def pullback(upstream: Array) -> Array:
            return self.features.pullback(A)(pull(upstream))

        return value, pullback

    def diagonal(self, theta: Array) -> float:
        """Prior variance of any one point, or a typical one."""
        return self.inner.diagonal(theta)

    def variances(self, theta: Array, X: Array) -> tuple[Array, Pullback | None]:
        """Prior variances (m,) at X (m x d), and their pullback; None where they are constant."""
        value, pull = self.inner.variances(theta, self.features(X))
        if pull is None:
            return value, None
        inner = pull
        return value, lambda upstream: self.features.pullback(X)(inner(upstream))

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:  # noqa: ARG002  # as in the protocol
        """Hyperparameters as plain numbers, those of derived variables among them."""
        return self.inner.describe(theta, self.features.names)


def kernel_over(config: ModelConfig, encoding: Encoding) -> Kernel:
    """Kernel of a configuration over the points of a space.

    Examples
    --------
    >>> from optwidgets.models import ModelConfig
    >>> from optwidgets.space.derived import DerivedFormula
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("a", 0, 1), Real("b", 0, 1)), derived=(DerivedFormula("s", "a + b"),))
    >>> kernel_over(ModelConfig(), Encoding(space)).size
    3
    """
    features, categorical = encoding.features, sorted(encoding.categorical_dims)
    if features is None:
        return kernel_of(config, len(encoding), categorical)
    return FeatureKernel(kernel_of(config, len(features.names), categorical), features)
