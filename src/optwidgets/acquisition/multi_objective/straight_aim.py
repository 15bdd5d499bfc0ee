"""What outcomes are worth where several objectives are weighed against each other.

One objective keeps its order when outcomes are bent, and order is all that a search of its best
needs. A volume, or a compromise, is made of differences: they count as they are in the units of
the objectives, standardised, and not as the model sees them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import Aim, Signed, aim_of
from optwidgets.data.objective import Objective
from optwidgets.models.base import Model
from optwidgets.models.outcome_transforms import Outcomes, YeoJohnson, straighten

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Straight(Signed):
    """Maximising or minimising bent outcomes, by their straight values.

    Parameters
    ----------
    sign, model
        As for `Signed`; the outcomes of the model are bent.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> outcomes = YeoJohnson(10.0, 2.0, 0.5, 0.0, 1.0)
    >>> aim = Straight(-1, SimpleNamespace(outcomes=outcomes))
    >>> aim(outcomes.forward(np.array([8.0, 12.0])))[0].round(9).tolist()
    [1.0, -1.0]
    >>> aim.of_value(8.0)
    1.0
    """

    @property
    def _outcomes(self) -> YeoJohnson:
        assert self.model is not None
        assert isinstance(self.model.outcomes, YeoJohnson)
        return self.model.outcomes

    def _straight(self, z: Array) -> tuple[Array, Array]:
        """Straight outcomes, standardised, and their derivatives."""
        outcomes = self._outcomes
        x = straighten(outcomes.bent_location + outcomes.bent_scale * z, outcomes.power)
        exponent = np.where(x >= 0.0, outcomes.power, 2.0 - outcomes.power)
        return x, outcomes.bent_scale * (1.0 + np.abs(x)) ** (1.0 - exponent)

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Worth and derivatives."""
        x, slope = self._straight(z)
        return self.sign * x, self.sign * slope

    def of_value(self, value: float) -> float:
        """Return what a value in the objective's unit is worth."""
        return self.sign * (value - self._outcomes.location) / self._outcomes.scale

    def outcome(self, worth: float) -> float:
        """Return the modelled outcome that is worth so much."""
        outcomes = self._outcomes
        value = outcomes.location + outcomes.scale * self.sign * worth
        return float(outcomes.forward(np.array(value)))

    def in_units(self, outcomes: Outcomes, worth: Array) -> Array:
        """Return results, their sign turned when minimising."""
        return self.sign * outcomes.location + outcomes.scale * worth

    def optimistic(self, mean: Array, reach: Array) -> Array:
        """Return the best within reach."""
        return self(mean + self.sign * reach)[0]

    def pessimistic(self, mean: Array, reach: Array) -> Array:
        """Return the worst within reach."""
        return self(mean - self.sign * reach)[0]


def straight_aim_of(objective: Objective, model: Model) -> Aim:
    """Find what the modelled outcomes of one of several objectives are worth."""
    aim = aim_of(objective, model)
    if isinstance(aim, Signed) and isinstance(model.outcomes, YeoJohnson):
        return Straight(aim.sign, model)
    return aim
