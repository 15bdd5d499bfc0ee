"""Priors and limits of the hyperparameters, all with gradients.

The priors are those of botorch's default ``SingleTaskGP``: a log-normal prior on
every lengthscale whose location grows with the dimension, and a log-normal prior on
the noise. Densities are taken with respect to the parameter itself (not its
logarithm), as botorch does, while gradients are with respect to the logarithm,
in which we search.

Sources
-------
C. Hvarfner, E. O. Hellsten, L. Nardi, "Vanilla Bayesian Optimization Performs Great
in High Dimensions", ICML 2024, arXiv 2402.02229.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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
        value = -0.5 * float(z @ z) - float(log_parameter.sum()) - constant
        return value, -z / self.scale - 1.0


def lengthscale_prior(dimension: int) -> LogNormalPrior:
    """Dimension-scaled lengthscale prior of Hvarfner et al. 2024 for `dimension` inputs."""
    return LogNormalPrior(math.sqrt(2.0) + 0.5 * math.log(dimension), math.sqrt(3.0))


#: Prior of the inferred noise variance of the standardised outcome.
NOISE_PRIOR = LogNormalPrior(-4.0, 1.0)
