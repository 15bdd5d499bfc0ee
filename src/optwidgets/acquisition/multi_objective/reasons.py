"""Why points were proposed for several objectives, in numbers and in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import aim_of
from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.acquisition.proposal import (
    Proposal,
    explored_share,
    in_words,
    nearest_rows,
    share_in_words,
)
from optwidgets.data.objective import Objective
from optwidgets.models.base import Model

Array = NDArray[np.float64]


def explain_several(
    models: Sequence[Model],
    objectives: Sequence[Objective],
    strategy: Strategy,
    points: Array,
    inputs: list[dict[str, Any]],
    values: Array,
    feasibility: Feasibility,
    volume: float = 0.0,
) -> list[Proposal]:
    """Proposals for chosen points.

    Parameters
    ----------
    models, objectives
        m of each.
    strategy
        The strategy that chose them.
    points, inputs
        Encoded points, c x d, and the same as values of the space.
    values
        Log acquisition values, (c,): of the hypervolume of standardised results, or of the
        compromise, whose range on the front is 1.
    feasibility
        How probable it is that a point is feasible.
    volume
        Hypervolume of the standardised results, to say what share the gain is; 0 if unknown.
    """
    compromise = strategy.name == "qLogNParEGO"
    # In the product of the objectives' units.
    shift = 0.0 if compromise else sum(math.log(model.outcomes.scale) for model in models)
    logs = values + shift
    reported = logs if "Log" in strategy.name else np.exp(logs)
    predicted = [model.predict(points, observation_noise=True) for model in models]
    rows, distances = nearest_rows(models[0], points)
    likely = np.exp(feasibility.value(points)) if feasibility else None
    explored = np.zeros(len(points))
    for model, objective in zip(models, objectives, strict=True):
        mean, deviation = model.posterior.moments(points)
        explored += explored_share(aim_of(objective, model), mean, deviation) / len(models)
    proposals = []
    for i, point in enumerate(inputs):
        gain = math.exp(min(logs[i], 700.0))
        if compromise:
            words = f"expected gain of the compromise {share_in_words(min(1.0, gain))}"
        else:
            words = f"expected hypervolume gain {in_words(gain, 2)}"
            share = math.exp(min(values[i], 700.0)) / volume if volume > 0 else math.inf
            if share < 10.0:
                words += (
                    f", {share_in_words(share) if share < 0.99 else f'{100 * share:.0f} %'} more"
                )
        if likely is not None:
            words += f", feasible {share_in_words(likely[i])}"
        proposals.append(
            Proposal(
                inputs=point,
                mean=float(predicted[0][0][i]),
                sd=float(predicted[0][1][i]),
                acquisition=float(reported[i]),
                explore=float(explored[i]),
                nearest_row=rows[i],
                distance=float(distances[i]),
                gain=gain,
                gain_words=words,
                feasible=None if likely is None else float(likely[i]),
                predicted=tuple(
                    (objective.name, float(mean[i]), float(sd[i]))
                    for objective, (mean, sd) in zip(objectives, predicted, strict=True)
                ),
            )
        )
    return proposals
