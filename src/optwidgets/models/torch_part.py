"""Any kernel of gpytorch as a part of ours: its arithmetic and gradients are torch's.

Kernels that we know have gradients in closed form. One that we do not know is evaluated and
differentiated by torch, between the same fit, posterior and search; it is slower, and all of
botorch's kernels can be had. Only this module and `optwidgets.models.botorch` import torch.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from gpytorch.kernels import Kernel as TorchKernel
from numpy.typing import NDArray
from torch.func import functional_call

from optwidgets.errors import OptwidgetsError
from optwidgets.models.kernel_parts import Pullback, pair_indices
from optwidgets.models.numeric_parts import PartPullback
from optwidgets.space.text import short

Array = NDArray[np.float64]
#: From a number of variables to a kernel of gpytorch over them.
MakeKernel = Callable[[int], TorchKernel]

# Of a raw parameter whose transform keeps it in order: softplus(-15) is 3e-7.
_RAW_LIMITS = (-15.0, 15.0)
# Of a parameter without a transform and without bounds.
_WIDE = 1e4
# How far a parameter without a transform stays inside of its bounds.
_INSIDE = 1e-9


class _Dense(torch.nn.Module):
    """The kernel as a module whose answer is a plain matrix, or its diagonal."""

    def __init__(self, kernel: TorchKernel) -> None:
        super().__init__()
        self.kernel = kernel

    def forward(self, A: torch.Tensor, B: torch.Tensor, *, diag: bool) -> torch.Tensor:
        found = self.kernel(A, B, diag=diag)
        dense: torch.Tensor = found if torch.is_tensor(found) else found.to_dense()
        return dense


class _Priors(torch.nn.Module):
    """Log density of a kernel's priors as the answer of a module."""

    def __init__(self, kernel: TorchKernel) -> None:
        super().__init__()
        self.kernel = kernel

    def forward(self) -> torch.Tensor:
        total = torch.zeros((), dtype=torch.double)
        for _, module, prior, closure, _ in self.kernel.named_priors():
            total = total + prior.log_prob(closure(module)).sum()
        return total


