"""How each strategy chooses a batch of points.

Analytic strategies choose one point after the other, each at its own predicted mean for
the next (kriging believer); Monte Carlo strategies begin from the batch of their analytic
counterpart and move all its points together; Thompson sampling takes the best of one draw for each point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.active_learning import explore
from optwidgets.acquisition.aims import Aim
from optwidgets.acquisition.analytic import (
    Criterion,
    log_probability_of_improvement,
    probability_of_improvement,
)
from optwidgets.acquisition.balance import Weights
from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.batch_utilities import (
    LogProbability,
    OverBaseline,
    PlainProbability,
    baseline,
)
from optwidgets.acquisition.feasibility import Feasibility, weighed_criterion, weighed_value
from optwidgets.acquisition.monte_carlo import (
    BatchAcquisition,
    BatchUpperBound,
    LogImprovement,
    PlainImprovement,
    Utility,
    base_samples,
)
from optwidgets.acquisition.naming import find_strategy
from optwidgets.acquisition.point_score import PointScore
from optwidgets.acquisition.region import Region, Taken
from optwidgets.acquisition.search import Effort, Tick, find_best
from optwidgets.models.base import PointPosterior
from optwidgets.models.linear_algebra import safe_cholesky
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]

# So many pending points are integrated out; older ones stand for their predicted means.
_MAX_INTEGRATED = 32
# Numbers in a batch up to which it is polished as a whole.
_MAX_POLISHED = 160
_LOG_HALF = math.log(0.5)


AnyPosterior = TypeVar("AnyPosterior", bound=PointPosterior)


@dataclass(frozen=True, eq=False)
class Problem(Generic[AnyPosterior]):
    """What a strategy needs to choose; the posterior is the one of the model's backend.

    Parameters
    ----------
    posterior
        Posterior in standardised units.
    aim
        What outcomes are worth: the goal.
    best
        Incumbent: what the best standardised value is worth.
    weights
        Balance of the strategy, standardised.
    region
        Where points may lie.
    taken
        Points that are not to be proposed.
    pending
        Encoded points whose results are awaited, p x d.
    centres
        Best measured points, c x d.
    effort
        How hard to search.
    mc_samples, candidates
        Draws of a Monte Carlo strategy; candidates of Thompson sampling.
    seed
        Seed of everything random.
    tick
        Called before each pricing; it may raise to cancel.
    batch_strategy
        What backend sklearn takes for the result of a point that is not measured yet.
    feasibility
        How probable it is that a point is feasible; without terms, all are.
    floor
        What an infeasible point is worth: as much as the worst measured value.
    measured
        Measured points that one may end up with, m x d: what noisy improvements compare with;
        those of the posterior if there are none.
    n_mc_points
        Points that stand for the region where its variance is integrated.
    """

    posterior: AnyPosterior
    aim: Aim
    best: float
    weights: Weights
    region: Region
    taken: Taken
    pending: Array
    centres: Array
    effort: Effort
    mc_samples: int
    candidates: int
    seed: int
    tick: Tick
    batch_strategy: str = "cl_min"
    feasibility: Feasibility = field(default_factory=Feasibility)
    floor: float = 0.0
    measured: Array = field(default_factory=lambda: np.empty((0, 0)))
    n_mc_points: int = 512
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rng", np.random.default_rng(self.seed))


def choose_batch(strategy: Strategy, problem: Problem[Posterior], n: int) -> tuple[Array, Array]:
    """Up to n points of the region, and their acquisition values in standardised units.

    Returns
    -------
    tuple
        Points, m x d with m less than n when the region has no more; values (m,).
    """
    if strategy.name in _OWN_WAYS:
        return _OWN_WAYS[strategy.name](problem, n)
    if strategy.monte_carlo:
        return _joint(strategy, problem, n)
    return _one_by_one(strategy, problem, n)


def criterion_of(strategy: Strategy, aim: Aim, best: float, weights: Weights) -> Criterion:
    """Find what to maximise for an analytic strategy: it or an increasing function of it."""
    if strategy.balance == "beta":
        return aim.bound(weights.kappa)
    if strategy.name in ("PI", "LogPI"):
        return aim.chance(best, weights.xi)
    return aim.improvement(best, weights.xi, weights.spread)


def reported(strategy: Strategy, values: Array) -> Array:
    """Acquisition values from those of `criterion_of`, standardised."""
    if strategy.name == "EI":
        return np.asarray(np.exp(values))
    if strategy.name == "PI":
        return probability_of_improvement(values, np.ones_like(values), 0.0)
    if strategy.name == "LogPI":
        return log_probability_of_improvement(values, np.ones_like(values), 0.0)
    return values


def _one_by_one(strategy: Strategy, problem: Problem[Posterior], n: int) -> tuple[Array, Array]:
    posterior, best, taken = problem.posterior, problem.best, problem.taken
    for point in problem.pending:
        posterior, best = _believe(posterior, best, point, problem)
    points, values = [], []
    for _ in range(n):
        criterion = criterion_of(strategy, problem.aim, best, problem.weights)
        if problem.feasibility:
            criterion = weighed_criterion(strategy, criterion, problem.floor)
        score = PointScore(posterior, criterion, problem.feasibility)
        point = find_best(
            score, problem.region, taken, problem.centres, problem.effort, problem.rng, problem.tick
        )
        if point is None:
            break
        points.append(point)
        values.append(score.value(point[None])[0])
        taken = taken.plus(point)
        posterior, best = _believe(posterior, best, point, problem)
    found = np.array(values)
    if problem.feasibility:
        return _stack(points, problem), weighed_value(strategy, found, problem.floor)
    return _stack(points, problem), reported(strategy, found)


def _believe(
    posterior: Posterior, best: float, point: Array, problem: Problem[Posterior]
) -> tuple[Posterior, float]:
    """Posterior and incumbent once `point` has been observed at its mean."""
    mean, _ = posterior.moments(point[None])
    if problem.feasibility and problem.feasibility.value(point[None])[0] < _LOG_HALF:
        return posterior.append(point), best
    return posterior.append(point), max(best, float(problem.aim(mean)[0][0]))


@dataclass(frozen=True)
class _NextOfBatch:
    """A batch acquisition as a function of one more point."""

    batch: BatchAcquisition

    def value(self, X: Array) -> Array:
        return self.batch.value(X[:, None, :])

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        value, gradient = self.batch.value_and_gradient(X[:, None, :])
        return value, gradient[:, 0, :]


def _joint(strategy: Strategy, problem: Problem[Posterior], n: int) -> tuple[Array, Array]:
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
    likely = problem.feasibility
    batch = BatchAcquisition(posterior, aim.direction, utility, pending, draws, likely)
    if n == 1:
        point = find_best(
            _NextOfBatch(batch), problem.region, problem.taken, problem.centres, problem.effort,
            problem.rng, problem.tick,
        )  # fmt: skip
        chosen = _stack([] if point is None else [point], problem)
    else:
        # The analytic counterpart finds places for all points at a fraction of the cost; what
        # it does not know of the others is put right when all are moved together.
        chosen, _ = _one_by_one(_counterpart(strategy), problem, n)
    if len(chosen) == 0:
        return chosen, np.empty(0)
    chosen = _polish(batch, problem, chosen)
    if strategy.name in ("qEI", "qPI", "qNEI"):
        batch = BatchAcquisition(posterior, aim.direction, plain, pending, draws, likely)
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


def _thompson(problem: Problem[Posterior], n: int) -> tuple[Array, Array]:
    """Best candidate of one joint draw of the posterior for each point.

    Sources
    -------
    W. R. Thompson, Biometrika 25 (1933) 285; K. Kandasamy, A. Krishnamurthy,
    J. Schneider, B. Póczos, "Parallelised Bayesian Optimisation via Thompson
    Sampling", AISTATS 2018, arXiv 1705.09236.
    """
    region, rng = problem.region, problem.rng
    if region.size <= problem.candidates:
        candidates = region.points()
    else:
        spread = region.sample(problem.candidates * 3 // 4, rng)
        near = max(1, problem.candidates // (4 * max(1, len(problem.centres))))
        candidates = np.vstack([spread, region.around(problem.centres, near, rng)])
        candidates = np.unique(candidates, axis=0)
    candidates = candidates[~problem.taken(candidates)]
    if len(candidates) == 0 and math.isfinite(region.size) and region.size <= 1e6:
        candidates = region.points()
        candidates = candidates[~problem.taken(candidates)][: problem.candidates]
    if len(candidates) == 0:
        return _stack([], problem), np.empty(0)
    problem.tick()
    mean, covariance = problem.posterior.joint(candidates)
    problem.tick()
    factor = safe_cholesky(covariance)
    chances = np.exp(problem.feasibility.value(candidates)) if problem.feasibility else None
    points, values, free = [], [], np.ones(len(candidates), dtype=bool)
    taken = problem.taken
    for _ in range(n):
        if not free.any():
            break
        problem.tick()
        draw = problem.aim(mean + factor @ rng.standard_normal(len(candidates)))[0]
        if chances is not None:
            above = np.maximum(draw - problem.floor, 0.0)
            draw = np.where(above > 0, problem.floor + chances * above, draw)
        best = int(np.where(free, draw, -np.inf).argmax())
        points.append(candidates[best])
        values.append(draw[best])
        taken = taken.plus(candidates[best])
        free &= ~taken(candidates)
    return _stack(points, problem), np.array(values)


#: Strategies that choose in a way of their own.
_OWN_WAYS = {"TS": _thompson, "qNIPV": explore}


def _stack(points: list[Array], problem: Problem[Posterior]) -> Array:
    return np.vstack(points) if points else np.empty((0, problem.pending.shape[1]))
