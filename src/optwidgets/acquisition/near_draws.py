"""What draws of outcomes are worth to a batch when a target or a band is aimed at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.closeness import distance
from optwidgets.acquisition.monte_carlo import BatchUpperBound, Utility

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NearBand:
    """A utility of what draws are worth, as one of the draws themselves.

    Parameters
    ----------
    inner
        Utility for maximising.
    lower, upper
        The band, as outcomes are modelled; equal for a target.
    spread
        Factor of the deviations of draws, which the inner utility has, too.
    steady
        So many points come first whose deviations stay as they are: they are measured.
    """

    inner: Utility
    lower: float
    upper: float
    spread: float = 1.0
    steady: int = 0

    def weighed(
        self, mean: Array, spread: Array, log_chance: Array | None
    ) -> tuple[Array, Array, Array, Array]:
        """Values (r,) and derivatives; as `monte_carlo.Utility` has it."""
        if isinstance(self.inner, BatchUpperBound):
            return self._bound(mean, spread, log_chance)
        factor = np.full(mean.shape[1], self.spread)
        factor[: self.steady] = 1.0
        far, slope = distance(mean[:, None, :] + factor * spread, self.lower, self.upper)
        # The inner utility has the same factor: it gets what the scaled draws are worth.
        value, _, by_worth, by_chance = self.inner.weighed(
            np.zeros_like(mean), -far / factor, log_chance
        )
        by_spread = -slope * by_worth
        return value, (by_spread / factor).sum(axis=1), by_spread, by_chance

    def _bound(
        self, mean: Array, spread: Array, log_chance: Array | None
    ) -> tuple[Array, Array, Array, Array]:
        """Add the size of the deviations to what the mean is worth."""
        far, slope = distance(mean, self.lower, self.upper)
        value, by_mean, by_spread, by_chance = self.inner.weighed(-far, spread, log_chance)
        return value, -slope * by_mean, by_spread, by_chance
