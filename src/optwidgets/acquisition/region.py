"""Where the search may go: free columns, held values, levels, and points already taken."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.lattice import even_points
from optwidgets.designs.grid import axis, axis_length, product
from optwidgets.errors import OptwidgetsError
from optwidgets.models.batched_bfgs import ValueAndGradient, maximise
from optwidgets.space.encoding import Encoding

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Array = NDArray[np.float64]

#: Finite spaces up to this size are searched point by point.
EXHAUSTIVE = 20_000
# Discrete parts up to this size are tried in full beside each setting of the reals.
_SMALL_GRID = 48
# Numbers with more levels than this are searched as if they were real, then rounded.
_RELAXED_LEVELS = 12
# Pairs of points that are compared one by one rather than through a tree.
_FEW_PAIRS = 20_000
# Widths of the clouds round the best points, as shares of a column's range.
_WIDTHS = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)


class Region:
    """The part of the unit cube that suggestions come from.

    Parameters
    ----------
    encoding
        Encoding of a space with d variables.
    hold
        Variables that are held at a value.

    Raises
    ------
    OptwidgetsError
        When a held variable does not exist or its value is not in the space.
    """

    #: Lower and upper ends, (d,) and (d,), of the part that is searched; None for all of it.
    box: tuple[Array, Array] | None = None

    def __init__(self, encoding: Encoding, hold: Mapping[str, Any]) -> None:
        self.encoding = encoding
        self.held = {name: _held_value(encoding, name, value) for name, value in hold.items()}
        names = encoding.space.names
        self._held_units = {
            names.index(name): float(encoding.space[name].to_unit([value])[0])
            for name, value in self.held.items()
        }
        #: Column to unit value of the observed variables: these are as they are now.
        self.now = {
            dim: unit
            for dim, unit in self._held_units.items()
            if encoding.space.variables[dim].observed
        }
        free = [dim for dim in range(len(encoding)) if dim not in self._held_units]
        self.level_dims = [dim for dim in free if dim in encoding.levels]
        real = [dim for dim in free if dim not in encoding.levels]
        # What others depend on moves from level to level only: a step changes what is there.
        deciding = set(encoding.activity.parents) if encoding.activity else set()
        #: Columns that the gradient search moves.
        self.moving = real + [
            dim
            for dim in self.level_dims
            if dim not in encoding.categorical_dims
            and dim not in deciding
            and len(encoding.levels[dim]) > _RELAXED_LEVELS
        ]
        #: Whether moved columns have to be rounded afterwards.
        self.rounds = any(encoding.space.variables[dim].kind != "real" for dim in self.moving)

    def within(self, low: Array, high: Array) -> Self:
        """Return the same region, searched only from `low` (d,) to `high` (d,).

        The ends of columns that the gradient search does not move are 0 and 1.
        """
        other = copy.copy(self)
        other.box = (low, high)
        return other

    @property
    def has_neighbours(self) -> bool:
        """Whether points have neighbours that no gradient leads to."""
        return bool(self.level_dims)

    @cached_property
    def size(self) -> float:
        """Number of points; infinite with a free real variable."""
        free = (dim for dim in range(len(self.encoding)) if dim not in self._held_units)
        product_of_all = math.prod((axis_length(self.encoding, dim) for dim in free), start=1.0)
        if self.encoding.activity is not None and product_of_all <= EXHAUSTIVE:
            return float(len(Region.points(self)))
        return product_of_all

    def points(self) -> Array:
        """Every point of a finite region, size x d; each once, whatever is not there."""
        axes = [
            np.array([self._held_units[dim]])
            if dim in self._held_units
            else axis(self.encoding, dim)
            for dim in range(len(self.encoding))
        ]
        points = product(axes)
        if self.encoding.activity is None:
            return points
        return np.unique(self._settled(points), axis=0)

    def _settled(self, points: Array) -> Array:
        """Points (m x d) with what is held where it is there, and the middle where it is not."""
        for dim, unit in self._held_units.items():
            points[:, dim] = unit
        return self.encoding.settled(points)

    def values(self, points: Array) -> list[dict[str, Any]]:
        """Values of encoded points, m x d: what is held is exactly as it was given."""
        return [
            {**point, **{name: value for name, value in self.held.items() if name in point}}
            for point in self.encoding.decode(points)
        ]

    def snap(self, X: Array) -> Array:
        """Nearest points of the region, m x d."""
        return self._settled(self.encoding.snap(self.boxed(X)))

    def as_now(self, X: Array) -> Array:
        """Points (m x d) under the observed values of now: what repeating them would give."""
        if not self.now:
            return X
        moved = X.copy()
        moved[:, list(self.now)] = list(self.now.values())
        return moved

    def inside(self, X: Array) -> NDArray[np.bool_]:
        """Which of X (m x d), points that people typed, can be chosen: in bounds and allowed, (m,)."""
        asked = [dim for dim in range(X.shape[1]) if dim not in self.now]
        bounded = (X[:, asked] > -1e-9) & (X[:, asked] < 1 + 1e-9)
        return np.asarray(bounded.all(axis=1) & self.allows(X))

    def boxed(self, X: Array) -> Array:
        """Nearest points of the part that is searched, levels not yet looked at, m x d."""
        return X if self.box is None else np.clip(X, *self.box)

    def allows(self, X: Array) -> NDArray[np.bool_]:
        """Which of X (m x d), points that people typed, keep the constraints, (m,)."""
        return np.ones(len(X), dtype=bool)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Points spread evenly over the region, n x d; each level equally often."""
        return self.snap(self._spread(n, rng))

    def _spread(self, n: int, rng: np.random.Generator) -> Array:
        uniform = even_points(n, len(self.encoding), rng)
        if self.box is not None:
            low, high = self.box
            real = [dim for dim in self.moving if dim not in self.level_dims]
            uniform[:, real] = low[real] + uniform[:, real] * (high - low)[real]
        for dim in self.level_dims:
            levels = self._levels(dim)
            place = np.minimum((uniform[:, dim] * len(levels)).astype(int), len(levels) - 1)
            uniform[:, dim] = levels[place]
        return uniform

    def _levels(self, dim: int) -> Array:
        """Levels of a column that are searched; the nearest one where none lies in the box."""
        levels = self.encoding.levels[dim]
        if self.box is None:
            return levels
        low, high = self.box[0][dim], self.box[1][dim]
        inside = levels[(levels >= low) & (levels <= high)]
        return inside if len(inside) else levels[[np.abs(levels - 0.5 * (low + high)).argmin()]]

    def around(self, centres: Array, count: int, rng: np.random.Generator) -> Array:
        """Clouds of several widths, some `count` points round each of `centres` (c x d).

        In high dimension only some columns of a point move (R. G. Regis and
        C. A. Shoemaker, Eng. Optim. 45 (2013) 529).
        """
        if count == 0:
            return centres[:0]
        d, per_width = len(self.encoding), max(1, count // len(_WIDTHS))
        clouds = []
        for width in _WIDTHS:
            shape = (len(centres), per_width, d)
            step = rng.normal(0.0, width, shape) * (rng.random(shape) < min(1.0, 10.0 / d))
            cloud = (centres[:, None, :] + step).reshape(-1, d)
            for dim in self.encoding.categorical_dims:
                levels = self.encoding.levels[dim]
                change = rng.random(len(cloud)) < 0.2
                cloud[change, dim] = rng.choice(levels, int(change.sum()))
            clouds.append(cloud)
        return self.snap(np.vstack(clouds))

    def neighbours(self, X: Array) -> tuple[Array, NDArray[np.intp]]:
        """Points that differ from rows of X (m x d) in their levels only.

        All combinations of levels when these are few, else those that differ in one
        column: every category, and numbers one, two, four ... levels away.

        Returns
        -------
        tuple
            Neighbours, k x d, and for each the row of X that it belongs to, (k,).
        """
        if self._grid is not None:
            m, k = len(X), len(self._grid)
            points = np.repeat(X, k, axis=0)
            points[:, self.level_dims] = np.tile(self._grid, (m, 1))
            return self._settled(points), np.repeat(np.arange(m), k)
        found, owners = [], []
        for row, x in enumerate(X):
            for dim in self.level_dims:
                values = self._alternatives(dim, x[dim])
                block = np.tile(x, (len(values), 1))
                block[:, dim] = values
                found.append(block)
                owners.append(np.full(len(values), row, dtype=np.intp))
        return self._settled(np.vstack(found)), np.concatenate(owners)

    def maximise(
        self,
        objective: ValueAndGradient,
        starts: Array,
        max_steps: int,
        value_tolerance: float = 1e-9,
    ) -> tuple[Array, Array]:
        """Best local maximum over the moving columns, from starts of one or several points in a row.

        Parameters
        ----------
        objective
            Values and gradients; the gradient of columns that do not move is zero.
        starts
            Starting points, r x (q d).
        max_steps, value_tolerance
            Steps at most, and the relative gain of a step below which a search is over.
        """
        if self.box is None:
            return maximise(objective, starts, max_steps=max_steps, value_tolerance=value_tolerance)
        q = starts.shape[1] // len(self.encoding)
        low, width = np.tile(self.box[0], q), np.tile(self.box[1] - self.box[0], q)

        def stretched(W: Array) -> tuple[Array, Array]:
            value, gradient = objective(low + W * width)
            return value, gradient * width

        found, values = maximise(
            stretched,
            (starts - low) / np.maximum(width, 1e-300),
            max_steps=max_steps,
            value_tolerance=value_tolerance,
        )
        return low + found * width, values

    @cached_property
    def _grid(self) -> Array | None:
        axes = [self.encoding.levels[dim] for dim in self.level_dims]
        return product(axes) if math.prod(map(len, axes)) <= _SMALL_GRID else None

    def _alternatives(self, dim: int, value: float) -> Array:
        levels = self._levels(dim) if dim in self.moving else self.encoding.levels[dim]
        here = int(np.abs(levels - value).argmin())
        if dim in self.encoding.categorical_dims or len(levels) <= _RELAXED_LEVELS:
            return np.delete(levels, here)
        steps = 2 ** np.arange(int(math.log2(len(levels))) + 1)
        places = np.concatenate([here - steps, here + steps])
        return np.asarray(levels[places[(places >= 0) & (places < len(levels))]])


class Taken:
    """Points that are not to be proposed.

    Parameters
    ----------
    points
        Encoded points, p x d.
    tolerance
        Largest difference in any column at which a point still counts as the same.
    others
        More such points, with a tolerance of their own.
    """

    def __init__(self, points: Array, tolerance: float, others: Taken | None = None) -> None:
        self._points, self._tolerance, self._others = points, tolerance, others

    def __call__(self, X: Array) -> NDArray[np.bool_]:
        """Whether each of X (m x d) is taken, (m,)."""
        taken = np.zeros(len(X), dtype=bool) if self._others is None else self._others(X)
        if len(X) == 0 or len(self._points) == 0:
            return taken
        limit = self._tolerance * (1.0 + 1e-9)
        if len(X) * len(self._points) <= _FEW_PAIRS:
            distances = np.abs(X[:, None] - self._points).max(axis=2)
            return np.asarray(taken | (distances < limit).any(axis=1))
        distance, _ = self._tree.query(X, p=np.inf, distance_upper_bound=limit)
        return np.asarray(taken | np.isfinite(distance))

    @cached_property
    def _tree(self) -> cKDTree:
        from scipy.spatial import cKDTree  # slow to load, and only many points need it

        return cKDTree(self._points)

    def plus(self, point: Array) -> Taken:
        """With one more point, (d,), at the tolerance of this one."""
        return Taken(np.vstack([self._points, point]), self._tolerance, self._others)


def region_of(encoding: Encoding, hold: Mapping[str, Any]) -> Region:
    """Region of a space, with or without constraints.

    Parameters
    ----------
    encoding
        Encoding of a space with d variables.
    hold
        Variables that are held at a value.

    Raises
    ------
    InfeasibleRegionError
        When no point keeps the constraints with these variables held.

    Examples
    --------
    >>> from optwidgets.space.constraints import LinearConstraint
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> mixture = LinearConstraint("equality", {"a": 1, "b": 1, "c": 1}, 1, "mixture")
    >>> space = Space(tuple(Real(name, 0, 1) for name in "abc"), (mixture,))
    >>> region = region_of(Encoding(space), {"a": 0.25})
    >>> region.snap(np.array([[0.9, 0.5, 0.5]])).round(6).tolist()
    [[0.25, 0.375, 0.375]]
    """
    if encoding.space.constraints:
        from optwidgets.acquisition.constrained_region import ConstrainedRegion  # few need it

        return ConstrainedRegion(encoding, hold)
    return Region(encoding, hold)


def _held_value(encoding: Encoding, name: str, value: Any) -> Any:
    if name not in encoding.space.names:
        known = ", ".join(encoding.space.names[:10])
        raise OptwidgetsError(
            f"Cannot hold {str(name)[:60]!r}: there is no such variable. The variables are {known}.",
            field="hold",
        )
    variable = encoding.space[name]
    checked = variable.check(value)
    if not variable.observed and not variable.contains(checked):
        raise OptwidgetsError(
            f"{name} cannot be held at {variable.format(checked)}: the space allows "
            f"{variable.describe()}.",
            field="hold",
            column=name,
        )
    return checked
