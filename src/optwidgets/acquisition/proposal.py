"""A proposal and its reasons, in numbers and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import Aim, chance_to_improve
from optwidgets.acquisition.balance import Weights
from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.data.objective import Objective
from optwidgets.models.base import Model

Array = NDArray[np.float64]

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Proposal:
    """A point that a strategy proposes, and why.

    Parameters
    ----------
    inputs
        Value of each variable.
    mean, sd
        Prediction of the result, in the objective's unit; `sd` is that of a measurement,
        its noise included, so that a result can be compared with it.
    acquisition
        Value of the acquisition function, larger is better; for a batch strategy that of
        the whole batch, for Thompson sampling the drawn outcome (its sign turned when
        minimising; for a target its distance, less than 0).
    explore
        Share of exploration, 0 to 1: half the 95 % interval of the function, against that
        and how much better than the average result the point is predicted to be.
    nearest_row
        Row of the nearest experiment.
    distance
        Its distance in the unit cube; another category counts as 1.
    gain
        Expected improvement over the best so far, in the objective's unit.
    gain_words
        What the strategy sees in the point: "expected gain 0.19 %", "upper bound 83.4 %".
    feasible
        Probability that it keeps all limits and does not fail; None where nothing can go wrong.
    predicted
        With several objectives: name, mean and standard deviation of each.
    """

    inputs: dict[str, Any]
    mean: float
    sd: float
    acquisition: float
    explore: float
    nearest_row: int | None
    distance: float | None
    gain: float
    gain_words: str
    feasible: float | None = None
    predicted: tuple[tuple[str, float, float], ...] = ()


def explain(
    model: Model,
    strategy: Strategy,
    points: Array,
    inputs: list[dict[str, Any]],
    acquisition: Array,
    *,
    objective: Objective,
    aim: Aim,
    best: float,
    weights: Weights,
    feasibility: Feasibility | None = None,
) -> list[Proposal]:
    """Proposals for chosen points.

    Parameters
    ----------
    model
        The model that the points were chosen with.
    strategy
        The strategy that chose them.
    points
        Encoded points, m x d.
    inputs
        The same as values of the space.
    acquisition
        Values of the acquisition function in the objective's unit, (m,).
    objective
        What the model predicts, with its goal.
    aim
        The goal, as outcomes are modelled.
    best
        Incumbent: what the best standardised value is worth.
    weights
        Balance of the strategy, standardised.
    feasibility
        How probable it is that a point is feasible; the gain is weighed by it.
    """
    latent_mean, latent_sd = model.posterior.moments(points)
    means, sds = model.predict(points, observation_noise=True)
    gains = aim.gain(model.outcomes, latent_mean, latent_sd, best)
    likely = np.exp(feasibility.value(points)) if feasibility else None
    if likely is not None:
        gains = gains * likely
    chances = chance_to_improve(aim, latent_mean, latent_sd, best, weights.xi)
    reached = aim.optimistic(latent_mean, weights.kappa * latent_sd)
    bounds = aim.in_units(model.outcomes, reached)
    explore = explored_share(aim, latent_mean, latent_sd)
    rows, distances = nearest_rows(model, points)
    unit = f" {model.data.unit}" if model.data.unit else ""
    words_of = (
        ByDistance(unit, objective.goal) if objective.wanted else BySize(unit, objective.sign)
    )
    proposals = []
    for i, point in enumerate(inputs):
        if strategy.balance == "beta":
            words = words_of.bound(bounds[i])
        elif strategy.name in ("PI", "LogPI", "qPI"):
            words = f"chance to improve {share_in_words(chances[i])}"
        elif strategy.name == "TS":
            words = words_of.draw(acquisition[i])
        elif gains[i] <= 0:
            words = "no gain expected"
        else:
            words = words_of.gain(gains[i])
        if likely is not None:
            words += f", feasible {share_in_words(likely[i])}"
        proposals.append(
            Proposal(
                inputs=point,
                mean=float(means[i]),
                sd=float(sds[i]),
                acquisition=float(acquisition[i]),
                explore=float(explore[i]),
                nearest_row=rows[i],
                distance=float(distances[i]),
                gain=float(gains[i]),
                gain_words=words,
                feasible=None if likely is None else float(likely[i]),
            )
        )
    return proposals


@dataclass(frozen=True)
class BySize:
    """What is said of a point where more is better, or less is (`sign` -1)."""

    unit: str
    sign: int

    def bound(self, worth: float) -> str:
        """Say how good it may be."""
        side = "upper" if self.sign > 0 else "lower"
        return f"{side} bound {in_words(self.sign * worth, 3)}{self.unit}"

    def draw(self, worth: float) -> str:
        """Say what was drawn for it."""
        return f"drawn outcome {in_words(self.sign * worth, 3)}{self.unit}"

    def gain(self, gain: float) -> str:
        """Say what it improves on average."""
        return f"expected gain {in_words(gain, 2)}{self.unit}"


@dataclass(frozen=True)
class ByDistance:
    """What is said of a point where a target or a band (`goal`) is aimed at.

    Examples
    --------
    >>> ByDistance(" pH").bound(0.0), ByDistance("", "target").gain(0.25)
    ('may hit the target', 'expected 0.25 nearer to the target')
    """

    unit: str
    goal: str = "target"

    def bound(self, worth: float) -> str:
        """Say how near it may come."""
        if worth >= 0.0:
            return f"may hit the {self.goal}"
        return f"may come within {in_words(-worth, 2)}{self.unit} of the {self.goal}"

    def draw(self, worth: float) -> str:
        """Say what was drawn for it."""
        if worth >= 0.0:
            return f"drawn outcome on the {self.goal}"
        return f"drawn outcome {in_words(-worth, 2)}{self.unit} off the {self.goal}"

    def gain(self, gain: float) -> str:
        """Say how much nearer it comes on average."""
        return f"expected {in_words(gain, 2)}{self.unit} nearer to the {self.goal}"


def explored_share(aim: Aim, mean: Array, deviation: Array) -> Array:
    """Share of exploration, (m,): what is unknown against how much better than average it is."""
    unknown = 1.96 * deviation
    better = aim(mean)[0] - aim(np.zeros_like(mean))[0]
    return np.asarray(unknown / (unknown + np.maximum(better, 0.0)))


def nearest_rows(model: Model, points: Array) -> tuple[list[int], Array]:
    """Nearest measured row of each of `points` (m x d), and its distance (m,)."""
    data = model.data
    categorical = list(data.encoding.categorical_dims)
    difference = np.abs(points[:, None, :] - data.X[None])
    difference[:, :, categorical] = difference[:, :, categorical] > 5e-5
    distance = np.sqrt((difference**2).sum(axis=2))
    nearest = distance.argmin(axis=1)
    return [data.rows[i] for i in nearest], distance[np.arange(len(points)), nearest]


def in_words(value: float, digits: int) -> str:
    r"""Write a number as people read it, with so many significant digits.

    Examples
    --------
    >>> in_words(0.1934, 2), in_words(83.42, 3), in_words(-1234.5, 3), in_words(0.0, 2)
    ('0.19', '83.4', '−1234', '0')
    >>> in_words(1.234e-7, 2), in_words(25300.0, 3), in_words(-3.2e9, 2)
    ('1.2 × 10⁻⁷', '25\u202f300', '−3.2 × 10⁹')
    """
    if not math.isfinite(value):
        return "unknown"
    if value == 0.0:
        return "0"
    sign, size = ("−" if value < 0 else ""), abs(value)
    mantissa, exponent = f"{size:.{digits - 1}e}".split("e")  # rounding may add a digit in front
    if not 1e-4 <= size < 1e6:
        return f"{sign}{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    decimals = max(0, digits - 1 - int(exponent))
    text = f"{size:,.{decimals}f}"
    # A narrow no-break space parts thousands, from 10 000 on.
    return sign + text.replace(",", "\u202f" if size >= 9999.5 else "")


def share_in_words(share: float) -> str:
    """Write a share as a whole percentage.

    Examples
    --------
    >>> share_in_words(0.344), share_in_words(0.001), share_in_words(0.9999)
    ('34 %', 'under 1 %', 'over 99 %')
    """
    if share < 0.01:
        return "under 1 %"
    return "over 99 %" if share > 0.99 else f"{round(100 * share)} %"
