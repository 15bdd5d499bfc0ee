"""What a modelled outcome is worth: its goal as a function with a slope.

Works on outcomes as they are modelled (standardised, and perhaps bent): every goal keeps
its order under a monotone transform.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.limits import modelled
from optwidgets.data.objective import Objective
from optwidgets.models.base import Model

Array = NDArray[np.float64]


class Utility(Protocol):
    """From modelled outcomes to what they are worth (more is better)."""

    @property
    def direction(self) -> int:
        """Sign of the base samples: mirrored goals have mirrored draws."""
        ...

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Utilities of outcomes of any shape, and the derivatives."""
        ...

    def of_reference(self, value: float) -> float:
        """Return the utility of a reference value that a user gives in the objective's unit."""
        ...


@dataclass(frozen=True)
class Signed:
    """More is better, or less is (`sign` -1)."""

    sign: int
    model: Model

    @property
    def direction(self) -> int:
        """Sign of the base samples."""
        return self.sign

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Utilities and derivatives."""
        return self.sign * z, np.full_like(z, float(self.sign))

    def of_reference(self, value: float) -> float:
        """Return the utility of a reference value in the objective's unit."""
        return self.sign * modelled(self.model, value)


#: Goal to the utility of an objective that has it.
UTILITIES: dict[str, Callable[[Objective, Model], Utility]] = {
    "maximize": lambda _, model: Signed(1, model),
    "minimize": lambda _, model: Signed(-1, model),
}


def utility_of(objective: Objective, model: Model) -> Utility:
    """Find the utility of an objective's modelled outcomes."""
    return UTILITIES[objective.goal](objective, model)
