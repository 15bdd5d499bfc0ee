"""How outcomes enter a model: standardised, or bent towards a normal distribution as well.

Results of an optimisation are often skewed: a few bad ones far away, and the interesting
ones close together. A Gaussian process of such results spends its attention on the bad
ones. The Yeo-Johnson transform pulls them in; it is monotone, so that better stays better.

Sources
-------
I.-K. Yeo and R. A. Johnson, "A new family of power transformations to improve normality
or symmetry", Biometrika 87 (2000) 954. A. I. Cowen-Rivers et al., HEBO, JAIR 74 (2022)
1269 (for Bayesian optimisation).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Choices of `ModelConfig.outcome`.
OUTCOMES = ("auto", "standardise", "yeo-johnson")
#: Logarithm of what is beyond any result, but finite: predictions far outside the data stay numbers.
LARGEST_LOG = 100.0

# Powers from 0 to 2 keep the transform a bijection of all numbers: every prediction has a way back.
_POWERS = np.linspace(0.0, 2.0, 41)
_TAIL = (np.arange(32) + 0.5) / 32


class Outcomes(Protocol):
    """From outcomes in the objective's unit to those that the model is fitted to, and back."""

    @property
    def location(self) -> float:
        """Mean of the outcomes, in the objective's unit."""
        ...

    @property
    def scale(self) -> float:
        """Standard deviation of the outcomes, in the objective's unit."""
        ...

    def forward(self, y: Array) -> Array:
        """Outcomes of the model from outcomes in the objective's unit."""
        ...

    def backward(self, z: Array) -> Array:
        """Outcomes in the objective's unit from those of the model."""
        ...

    def moments(self, mean: Array, deviation: Array) -> tuple[Array, Array]:
        """Mean and standard deviation in the objective's unit, from those of the model."""
        ...

    def expected_gain(self, mean: Array, deviation: Array, best: float, sign: int) -> Array:
        """Return the expected improvement over `best` (of the model) in the objective's unit, (m,).

        `sign` is 1 when larger is better, -1 when smaller is.
        """
        ...


@dataclass(frozen=True)
class Standardised:
    """``z = (y - location) / scale``."""

    location: float
    scale: float

    def forward(self, y: Array) -> Array:
        """Outcomes of the model from outcomes in the objective's unit."""
        return np.asarray((y - self.location) / self.scale)

    def backward(self, z: Array) -> Array:
        """Outcomes in the objective's unit from those of the model."""
        return np.asarray(self.location + self.scale * z)

    def moments(self, mean: Array, deviation: Array) -> tuple[Array, Array]:
        """Mean and standard deviation in the objective's unit, from those of the model."""
        return self.location + self.scale * mean, self.scale * deviation

    def expected_gain(self, mean: Array, deviation: Array, best: float, sign: int) -> Array:
        """Return the expected improvement over `best` in the objective's unit, (m,)."""
        from scipy.special import ndtr  # not needed to look at a model

        gain = sign * (mean - best)
        u = gain / deviation
        density = np.exp(-0.5 * u * u) / math.sqrt(2.0 * math.pi)
        return np.asarray(self.scale * np.maximum(gain * ndtr(u) + deviation * density, 0.0))


