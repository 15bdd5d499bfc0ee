"""A trust region round the best result: far from everything known, many variables mislead.

The region is a box round the best result, its sides in proportion to the lengthscales. It grows
after a row of improvements and shrinks after a row of suggestions that did not improve; when it
has become tiny, the search starts over in the whole space. All of that follows from the rows of
the table alone, so that there is no hidden state: what is replayed is the same.

Sources
-------
D. Eriksson, M. Pearce, J. R. Gardner, R. Turner, M. Poloczek, "Scalable Global Optimization via
Local Bayesian Optimization" (TuRBO), NeurIPS 2019, arXiv 1910.01739.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.base import STRATEGIES
from optwidgets.acquisition.region import EXHAUSTIVE, Region
from optwidgets.data.table import Objective, Row, Table
from optwidgets.errors import OptwidgetsError
from optwidgets.models.base import Model
from optwidgets.space.text import short

Array = NDArray[np.float64]

# Side of the box: at first, at most, and below which the search starts over (Eriksson 2019).
_FIRST, _LARGEST, _SMALLEST = 0.8, 1.6, 0.5**7
# Improvements in a row after which the box grows.
_SUCCESSES = 3
# An improvement counts when it is more than this share of the spread of the results so far.
_WORTH = 1e-3
# Lengthscales are cut to these: a variable without influence must not stretch the box.
_SHORTEST, _LONGEST = 0.05, 4.0


@dataclass(frozen=True)
class Trial:
    """One experiment as the trust region sees it.

    Parameters
    ----------
    value
        Result, turned so that more is better; None where it failed or keeps no limit.
    round
        Suggestions of one round count together; None where the model did not suggest it.
    """

    value: float | None
    round: object = None


def side_after(trials: Iterable[Trial], dimension: int) -> float:
    """Side of the box after these experiments, as a share of the unit cube's.

    Parameters
    ----------
    trials
        In the order of the table.
    dimension
        Number of variables: after max(4, dimension) suggestions that do not improve the
        box shrinks by half; after 3 rounds that do, it doubles.

    Examples
    --------
    >>> start = [Trial(0.0), Trial(1.0)]
    >>> better = [Trial(2.0 + i, round=i) for i in range(3)]
    >>> side_after(start, 2), side_after(start + better, 2)
    (0.8, 1.6)
    >>> side_after(start + [Trial(0.5, round=i) for i in range(4)], 2)
    0.4
    """
    patience = max(4, dimension)
    side, improved, wasted = _FIRST, 0, 0
    known: list[float] = []
    rounds = _in_rounds(trials)
    for number, values in rounds:
        found = [value for value in values if value is not None]
        best = max(known, default=-math.inf)
        better = bool(found) and max(found) > best + _WORTH * _spread(known)
        known += found
        if number is None:
            continue
        improved, wasted = (improved + 1, 0) if better else (0, wasted + len(values))
        if improved >= _SUCCESSES:
            side, improved = min(2.0 * side, _LARGEST), 0
        elif wasted >= patience:
            side, wasted = 0.5 * side, 0
        if side < _SMALLEST:
            side, improved, wasted = _FIRST, 0, 0
    return side


def _in_rounds(trials: Iterable[Trial]) -> list[tuple[object, list[float | None]]]:
    """Return the values of each round; what the model did not suggest stands alone."""
    found: list[tuple[object, list[float | None]]] = []
    for trial in trials:
        if trial.round is not None and found and found[-1][0] == trial.round:
            found[-1][1].append(trial.value)
        else:
            found.append((trial.round, [trial.value]))
    return found


def _spread(values: list[float]) -> float:
    if len(values) < 2:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(np.std(np.array(values)))
    return spread if math.isfinite(spread) else 0.0


def trials_of(
    table: Table, objective: Objective, feasible: Mapping[int, bool] | None = None
) -> list[Trial]:
    """Return the experiments of a table: those with a result, and those that failed.

    Parameters
    ----------
    table
        Rows.
    objective
        Whose results count, and which are good.
    feasible
        Row number to whether the result keeps all limits; rows that are not named do.
    """
    found = []
    for row in table:
        value = row.outputs.get(objective.name) if row.state == "done" else None
        if value is None and row.state != "failed":
            continue
        if feasible is not None and not feasible.get(row.id, True):
            value = None
        found.append(Trial(None if value is None else objective.worth(value), _round_of(row)))
    return found


def _round_of(row: Row) -> object:
    """Return what the suggestions of one round share; None where the model did not suggest it."""
    suggestion = row.suggestion
    if suggestion is None or suggestion.fallback or suggestion.strategy not in STRATEGIES:
        return None
    return row.iteration if row.iteration is not None else f"row {row.id}"


def wanted(choice: Any, dimension: int, n_results: int) -> bool:
    """Whether the option ``trust_region`` asks for one.

    Parameters
    ----------
    choice
        True, False, or ``"auto"``.
    dimension, n_results
        Size of the problem, for ``"auto"``.

    Raises
    ------
    OptwidgetsError
        For anything else.

    Examples
    --------
    >>> wanted(True, 2, 10), wanted("auto", 2, 10)
    (True, False)
    """
    if isinstance(choice, bool):
        return choice
    if isinstance(choice, str) and choice.strip().lower() == "auto":
        return dimension >= 8 or n_results > 200
    raise OptwidgetsError(
        f"trust_region must be True, False or 'auto', not {short(choice)}.", field="trust_region"
    )


def within_trust(region: Region, model: Model, side: float, centre: Array) -> Region:
    """Cut a region down to a box of this side round a point, (d,).

    Finite regions that are searched point by point, and categories, stay whole.

    Parameters
    ----------
    region
        Where suggestions may come from.
    model
        Whose lengthscales set the proportions of the box.
    side
        Of `side_after`.
    centre
        Best result, in the unit cube, (d,).
    """
    if not region.moving or region.size <= EXHAUSTIVE:
        return region
    names = model.data.encoding.space.names
    known = model.hyperparameters.get("lengthscales", {})
    scales = np.array([float(known.get(names[dim], 1.0)) for dim in region.moving])
    shares = np.log(np.clip(scales, _SHORTEST, _LONGEST))
    shares = np.exp(shares - shares.mean())
    low, high = np.zeros(len(names)), np.ones(len(names))
    middle = np.clip(centre[region.moving], 0.0, 1.0)
    low[region.moving] = np.clip(middle - 0.5 * side * shares, 0.0, 1.0)
    high[region.moving] = np.clip(middle + 0.5 * side * shares, 0.0, 1.0)
    return region.within(low, high)
