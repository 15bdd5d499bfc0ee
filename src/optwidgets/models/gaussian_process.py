"""The exact Gaussian process behind ``backend='botorch'``, on NumPy and LAPACK.

It is botorch's ``SingleTaskGP`` or ``MixedSingleTaskGP``: same kernel, priors, limits
and standardisation, so its hyperparameters can be written into one (`botorch_model`).
Fitting and predicting need no torch and are ten to forty times faster on small tables.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.models.base import ModelConfig, TrainingData
from optwidgets.models.feature_kernel import kernel_over
from optwidgets.models.fitting import n_searches, refined, rough_mode
from optwidgets.models.kernel_base import Kernel
from optwidgets.models.kernel_parts import pair_indices
from optwidgets.models.linear_algebra import inverse_factor
from optwidgets.models.marginal_likelihood import MarginalLikelihood
from optwidgets.models.outcome_transforms import Outcomes, Standardised, YeoJohnson, bent_outcomes
from optwidgets.models.own_kernels import is_own
from optwidgets.models.posterior import Posterior
from optwidgets.models.priors import MIN_KNOWN_NOISE
from optwidgets.models.warped_fit import warped_if_likelier
from optwidgets.tasks import Progress

if TYPE_CHECKING:
    from botorch.models.gp_regression import SingleTaskGP

Array = NDArray[np.float64]

#: Results that are modelled exactly; the fit of so many takes some ten seconds.
MAX_EXACT = 2_000

# Differences of all pairs are kept during the fit: at most 500 MB of them.
_MAX_PAIR_VALUES = 62_500_000
_TYPICAL_EVALUATIONS = 25

# Bent outcomes have to be so much likelier (natural logarithm) than plain ones.
_CONVINCING = 1.0
# Fewer results, or noisier ones (variance, standardised), do not show how they are spread.
_ENOUGH_TO_BEND = 6
_NOISY = 0.02


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """A fitted Gaussian process; follows the `Model` protocol.

    Parameters
    ----------
    config, data
        How and to what it was fitted.
    kernel, theta
        Kernel and its log parameters.
    noise
        Noise variances of the standardised outcomes, (n,).
    outcomes
        How outcomes in the objective's unit became those that are modelled.
    log_posterior
        (log marginal likelihood + log prior) / n at the fitted values.
    """

    config: ModelConfig
    data: TrainingData
    kernel: Kernel
    theta: Array
    noise: Array
    outcomes: Outcomes
    log_posterior: float

    #: How covariances are factorised.
    _inverse_factor = staticmethod(inverse_factor)

    @property
    def approximation(self) -> str:
        """Empty: the model is exact."""
        return ""

    @cached_property
    def standardised(self) -> Array:
        """Outcomes as they are modelled, (n,)."""
        return self.outcomes.forward(self.data.y)

    @cached_property
    def posterior(self) -> Posterior:
        """Posterior of the latent function in standardised units."""
        X, n = self.data.X, len(self.data)
        covariance = np.empty((n, n))
        pairs, diagonal, _ = self.kernel.gram(self.theta, self.kernel.prepare(X))
        rows, columns = pair_indices(n)
        covariance[rows, columns] = pairs
        covariance[columns, rows] = pairs
        covariance[np.diag_indices(n)] = diagonal + self.noise
        inverse = self._inverse_factor(covariance)
        whitened_ones, whitened_z = inverse.sum(axis=1), inverse @ self.standardised
        mean = float(whitened_ones @ whitened_z) / float(whitened_ones @ whitened_ones)
        alpha = inverse.T @ (whitened_z - mean * whitened_ones)
        return Posterior(self.kernel, self.theta, X, inverse, alpha, mean, float(self.noise.mean()))

    def predict(self, X: Array, *, observation_noise: bool = False) -> tuple[Array, Array]:
        """Mean and standard deviation in output units.

        Parameters
        ----------
        X
            Inputs in the unit cube, m x d.
        observation_noise
            Whether the deviation is that of a new measurement (with the mean noise of
            the data, where it is known) or of the underlying function.

        Returns
        -------
        tuple
            Means (m,), standard deviations (m,).
        """
        mean, deviation = self.posterior.moments(np.atleast_2d(np.asarray(X, dtype=float)))
        if observation_noise:
            deviation = np.sqrt(deviation**2 + self.posterior.noise)
        return self.outcomes.moments(mean, deviation)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Each result predicted from all others, in closed form.

        Hyperparameters stay; the constant mean is estimated again without the row.
        A single result is predicted by the prior alone.

        Returns
        -------
        tuple
            Means (n,) and standard deviations (n,), observation noise included.

        Sources
        -------
        O. Dubrule, "Cross validation of kriging in a unique neighborhood",
        Math. Geol. 15 (1983) 687; Rasmussen & Williams 2006, section 5.4.2.
        """
        posterior, n = self.posterior, len(self.data)
        if n == 1:
            spread = math.sqrt(posterior.prior_variance + posterior.noise)
            return self.outcomes.moments(np.zeros(1), np.array([spread]))
        precision = posterior.inverse.T @ posterior.inverse
        ones = precision.sum(axis=1)
        precision -= np.outer(ones, ones) / ones.sum()
        variance = 1.0 / np.maximum(precision.diagonal(), 1e-300)
        mean = self.standardised - posterior.alpha * variance
        return self.outcomes.moments(mean, np.sqrt(variance))

    @cached_property
    def hyperparameters(self) -> dict[str, Any]:
        """Fitted values as plain numbers.

        ``lengthscales`` by variable, in unit-cube units; ``noise`` (variance; the mean
        where it is known), ``mean`` and ``outputscale`` of the standardised outcome;
        ``noise_sd``, ``output_mean`` and ``output_sd`` in the objective's unit; ``power`` of
        the Yeo-Johnson transform, where there is one;
        ``log_posterior``. Models with categories have the scales of their parts too.
        """
        noise, scale = float(self.noise.mean()), self.outcomes.scale
        bent = {"power": self.outcomes.power} if isinstance(self.outcomes, YeoJohnson) else {}
        return {
            **self.kernel.describe(self.theta, self.data.encoding.space.names),
            "noise": noise,
            "mean": self.posterior.mean,
            "noise_sd": scale * math.sqrt(noise),
            "output_mean": self.outcomes.location,
            "output_sd": scale,
            **bent,
            "log_posterior": self.log_posterior,
        }

    @cached_property
    def botorch_model(self) -> SingleTaskGP:
        """The same model as an object of botorch; torch is imported only now."""
        from optwidgets.models.botorch import to_botorch

        return to_botorch(self)


