"""Stationary correlation functions of the squared, scaled distance.

Each one gives the correlation and its derivative with respect to the *squared*
distance: with that derivative alone, gradients with respect to lengthscales and
to inputs are one matrix product.

Sources
-------
C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning,
MIT Press 2006, section 4.2.1 (RBF, and the Matérn class at half-integer order).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Profile = Callable[[Array], tuple[Array, Array]]

# Keeps the Matérn-1/2 slope 1/r finite for coincident points; its product with the
# coordinate differences is zero there.
_TINY = 1e-30


def rbf(squared: Array) -> tuple[Array, Array]:
    """``exp(-r²/2)`` and its slope with respect to r²."""
    value = np.exp(-0.5 * squared)
    return value, -0.5 * value


def matern12(squared: Array) -> tuple[Array, Array]:
    """``exp(-r)`` and its slope with respect to r²."""
    r = np.sqrt(np.maximum(squared, _TINY))
    value = np.exp(-r)
    return value, -0.5 * value / r


def matern32(squared: Array) -> tuple[Array, Array]:
    """``(1 + √3 r) exp(-√3 r)`` and its slope with respect to r²."""
    r = math.sqrt(3.0) * np.sqrt(squared)
    decay = np.exp(-r)
    return (1.0 + r) * decay, -1.5 * decay


def matern52(squared: Array) -> tuple[Array, Array]:
    """``(1 + √5 r + 5 r²/3) exp(-√5 r)`` and its slope with respect to r²."""
    r = math.sqrt(5.0) * np.sqrt(squared)
    decay = np.exp(-r)
    one_plus_r = 1.0 + r
    return (one_plus_r + r * r / 3.0) * decay, (-5.0 / 6.0) * one_plus_r * decay


@dataclass(frozen=True)
class KernelChoice:
    """One entry of `KERNELS`.

    Parameters
    ----------
    name
        How users call it.
    orders
        The Matérn orders nu that it takes; empty when it takes none.
    profiles
        Correlation per order (key None when there is no order); empty where the kernel is
        more than one, see `optwidgets.models.part_kernels`.
    source
        Literature source.
    backends
        Backends that have it.
    is_forest
        Whether it is a forest of trees and no kernel at all.
    make
        Makes a kernel of gpytorch for a number of variables, where it is none of ours: see
        `optwidgets.models.own_kernels`.
    edition
        Tells kernels that were registered under one name from each other.
    """

    name: str
    orders: tuple[float, ...]
    profiles: dict[float | None, Profile]
    source: str
    backends: tuple[str, ...] = ("botorch", "sklearn")
    is_forest: bool = False
    make: Callable[[int], Any] | None = None
    edition: int = 0

    def profile(self, nu: float) -> Profile:
        """Correlation function of this kernel at order `nu`."""
        return self.profiles[nu if self.orders else None]


KERNELS: dict[str, KernelChoice] = {
    "Matern": KernelChoice(
        "Matern",
        (0.5, 1.5, 2.5),
        {0.5: matern12, 1.5: matern32, 2.5: matern52},
        "Rasmussen & Williams 2006, eq. 4.14",
    ),
    "RBF": KernelChoice("RBF", (), {None: rbf}, "Rasmussen & Williams 2006, eq. 4.9"),
    "RationalQuadratic": KernelChoice(
        "RationalQuadratic", (), {}, "Rasmussen & Williams 2006, eq. 4.19"
    ),
    "Linear": KernelChoice(
        "Linear", (), {}, "Rasmussen & Williams 2006, section 2.1", ("botorch",)
    ),
    "IBNN": KernelChoice(
        "IBNN",
        (),
        {},
        "J. Lee et al., ICLR 2018, arXiv 1711.00165; Y. L. Li et al., ICLR 2024, arXiv 2305.20028",
        ("botorch",),
    ),
    "RandomForest": KernelChoice(
        "RandomForest",
        (),
        {},
        "L. Breiman, Mach. Learn. 45 (2001) 5; F. Hutter et al., Artif. Intell. 206 (2014) 79",
        ("sklearn",),
        is_forest=True,
    ),
    "ExtraTrees": KernelChoice(
        "ExtraTrees",
        (),
        {},
        "P. Geurts et al., Mach. Learn. 63 (2006) 3; F. Hutter et al., Artif. Intell. 206 (2014) 79",
        ("sklearn",),
        is_forest=True,
    ),
}


def kernels_of(backend: str) -> list[str]:
    """Names of the kernels that a backend has.

    Examples
    --------
    >>> kernels_of("sklearn")
    ['Matern', 'RBF', 'RationalQuadratic', 'RandomForest', 'ExtraTrees']
    """
    return [name for name, choice in KERNELS.items() if backend in choice.backends]
