"""Whether more experiments are worth their cost, for several objectives at once.

What a result is worth is the hypervolume that it adds to that of the results so far. The
next experiment is judged by what it adds on average and at most, by what the results before
it have added, and by what measuring one of the best compromises again would seem to add.

Sources
-------
M. Emmerich 2005 (expected hypervolume improvement); A. Makarova et al., "Automatic
Termination for Hyperparameter Optimization", AutoML 2022, arXiv 2104.08166 (a bound of what
is left, compared with the noise; carried over to the hypervolume here).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.limits import Limit
from optwidgets.acquisition.multi_objective.boxes import boxes_above
from optwidgets.acquisition.multi_objective.draws import base_of_objectives
from optwidgets.acquisition.multi_objective.suggest import Several, choose_several, problem_for
from optwidgets.acquisition.naming import find_several, several_of
from optwidgets.acquisition.optimum import StopAdvice
from optwidgets.acquisition.region import Taken
from optwidgets.acquisition.search import Tick
from optwidgets.data.objective import Objective
from optwidgets.data.outcomes import outcomes_of
from optwidgets.data.pareto import is_non_dominated
from optwidgets.data.table import Table
from optwidgets.errors import OptwidgetsError
from optwidgets.models.base import Model
from optwidgets.space.space import Space

Array = NDArray[np.float64]

_STRATEGY = "qLogNEHVI"
_DRAWS, _CLOUD = 256, 2048
# The bound holds with about 95 % at each point and objective.
_KAPPA = 2.0
# Results that count as recent, of at least twice as many.
_RECENT = 5
# Below these shares of the hypervolume a gain, and the growth of late, are not worth an experiment.
_NEGLIGIBLE, _STANDING_STILL = 1e-3, 1e-2
_LOG_HALF = math.log(0.5)
_CHUNK_NUMBERS = 4_000_000


@dataclass(frozen=True)
class TradeOffAdvice(StopAdvice):
    """Whether more experiments are worth their cost, by the hypervolume of several objectives.

    `expected_gain`, `regret_bound` and `noise_sd` are hypervolumes here, in the product of the
    objectives' units: what the best next experiment adds on average, what any may add at most
    (about 95 % in each objective), and what one of the best compromises adds when it is measured
    again and comes out better by the noise's standard deviation in each objective.

    Parameters
    ----------
    hypervolume
        Of the results so far, above the reference point; noisy ones as they are predicted.
    recent_growth
        Share of it that the last `n_recent` results have added.
    n_recent
        How many these are.
    """

    hypervolume: float
    recent_growth: float
    n_recent: int


@dataclass(frozen=True, eq=False)
class _Free:
    """The space above a reference point that no result dominates, in boxes.

    Every column is scaled to what the results span above the reference point.
    """

    lower: Array
    upper: Array

    @classmethod
    def above(cls, front: Array) -> _Free:
        """Cut what lies above scaled results, n x m, and above 0."""
        return cls(*boxes_above(front, np.zeros(front.shape[1])))

    def gained(self, Y: Array) -> Array:
        """Hypervolume that each of k outcomes (k x m) would add alone, (k,)."""
        found = np.empty(len(Y))
        size = max(1, _CHUNK_NUMBERS // max(1, self.lower.size))
        for start in range(0, len(Y), size):
            part = slice(start, start + size)
            sides = np.minimum(Y[part, None], self.upper[None]) - self.lower[None]
            found[part] = np.maximum(sides, 0.0).prod(axis=2).sum(axis=1)
        return found

    def dominated(self) -> float:
        """Hypervolume of the results themselves: the unit cube without what is free of it."""
        return max(0.0, 1.0 - float(self.gained(np.ones((1, self.lower.shape[1])))[0]))


def advise_several(
    models: Sequence[Model],
    objectives: Sequence[Objective],
    space: Space,
    table: Table,
    *,
    budget: int | None = None,
    ref_point: Sequence[float] | Mapping[str, float] | None = None,
    hold: Mapping[str, Any] | None = None,
    limits: Sequence[Limit] = (),
    seed: int = 0,
    tick: Tick = lambda: None,
) -> TradeOffAdvice:
    """Weigh what another experiment can add to the hypervolume.

    Parameters
    ----------
    models
        One for each objective, on the backend "botorch".
    objectives
        m objectives with their goals, m from 2 to 4.
    space, table
        The space of the models; experiments.
    budget
        How many experiments there may be in all, or None.
    ref_point
        As for `suggest_several`.
    hold, limits, seed, tick
        As for `optwidgets.acquisition.optimum.BestByModel`.

    Returns
    -------
    TradeOffAdvice
        The advice, its words and its numbers.

    Raises
    ------
    OptwidgetsError
        For more than four objectives, another backend, or no row that has a result of every
        objective.
    """
    m = len(models)
    if _STRATEGY not in several_of(m):
        raise OptwidgetsError(
            f"Whether to stop is weighed for up to 4 objectives at once, not {m}. Name those that "
            "count with objective=.",
            field="objective",
        )
    settings = {} if ref_point is None else {"ref_point": ref_point}
    problem = problem_for(
        models, objectives, space, table, find_several(_STRATEGY, m), settings, hold, limits, seed, tick
    )  # fmt: skip
    empty = problem.pending[:0]
    problem = replace(problem, pending=empty, taken=Taken(empty, 0.0))
    left = None if budget is None else max(0, budget - len(table.done()))
    worth = _InUnits(models, problem)
    results = worth.of(problem.observed.T)
    reference = worth.of(problem.reference[:, None])[0]
    over = results[(results > reference).all(axis=1)]
    span = (over.max(axis=0) if len(over) else reference + worth.scales) - reference
    scaled = (results - reference) / span
    free = _Free.above(scaled)
    volume = free.dominated()
    n_recent, before = _recently(models[0], objectives, table)
    earlier = _Free.above(scaled[:before]).dominated()
    # Nothing is ever taken away; what is below rounding is nothing.
    growth = 1.0 - earlier / volume if volume - earlier > 1e-12 else 0.0

    def added(Y: Array) -> Array:
        return free.gained((Y - reference) / span)

    gain, bound = _possible(problem, worth, added)
    noise = _by_repeating(models, objectives, results, scaled, added)
    stop, words = _verdict(volume, gain, bound, noise, growth, n_recent, left)
    size = math.prod(span.tolist())
    numbers = (gain * size, bound * size, noise * size)
    return TradeOffAdvice(stop, words, *numbers, left, volume * size, growth, n_recent)


class _InUnits:
    """What modelled outcomes of m objectives are worth, in the objectives' units."""

    def __init__(self, models: Sequence[Model], problem: Several) -> None:
        self._models, self._aims = models, problem.utilities
        self.scales = np.array([model.outcomes.scale for model in models])

    def of(self, worth: Sequence[Array] | Array) -> Array:
        """Turn worths of each objective, m x k, into k x m in their units."""
        triples = zip(self._aims, self._models, worth, strict=True)
        return np.stack([aim.in_units(model.outcomes, w) for aim, model, w in triples], axis=1)