def standardisation(y: Array) -> tuple[float, float]:
    """Location and scale that standardise `y`, finite for whatever finite `y` (n,).

    As botorch's ``Standardize``: mean and standard deviation. Where they say nothing
    (one result, or all equal up to rounding), the scale is the size of the results, so
    that a model in other units is the same model.

    Examples
    --------
    >>> standardisation(np.array([1.0, 3.0]))[0]
    2.0
    >>> standardisation(np.array([1e12, 1e12]))
    (1000000000000.0, 1000000000000.0)
    >>> standardisation(np.array([0.0]))
    (0.0, 1.0)
    """
    size = float(np.abs(y).max())
    if size == 0.0:
        return 0.0, 1.0
    if size < 1e-290:
        size = 1.0
    shares = y / size  # so that the largest numbers do not overflow
    mean = float(shares.mean())
    deviation = float(shares.std(ddof=1)) if len(y) > 1 else 0.0
    if deviation <= 1e-14:
        return float(y[0]) if len(y) == 1 else mean * size, size
    return mean * size, deviation * size


def exact_limit(dimension: int) -> int:
    """Largest number of results that are modelled exactly, for so many variables.

    Beyond it the model is the one of `optwidgets.models.large`.

    Examples
    --------
    >>> exact_limit(6), exact_limit(100)
    (2000, 1118)
    """
    return min(MAX_EXACT, max(2, int(math.sqrt(2 * _MAX_PAIR_VALUES / dimension))))


def fit(
    data: TrainingData, config: ModelConfig, *, seed: int = 0, progress: Progress | None = None
) -> GaussianProcess:
    """Fit by maximum a posteriori; see `optwidgets.models.base.fit_model`."""
    n, d = len(data), len(data.encoding)
    if n > exact_limit(d):
        from optwidgets.models import large

        return large.fit(data, config, seed=seed, progress=progress)
    location, scale = standardisation(data.y)
    plain = Standardised(location, scale)
    known = None
    if config.noise == "known":
        assert data.noise is not None  # checked in fit_model
        with np.errstate(over="ignore"):
            known = np.clip(data.noise / scale / scale, MIN_KNOWN_NOISE, 1e12)
    kernel = kernel_over(config, data.encoding)
    expected = _TYPICAL_EVALUATIONS * n_searches(n)
    evaluations = 0

    def tick() -> None:
        nonlocal evaluations
        evaluations += 1
        if progress is not None:
            done = evaluations / (evaluations + expected)
            progress(done, f"Fitting the model to {n} results")

    objective = MarginalLikelihood(kernel, data.X, plain.forward(data.y), known, tick)
    mode = rough_mode(objective, n, seed)
    if not (math.isfinite(mode.value) and np.isfinite(mode.theta).all()):
        raise OptwidgetsError(
            f"The model could not be fitted: the kernel {config.kernel!r} has no covariance matrix "
            "for these results. Check its function, or choose another kernel."
            if is_own(config.kernel)
            else "The model could not be fitted: the results span too many orders of magnitude. "
            "Rescale the outputs or exclude the extreme rows."
        )
    outcomes: Outcomes = plain
    if _may_bend(config, data.y, mode.theta, known):
        bent, jacobian = bent_outcomes(data.y, location, scale)
        of_bent = objective.with_outcomes(bent.forward(data.y))
        other = refined(of_bent, mode)
        evidence = n * (other.value - mode.value) + jacobian
        if config.outcome == "yeo-johnson" or evidence > _CONVINCING:
            outcomes, mode, objective = bent, other, of_bent
    if outcomes is plain:
        mode = refined(objective, mode)
    if config.inputs != "plain":
        objective, mode = warped_if_likelier(config, objective, data, mode)
    kernel = objective.kernel
    noise = known if known is not None else np.full(n, math.exp(mode.theta[-1]))
    theta = mode.theta[: kernel.size]
    return GaussianProcess(config, data, kernel, theta, noise, outcomes, mode.value)


def _may_bend(config: ModelConfig, y: Array, theta: Array, known: Array | None) -> bool:
    """Whether bent outcomes are worth a look: enough different results, not blurred by noise."""
    different = len(np.unique(y))
    if config.outcome == "yeo-johnson":
        return known is None and different > 2
    quiet = known is None and math.exp(theta[-1]) < _NOISY
    return config.outcome == "auto" and quiet and different >= _ENOUGH_TO_BEND
