"""Priors and limits of the hyperparameters, all with gradients.

Every lengthscale of a number has a prior whose location grows with the dimension: a gamma
prior by default, or the wide log-normal one of botorch's default ``SingleTaskGP``. The
noise has botorch's log-normal prior. Densities are taken with respect to the parameter
itself (not its logarithm), as botorch does, while gradients are with respect to the
logarithm, in which we search.

Sources
-------
C. Hvarfner, E. O. Hellsten, L. Nardi, "Vanilla Bayesian Optimization Performs Great
in High Dimensions", ICML 2024, arXiv 2402.02229 (scaling with the dimension, log-normal).
BayBE 0.15 (gamma prior of shape 3, its mode at 0.205 √d: measured as the better default,
docs/decisions/0006).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)

#: Smallest lengthscale (unit cube), as in botorch's default kernel.
MIN_LENGTHSCALE = 2.5e-2
#: Smallest inferred noise variance of the standardised outcome, as in botorch.
MIN_INFERRED_NOISE = 1e-4
#: Smallest known noise variance of the standardised outcome, as in gpytorch (double).
MIN_KNOWN_NOISE = 1e-6


class Prior(Protocol):
    """Prior of independent positive parameters."""

    @property
    def log_mode(self) -> float:
        """Logarithm of the most probable parameter."""
        ...

    def log_density(self, log_parameter: Array) -> tuple[float, Array]:
        """Sum the log densities of ``exp(log_parameter)`` (k,), and give the gradient (k,)."""
        ...


@dataclass(frozen=True)
class GammaPrior:
    """Gamma prior: density proportional to ``l^(shape - 1) exp(-rate l)``.

    Examples
    --------
    >>> round(math.exp(GammaPrior(3.0, 4.0).log_mode), 3)
    0.5
    """

    shape: float
    rate: float

    @property
    def log_mode(self) -> float:
        """Logarithm of the most probable parameter."""
        return math.log((self.shape - 1.0) / self.rate)

    def log_density(self, log_parameter: Array) -> tuple[float, Array]:
        """Sum the log densities of ``exp(log_parameter)`` (k,), and give the gradient (k,)."""
        falling = self.rate * np.exp(log_parameter)
        constant = self.shape * math.log(self.rate) - math.lgamma(self.shape)
        rising = (self.shape - 1.0) * sum(log_parameter.tolist())
        value = log_parameter.size * constant + rising - sum(falling.tolist())
        return value, (self.shape - 1.0) - falling


@dataclass(frozen=True)
class LogNormalPrior:
    """Log-normal prior: ``log(parameter) ~ N(location, scale²)``.

    Examples
    --------
    >>> prior = LogNormalPrior(-4.0, 1.0)
    >>> round(prior.log_mode, 3)
    -5.0
    """

    location: float
    scale: float

    @property
    def log_mode(self) -> float:
        """Logarithm of the most probable parameter."""
        return self.location - self.scale**2

    def log_density(self, log_parameter: Array) -> tuple[float, Array]:
        """Sum the log densities of ``exp(log_parameter)``, and give the gradient.

        Parameters
        ----------
        log_parameter
            Logarithms of independent parameters, shape (k,).

        Returns
        -------
        tuple
            Sum of the log densities; gradient with respect to `log_parameter`, (k,).
        """
        z = (log_parameter - self.location) / self.scale
        constant = log_parameter.size * (math.log(self.scale) + _HALF_LOG_2PI)
        value = -0.5 * float(z @ z) - sum(log_parameter.tolist()) - constant
        return value, -z / self.scale - 1.0


def gamma_prior(dimension: int) -> GammaPrior:
    """Lengthscale prior of `dimension` inputs with its mode at 0.205 √d."""
    return GammaPrior(3.0, 2.0 / (0.205 * math.sqrt(dimension)))


def lognormal_prior(dimension: int) -> LogNormalPrior:
    """Dimension-scaled lengthscale prior of Hvarfner et al. 2024 for `dimension` inputs."""
    return LogNormalPrior(math.sqrt(2.0) + 0.5 * math.log(dimension), math.sqrt(3.0))


#: Name to the prior of the lengthscales of numbers, as a function of how many there are.
LENGTHSCALE_PRIORS: dict[str, Callable[[int], Prior]] = {
    "gamma": gamma_prior,
    "lognormal": lognormal_prior,
}

#: Prior of the lengthscale of a category: two categories are as alike as the data say, about
#: 0.4 correlated before there are any.
CATEGORY_PRIOR = LogNormalPrior(0.0, 1.0)

#: Prior of the inferred noise variance of the standardised outcome.
NOISE_PRIOR = LogNormalPrior(-4.0, 1.0)
