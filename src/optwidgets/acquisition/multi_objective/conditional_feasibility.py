"""How probable it is that one more point is feasible, where awaited points are, and where not.

Points that are alike keep a limit together or break it together: beside a doubtful point
another one has a chance only in those draws in which the first keeps the limits, and there
the first has gained already what is to be gained.

Sources
-------
J. R. Gardner et al., ICML 2014; S. Daulton, M. Balandat, E. Bakshy, NeurIPS 2020, arXiv
2006.05078, and NeurIPS 2021, arXiv 2105.08195 (limited outcomes drawn along with several
objectives).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.acquisition.joint_draws import base_samples
from optwidgets.acquisition.multi_objective.draws import ConditionalDraws
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]

# Deviation of an outcome that has been drawn, as a share of its prior one.
_DRAWN = 1e-6


class ConditionalFeasibility:
    """Log chance of one more point in each draw.

    Parameters
    ----------
    feasibility
        What has to go well at a point: k terms, at least one.
    awaited
        Points whose results are awaited, p x d.
    n_samples
        Draws, S; rounded up to a power of two.
    seed
        The same seed gives the same draws.
    """

    def __init__(self, feasibility: Feasibility, awaited: Array, n_samples: int, seed: int) -> None:
        self._feasibility, p = feasibility, len(awaited)
        #: Whether an awaited point is feasible in each draw, S x p; 1 x 0 where there is none.
        self.kept = np.ones((1, p), dtype=bool)
        self._draws: list[ConditionalDraws] = []
        if p == 0:
            return  # the chance of a point alone is known in closed form
        rng = np.random.default_rng(seed)
        for k, (posterior, criterion) in enumerate(feasibility.terms):
            # Each sequence in an order of its own: they are not to go together, draw by draw.
            base = rng.permutation(base_samples(n_samples, p + 1, seed + k))
            assert isinstance(posterior, Posterior)  # other backends have no such strategies
            draws = ConditionalDraws(posterior, awaited, base)
            width = np.full_like(draws.known, _DRAWN * np.sqrt(posterior.prior_variance))
            log_chance = criterion(draws.known, width)[0]
            # Where even a known outcome leaves a chance (of a failure), that is drawn, too.
            self.kept = self.kept & (np.log1p(-rng.random(log_chance.shape)) <= log_chance)
            self._draws.append(draws)

    def at(self, X: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Log chances of points (r x d), and how to lead derivatives back to them.

        Returns
        -------
        tuple
            Log chances, r x S, or r x 1 where nothing is awaited; a function from derivatives by
            them, r x S, to the gradient, r x d.
        """
        if not self._draws:
            value, slope = self._feasibility.value_and_gradient(X)
            return value[:, None], lambda by_chance: by_chance.sum(axis=1)[:, None] * slope
        total: Array | float = 0.0
        pulls = []
        for (_, criterion), draws in zip(self._feasibility.terms, self._draws, strict=True):
            mean, deviation, pull = draws.given_known(X)
            value, by_mean, by_deviation = criterion(
                mean, np.broadcast_to(deviation[:, None], mean.shape)
            )
            total = total + value
            pulls.append((pull, by_mean, by_deviation))

        def pullback(by_chance: Array) -> Array:
            gradient = np.zeros_like(X)
            for pull, by_mean, by_deviation in pulls:
                gradient += pull(by_chance * by_mean, (by_chance * by_deviation).sum(axis=1))
            return gradient

        return np.asarray(total), pullback
