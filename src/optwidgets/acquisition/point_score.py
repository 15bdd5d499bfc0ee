"""What a single point is worth: a criterion of the posterior, and how likely it is feasible."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.analytic import Criterion
from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.acquisition.search import Score

Array = NDArray[np.float64]

# A point counts as feasible from this probability on; below it, its value is lowered steeply.
_FEASIBLE = math.log(0.9)
_STEEPNESS = 10.0


class LogChance(Score, Protocol):
    """What is added to a criterion where points may be infeasible; false when all are feasible."""

    def __bool__(self) -> bool: ...


class SmoothPosterior(Protocol):
    """What is known of the objective at points, and how it changes with them."""

    def moments(self, points: Array) -> tuple[Array, Array]:
        """Mean and standard deviation at each of `points` (m x d), (m,) and (m,)."""
        ...

    def moments_with_gradient(
        self, points: Array
    ) -> tuple[Array, Array, Callable[[Array, Array], Array]]:
        """Mean, standard deviation, and how to pull a gradient back to the inputs."""
        ...


@dataclass(frozen=True)
class Demand:
    """Lowers a criterion steeply where limits are not likely to be kept, and nowhere else."""

    feasibility: Feasibility

    def __bool__(self) -> bool:
        return bool(self.feasibility)

    def value(self, X: Array) -> Array:
        """Values (m,) of points (m x d)."""
        return np.asarray(_STEEPNESS * np.minimum(self.feasibility.value(X) - _FEASIBLE, 0.0))

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Values (m,) and gradients (m x d) of points (m x d)."""
        log_chance, slope = self.feasibility.value_and_gradient(X)
        short = np.minimum(log_chance - _FEASIBLE, 0.0)
        return _STEEPNESS * short, _STEEPNESS * slope * (short < 0.0)[:, None]


@dataclass(frozen=True)
class PointScore:
    """An analytic criterion at points.

    Parameters
    ----------
    posterior
        Posterior in standardised units.
    criterion
        Of mean and standard deviation, as `optwidgets.acquisition.aims` has them.
    feasibility
        Added to the criterion.
    """

    posterior: SmoothPosterior
    criterion: Criterion
    feasibility: LogChance

    def value(self, X: Array) -> Array:
        """Values (m,) of points (m x d)."""
        mean, deviation = self.posterior.moments(X)
        value = self.criterion(mean, deviation)[0]
        return value + self.feasibility.value(X) if self.feasibility else value

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Values (m,) and gradients (m x d) of points (m x d)."""
        mean, deviation, pullback = self.posterior.moments_with_gradient(X)
        value, by_mean, by_deviation = self.criterion(mean, deviation)
        gradient = pullback(by_mean, by_deviation)
        if not self.feasibility:
            return value, gradient
        chance, chance_gradient = self.feasibility.value_and_gradient(X)
        return value + chance, gradient + chance_gradient
