"""What a modelled outcome is worth: the goal of an objective as every strategy needs it.

Works on outcomes as they are modelled. Maximising and minimising keep their order when
outcomes are bent; those of a target or a band are never bent, so that distances stay true.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.analytic import (
    Criterion,
    LogExpectedImprovement,
    ProbabilityOfImprovement,
    UpperConfidenceBound,
    probability_of_improvement,
)
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


class Aim(Protocol):
    """A goal. "Worth" is a utility: larger is better, in the units of the model."""

    @property
    def direction(self) -> int:
        """Sign of the base samples: mirrored goals have mirrored draws."""
        ...

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Worth of outcomes of any shape, and the derivatives."""
        ...

    def of_value(self, value: float) -> float:
        """Return what a value in the objective's unit is worth."""
        ...

    def outcome(self, worth: float) -> float:
        """Return a modelled outcome that is worth so much."""
        ...

    def in_units(self, outcomes: Outcomes, worth: Array) -> Array:
        """Return worths in the objective's unit.

        A result is worth itself (its sign turned when minimising), or its distance less than 0.
        """
        ...

    def expected(self) -> Criterion:
        """Return what is maximised to find the best prediction."""
        ...

    def improvement(self, best: float, xi: float, spread: float) -> Criterion:
        """Return the log of the expected improvement over `best` by more than `xi`."""
        ...

    def chance(self, best: float, xi: float) -> Criterion:
        """Return the argument of Φ in the probability to improve by `xi`."""
        ...

    def bound(self, kappa: float) -> Criterion:
        """Return what a point is worth at best, `kappa` standard deviations away."""
        ...

    def threshold(self, best: float, xi: float) -> float:
        """Return the worth that draws have to exceed."""
        ...

    def of_draws(self, utility: Utility, spread: float, steady: int) -> Utility:
        """Return a utility of draws of outcomes, from one of draws of what they are worth.

        `utility` takes the deviations times `spread`, but for the first `steady` points.
        """
        ...

    def optimistic(self, mean: Array, reach: Array) -> Array:
        """Return the best that an outcome within `reach` of the mean is worth."""
        ...

    def pessimistic(self, mean: Array, reach: Array) -> Array:
        """Return the least that an outcome within `reach` of the mean is worth."""
        ...

    def gain(self, outcomes: Outcomes, mean: Array, deviation: Array, best: float) -> Array:
        """Return the expected improvement over `best` in the objective's unit, (m,)."""
        ...


@dataclass(frozen=True)
class Signed:
    """More is better, or less is (`sign` -1)."""

    sign: int
    model: Model | None = None

    @property
    def direction(self) -> int:
        """Sign of the base samples."""
        return self.sign

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Worth and derivatives."""
        return self.sign * z, np.full_like(z, float(self.sign))

    def of_value(self, value: float) -> float:
        """Return what a value in the objective's unit is worth."""
        assert self.model is not None
        return self.sign * modelled(self.model, value)

    def outcome(self, worth: float) -> float:
        """Return the modelled outcome that is worth so much."""
        return self.sign * worth

    def in_units(self, outcomes: Outcomes, worth: Array) -> Array:
        """Return results, their sign turned when minimising."""
        return self.sign * outcomes.backward(self.sign * worth)

    def expected(self) -> Criterion:
        """Return the mean."""
        return self.bound(0.0)

    def improvement(self, best: float, xi: float, spread: float) -> Criterion:
        """Return the log of the expected improvement."""
        return self._turned(LogExpectedImprovement(best, xi, spread))

    def chance(self, best: float, xi: float) -> Criterion:
        """Return the argument of Φ in the probability of improvement."""
        return self._turned(ProbabilityOfImprovement(best, xi))

    def bound(self, kappa: float) -> Criterion:
        """Return the upper confidence bound, or the lower one with its sign turned."""
        return self._turned(UpperConfidenceBound(kappa))

    def threshold(self, best: float, xi: float) -> float:
        """Return the worth that draws have to exceed."""
        return best + xi

    def of_draws(self, utility: Utility, spread: float, steady: int) -> Utility:
        """Return the utility itself: its draws are turned already."""
        del spread, steady
        return utility

    def optimistic(self, mean: Array, reach: Array) -> Array:
        """Return the best within reach."""
        return self.sign * mean + reach

    def pessimistic(self, mean: Array, reach: Array) -> Array:
        """Return the worst within reach."""
        return self.sign * mean - reach

    def gain(self, outcomes: Outcomes, mean: Array, deviation: Array, best: float) -> Array:
        """Return the expected improvement over `best` in the objective's unit, (m,)."""
        return outcomes.expected_gain(mean, deviation, self.sign * best, self.sign)

    def _turned(self, criterion: Criterion) -> Criterion:
        return criterion if self.sign > 0 else Turned(criterion)


@dataclass(frozen=True)
class Turned:
    """A criterion of the mean with its sign turned."""

    inner: Criterion

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        value, by_mean, by_deviation = self.inner(-mean, deviation)
        return value, -by_mean, by_deviation


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


def _near(objective: Objective, model: Model) -> Near:
    assert objective.wanted is not None
    lower, upper = objective.wanted
    return Near(modelled(model, lower), modelled(model, upper), model)


#: Goal to the aim of an objective that has it.
AIMS: dict[str, Callable[[Objective, Model], Aim]] = {
    "maximize": lambda _, model: Signed(1, model),
    "minimize": lambda _, model: Signed(-1, model),
    "target": _near,
    "band": _near,
}


def aim_of(objective: Objective, model: Model) -> Aim:
    """Find what the modelled outcomes of an objective are worth."""
    return AIMS[objective.goal](objective, model)


def chance_to_improve(aim: Aim, mean: Array, deviation: Array, best: float, xi: float) -> Array:
    """Probability to improve on `best` by `xi`, (m,)."""
    u = aim.chance(best, xi)(mean, deviation)[0]
    return probability_of_improvement(u, np.ones_like(u), 0.0)
