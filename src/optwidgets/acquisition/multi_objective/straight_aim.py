"""What outcomes are worth where several objectives are weighed against each other.

One objective keeps its order when outcomes are bent, and order is all that a search of its best
needs. A volume, or a compromise, is made of differences: they count as they are in the units of
the objectives, standardised, and not as the model sees them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import Signed, Worth, aim_of
from optwidgets.acquisition.analytic import Criterion
from optwidgets.acquisition.limits import within_reach
from optwidgets.data.objective import Objective
from optwidgets.models.base import Model
from optwidgets.models.outcome_transforms import Outcomes, YeoJohnson, straighten

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Straight:
    """Maximising or minimising bent outcomes, by their straight values.

    Parameters
    ----------
    sign
        1 where more is better, -1 where less is.
    outcomes
        How results were bent.

    Examples
    --------
    >>> outcomes = YeoJohnson(10.0, 2.0, 0.5, 0.0, 1.0)
    >>> aim = Straight(-1, outcomes)
    >>> aim(outcomes.forward(np.array([8.0, 12.0])))[0].round(9).tolist()
    [1.0, -1.0]
    >>> aim.of_value(8.0)
    1.0
    """

    sign: int
    outcomes: YeoJohnson

    @property
    def direction(self) -> int:
        """Sign of the base samples."""
        return self.sign

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Worth and derivatives."""
        bent = self.outcomes
        x = straighten(bent.bent_location + bent.bent_scale * z, bent.power)
        exponent = np.where(x >= 0.0, bent.power, 2.0 - bent.power)
        slope = bent.bent_scale * (1.0 + np.abs(x)) ** (1.0 - exponent)
        return self.sign * x, self.sign * slope

    def of_value(self, value: float) -> float:
        """Return what a value in the objective's unit is worth."""
        with np.errstate(over="ignore"):
            straight = (value - self.outcomes.location) / self.outcomes.scale
        return self.sign * within_reach(straight)

    def in_units(self, outcomes: Outcomes, worth: Array) -> Array:
        """Return results, their sign turned when minimising."""
        return self.sign * outcomes.location + outcomes.scale * worth

    def expected(self) -> Criterion:
        """Return the worth of the predicted outcome."""
        return _OfMean(self)

    def optimistic(self, mean: Array, reach: Array) -> Array:
        """Return the best within reach."""
        return self(mean + self.sign * reach)[0]


@dataclass(frozen=True)
class _OfMean:
    """The worth of means, whatever the deviation."""

    worth: Straight

    def __call__(self, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
        """Values and derivatives with respect to mean and deviation."""
        value, slope = self.worth(mean)
        return value, slope, np.zeros_like(deviation)


def straight_aim_of(objective: Objective, model: Model) -> Worth:
    """Find what the modelled outcomes of one of several objectives are worth."""
    aim = aim_of(objective, model)
    if isinstance(aim, Signed) and isinstance(model.outcomes, YeoJohnson):
        return Straight(aim.sign, model.outcomes)
    return aim
