"""The points of a map: two variables on a grid, all others held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.plots.axes import VariableAxis
from optwidgets.plots.reference import check_two, default_axes, place_of, reference_point
from optwidgets.plots.words import escape, squeezed, value_text

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model

Array = NDArray[np.float64]

#: Points along each side of a map.
SIDE = 45

# Letters below a map for the variables that are held; those that do not fit are counted.
_ROOM = 46


@dataclass(frozen=True, eq=False)
class MapGrid:
    """Points of a map.

    Parameters
    ----------
    axes
        The axis to the right, and the one upward.
    places
        Columns of their variables.
    grids
        Their unit coordinates, (nx,) and (ny,).
    unit
        The point that all others are held at, (d,).
    points
        ny * nx points, row by row, x d.
    allowed
        Which of them keep the constraints of the space, ny x nx.
    held
        The variables that are held, as they are written below the map.
    """

    axes: tuple[VariableAxis, VariableAxis]
    places: tuple[int, int]
    grids: tuple[Array, Array]
    unit: Array
    points: Array
    allowed: NDArray[np.bool_]
    held: str

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.grids[1]), len(self.grids[0])

    @property
    def names(self) -> tuple[str, str]:
        """Names of both variables."""
        return self.axes[0].variable.name, self.axes[1].variable.name

    @property
    def cross(self) -> list[float]:
        """Where the held point is, in the coordinates of the axes."""
        both = zip(self.axes, self.places, strict=True)
        return [float(axis.places([self.unit[place]])[0]) for axis, place in both]

    def setting(self, row: int, column: int) -> str:
        """Write the values of both variables at a point of the map."""
        return " and ".join(
            value_text(axis.variable, axis.variable.from_unit([grid[i]])[0])
            for axis, grid, i in zip(self.axes, self.grids, (column, row), strict=True)
        )


def make_grid(
    state: SessionState,
    model: Model,
    names: tuple[str | None, str | None],
    at: Mapping[str, Any] | None,
    side: int = SIDE,
) -> MapGrid:
    """Return the grid of two variables through a point.

    Parameters
    ----------
    state
        Gives the constraints.
    model
        Gives the space and, where no variable is named, the most influential ones.
    names
        Names of the variables; None for one that is chosen here.
    at
        Values that the others are held at; those of the best result if not given.
    side
        Points along each side, fewer for a variable with few values.

    Raises
    ------
    OptwidgetsError
        With fewer than two variables, the same one twice, or an unknown one.
    """
    space = model.data.encoding.space
    first, second = _chosen(state, model, names)
    axes = VariableAxis(space.variables[first]), VariableAxis(space.variables[second])
    unit = reference_point(state, model, at)
    grids = axes[0].grid(side), axes[1].grid(side)
    points = np.repeat(unit[None, :], len(grids[0]) * len(grids[1]), axis=0)
    points[:, first] = np.tile(grids[0], len(grids[1]))
    points[:, second] = np.repeat(grids[1], len(grids[0]))
    allowed = allowed_of(state, model, points).reshape(len(grids[1]), len(grids[0]))
    return MapGrid(
        axes, (first, second), grids, unit, points, allowed, _held(model, unit, (first, second))
    )


def _chosen(
    state: SessionState, model: Model, names: tuple[str | None, str | None]
) -> tuple[int, int]:
    space = model.data.encoding.space
    check_two(space)
    x, y = names
    if x is None or y is None:
        first, second = default_axes(state, model)
        free = [name for name in (first, second, *space.names) if name not in names]
        x = free.pop(0) if x is None else x
        y = free.pop(0) if y is None else y
    if x == y:
        raise OptwidgetsError(
            "A map needs two different variables. Choose another one for an axis.",
            field="variable",
        )
    return place_of(space, x), place_of(space, y)


def allowed_of(state: SessionState, model: Model, points: Array) -> NDArray[np.bool_]:
    """Which points keep the constraints, which may be newer than the model."""
    known = model.data.encoding.space
    names = {name for rule in state.space.constraints if rule.is_known for name in rule.variables}
    if not names or not names <= set(known.names):
        return np.ones(len(points), dtype=bool)
    values = {
        name: np.asarray(known[name].from_unit(points[:, known.names.index(name)]), dtype=float)
        for name in names
    }
    return state.space.met(values)


def _held(model: Model, unit: Array, places: tuple[int, int]) -> str:
    space = model.data.encoding.space
    point = model.data.encoding.decode(unit[None, :])[0]
    others = [v for i, v in enumerate(space.variables) if i not in places and v.name in point]
    words, room = list[str](), _ROOM
    for v in others:
        word = f"{squeezed(v.name, 14)} {escape(value_text(v, point[v.name]), 16)}"
        room -= len(word) + 2
        if room < 0 and words:
            break
        words.append(word)
    left = len(others) - len(words)
    return ", ".join([*words, *([f"{left} more"] if left else [])])
