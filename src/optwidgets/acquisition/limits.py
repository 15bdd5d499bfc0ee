"""What makes a point infeasible: limits of outcomes with their models, and rows that failed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.analytic import Criterion
from optwidgets.acquisition.feasibility import (
    Feasibility,
    KeepsLimits,
    Succeeds,
    classifier_slope,
    failure_model,
)
from optwidgets.data.objective import Objective
from optwidgets.data.table import Table
from optwidgets.models.base import Model, ModelConfig, PointPosterior
from optwidgets.models.feature_kernel import kernel_over
from optwidgets.space.encoding import Encoding

Array = NDArray[np.float64]

_OF_FAILURES = ModelConfig(kernel="Matern", nu=2.5)
_FARTHEST = 1e50


@dataclass(frozen=True, eq=False)
class Limit:
    """Limits of one outcome, and the model that predicts it.

    Parameters
    ----------
    objective
        With its ``lower`` and ``upper``.
    model
        Model of its results, on the same space as that of the objective searched for.
    """

    objective: Objective
    model: Model

    @property
    def criterion(self) -> KeepsLimits:
        """Log probability of keeping them, in the model's standardised units."""
        low, high = self.objective.lower, self.objective.upper
        return KeepsLimits(
            -math.inf if low is None else modelled(self.model, low),
            math.inf if high is None else modelled(self.model, high),
        )


def modelled(model: Model, value: float) -> float:
    """Outcome as it is modelled, from one in the objective's unit, not farther than 1e50."""
    with np.errstate(over="ignore"):
        return within_reach(float(model.outcomes.forward(np.array([value]))[0]))


def within_reach(outcome: float) -> float:
    """Return a standardised outcome, not farther than 1e50 away.

    The square of one that lies absurdly far from all results has to stay a number.
    """
    return min(max(outcome, -_FARTHEST), _FARTHEST)


def failed_points(encoding: Encoding, table: Table) -> Array:
    """Encode the inputs of the rows that failed, f x d."""
    rows = [
        row.inputs for row in table if row.state == "failed" and encoding.can_encode(row.inputs)
    ]
    return encoding.encode(rows) if rows else np.empty((0, len(encoding)))


def feasibility_of(model: Model, limits: Sequence[Limit], failed: Array) -> Feasibility:
    """Collect all that has to go well at a point."""
    terms: list[tuple[PointPosterior, Criterion]] = [
        (limit.model.posterior, limit.criterion) for limit in limits
    ]
    if len(failed):
        X = np.vstack([model.data.X, failed])
        labels = np.arange(len(X)) >= len(model.data)
        encoding = model.data.encoding
        kernel = kernel_over(_OF_FAILURES, encoding)
        posterior = failure_model(kernel, X, labels)
        slope = classifier_slope(posterior.kernel, posterior.theta)
        return Feasibility((*terms, (posterior, Succeeds(slope))))
    return Feasibility(tuple(terms))


def keeps_limits(
    model: Model, table: Table, limits: Sequence[Limit], feasibility: Feasibility
) -> NDArray[np.bool_]:
    """Which training rows of `model` are feasible, (n,).

    What was measured decides; where a limited outcome was not measured, its probability.
    """
    found = np.ones(len(model.data), dtype=bool)
    if not limits:
        return found
    likely = np.exp(feasibility.value(model.data.X)) >= 0.5
    for place, number in enumerate(model.data.rows):
        outputs = table.row(number).outputs
        for limit in limits:
            value = outputs.get(limit.objective.name)
            keeps = likely[place] if value is None else limit.objective.is_feasible(value)
            found[place] &= bool(keeps)
    return found