class TorchPart:
    """A kernel of gpytorch over the numeric columns; follows `NumericPart`.

    Its parameters are gpytorch's raw ones, one after the other.

    Parameters
    ----------
    dims
        Columns of the inputs that it looks at.
    make
        Makes the kernel for so many columns.

    Raises
    ------
    OptwidgetsError
        When `make` fails or makes something else.
    """

    def __init__(self, dims: tuple[int, ...], make: MakeKernel) -> None:
        self.dims = dims
        kernel = checked_kernel(make, len(dims))
        self._dense, self._priors = _Dense(kernel), _Priors(kernel)
        # A call puts other parameters into the module for its duration.
        self._lock = threading.Lock()

    @property
    def _kernel(self) -> TorchKernel:
        return self._dense.kernel

    def kernel(self) -> TorchKernel:
        """Return a copy of the kernel, its parameters as gpytorch begins."""
        return copy.deepcopy(self._kernel)

    @cached_property
    def _moved(self) -> dict[str, torch.Tensor]:
        """Parameters that are fitted: those that are not frozen, as gpytorch begins."""
        return {
            name: parameter.detach()
            for name, parameter in self._kernel.named_parameters()
            if parameter.requires_grad
        }

    @cached_property
    def _shapes(self) -> list[tuple[str, torch.Size]]:
        return [(name, values.shape) for name, values in self._moved.items()]

    @cached_property
    def size(self) -> int:
        """Number of parameters."""
        return sum(shape.numel() for _, shape in self._shapes)

    def start(self) -> Array:
        """Parameters as gpytorch begins."""
        values = [moved.reshape(-1) for moved in self._moved.values()]
        return torch.cat(values).numpy().copy() if values else np.empty(0)

    def limits(self) -> list[tuple[float, float]]:
        """Lower and upper limit of each parameter, about where it begins."""
        found: list[tuple[float, float]] = []
        for name, values in self._moved.items():
            low, high = self._limits_of(name)
            found.extend((min(low, v), max(high, v)) for v in values.reshape(-1).tolist())
        return found

    def _limits_of(self, name: str) -> tuple[float, float]:
        constraint = self._kernel.constraint_for_parameter_name(name)
        if constraint is None:
            return -_WIDE, _WIDE
        if constraint.enforced:
            return _RAW_LIMITS
        low, high = float(constraint.lower_bound.min()), float(constraint.upper_bound.max())
        return max(low + _INSIDE, -_WIDE), min(high - _INSIDE, _WIDE)

    def lengthscale_mask(self) -> NDArray[np.bool_]:
        """Mark the parameters that are lengthscales by their name."""
        marks = [np.full(shape.numel(), "lengthscale" in name) for name, shape in self._shapes]
        return np.concatenate(marks) if marks else np.empty(0, dtype=bool)

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Log density of the priors that the kernel has, and its gradient."""
        raw = self._raw(theta)
        value = self._call(self._priors, raw)
        return value.item(), self._by_theta(value, torch.ones_like(value), raw)

    def prepare(self, X: Array) -> Any:
        """Return the columns as a tensor, and the places of the pairs."""
        return torch.as_tensor(X[:, list(self.dims)]), pair_indices(len(X))

    def gram(self, theta: Array, prepared: Any) -> tuple[Array, Array, PartPullback]:
        """Values of the pairs (p,), of the diagonal (n,), and the pullback to theta."""
        X, (rows, columns) = prepared
        raw = self._raw(theta)
        matrix = self._call(self._dense, raw, X, X, diag=False)
        # The matrix has a diagonal, too, but the slope of a distance of 0 is lost in rounding.
        alone = self._call(self._dense, raw, X, X, diag=True)
        value = matrix.detach().numpy()

        def pullback(upstream: Array, diagonal: Array) -> Array:
            weights = np.zeros(value.shape)
            weights[rows, columns] = upstream
            of_pairs = self._by_theta(matrix, torch.as_tensor(weights), raw)
            on_diagonal = torch.as_tensor(np.ascontiguousarray(diagonal))
            return of_pairs + self._by_theta(alone, on_diagonal, raw)

        return value[rows, columns], alone.detach().numpy().copy(), pullback

    def cross(self, theta: Array, A: Array, B: Array) -> tuple[Array, Pullback]:
        """Kernel matrix (m x n) and the pullback of weights (m x n) to A (m x d)."""
        a = self._moving(A)
        b = torch.as_tensor(B[:, list(self.dims)])
        matrix = self._call(self._dense, self._raw(theta), a, b, diag=False)
        return matrix.detach().numpy().copy(), self._to_inputs(matrix, a, A)

    def variances(self, theta: Array, A: Array) -> tuple[Array, Pullback]:
        """Prior variances (m,) and the pullback of weights (m,) to A (m x d)."""
        a = self._moving(A)
        values = self._call(self._dense, self._raw(theta), a, a, diag=True)
        return values.detach().numpy().copy(), self._to_inputs(values, a, A)

    def describe(self, theta: Array, names: Sequence[str]) -> Mapping[str, Any]:
        """Parameters of gpytorch by their names, as they are in force."""
        found: dict[str, Any] = {}
        for name, raw in self._raw(theta).items():
            constraint = self._kernel.constraint_for_parameter_name(name)
            value = raw if constraint is None else constraint.transform(raw)
            numbers = value.detach().reshape(-1).tolist()
            shown = name.replace("raw_", "")
            by_name = len(numbers) == len(self.dims) and "lengthscale" in name
            found[shown] = (
                {names[dim]: number for dim, number in zip(self.dims, numbers, strict=True)}
                if by_name
                else (numbers[0] if len(numbers) == 1 else numbers)
            )
        return found

    def raw_parameters(self, theta: Array) -> dict[str, torch.Tensor]:
        """Parameters by the names that gpytorch has for them."""
        return {name: value.detach() for name, value in self._raw(theta).items()}

    def _raw(self, theta: Array) -> dict[str, torch.Tensor]:
        found, begin = {}, 0
        for name, shape in self._shapes:
            end = begin + shape.numel()
            value = torch.tensor(theta[begin:end], dtype=torch.double).reshape(shape)
            found[name] = value.requires_grad_()
            begin = end
        return found

    def _call(
        self, module: torch.nn.Module, raw: dict[str, torch.Tensor], *inputs: Any, **options: Any
    ) -> torch.Tensor:
        named = {f"kernel.{name}": value for name, value in raw.items()}
        with self._lock, torch.enable_grad():
            found: torch.Tensor = functional_call(module, named, inputs, options)
        return found

    def _by_theta(
        self, value: torch.Tensor, weights: torch.Tensor, raw: dict[str, torch.Tensor]
    ) -> Array:
        if not raw or not value.requires_grad:
            return np.zeros(self.size)
        found = torch.autograd.grad(
            value, list(raw.values()), weights, retain_graph=True, allow_unused=True
        )
        parts = [
            np.zeros(tensor.numel()) if slope is None else slope.reshape(-1).numpy()
            for slope, tensor in zip(found, raw.values(), strict=True)
        ]
        return np.concatenate(parts)

    def _moving(self, A: Array) -> torch.Tensor:
        return torch.tensor(A[:, list(self.dims)], dtype=torch.double).requires_grad_()

    def _to_inputs(self, value: torch.Tensor, a: torch.Tensor, A: Array) -> Pullback:
        def pullback(upstream: Array) -> Array:
            gradient = np.zeros_like(A)
            weights = torch.as_tensor(np.ascontiguousarray(upstream))
            if value.requires_grad:
                (slope,) = torch.autograd.grad(
                    value, a, weights, retain_graph=True, allow_unused=True
                )
                if slope is not None:
                    gradient[:, list(self.dims)] = slope.numpy()
            return gradient

        return pullback


def checked_kernel(make: MakeKernel, count: int) -> TorchKernel:
    """Make a kernel for so many variables, in double precision, or say why there is none.

    What a kernel draws when it is made or first used, such as random features, is always the
    same; and it is a copy, so that who returns one object every time gets no fitted one back.
    """
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        try:
            kernel: Any = make(count)
        except Exception as error:
            raise OptwidgetsError(
                f"The kernel could not be made for {count} variables: {error}. The function takes "
                "their number and returns a kernel of gpytorch.",
                field="make",
            ) from error
        if not isinstance(kernel, TorchKernel):
            raise OptwidgetsError(
                f"The function has to return a kernel of gpytorch, not {type(kernel).__name__}.",
                field="make",
            )
        double: TorchKernel = copy.deepcopy(kernel).double()
        wrong = _fault_of(double, count)
    if wrong:
        raise OptwidgetsError(
            f"The kernel does not work for {count} variables: {wrong}. The function takes their "
            "number and returns a kernel of gpytorch with one value for two points.",
            field="make",
        )
    return double


def _fault_of(kernel: TorchKernel, count: int) -> str:
    """Return what is wrong with the values of a kernel at three points; empty if nothing is."""
    X = torch.linspace(0.1, 0.8, 3 * count, dtype=torch.double).reshape(count, 3).T.contiguous()
    dense = _Dense(kernel)
    try:
        matrix, diagonal = dense(X, X, diag=False), dense(X, X, diag=True)
    except Exception as error:  # noqa: BLE001  (users' code may raise anything)
        return short(str(error) or type(error).__name__, 200).rstrip(".")
    if matrix.shape != (3, 3) or diagonal.shape != (3,):
        shapes = " and ".join(" x ".join(map(str, v.shape)) for v in (matrix, diagonal))
        return f"3 points give a matrix and a diagonal of {shapes}, not of 3 x 3 and 3"
    if not (torch.isfinite(matrix).all() and torch.isfinite(diagonal).all()):
        return "its values are not all finite"
    if not torch.allclose(matrix, matrix.T) or (diagonal < 0.0).any():
        return "its matrix is not symmetric, or has a diagonal below 0"
    return ""
