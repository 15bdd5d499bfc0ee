"""What every kernel is: its protocol, the limits of its parameters, and their names."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.kernel_parts import Pullback
from optwidgets.models.priors import MIN_LENGTHSCALE

Array = NDArray[np.float64]
Limits = list[tuple[float, float]]
#: From weights of the pairs (p,) and the weight of the diagonal (summed, or (n,) where the
#: diagonal is not constant) to a gradient.
GramPullback = Callable[[Array, Any], Array]

#: Of the logarithms of lengthscales of numbers.
NUMERIC_LIMITS = (math.log(MIN_LENGTHSCALE), 12.0)
#: Of those of categories, and of scales: wide, because botorch has no prior on them.
CATEGORICAL_LIMITS = (math.log(1e-3), math.log(1e5))
SCALE_LIMITS = (math.log(1e-6), math.log(1e4))
#: Where gpytorch starts a parameter without a prior: softplus(0).
UNINFORMED = math.log(math.log(2.0))


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


class Stationary:
    """A kernel with one prior variance everywhere."""

    def diagonal(self, theta: Array) -> float:
        """Prior variance of any one point."""
        raise NotImplementedError

    def variances(self, theta: Array, X: Array) -> tuple[Array, None]:
        """Prior variances, all the same."""
        return np.full(len(X), self.diagonal(theta)), None


def named(dims: Sequence[int], logs: Array, names: Sequence[str]) -> dict[str, float]:
    """Return the exponentials of `logs` by the names of their variables."""
    return {names[dim]: float(math.exp(value)) for dim, value in zip(dims, logs, strict=True)}
