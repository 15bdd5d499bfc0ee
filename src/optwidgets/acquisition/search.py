"""Maximising an acquisition function over a region of any kind of variables.

Finite regions are priced point by point. Otherwise: a cloud of candidates, the best of
them improved in turn by a gradient search over the numbers (all restarts in one array)
and by their neighbours over the levels (all neighbours in one array).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.region import EXHAUSTIVE, Region, Taken

Array = NDArray[np.float64]
Tick = Callable[[], None]

_CHUNK = 512
_ROUNDS = 5
# Relative gain of a step below which a climb is over: LogEI is then right to four digits.
_TOLERANCE = 1e-6
# Restarts keep this distance (in some column), so that they climb different hills.
_APART = 0.05


class Score(Protocol):
    """What a candidate point is worth."""

    def value(self, X: Array) -> Array:
        """Values (m,) of points (m x d)."""
        ...

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Values (m,) and gradients (m x d) of points (m x d)."""
        ...


@dataclass(frozen=True)
class Effort:
    """How hard to search.

    Parameters
    ----------
    restarts
        Candidates that are improved.
    raw_samples
        Candidates over the whole region that are priced at first.
    max_steps
        Steps of each gradient search.
    local_samples
        Candidates round each promising point.
    """

    restarts: int = 10
    raw_samples: int = 512
    max_steps: int = 60
    local_samples: int = 48


def find_best(
    score: Score,
    region: Region,
    taken: Taken,
    centres: Array,
    effort: Effort,
    rng: np.random.Generator,
    tick: Tick,
) -> Array | None:
    """Best point of the region that is not taken.

    Parameters
    ----------
    score
        What a point is worth.
    region
        Where to look.
    taken
        Points that are not wanted.
    centres
        Promising points (c x d), round which candidates are drawn.
    effort
        How hard to search.
    rng
        Source of randomness.
    tick
        Called before each pricing; it may raise to cancel.

    Returns
    -------
    Array or None
        The point, (d,); None when every point is taken.
    """
    if region.size <= EXHAUSTIVE:
        return _best_free(*_priced(score, region.points(), tick), taken)
    cloud = region.sample(effort.raw_samples, rng)
    if len(centres):
        near = region.around(centres, effort.local_samples, rng)
        cloud = np.vstack([cloud, region.snap(centres), near])
    cloud, values = _priced(score, cloud, tick)
    improved = _improve(score, region, *_starts(cloud, values, effort.restarts), effort, tick)
    points = np.vstack([improved[0], cloud])
    return _best_free(points, np.concatenate([improved[1], values]), taken)


def _priced(score: Score, points: Array, tick: Tick) -> tuple[Array, Array]:
    values = np.empty(len(points))
    for start in range(0, len(points), _CHUNK):
        tick()
        values[start : start + _CHUNK] = score.value(points[start : start + _CHUNK])
    return points, np.where(np.isfinite(values), values, -np.inf)


def _best_free(points: Array, values: Array, taken: Taken) -> Array | None:
    order = np.argsort(-values, kind="stable")
    # Few at first, then more: nearly always one of the first is free.
    start, size = 0, 4
    while start < len(order):
        part = order[start : start + size]
        free = part[~taken(points[part])]
        if len(free):
            return np.asarray(points[free[0]])
        start, size = start + size, 4 * size
    return None


def _starts(cloud: Array, values: Array, count: int) -> tuple[Array, Array]:
    """Best points of the cloud that are apart from each other."""
    chosen: list[int] = []
    order = np.argsort(-values, kind="stable")
    for i in order[: 20 * count]:
        if len(chosen) == count:
            break
        if not chosen or np.abs(cloud[chosen] - cloud[i]).max(axis=1).min() > _APART:
            chosen.append(int(i))
    return cloud[chosen].copy(), values[chosen].copy()


def _improve(
    score: Score, region: Region, points: Array, values: Array, effort: Effort, tick: Tick
) -> tuple[Array, Array]:
    for _ in range(_ROUNDS):
        if region.moving:
            points, values = _climb(score, region, points, values, effort.max_steps, tick)
        if not region.has_neighbours:
            break
        neighbours, owners = region.neighbours(points)
        neighbours, prices = _priced(score, neighbours, tick)
        gained = False
        for row in range(len(points)):
            mine = np.flatnonzero(owners == row)
            if len(mine) == 0:
                continue
            best = mine[int(prices[mine].argmax())]
            if prices[best] > values[row] + 1e-9 * max(1.0, abs(values[row])):
                points[row], values[row], gained = neighbours[best], prices[best], True
        if not gained:
            break
    return points, values


def _climb(
    score: Score, region: Region, points: Array, values: Array, max_steps: int, tick: Tick
) -> tuple[Array, Array]:
    """Gradient search over the moving columns; the others have no gradient, so they stay."""
    fixed = np.ones(points.shape[1], dtype=bool)
    fixed[region.moving] = False

    def objective(X: Array) -> tuple[Array, Array]:
        tick()
        value, gradient = score.value_and_gradient(X)
        gradient[:, fixed] = 0.0
        return value, gradient

    found, new_values = region.maximise(objective, points, max_steps, _TOLERANCE)
    if region.rounds:
        found = region.snap(found)
        found, new_values = _priced(score, found, tick)
    better = new_values > values
    return np.where(better[:, None], found, points), np.where(better, new_values, values)
