"""Strategies of scikit-optimize, for the models of ``backend='sklearn'``.

The acquisition values are scikit-optimize's own functions. They are searched over our
region, so that held values, levels, categories and points that are taken are what they
are for the other backend, too. A batch is chosen one by one with a constant liar: each
chosen point counts as measured, with the best, the mean or the worst result.

Sources
-------
T. Head et al., scikit-optimize (``skopt.acquisition``, ``Optimizer.ask``); D. Ginsbourger,
R. Le Riche, L. Carraro 2010 (constant liar); M. D. Hoffman, E. Brochu, N. de Freitas,
"Portfolio Allocation for Bayesian Optimization", UAI 2011 (GP-Hedge).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from skopt.acquisition import gaussian_ei, gaussian_lcb, gaussian_pi

from optwidgets.acquisition.aims import Aim, chance_to_improve
from optwidgets.acquisition.balance import Weights
from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.acquisition.near_aim import Near
from optwidgets.acquisition.problem import Problem
from optwidgets.acquisition.search import Effort, find_best
from optwidgets.models.scikit import ScikitPosterior
from optwidgets.models.scikit_estimators import ForestEstimator

Array = NDArray[np.float64]

# A forest is a staircase: no slope leads upward, so more candidates stand in for it.
_FOREST_CANDIDATES = 4096
# Results at the end of the table whose choice the portfolio judges its members by.
_HEDGE_ROUNDS = 3
_HEDGE_EFFORT = Effort(3, 256, 20)
_PORTFOLIO = ("EI", "PI", "UCB")
_DIFFERENCE = 1e-5
# Trees that agree have no deviation at all.
_LEAST_DEVIATION = 1e-9

#: How the value of a pending point is made up from the results so far, turned upward.
LIARS: Mapping[str, Callable[[Array], float]] = {
    "cl_min": lambda upward: float(upward.max()),  # scikit-optimize minimises
    "cl_mean": lambda upward: float(upward.mean()),
    "cl_max": lambda upward: float(upward.min()),
}


@dataclass(frozen=True)
class _Downward:
    """A posterior as scikit-optimize asks for it: over X, with its sign turned to minimise."""

    posterior: ScikitPosterior
    sign: int
    spread: float

    def predict(self, X: Array, *, return_std: bool) -> tuple[Array, Array]:
        assert return_std  # all functions of scikit-optimize ask for it
        mean, deviation = self.posterior.moments(X)
        return -self.sign * mean, self.spread * deviation


@dataclass(frozen=True)
class SkoptAcquisition:
    """One acquisition function of scikit-optimize, larger is better.

    Parameters
    ----------
    name
        ``"EI"``, ``"PI"`` or ``"UCB"`` (there it is LCB, with the sign turned).
    posterior
        Posterior in standardised units.
    aim
        What outcomes are worth: the goal. For a target or a band, whose improvement is no
        function of scikit-optimize, it is our own.
    best
        Incumbent: what the best standardised value is worth.
    weights
        Balance of the strategy, standardised.
    feasibility
        How probable it is that a point is feasible; without terms, all are.
    floor
        What an infeasible point is worth to ``UCB``.
    """

    name: str
    posterior: ScikitPosterior
    aim: Aim
    best: float
    weights: Weights
    feasibility: Feasibility = field(default_factory=Feasibility)
    floor: float = 0.0

    def value(self, X: Array) -> Array:
        """Values (m,) of points (m x d), standardised."""
        plain = self._plain(X)
        if not self.feasibility:
            return plain
        floor = self.floor if self.name == "UCB" else 0.0
        above = np.maximum(plain - floor, 0.0) * np.exp(self.feasibility.value(X))
        return np.where(plain > floor, floor + above, plain)

    def _plain(self, X: Array) -> Array:
        if isinstance(self.aim, Near):
            return self._nearness(X, self.aim)
        model = _Downward(self.posterior, self.aim.direction, self.weights.spread)
        if self.name == "UCB":
            return -np.asarray(gaussian_lcb(X, model, self.weights.kappa))
        function = gaussian_pi if self.name == "PI" else gaussian_ei
        return np.asarray(function(X, model, -self.best, self.weights.xi))

    def _nearness(self, X: Array, aim: Near) -> Array:
        mean, deviation = self.posterior.moments(X)
        weights = self.weights
        if self.name == "UCB":
            return aim.bound(weights.kappa)(mean, deviation)[0]
        deviation = np.maximum(deviation, _LEAST_DEVIATION)
        if self.name == "PI":
            return chance_to_improve(aim, mean, deviation, self.best, weights.xi)
        improvement = aim.improvement(self.best, weights.xi, weights.spread)
        return np.asarray(np.exp(improvement(mean, deviation)[0]))

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Values (m,) and gradients (m x d) of points, these by central differences."""
        m, d = X.shape
        if isinstance(self.posterior.estimator, ForestEstimator):
            return self.value(X), np.zeros((m, d))
        steps = _DIFFERENCE * np.eye(d)
        block = np.concatenate([X[None], X + steps[:, None], X - steps[:, None]])
        values = self.value(block.reshape(-1, d)).reshape(2 * d + 1, m)
        return values[0], (values[1 : d + 1] - values[d + 1 :]).T / (2.0 * _DIFFERENCE)


