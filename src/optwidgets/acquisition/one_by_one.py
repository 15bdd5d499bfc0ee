"""Analytic strategies: one point after the other, each at its own predicted mean for the next.

Source: D. Ginsbourger, R. Le Riche, L. Carraro, "Kriging is well-suited to parallelize
optimization", 2010 (kriging believer).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import Aim
from optwidgets.acquisition.analytic import (
    Criterion,
    log_probability_of_improvement,
    probability_of_improvement,
)
from optwidgets.acquisition.balance import Weights
from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.feasibility import (
    Feasibility,
    weighed_criterion,
    weighed_value,
)
from optwidgets.acquisition.point_score import PointScore
from optwidgets.acquisition.problem import Problem
from optwidgets.acquisition.search import find_best
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]

_LOG_HALF = math.log(0.5)


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


def one_by_one(strategy: Strategy, problem: Problem[Posterior], n: int) -> tuple[Array, Array]:
    """Choose up to n points, each in the light of those before; points m x d, values (m,)."""
    posterior, best, feasibility = problem.posterior, problem.best, problem.feasibility
    taken = problem.taken
    for point in problem.pending:
        posterior, best, feasibility = _believe(posterior, best, feasibility, point, problem.aim)
    points, values = [], []
    for _ in range(n):
        criterion = criterion_of(strategy, problem.aim, best, problem.weights)
        if feasibility:
            criterion = weighed_criterion(strategy, criterion, problem.floor)
        score = PointScore(posterior, criterion, feasibility)
        point = find_best(
            score, problem.region, taken, problem.centres, problem.effort, problem.rng, problem.tick
        )
        if point is None:
            break
        points.append(point)
        values.append(score.value(point[None])[0])
        if len(points) < n:
            taken = taken.plus(point)
            posterior, best, feasibility = _believe(
                posterior, best, feasibility, point, problem.aim
            )
    found = np.array(values)
    if problem.feasibility:
        return problem.stacked(points), weighed_value(strategy, found, problem.floor)
    return problem.stacked(points), reported(strategy, found)


def _believe(
    posterior: Posterior, best: float, feasibility: Feasibility, point: Array, aim: Aim
) -> tuple[Posterior, float, Feasibility]:
    """Return what is known once all outcomes at `point` are measured as predicted."""
    mean, _ = posterior.moments(point[None])
    worth = float(aim(mean)[0][0])
    if not feasibility:
        return posterior.append(point), max(best, worth), feasibility
    feasibility = feasibility.append(point)
    kept = feasibility.value(point[None])[0] >= _LOG_HALF
    return posterior.append(point), max(best, worth) if kept else best, feasibility
