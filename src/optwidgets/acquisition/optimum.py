"""The best point that the model predicts, and what more experiments could still gain.

Sources
-------
J. Wang, P. I. Frazier et al. recommend the maximiser of the posterior mean: see P. I. Frazier,
"A Tutorial on Bayesian Optimization", 2018, arXiv 1807.02811, section 2.
A. Makarova et al., "Automatic Termination for Hyperparameter Optimization", AutoML 2022,
arXiv 2104.08166 (the regret bound, and comparing it with the noise).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import aim_of
from optwidgets.acquisition.analytic import Criterion
from optwidgets.acquisition.differences import Differenced
from optwidgets.acquisition.limits import Limit, failed_points, feasibility_of, keeps_limits
from optwidgets.acquisition.point_score import Demand, PointScore
from optwidgets.acquisition.proposal import in_words, nearest_rows, share_in_words
from optwidgets.acquisition.region import Taken, region_of
from optwidgets.acquisition.search import Effort, Tick, find_best
from optwidgets.data.objective import Objective
from optwidgets.data.table import Table
from optwidgets.models.base import Model
from optwidgets.models.correlation import KERNELS
from optwidgets.models.posterior import Posterior
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space

Array = NDArray[np.float64]

_N_CENTRES = 5
_EFFORT = Effort(restarts=16, raw_samples=1024, max_steps=100)
_DENSE = Effort(restarts=4, raw_samples=4096, max_steps=20)
# The regret bound holds with about 95 % at each point.
_KAPPA = 2.0
# Below this share of the range of the results a gain is not worth an experiment.
_NEGLIGIBLE = 1e-3


@dataclass(frozen=True)
class Optimum:
    """The best point by the model.

    Parameters
    ----------
    inputs
        Value of each variable.
    mean, sd
        Prediction there, in the objective's unit; `sd` is that of the function, without noise.
    nearest_row, distance
        The nearest experiment, and how far it is in the unit cube.
    chance
        Probability that all limits are kept there.
    """

    inputs: dict[str, Any]
    mean: float
    sd: float
    nearest_row: int | None
    distance: float
    chance: float


@dataclass(frozen=True)
class StopAdvice:
    """Whether more experiments are worth their cost.

    Parameters
    ----------
    stop
        Whether to stop.
    words
        Why, for people.
    expected_gain
        What the best next experiment gains on average, in the objective's unit.
    regret_bound
        By how much the best possible result may beat the best so far, at most (about 95 %).
    noise_sd
        Standard deviation of repeated measurements.
    experiments_left
        Of the budget, or None without one.
    """

    stop: bool
    words: str
    expected_gain: float
    regret_bound: float
    noise_sd: float
    experiments_left: int | None


class BestByModel:
    """Searches of the whole space by a fitted model; nothing is taken, nothing pending.

    Parameters
    ----------
    model
        Fitted, on any backend.
    space
        The space, whose constraints may be newer than the fit.
    table
        Its experiments.
    goal
        The objective, or only ``"maximize"`` or ``"minimize"``.
    hold
        Variables that are held at a value.
    limits
        Limits of outcomes, with their models.
    seed
        Seed of the candidates.
    tick
        Called before each pricing; it may raise to cancel.

    Raises
    ------
    OptwidgetsError
        When a held value is not in the space.
    InfeasibleRegionError
        When no point keeps the constraints of the space with the held values.
    """

    def __init__(
        self,
        model: Model,
        space: Space,
        table: Table,
        *,
        goal: str | Objective,
        hold: Mapping[str, Any] | None = None,
        limits: Sequence[Limit] = (),
        seed: int = 0,
        tick: Tick = lambda: None,
    ) -> None:
        known = model.posterior
        posterior = known if isinstance(known, Posterior) else Differenced(known)
        # A forest is a staircase: no slope leads upward, so more candidates stand in for it.
        self._effort = _DENSE if KERNELS[model.config.kernel].is_forest else _EFFORT
        if not isinstance(goal, Objective):
            goal = Objective(model.data.objective, goal)
        self._model, self._posterior, self._aim = model, posterior, aim_of(goal, model)
        self._towards = f" towards the {goal.goal}" if goal.wanted else ""
        self._region = region_of(Encoding(space), hold or {})
        failed = failed_points(self._region.encoding, table)
        self._feasibility = feasibility_of(model, limits, failed)
        # Measured settings, under the observed values of now.
        self._measured = self._region.as_now(model.data.X)
        inside = self._region.inside(self._measured)
        self._attainable = inside & keeps_limits(model, table, limits, self._feasibility)
        self._seed, self._tick = seed, tick

    def optimum(self) -> Optimum:
        """Find the best predicted mean, where limits are kept with 90 % if anywhere.

        For a target or a band it is the least expected distance.
        """
        point = self._best(self._aim.expected())
        mean, sd = self._model.predict(point[None])
        rows, distances = nearest_rows(self._model, point[None])
        return Optimum(
            inputs=self._region.values(point[None])[0],
            mean=float(mean[0]),
            sd=float(sd[0]),
            nearest_row=rows[0],
            distance=float(distances[0]),
            chance=float(np.exp(self._feasibility.value(point[None])[0])),
        )

    def advice(self, n_done: int, budget: int | None = None) -> StopAdvice:
        """Weigh what another experiment can gain against noise and budget.

        Parameters
        ----------
        n_done
            Experiments made so far.
        budget
            How many there may be, or None.
        """
        model, aim = self._model, self._aim
        best, known = self._incumbent()
        promising = self._best(aim.improvement(best, 0.0, 1.0))
        mean, deviation = self._posterior.moments(promising[None])
        gain = float(aim.gain(model.outcomes, mean, deviation, best)[0])
        high = self._best(aim.bound(_KAPPA))
        mean, deviation = self._posterior.moments(high[None])
        most = np.array([aim.optimistic(mean, _KAPPA * deviation)[0], known])
        reached, had = aim.in_units(model.outcomes, most).tolist()
        bound = reached - had
        noise_sd = float(model.hyperparameters["noise_sd"])
        left = None if budget is None else max(0, budget - n_done)
        spread = float(np.ptp(model.data.y)) or 1.0
        numbers = (gain, max(bound, 0.0), noise_sd)
        unit = f" {model.data.unit}" if model.data.unit else ""
        if left != 0 and not self._attainable.any():
            chance = float(np.exp(self._feasibility.value(promising[None])[0]))
            return StopAdvice(False, _nothing_kept(chance, left), *numbers, left)
        stop, words = _verdict(*numbers, left, spread, unit, unit + self._towards)
        return StopAdvice(stop, words, *numbers, left)

    # ------------------------------------------------------------ inside

    def _incumbent(self) -> tuple[float, float]:
        """Best predicted mean of the results, and the best they reach at least, as they are worth.

        While none of them keeps the constraints and limits, any that does is better than the worst.
        """
        mean, deviation = self._posterior.moments(self._measured)
        worth = self._aim(mean)[0]
        least = self._aim.pessimistic(mean, _KAPPA * deviation)
        chosen = self._attainable
        if not chosen.any():
            return float(worth.min()), float(least.min())
        return float(worth[chosen].max()), float(least[chosen].max())

    def _best(self, criterion: Criterion) -> Array:
        score = PointScore(self._posterior, criterion, Demand(self._feasibility))
        X = self._measured[self._attainable]
        worth = self._aim(self._posterior.moments(X)[0])[0]
        nothing = Taken(np.empty((0, X.shape[1])), 0.0)
        found = find_best(
            score,
            self._region,
            nothing,
            X[np.argsort(-worth, kind="stable")[:_N_CENTRES]],
            self._effort,
            np.random.default_rng(self._seed),
            self._tick,
        )
        assert found is not None  # nothing is taken
        return found


def _nothing_kept(chance: float, left: int | None) -> str:
    rest = "" if left is None else f" {left} of the budget are left."
    return (
        "Go on: no result keeps the constraints and limits yet. The most promising point does with a "
        f"chance of {share_in_words(chance)}.{rest}"
    )


def _verdict(
    gain: float,
    bound: float,
    noise_sd: float,
    left: int | None,
    spread: float,
    unit: str,
    gained: str,
) -> tuple[bool, str]:
    if left == 0:
        return True, "The budget is used up."
    rest = "" if left is None else f" {left} of the budget are left."
    if bound < noise_sd:
        return True, (
            f"Stop: the best possible result can beat the best so far by {in_words(bound, 2)}{gained} "
            f"at most, less than repeating a measurement varies ({in_words(noise_sd, 2)}{unit})."
        )
    if gain < _NEGLIGIBLE * spread:
        return True, (
            f"Stop: the next experiment would gain {in_words(gain, 2)}{gained} on average, under a "
            f"thousandth of the range of the results.{rest}"
        )
    return False, (
        f"Go on: the next experiment gains {in_words(gain, 2)}{gained} on average, and up to "
        f"{in_words(bound, 2)}{gained} may still be there.{rest}"
    )