def choose_batch(
    strategy: Strategy, problem: Problem[ScikitPosterior], n: int
) -> tuple[Array, Array]:
    """Up to n points of the region, and their acquisition values in standardised units.

    Parameters
    ----------
    strategy
        ``EI``, ``PI``, ``UCB`` or ``gp_hedge``.
    problem
        What there is to choose from.
    n
        Number of points.

    Returns
    -------
    tuple
        Points, m x d with m less than n when the region has no more; values (m,): those of
        the strategy, for the portfolio the expected improvement.
    """
    if isinstance(problem.posterior.estimator, ForestEstimator):
        effort = problem.effort
        raw = max(effort.raw_samples, _FOREST_CANDIDATES)
        problem = replace(problem, effort=replace(effort, raw_samples=raw))
    posterior = problem.posterior
    upward = problem.aim(posterior.estimator.results)[0]
    lie = problem.aim.outcome(LIARS[problem.batch_strategy](upward))
    posterior = _told(posterior, problem.pending, lie)
    chances = _chances(problem) if strategy.name == "gp_hedge" else None
    taken, points, values = problem.taken, list[Array](), list[float]()
    for _ in range(n):
        name = strategy.name
        if chances is not None:
            name = _PORTFOLIO[int(problem.rng.choice(len(_PORTFOLIO), p=chances))]
        score = SkoptAcquisition(
            name, posterior, problem.aim, problem.best, problem.weights,
            problem.feasibility, problem.floor,
        )  # fmt: skip
        point = find_best(
            score, problem.region, taken, problem.centres, problem.effort, problem.rng, problem.tick
        )
        if point is None:
            break
        reported = replace(score, name="EI") if chances is not None else score
        points.append(point)
        values.append(float(reported.value(point[None])[0]))
        taken = taken.plus(point)
        if len(points) < n:
            posterior = _told(posterior, point[None], lie)
    chosen = np.vstack(points) if points else np.empty((0, problem.pending.shape[1]))
    return chosen, np.array(values)


def _told(posterior: ScikitPosterior, points: Array, lie: float) -> ScikitPosterior:
    return posterior.with_results(points, np.full(len(points), lie))


def _chances(problem: Problem[ScikitPosterior]) -> Array:
    """Chance of each member of the portfolio, from what it would have chosen before.

    The reward of a member is the mean, as predicted with the next result, at the point
    that it would have chosen without it; the chance grows by the exponential of the sum.
    """
    full, aim = problem.posterior, problem.aim
    size = full.estimator.size
    gains = np.zeros(len(_PORTFOLIO))
    for left_out in range(min(_HEDGE_ROUNDS, size - 2), 0, -1):
        before, after = full.first(size - left_out), full.first(size - left_out + 1)
        best = float(aim(before.estimator.results)[0].max())
        for member, name in enumerate(_PORTFOLIO):
            score = SkoptAcquisition(name, before, aim, best, problem.weights)
            point = find_best(
                score, problem.region, problem.taken, problem.centres[:0], _HEDGE_EFFORT,
                problem.rng, problem.tick,
            )  # fmt: skip
            if point is not None:
                gains[member] += float(aim(after.moments(point[None])[0])[0][0])
    weights = np.exp(gains - gains.max())
    return np.asarray(weights / weights.sum())