def _possible(problem: Several, worth: _InUnits, added: Any) -> tuple[float, float]:
    """Return what the best next experiment adds on average, and what any adds at most."""
    point, _ = choose_several(find_several(_STRATEGY, len(problem.utilities)), problem, 1)
    cloud = np.vstack([point, problem.region.sample(_CLOUD, problem.rng)])
    moments = [posterior.moments(cloud) for posterior in problem.posteriors]
    base = base_of_objectives(_DRAWS, len(moments), 0, problem.seed)
    drawn, most = [], []
    for aim, (mean, deviation), numbers in zip(problem.utilities, moments, base, strict=True):
        z = mean[0] + deviation[0] * aim.direction * numbers[:, 0]
        drawn.append(aim(z)[0])
        most.append(aim.optimistic(mean, _KAPPA * deviation))
    chance = problem.feasibility.value(cloud) if problem.feasibility else np.zeros(len(cloud))
    gain = math.exp(chance[0]) * float(added(worth.of(drawn)).mean())
    likely = chance >= min(_LOG_HALF, float(chance.max()))
    return gain, max(gain, float(added(worth.of(most)[likely]).max()))


def _by_repeating(
    models: Sequence[Model],
    objectives: Sequence[Objective],
    results: Array,
    scaled: Array,
    added: Any,
) -> float:
    """Return what a compromise of the front adds if it comes out better by the noise, on average."""
    above = (scaled > 0).all(axis=1)
    front = results[above][is_non_dominated(scaled[above])]
    if not len(front):
        return 0.0
    better = front + np.array([float(model.hyperparameters["noise_sd"]) for model in models])
    nearest = [0.0 if item.wanted else math.inf for item in objectives]
    return float(added(np.minimum(better, nearest)).mean())


def _recently(model: Model, objectives: Sequence[Objective], table: Table) -> tuple[int, int]:
    """Return how many results are recent, and how many feasible ones there were before."""
    outcomes = outcomes_of(table, objectives)
    known = [model.data.encoding.can_encode(row.inputs) for row in outcomes.rows]
    feasible = outcomes.feasible[np.array(known, dtype=bool)]
    n_recent = min(_RECENT, len(feasible) // 2)
    return n_recent, int(feasible[: len(feasible) - n_recent].sum())


def _verdict(
    volume: float,
    gain: float,
    bound: float,
    noise: float,
    growth: float,
    n_recent: int,
    left: int | None,
) -> tuple[bool, str]:
    if left == 0:
        return True, "The budget is used up."
    rest = "" if left is None else f" {left} of the budget are left."
    if not volume > 0:
        return False, (
            "Go on: no result that keeps all limits is better than the reference point in every "
            f"objective yet.{rest}"
        )
    mean, most = _share(gain / volume), _share(bound / volume)
    if bound < noise:
        return True, (
            f"Stop: an experiment can enlarge the hypervolume by {most} at most, less than "
            f"measuring one of the best compromises again may seem to ({_share(noise / volume)})."
        )
    late = f"the last {n_recent} results added {_share(growth) if growth > 0 else 'nothing'}"
    if gain >= _NEGLIGIBLE * volume:
        return False, (
            f"Go on: the next experiment enlarges the hypervolume by {mean} on average and by "
            f"{most} at most; {late}.{rest}"
        )
    if growth >= _STANDING_STILL:
        return False, (
            f"Go on for now: the next experiment would enlarge the hypervolume by only {mean} on "
            f"average, but {late}.{rest}"
        )
    return True, (
        f"Stop: the next experiment would enlarge the hypervolume by {mean} on average, and "
        f"{late}.{rest}"
    )


def _share(value: float) -> str:
    """Write a share of the hypervolume in per cent."""
    percent = 100.0 * value
    if percent >= 999.5:
        return "more than ten times"
    if percent < 0.01:
        return "less than 0.01 %"
    digits = 0 if percent >= 9.95 else 1 if percent >= 0.95 else 2
    return f"{percent:.{digits}f} %"
