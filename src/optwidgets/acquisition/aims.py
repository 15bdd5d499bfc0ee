"""What a modelled outcome is worth: the goal of an objective as every strategy needs it.

Works on outcomes as they are modelled. Maximising and minimising keep their order when
outcomes are bent; those of a target or a band are never bent, so that distances stay true.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.analytic import (
    Criterion,
    LogExpectedImprovement,
    ProbabilityOfImprovement,
    UpperConfidenceBound,
    probability_of_improvement,
)
from optwidgets.acquisition.limits import modelled
from optwidgets.data.objective import Objective
from optwidgets.models.base import Model
from optwidgets.models.outcome_transforms import Outcomes

if TYPE_CHECKING:
    from optwidgets.acquisition.monte_carlo import Utility

Array = NDArray[np.float64]


class Worth(Protocol):
    """What outcomes are worth, alone or against other objectives: a utility, larger is better."""

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

    def in_units(self, outcomes: Outcomes, worth: Array) -> Array:
        """Return worths in the objective's unit.

        A result is worth itself (its sign turned when minimising), or its distance less than 0.
        """
        ...

    def expected(self) -> Criterion:
        """Return what is maximised to find the best prediction."""
        ...

    def optimistic(self, mean: Array, reach: Array) -> Array:
        """Return the best that an outcome within `reach` of the mean is worth."""
        ...


class Aim(Worth, Protocol):
    """The goal of one objective, with all that strategies maximise, in the units of the model."""

    def outcome(self, worth: float) -> float:
        """Return a modelled outcome that is worth so much."""
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


def _near(objective: Objective, model: Model) -> Aim:
    from optwidgets.acquisition.near_aim import near  # most campaigns have neither target nor band

    return near(objective, model)


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
