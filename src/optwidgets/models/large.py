"""Tables of thousands of results: all of them through a few hundred inducing points.

Hyperparameters are the exact maximum a posteriori of a part of the results: the best ones
and others drawn evenly. Given them, *all* results enter the posterior through inducing
points, chosen where the function is least known from those chosen before. The posterior has
the form of an exact one, with an inducing point for each training point, so that every
strategy, gradient and batch works on it unchanged.

Sources
-------
M. Titsias, "Variational Learning of Inducing Variables in Sparse Gaussian Processes",
AISTATS 2009 (the posterior); D. R. Burt, C. E. Rasmussen, M. van der Wilk, "Convergence of
Sparse Variational Inference in Gaussian Processes Regression", JMLR 21 (2020) 131, arXiv
2008.00323 (inducing points by pivoted Cholesky); E. Snelson, Z. Ghahramani, NeurIPS 2005
(variance that the inducing points do not explain, used where a result is left out).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.models import gaussian_process
from optwidgets.models.base import ModelConfig, TrainingData
from optwidgets.models.gaussian_process import GaussianProcess
from optwidgets.models.kernel_base import Kernel
from optwidgets.models.part import by_importance, some_rows
from optwidgets.models.posterior import Posterior
from optwidgets.models.priors import MIN_KNOWN_NOISE
from optwidgets.tasks import Progress

if TYPE_CHECKING:
    from botorch.models.gp_regression import SingleTaskGP

Array = NDArray[np.float64]

#: Results that the hyperparameters are fitted to.
N_FITTED = 1_000
#: Inducing points.
N_INDUCING = 1_000

# Results that may be inducing.
_N_CANDIDATES = 4000
# Share of the prior variance below which a further inducing point says nothing new.
_KNOWN_ENOUGH = 1e-6


def choose_inducing(kernel: Kernel, theta: Array, X: Array, count: int) -> NDArray[np.intp]:
    """Rows of X that leave least variance unexplained, one after the other.

    Parameters
    ----------
    kernel, theta
        Kernel and its log parameters.
    X
        Candidates, n x d.
    count
        How many to choose, m.

    Returns
    -------
    Array
        At most m different rows of X; fewer when the others are explained by them.
    """
    n = len(X)
    count = min(count, n)
    left = kernel.variances(theta, X)[0].copy()
    enough = _KNOWN_ENOUGH * kernel.diagonal(theta)
    columns = np.empty((count, n))
    chosen: list[int] = []
    for place in range(count):
        best = int(left.argmax())
        if left[best] <= enough:
            break
        cross, _ = kernel.cross(theta, X[best][None], X)
        column = cross[0] - columns[:place, best] @ columns[:place]
        columns[place] = column / math.sqrt(left[best])
        left = np.maximum(left - columns[place] ** 2, 0.0)
        left[best] = 0.0
        chosen.append(best)
    return np.array(chosen, dtype=np.intp)


@dataclass(frozen=True, eq=False)
class LargeGaussianProcess(GaussianProcess):
    """A Gaussian process of many results; follows the `Model` protocol.

    Parameters
    ----------
    inducing
        Inducing points, m x d.
    part
        The exact model of the results that the hyperparameters were fitted to.
    """

    inducing: Array
    part: GaussianProcess

    @cached_property
    def _projected(self) -> tuple[Array, Array, Array, Array]:
        """Inverse factor of the inducing points' covariance, whitened results, and eigenpairs.

        With V = L^-1 K_mn the noisy covariance of all results is V'V + D, and everything
        follows from the eigenvalues and vectors of V D^-1 V'.
        """
        cross, _ = self.kernel.cross(self.theta, self.inducing, self.inducing)
        factor_inverse = self._inverse_factor(cross)
        to_data, _ = self.kernel.cross(self.theta, self.inducing, self.data.X)
        whitened = factor_inverse @ to_data
        values, vectors = np.linalg.eigh((whitened / self.noise) @ whitened.T)
        return factor_inverse, whitened, np.maximum(values, 0.0), vectors

    def _solve(self, right: Array) -> Array:
        """(V'V + D)^-1 right, for right n x k."""
        _, whitened, values, vectors = self._projected
        scaled = right / self.noise[:, None]
        inner = vectors @ ((vectors.T @ (whitened @ scaled)) / (1.0 + values)[:, None])
        return np.asarray(scaled - (whitened.T @ inner) / self.noise[:, None])

    @cached_property
    def _mean_and_weights(self) -> tuple[float, Array]:
        """Constant mean and ``(V'V + D)^-1 (z - mean)``."""
        ones = np.ones(len(self.data))
        solved = self._solve(np.column_stack([self.standardised, ones]))
        mean = float(ones @ solved[:, 0]) / float(ones @ solved[:, 1])
        return mean, solved[:, 0] - mean * solved[:, 1]

    @cached_property
    def posterior(self) -> Posterior:
        """Posterior of the latent function, over the inducing points."""
        factor_inverse, whitened, values, vectors = self._projected
        mean, weights = self._mean_and_weights
        explained = np.sqrt(values / (1.0 + values))
        inverse = explained[:, None] * (vectors.T @ factor_inverse)
        alpha = factor_inverse.T @ (whitened @ weights)
        return Posterior(
            self.kernel, self.theta, self.inducing, inverse, alpha, mean, float(self.noise.mean())
        )

    def leave_one_out(self) -> tuple[Array, Array]:
        """Each result predicted from all others, in closed form; inducing points are kept.

        Returns
        -------
        tuple
            Means (n,) and standard deviations (n,), observation noise included.
        """
        _, whitened, values, vectors = self._projected
        _, weights = self._mean_and_weights
        turned = (vectors.T @ whitened) / np.sqrt(1.0 + values)[:, None]
        precision = 1.0 / self.noise - np.square(turned).sum(axis=0) / self.noise**2
        variance = 1.0 / np.maximum(precision, 1e-300)
        prior, _ = self.kernel.variances(self.theta, self.data.X)
        unexplained = prior - np.square(whitened).sum(axis=0)
        mean = self.standardised - weights * variance
        deviation = np.sqrt(variance + np.maximum(unexplained, 0.0))
        return self.outcomes.moments(mean, deviation)

    @cached_property
    def hyperparameters(self) -> dict[str, Any]:
        """As of the exact model, with ``n_inducing`` points and ``n_fitted`` results."""
        return {
            **super().hyperparameters,
            "n_inducing": len(self.inducing),
            "n_fitted": len(self.part.data),
        }

    @cached_property
    def botorch_model(self) -> SingleTaskGP:
        """Object of botorch for `part`: the same hyperparameters, and as many results as fit."""
        return self.part.botorch_model

    @property
    def approximation(self) -> str:
        """Say in words how the model differs from an exact one."""
        return (
            f"{len(self.data):,} results are too many for an exact model: its scales come from "
            f"{len(self.part.data):,} of them, and all enter through {len(self.inducing):,} points."
        )


def fit(
    data: TrainingData, config: ModelConfig, *, seed: int = 0, progress: Progress | None = None
) -> LargeGaussianProcess:
    """Fit to part of the results and take in the others; see `optwidgets.models.base.fit_model`."""
    rng = np.random.default_rng(seed)
    n_fitted = min(N_FITTED, gaussian_process.exact_limit(len(data.encoding)))
    places = by_importance(data.y, n_fitted, rng)
    part = np.sort(places[:n_fitted])
    small = gaussian_process.fit(some_rows(data, part), config, seed=seed, progress=progress)
    if progress is not None:
        progress(None, f"Taking in all {len(data):,} results")
    candidates = places[:_N_CANDIDATES]
    chosen = choose_inducing(small.kernel, small.theta, data.X[candidates], N_INDUCING)
    if config.noise == "known" and data.noise is not None:
        noise = np.clip(
            data.noise / small.outcomes.scale / small.outcomes.scale, MIN_KNOWN_NOISE, 1e12
        )
    else:
        noise = np.full(len(data), float(small.noise.mean()))
    return LargeGaussianProcess(
        config,
        data,
        small.kernel,
        small.theta,
        noise,
        small.outcomes,
        small.log_posterior,
        inducing=data.X[candidates[chosen]],
        part=small,
    )
