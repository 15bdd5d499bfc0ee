"""Monte Carlo strategies: a batch scored as a whole, all of its points moved together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.batch_utilities import (
    LogProbability,
    OverBaseline,
    PlainProbability,
    baseline,
)
from optwidgets.acquisition.joint_draws import base_samples
from optwidgets.acquisition.joint_feasibility import REPORTED, SEARCHED, JointFeasibility
from optwidgets.acquisition.monte_carlo import (
    BatchAcquisition,
    BatchUpperBound,
    LogImprovement,
    PlainImprovement,
    Utility,
)
from optwidgets.acquisition.naming import find_strategy
from optwidgets.acquisition.one_by_one import one_by_one
from optwidgets.acquisition.problem import Problem
from optwidgets.acquisition.search import find_best
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]

# So many pending points are integrated out; older ones stand for their predicted means.
_MAX_INTEGRATED = 32
# Numbers in a batch up to which it is polished as a whole.
_MAX_POLISHED = 160


@dataclass(frozen=True)
class _NextOfBatch:
    """A batch acquisition as a function of one more point."""

    batch: BatchAcquisition

    def value(self, X: Array) -> Array:
        return self.batch.value(X[:, None, :])

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        value, gradient = self.batch.value_and_gradient(X[:, None, :])
        return value, gradient[:, 0, :]


def together(strategy: Strategy, problem: Problem[Posterior], n: int) -> tuple[Array, Array]:
    """Choose a batch of up to n points that is scored as a whole; points m x d, values (m,)."""
    older = max(0, len(problem.pending) + min(n, _MAX_INTEGRATED) - 2 * _MAX_INTEGRATED)
    posterior = problem.posterior.append_all(problem.pending[:older])
    pending = problem.pending[older:]
    if strategy.name in ("qNEI", "qLogNEI"):
        measured = problem.measured if len(problem.measured) else problem.posterior.X
        compared = baseline(posterior, problem.aim, measured)
        pending = np.vstack([compared, pending])
        utility, plain = _over(compared, problem)
    else:
        utility, plain = _utilities(strategy, problem)
        compared = pending[:0]
    aim, steady = problem.aim, len(compared)
    utility = aim.of_draws(utility, problem.weights.spread, steady)
    plain = aim.of_draws(plain, problem.weights.spread, steady)
    draws = base_samples(problem.mc_samples, len(pending) + n, problem.seed)

    def acquisition(utility: Utility, integrated: float) -> BatchAcquisition:
        likely = None
        if problem.feasibility:
            likely = JointFeasibility(
                problem.feasibility, pending[steady:], n, len(draws), problem.seed,
                integrated=integrated,
            )  # fmt: skip
        return BatchAcquisition(
            posterior, aim.direction, utility, pending, draws, likely, measured=steady
        )

    batch = acquisition(utility, SEARCHED)
    if n == 1:
        point = find_best(
            _NextOfBatch(batch), problem.region, problem.taken, problem.centres, problem.effort,
            problem.rng, problem.tick,
        )  # fmt: skip
        chosen = problem.stacked([] if point is None else [point])
    else:
        # The analytic counterpart finds places for all points at a fraction of the cost; what
        # it does not know of the others is put right when all are moved together.
        chosen, _ = one_by_one(_counterpart(strategy), problem, n)
    if len(chosen) == 0:
        return chosen, np.empty(0)
    chosen = _polish(batch, problem, chosen)
    reported = plain if strategy.name in ("qEI", "qPI", "qNEI") else utility
    batch = acquisition(reported, REPORTED)
    return chosen, np.full(len(chosen), batch.value(chosen[None])[0])


#: What the balance sets to the strategy of single points that a batch begins from.
_COUNTERPARTS = {"beta": "UCB", "xi": "PI", "spread": "LogEI"}


def _counterpart(strategy: Strategy) -> Strategy:
    return find_strategy(_COUNTERPARTS[strategy.balance or "spread"])


def _utilities(strategy: Strategy, problem: Problem[Posterior]) -> tuple[Utility, Utility]:
    """Return what the search climbs, and what is reported where that is no logarithm."""
    weights = problem.weights
    target = problem.aim.threshold(problem.best, weights.xi)
    if strategy.balance == "beta":
        bound = BatchUpperBound(weights.kappa, problem.floor)
        return bound, bound
    if strategy.balance == "xi":
        return LogProbability(target), PlainProbability(target)
    return LogImprovement(target, weights.spread), PlainImprovement(target, weights.spread)


def _over(compared: Array, problem: Problem[Posterior]) -> tuple[Utility, Utility]:
    """Improvements over measured points that are drawn along."""
    count, weights = len(compared), problem.weights
    log, plain = LogImprovement(0.0, weights.spread), PlainImprovement(0.0, weights.spread)
    return OverBaseline(log, count, weights.xi), OverBaseline(plain, count, weights.xi)


def _polish(batch: BatchAcquisition, problem: Problem[Posterior], chosen: Array) -> Array:
    """Move the numbers of all points together, if that is better and they stay apart."""
    q, d = chosen.shape
    region = problem.region
    if q == 1 or not region.moving or q * len(region.moving) > _MAX_POLISHED:
        return chosen
    fixed = np.ones(d, dtype=bool)
    fixed[region.moving] = False

    def objective(flat: Array) -> tuple[Array, Array]:
        problem.tick()
        value, gradient = batch.value_and_gradient(flat.reshape(-1, q, d))
        gradient[:, :, fixed] = 0.0
        return value, gradient.reshape(-1, q * d)

    found, _ = region.maximise(objective, chosen.reshape(1, q * d), 40)
    polished = region.snap(found.reshape(q, d))
    if batch.value(polished[None])[0] <= batch.value(chosen[None])[0]:
        return chosen
    taken = problem.taken
    for point in polished:
        if taken(point[None])[0]:
            return chosen
        taken = taken.plus(point)
    return polished