@dataclass(frozen=True)
class YeoJohnson:
    """Standardised, bent by the Yeo-Johnson transform, and standardised again.

    Parameters
    ----------
    location, scale
        Of the outcomes, in the objective's unit.
    power
        Of the transform, 0 to 2; 1 changes nothing.
    bent_location, bent_scale
        Of the bent outcomes.

    Examples
    --------
    >>> outcomes = YeoJohnson(10.0, 2.0, 0.5, 0.1, 0.8)
    >>> outcomes.backward(outcomes.forward(np.array([3.0, 10.0, 30.0]))).round(9).tolist()
    [3.0, 10.0, 30.0]
    """

    location: float
    scale: float
    power: float
    bent_location: float
    bent_scale: float

    def forward(self, y: Array) -> Array:
        """Outcomes of the model from outcomes in the objective's unit."""
        bent = bend((y - self.location) / self.scale, self.power)
        return np.asarray((bent - self.bent_location) / self.bent_scale)

    def backward(self, z: Array) -> Array:
        """Outcomes in the objective's unit from those of the model."""
        straight = straighten(self.bent_location + self.bent_scale * z, self.power)
        with np.errstate(over="ignore"):
            return np.nan_to_num(self.location + self.scale * straight)

    def moments(self, mean: Array, deviation: Array) -> tuple[Array, Array]:
        """Mean and standard deviation in the objective's unit, by Gauss-Hermite quadrature."""
        places, weights = quadrature()
        nodes = mean[..., None] + deviation[..., None] * places
        x = straighten(self.bent_location + self.bent_scale * nodes, self.power)
        centre = x @ weights
        spread = np.sqrt(((x - centre[..., None]) ** 2) @ weights)
        with np.errstate(over="ignore"):
            return (
                np.nan_to_num(self.location + self.scale * centre),
                np.nan_to_num(self.scale * spread),
            )

    def expected_gain(self, mean: Array, deviation: Array, best: float, sign: int) -> Array:
        """Return the expected improvement over `best` in the objective's unit, (m,).

        The improving tail of the prediction is cut into parts of equal probability.
        """
        from scipy.special import ndtr, ndtri  # as above

        chance = ndtr(sign * (mean - best) / deviation)
        places = np.maximum(chance[:, None] * _TAIL, 1e-300)
        better = mean[:, None] - sign * deviation[:, None] * ndtri(places)
        gains = sign * (self.backward(better) - self.backward(np.array(best)))
        return np.asarray(chance * np.maximum(gains, 0.0).mean(axis=1))


@cache
def quadrature() -> tuple[Array, Array]:
    """Return Gauss-Hermite nodes and weights; a first suggestion does not need them."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    return nodes, weights / weights.sum()


def bend(x: Array, power: float | Array) -> Array:
    """Yeo-Johnson transform of `x`, for powers from 0 to 2.

    Examples
    --------
    >>> bend(np.array([-1.0, 0.0, 1.0]), 1.0).tolist()
    [-1.0, 0.0, 1.0]
    """
    logs = np.log1p(np.abs(x))
    exponent = np.where(x >= 0.0, power, 2.0 - np.asarray(power))
    # expm1(e log(1+x)) / e tends to log(1+x) when the exponent e vanishes.
    safe = np.where(np.abs(exponent) < 1e-8, 1.0, exponent)
    size = np.where(np.abs(exponent) < 1e-8, logs, np.expm1(safe * logs) / safe)
    return np.asarray(np.sign(x) * size)


def straighten(t: Array, power: float) -> Array:
    """Inverse of `bend`."""
    exponent = np.where(t >= 0.0, power, 2.0 - power)
    safe = np.where(np.abs(exponent) < 1e-8, 1.0, exponent)
    size = np.abs(t)
    logs = np.where(np.abs(exponent) < 1e-8, size, np.log1p(safe * size) / safe)
    return np.asarray(np.sign(t) * np.expm1(np.minimum(logs, LARGEST_LOG)))


def likeliest_power(x: Array) -> float:
    """Power at which the bent `x` (n,) are most likely as draws of one normal distribution."""
    bent = bend(x[None, :], _POWERS[:, None])
    score = -0.5 * len(x) * np.log(np.maximum(bent.var(axis=1), 1e-300))
    score += (_POWERS - 1.0) * float((np.sign(x) * np.log1p(np.abs(x))).sum())
    return float(_POWERS[int(score.argmax())])


def bent_outcomes(y: Array, location: float, scale: float) -> tuple[YeoJohnson, float]:
    """Bend outcomes `y` (n,) at their likeliest power.

    Returns
    -------
    tuple
        The transform; the logarithm of its Jacobian against plain standardising, which has
        to be added to a likelihood before the two can be compared.
    """
    x = (y - location) / scale
    power = likeliest_power(x)
    bent = bend(x, power)
    spread = float(bent.std(ddof=1))
    jacobian = (power - 1.0) * float((np.sign(x) * np.log1p(np.abs(x))).sum())
    outcomes = YeoJohnson(location, scale, power, float(bent.mean()), spread)
    return outcomes, jacobian - len(y) * math.log(spread)
