"""The Pareto set that the models predict: the best compromises of the whole space.

Each weighting of the objectives has one best compromise of the predicted means; weightings
spread evenly lead along the front. What another point beats in every objective is left out.

Sources
-------
R. E. Steuer, E.-U. Choo, Math. Program. 26 (1983) 326 (every point of a front is the best by
some augmented Chebyshev weighting); K. Miettinen, Nonlinear Multiobjective Optimization, 1999.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import Worth
from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.acquisition.limits import Limit, failed_points, feasibility_of, keeps_limits
from optwidgets.acquisition.multi_objective.scalarised import Compromise, random_weights
from optwidgets.acquisition.multi_objective.straight_aim import straight_aim_of
from optwidgets.acquisition.point_score import Demand, PointScore
from optwidgets.acquisition.proposal import nearest_rows
from optwidgets.acquisition.region import Region, Taken, region_of
from optwidgets.acquisition.search import Effort, Tick, find_best
from optwidgets.data.objective import Objective
from optwidgets.data.pareto import is_non_dominated
from optwidgets.data.table import Table
from optwidgets.errors import OptwidgetsError
from optwidgets.models.base import Model
from optwidgets.models.posterior import Posterior
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space

Array = NDArray[np.float64]

_CLOUD = 2048
_EFFORT = Effort(restarts=4, raw_samples=128, max_steps=60)
_N_CENTRES = 4
# Points that differ less, in every column of the unit cube, are one.
_SAME = 1e-3


@dataclass(frozen=True)
class PredictedPoint:
    """One of the best compromises.

    Parameters
    ----------
    inputs
        Value of each variable.
    means, sds
        Objective to what is predicted there, in its unit, and the standard deviation of the
        function, without noise.
    nearest_row, distance
        The nearest experiment, and how far it is in the unit cube.
    chance
        Probability that all limits are kept there.
    """

    inputs: dict[str, Any]
    means: dict[str, float]
    sds: dict[str, float]
    nearest_row: int
    distance: float
    chance: float


@dataclass(frozen=True)
class _CompromiseOfMeans:
    """What the predictions of all objectives are worth together."""

    parts: Sequence[PointScore]
    compromise: Compromise
    demand: Demand

    def value(self, X: Array) -> Array:
        worth = np.stack([part.value(X) for part in self.parts], axis=1)
        value = self.compromise(worth)[0]
        return value + self.demand.value(X) if self.demand else value

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        pairs = [part.value_and_gradient(X) for part in self.parts]
        value, by_worth = self.compromise(np.stack([worth for worth, _ in pairs], axis=1))
        slopes = np.stack([slope for _, slope in pairs], axis=1)
        gradient = np.einsum("rm,rmd->rd", by_worth, slopes)
        if not self.demand:
            return value, gradient
        lowered, slope = self.demand.value_and_gradient(X)
        return value + lowered, gradient + slope


def predicted_front(
    models: Sequence[Model],
    objectives: Sequence[Objective],
    space: Space,
    table: Table,
    *,
    n_points: int = 20,
    hold: Mapping[str, Any] | None = None,
    limits: Sequence[Limit] = (),
    seed: int = 0,
    tick: Tick = lambda: None,
) -> list[PredictedPoint]:
    """Search the Pareto set of the predicted means, where limits are kept with 90 % if anywhere.

    Parameters
    ----------
    models
        One for each objective, on the backend "botorch".
    objectives
        m objectives with their goals, m at least 2.
    space, table
        The space, whose constraints may be newer than the fits; experiments.
    n_points
        Weightings that are searched; as many points at most.
    hold, limits, seed, tick
        As for `optwidgets.acquisition.optimum.BestByModel`.

    Returns
    -------
    list of PredictedPoint
        Ordered by the first objective, the best first.

    Raises
    ------
    OptwidgetsError
        When a model has no gradients, or a held value is not in the space.
    InfeasibleRegionError
        When no point keeps the constraints of the space with the held values.
    """
    aims = [straight_aim_of(goal, model) for goal, model in zip(objectives, models, strict=True)]
    parts = [_worth(model, aim) for model, aim in zip(models, aims, strict=True)]
    region = region_of(Encoding(space), hold or {})
    feasibility = feasibility_of(models[0], limits, failed_points(region.encoding, table))
    demand = Demand(feasibility)
    measured = region.as_now(models[0].data.X)
    kept = region.inside(measured) & keeps_limits(models[0], table, limits, feasibility)
    rng = np.random.default_rng(seed)
    cloud = np.vstack([measured[kept], region.sample(_CLOUD, rng)])
    worth = np.stack([part.value(cloud) for part in parts], axis=1)
    if demand:
        worth += demand.value(cloud)[:, None]
    front = worth[is_non_dominated(worth)]
    worst, best = front.min(axis=0), front.max(axis=0)
    width = np.where(best > worst, best - worst, 1.0)
    nothing = Taken(np.empty((0, cloud.shape[1])), 0.0)
    found: list[Array] = []
    for weights in _weightings(len(models), n_points, rng):
        compromise = Compromise(weights, best, width)
        order = np.argsort(-compromise(worth)[0], kind="stable")
        score = _CompromiseOfMeans(parts, compromise, demand)
        point = find_best(score, region, nothing, cloud[order[:_N_CENTRES]], _EFFORT, rng, tick)
        assert point is not None  # nothing is taken
        found.append(point)
    X = _distinct(np.vstack(found))
    worth = np.stack([part.value(X) for part in parts], axis=1)
    if demand:
        worth += demand.value(X)[:, None]
    best_first = np.argsort(-worth[:, 0], kind="stable")
    X = X[best_first][is_non_dominated(worth[best_first])]
    return _told(models, objectives, region, X, np.exp(feasibility.value(X)))


def _worth(model: Model, aim: Worth) -> PointScore:
    if not isinstance(model.posterior, Posterior):
        raise OptwidgetsError(
            f"The optimum is searched on models of the backend 'botorch', not on "
            f"{model.config.backend!r}. Train one with train_model(backend='botorch').",
            field="backend",
        )
    return PointScore(model.posterior, aim.expected(), Feasibility())


def _weightings(m: int, n: int, rng: np.random.Generator) -> Array:
    """Weights of m objectives, n x m: evenly for two, else each alone and the rest at random."""
    if m == 2:
        share = np.linspace(0.0, 1.0, n)
        return np.stack([share, 1.0 - share], axis=1)
    corners = np.eye(m)[: min(m, n)]
    inner = [random_weights(m, rng) for _ in range(n - len(corners))]
    return np.vstack([corners, *inner])


def _distinct(X: Array) -> Array:
    kept: list[Array] = []
    for point in X:
        if not any(np.abs(point - other).max() < _SAME for other in kept):
            kept.append(point)
    return np.vstack(kept)


def _told(
    models: Sequence[Model],
    objectives: Sequence[Objective],
    region: Region,
    X: Array,
    chances: Array,
) -> list[PredictedPoint]:
    predictions = [model.predict(X) for model in models]
    rows, distances = nearest_rows(models[0], X)
    names = [item.name for item in objectives]
    return [
        PredictedPoint(
            inputs=inputs,
            means={
                name: float(mean[i]) for name, (mean, _) in zip(names, predictions, strict=True)
            },
            sds={name: float(sd[i]) for name, (_, sd) in zip(names, predictions, strict=True)},
            nearest_row=rows[i],
            distance=float(distances[i]),
            chance=float(chances[i]),
        )
        for i, inputs in enumerate(region.values(X))
    ]
