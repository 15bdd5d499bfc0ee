"""What a strategy needs to know to choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import Aim
from optwidgets.acquisition.balance import Weights
from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.acquisition.region import Region, Taken
from optwidgets.acquisition.search import Effort, Tick
from optwidgets.models.base import PointPosterior

Array = NDArray[np.float64]

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

    def stacked(self, points: list[Array]) -> Array:
        """Points as one array, m x d, be there any or none."""
        return np.vstack(points) if points else np.empty((0, self.pending.shape[1]))
