"""Thompson sampling: the best of one draw of the posterior for each point."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.problem import Problem
from optwidgets.models.linear_algebra import safe_cholesky
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]


def draw_best(problem: Problem[Posterior], n: int) -> tuple[Array, Array]:
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
        return problem.stacked([]), np.empty(0)
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
    return problem.stacked(points), np.array(values)
