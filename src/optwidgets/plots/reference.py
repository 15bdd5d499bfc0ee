"""The point that cuts through the model are made at, and which variables matter most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.plots.axes import VariableAxis
from optwidgets.space.text import did_you_mean

if TYPE_CHECKING:
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model
    from optwidgets.space.space import Space

Array = NDArray[np.float64]

#: Points along a curve.
CURVE = 61


def objective_of(state: SessionState, model: Model) -> Objective:
    """Return the objective that a model predicts, as it is called and aimed at now."""
    name = model.data.objective
    return state.table.objective(name if name in state.table.target_names else None)


def best_place(model: Model, objective: Objective) -> int:
    """Return the place of the best result among the model's data."""
    return int(np.argmax(objective.utility(model.data.y)))


def reference_point(
    state: SessionState, model: Model, at: Mapping[str, Any] | None = None
) -> Array:
    """Return the unit coordinates of the point that cuts are made at.

    Parameters
    ----------
    state
        Gives the goal.
    model
        Fitted to at least one result.
    at
        Values of some or all variables; the best result has the others.

    Returns
    -------
    array
        ``(d,)``, a feasible point.

    Raises
    ------
    OptwidgetsError
        A variable is not known or a value is of the wrong type.
    """
    encoding = model.data.encoding
    unit = model.data.X[best_place(model, objective_of(state, model))].copy()
    for name, value in (at or {}).items():
        place = place_of(encoding.space, name)
        variable = encoding.space.variables[place]
        unit[place] = variable.to_unit([variable.check(value)])[0]
    snapped: Array = encoding.snap(unit[None, :])[0]
    return snapped


def place_of(space: Space, name: str) -> int:
    """Return the place of a variable in its space; an unknown one is an error."""
    if name not in space.names:
        raise OptwidgetsError(did_you_mean(str(name), space.names), field="variable")
    return space.names.index(name)


def cut(unit: Array, place: int, grid: Array) -> Array:
    """Return points along one variable through a point: m x d."""
    points = np.repeat(unit[None, :], len(grid), axis=0)
    points[:, place] = grid
    return points


def influence(model: Model, unit: Array) -> Array:
    """How far the predicted mean moves along each variable through a point, ``(d,)``."""
    variables = model.data.encoding.space.variables
    grids = [VariableAxis(variable).grid(21) for variable in variables]
    points = np.vstack([cut(unit, place, grid) for place, grid in enumerate(grids)])
    mean, _ = model.predict(points)
    parts = np.split(mean, np.cumsum([len(grid) for grid in grids])[:-1])
    return np.array([float(np.ptp(part)) for part in parts])


def default_axes(state: SessionState, model: Model) -> tuple[str, str]:
    """Return the two variables that a map shows if nobody chose: the most influential.

    Variables with a scale come before those with a few separate values, whose maps are
    coarse.

    Raises
    ------
    OptwidgetsError
        When there are fewer than two variables.
    """
    space = model.data.encoding.space
    check_two(space)
    moved = influence(model, reference_point(state, model))
    order = sorted(
        range(len(space)),
        key=lambda place: (VariableAxis(space.variables[place]).separate, -moved[place]),
    )
    # In the order of the space, so that the axes don't change places with each result.
    first, second = sorted(order[:2])
    return space.names[first], space.names[second]


def check_two(space: Space) -> None:
    """Raise unless there are two variables to span a map."""
    if len(space) < 2:
        raise OptwidgetsError("A map needs two variables. Add another one, or look at the slices.")


def nearness(
    X: Array, unit: Array, ignore: tuple[int, ...], categorical: Mapping[int, int]
) -> Array:
    """How near results are to a cut, 1 on it to 0 far from it, ``(n,)``.

    Parameters
    ----------
    X
        Results in the unit cube, n x d.
    unit
        The point of the cut, (d,).
    ignore
        Columns that the cut runs along.
    categorical
        Columns of categories, which are either the same or as far as can be.
    """
    distance = np.abs(X - unit)
    for place in categorical:
        distance[:, place] = distance[:, place] > 1e-9
    distance[:, list(ignore)] = 0.0
    others = max(1, X.shape[1] - len(ignore))
    nearness_: Array = np.exp(-((distance**2).sum(axis=1)) / (0.09 * others))
    return nearness_
