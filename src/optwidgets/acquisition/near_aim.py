"""Targets and bands: what is nearer is worth more; loaded only where an objective has one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.analytic import Criterion
from optwidgets.acquisition.closeness import (
    ChanceToApproach,
    ExpectedDistance,
    LogExpectedApproach,
    Straddle,
    distance,
)
from optwidgets.acquisition.limits import modelled
from optwidgets.acquisition.monte_carlo import Utility
from optwidgets.acquisition.near_draws import NearBand
from optwidgets.data.objective import Objective
from optwidgets.models.base import Model
from optwidgets.models.outcome_transforms import Outcomes

Array = NDArray[np.float64]

# A target that was hit can still be hit more surely: so near counts as beating it.
_LEAST_REACH = 1e-4


@dataclass(frozen=True)
class Near:
    """The nearer to a band the better; a target is a band without width.

    Parameters
    ----------
    lower, upper
        The band, as it is modelled.
    model
        For values in the objective's unit.
    """

    lower: float
    upper: float
    model: Model | None = None

    @property
    def direction(self) -> int:
        """Sign of the base samples."""
        return 1

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Worth and derivatives."""
        far, slope = distance(z, self.lower, self.upper)
        return -far, -slope

    def of_value(self, value: float) -> float:
        """Return what a value in the objective's unit is worth."""
        assert self.model is not None
        return float(self(np.array(modelled(self.model, value)))[0])

    def outcome(self, worth: float) -> float:
        """Return the modelled outcome above the band that is worth so much."""
        return self.upper - min(worth, 0.0)

    def in_units(self, outcomes: Outcomes, worth: Array) -> Array:
        """Return distances less than 0."""
        return outcomes.scale * worth

    def expected(self) -> Criterion:
        """Return the expected distance, less than 0."""
        return ExpectedDistance(self.lower, self.upper)

    def improvement(self, best: float, xi: float, spread: float) -> Criterion:
        """Return the log of how much nearer an outcome is expected to be."""
        return LogExpectedApproach(self.lower, self.upper, self._reach(best, xi), spread)

    def chance(self, best: float, xi: float) -> Criterion:
        """Return the argument of Φ in the probability to be nearer."""
        return ChanceToApproach(self.lower, self.upper, self._reach(best, xi))

    def bound(self, kappa: float) -> Criterion:
        """Return the straddle: uncertainty less the distance of the mean."""
        return Straddle(self.lower, self.upper, kappa)

    def threshold(self, best: float, xi: float) -> float:
        """Return the worth that draws have to exceed."""
        return -self._reach(best, xi)

    def of_draws(self, utility: Utility, spread: float, steady: int) -> Utility:
        """Return the utility of the distances of draws."""
        return NearBand(utility, self.lower, self.upper, spread, steady)

    def optimistic(self, mean: Array, reach: Array) -> Array:
        """Return the best within reach."""
        return np.minimum(0.0, self(mean)[0] + reach)

    def pessimistic(self, mean: Array, reach: Array) -> Array:
        """Return the worst within reach, which lies at one of its ends."""
        return np.minimum(self(mean - reach)[0], self(mean + reach)[0])

    def gain(self, outcomes: Outcomes, mean: Array, deviation: Array, best: float) -> Array:
        """Return how much nearer an outcome is expected to be, in the objective's unit, (m,)."""
        if best >= 0.0:
            return np.zeros_like(mean)
        log_gain = self.improvement(best, 0.0, 1.0)(mean, deviation)[0]
        return np.asarray(outcomes.scale * np.exp(log_gain))

    def _reach(self, best: float, xi: float) -> float:
        """Distance to undercut: nobody can improve by more than what is missing."""
        return (
            max(-best - xi, -0.5 * best, _LEAST_REACH) if xi > 0 else max(-best - xi, _LEAST_REACH)
        )


def near(objective: Objective, model: Model) -> Near:
    """Return the aim of an objective with a target or a band."""
    assert objective.wanted is not None
    lower, upper = objective.wanted
    return Near(modelled(model, lower), modelled(model, upper), model)
