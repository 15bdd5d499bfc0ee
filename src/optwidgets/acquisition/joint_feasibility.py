"""How probable it is that the points of a batch are feasible, draw by draw.

Points that are alike keep a limit together or break it together. So limited outcomes are
drawn at all points at once, as the objective is. A draw says feasible or not, which has no
slope: a small part of each outcome's variance is therefore kept out of the draws and
integrated in closed form. What a point's chance is on average stays exact by that.

Sources
-------
J. R. Gardner et al., ICML 2014; B. Letham, B. Karrer, G. Ottoni, E. Bakshy, Bayesian Anal.
14 (2019) 495, arXiv 1706.07094 (limited outcomes drawn along with the objective). M. Balandat
et al., NeurIPS 2020, arXiv 1910.06403 (smoothed indicators).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.analytic import Criterion
from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.acquisition.joint_draws import JointDraws, base_samples
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]

#: Share of each deviation that is integrated in a search, and in a value that is reported. The
#: larger, the smoother; the smaller, the more exact where points fail together. On 24 random
#: problems like those of benchmarks/limited_batches.py, batches of four were worth 1.03 times
#: botorch's with 0.3 and 1.00 times with 0.03.
SEARCHED, REPORTED = 0.3, 0.03


class JointFeasibility:
    """Log chances of pending points and batches.

    Parameters
    ----------
    feasibility
        What has to go well at a point: k terms.
    pending
        Points whose results are awaited, p x d.
    size
        Points of a batch at most, q.
    n_samples
        Draws, S: a power of two.
    seed
        The same seed gives the same draws.
    integrated
        Share of each deviation that is integrated in closed form.
    """

    def __init__(
        self,
        feasibility: Feasibility,
        pending: Array,
        size: int,
        n_samples: int,
        seed: int,
        *,
        integrated: float = SEARCHED,
    ) -> None:
        self._feasibility, self._integrated = feasibility, integrated
        self._terms: list[tuple[JointDraws, Criterion]] = []
        points = len(pending) + size
        if points == 1:
            return  # its chance is known in closed form
        # Each sequence in an order of its own: otherwise they would go together, draw by draw, with
        # each other and with that of the objective.
        rng = np.random.default_rng(seed)
        for k, (posterior, criterion) in enumerate(feasibility.terms):
            base = rng.permutation(base_samples(n_samples, points, seed + k))
            assert isinstance(posterior, Posterior)  # other backends have no such strategies
            self._terms.append((JointDraws(posterior, pending, base), criterion))

    def at(self, batches: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Log chances at batches (r x q x d), and how to lead derivatives back to them.

        Returns
        -------
        tuple
            Log chances, r x S x (p + q), where S is 1 for a point alone; a function from
            derivatives of that shape to the gradient, r x q x d.
        """
        if not self._terms:
            value, slope = self._feasibility.value_and_gradient(batches[:, 0])
            return value[
                :, None, None
            ], lambda by_chance: by_chance.sum(axis=1)[:, :, None] * slope[:, None, :]
        total: Array | float = 0.0
        pulls = []
        for draws, criterion in self._terms:
            drawn = draws.at(batches)
            share = math.sqrt(1.0 - self._integrated**2)
            width = self._integrated * np.sqrt(drawn.variance)
            outcomes = drawn.mean[:, None, :] + share * drawn.spread
            value, by_outcome, by_width = criterion(outcomes, width[:, None, :])
            total = total + value
            pulls.append((drawn, by_outcome, by_width, width))

        def pullback(by_chance: Array) -> Array:
            gradient = np.zeros_like(batches)
            for drawn, by_outcome, by_width, width in pulls:
                by_draw = by_chance * by_outcome
                by_variance = (
                    (by_chance * by_width).sum(axis=1) * (self._integrated**2 / 2.0) / width
                )
                gradient += drawn.pullback(by_draw.sum(axis=1), share * by_draw, by_variance)
            return gradient

        return np.asarray(total), pullback
