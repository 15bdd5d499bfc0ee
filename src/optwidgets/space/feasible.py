"""Where points may lie when variables keep rules together, in unit coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import InfeasibleRegionError
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.constraints.base import TOLERANCE
from optwidgets.space.encoding import Encoding
from optwidgets.space.polytope import Polytope
from optwidgets.space.text import enumerate_words, short

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Levels that are tried for a column when the nearest one leaves no room for the others.
_LEVELS_TRIED = 5
_ORDERS_TRIED = 3
_ROUNDS = 4
# How points are looked for that keep rules which are not linear.
_SEARCHES, _SEARCHED, _KNOWN = 24, 512, 64
_HALVINGS = 32


class FeasibleSet:
    """The points of a space that keep its constraints, some variables held.

    Linear rules speak of values, which lie linearly in the unit cube, but for variables on
    a log scale. The columns they speak of get coordinates in which values are linear;
    there the rules are a polytope. Whole numbers and levels are rounded one after the
    other, each time moving the rest to the nearest place that is left.

    Parameters
    ----------
    encoding
        Encoding of a space with d variables.
    held
        Column to unit value, of variables that are held.

    Raises
    ------
    InfeasibleRegionError
        When no point keeps all rules, or none was found.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> rule = LinearConstraint("equality", {"a": 1, "b": 1}, 1, "mixture")
    >>> space = Space((Real("a", 0, 1), Real("b", 0, 1)), (rule,))
    >>> feasible = FeasibleSet(Encoding(space), {})
    >>> points, found = feasible.repair(np.array([[0.9, 0.5]]))
    >>> points.round(6).tolist(), found.tolist()
    ([[0.7, 0.3]], [True])
    """

    def __init__(self, encoding: Encoding, held: Mapping[int, float]) -> None:
        self.encoding, self.held = encoding, dict(held)
        space = encoding.space
        self._variables = {variable.name: variable for variable in space}
        self.linear = [rule for rule in space.constraints if isinstance(rule, LinearConstraint)]
        names = {name for rule in self.linear for name in rule.variables}
        #: Columns that rules speak of and that may move.
        self.columns = [
            dim for dim, name in enumerate(space.names) if name in names and dim not in self.held
        ]
        self._rounded = np.array(
            [space.variables[dim].kind != "real" for dim in self.columns], bool
        )
        self.polytope = self._make_polytope()
        if self.polytope.centre is None:
            raise self.error()

    def error(self) -> InfeasibleRegionError:
        """Sentence that no point keeps all rules."""
        space = self.encoding.space
        rules = "; ".join(short(rule.describe(), 80) for rule in space.constraints[:3])
        more = len(space.constraints) - 3
        rules += f" and {more} more" if more > 0 else ""
        if not self.held:
            return InfeasibleRegionError(
                f"No point of the space meets all constraints ({rules}). Change a constraint or "
                "the bounds.",
                field="constraints",
            )
        names = enumerate_words(space.names[dim] for dim in self.held)
        return InfeasibleRegionError(
            f"With {names} held, no point meets all constraints ({rules}). Release a lock or "
            "change a constraint.",
            field="hold",
        )

    # ------------------------------------------------------------ coordinates

    def to_linear(self, U: Array) -> Array:
        """Coordinates of the constrained columns in which values are linear, m x c."""
        V = U[:, self.columns].copy()
        for at, dim in enumerate(self.columns):
            variable = self.encoding.space.variables[dim]
            if getattr(variable, "log", False):
                low, high = (float(end) for end in variable.bounds)
                V[:, at] = (np.array(_values(variable, U[:, dim])) - low) / (high - low)
        return V

    def from_linear(self, V: Array, U: Array) -> Array:
        """Map linear coordinates back to unit ones, m x d, the other columns as in U."""
        U = U.copy()
        for at, dim in enumerate(self.columns):
            variable = self.encoding.space.variables[dim]
            U[:, dim] = V[:, at]
            if getattr(variable, "log", False):
                low, high = (float(end) for end in variable.bounds)
                U[:, dim] = variable.to_unit(low + np.clip(V[:, at], 0.0, 1.0) * (high - low))
        return U

    def slopes(self, U: Array) -> Array:
        """Find the derivative of the unit coordinates by the linear ones, m x c."""
        slopes = np.ones((len(U), len(self.columns)))
        for at, dim in enumerate(self.columns):
            variable = self.encoding.space.variables[dim]
            if getattr(variable, "log", False):
                low, high = (float(end) for end in variable.bounds)
                values = np.array(_values(variable, U[:, dim]))
                slopes[:, at] = (high - low) / (values * np.log(high / low))
        return slopes

    # ------------------------------------------------------------ points

    def contains(self, U: Array, tolerance: float = TOLERANCE) -> Mask:
        """Which of U (m x d) keep every rule, up to a share of its size, (m,)."""
        kept = np.ones(len(U), dtype=bool)
        values = self._numbers(U)
        for rule in self.encoding.space.constraints:
            kept &= rule.excess(values) <= tolerance * rule.size(self._variables)
        return kept

    def repair(self, U: Array) -> tuple[Array, Mask]:
        """Points that keep every rule, near to those of U, and where there are some.

        Where a rule that is not linear is broken, the point moves toward a feasible one
        until it meets the rule.

        Parameters
        ----------
        U
            Points of the cube, m x d.

        Returns
        -------
        tuple
            Points on the levels of their columns, m x d, and which of them are feasible, (m,).
        """
        snapped = self._snap(U)
        found = self.contains(snapped)
        if self.columns and not found.all():
            self._mend(U, snapped, found)
        if self.is_curved and not found.all() and len(self.known):
            rows = np.flatnonzero(~found)
            snapped[rows] = self._pulled(snapped[rows])
            found[rows] = True
        return snapped, found

    def _mend(self, U: Array, snapped: Array, found: Mask) -> None:
        """Bring points into the linear rules, in place."""
        rows = np.flatnonzero(~found)
        V, near = self.polytope.nearest(self.to_linear(U[rows]))
        trial = self._snap(self.from_linear(V, snapped[rows]))
        if self._rounded.any():
            W = self.to_linear(trial)
            still = np.tile(self._rounded, (len(W), 1))
            W, settled = self.polytope.nearest(W, still)
            for i in np.flatnonzero(near & ~settled):
                point = self._round(V[i], trial[i])
                if point is not None:
                    W[i] = point
            trial = self._snap(self.from_linear(W, trial))
        snapped[rows] = trial
        found[rows] = self.contains(trial)

    def _pulled(self, U: Array) -> Array:
        """Points between U and the nearest known feasible ones, as near to U as is allowed."""
        from scipy.spatial.distance import cdist

        inside = self.known[cdist(U, self.known).argmin(axis=1)]
        real = np.array([variable.kind == "real" for variable in self.encoding.space])
        outer, best = np.where(real, U, inside), inside.copy()
        outer_v, inner_v = self.to_linear(outer), self.to_linear(inside)
        low, high = np.zeros(len(U)), np.ones(len(U))
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)[:, None]
            trial = outer + middle * (inside - outer)
            trial = self._snap(self.from_linear(outer_v + middle * (inner_v - outer_v), trial))
            good = self.contains(trial)
            best[good] = trial[good]
            high[good], low[~good] = middle[good, 0], middle[~good, 0]
        return np.asarray(best)

    @cached_property
    def known(self) -> Array:
        """Some feasible points, k x d; for rules that are not linear these are searched for."""
        d = len(self.encoding)
        if not self.is_curved:
            return np.empty((0, d))
        rng = np.random.default_rng(0)
        found = np.empty((0, d))
        centres, width = None, 0.5
        for _ in range(_SEARCHES):
            U = _levelled(self.encoding, rng.random((_SEARCHED, d)))
            if centres is not None and len(found) == 0:
                near = centres[rng.integers(len(centres), size=_SEARCHED // 2)]
                U[: len(near)] = near + width * rng.standard_normal(near.shape)
            if self.columns:
                U[::2] = self.from_linear(self.polytope.walk(len(U[::2]), rng), U[::2])
            points = self._snap(U)
            kept = self.contains(points)
            if self.columns and not kept.all():
                self._mend(U, points, kept)
            found = np.vstack([found, points[kept]])
            if len(found) >= _KNOWN:
                break
            # Nearest misses show where to look closer.
            miss = self.violation(points)
            centres, width = points[np.argsort(miss, kind="stable")[:16]], max(0.6 * width, 1e-4)
        return found[:_SEARCHED]

    def violation(self, U: Array) -> Array:
        """By how much points break all rules together, as shares of their sizes, (m,)."""
        values = self._numbers(U)
        total: Array = np.zeros(len(U))
        for rule in self.encoding.space.constraints:
            total += np.maximum(rule.excess(values) / rule.size(self._variables), 0.0)
        return total

    def _numbers(self, U: Array) -> dict[str, Array]:
        names = {name for rule in self.encoding.space.constraints for name in rule.variables}
        return {
            name: np.array(
                _values(self._variables[name], U[:, self.encoding.space.index(name)]), float
            )
            for name in sorted(names)
        }

    def follow(self, U: Array) -> tuple[Array, Mask]:
        """Points with the levels of U whose numbers were moved to where the rules allow them.

        Returns
        -------
        tuple
            Points, m x d, and which of them are feasible, (m,).
        """
        points = self._snap(U)
        if self.columns and not self._rounded.all():
            V, _ = self.polytope.nearest(
                self.to_linear(points), np.tile(self._rounded, (len(points), 1))
            )
            points = self._snap(self.from_linear(V, points))
        return points, self.contains(points)

    @property
    def is_curved(self) -> bool:
        """Whether there are rules other than linear ones."""
        return len(self.linear) < len(self.encoding.space.constraints)

    def spread(self, U: Array, rng: np.random.Generator) -> Array:
        """Feasible points spread like the points of the cube in U, at most m x d.

        Half of them are drawn evenly from the inside of the rules; the others are the
        nearest feasible points to those of U, which lie more often where rules meet.
        """
        half = max(1, len(U) // 2)
        drawn = self.draw(U[:half], rng)
        return np.vstack([drawn, self._kept(U[half:])]) if len(U) > half else drawn

    def draw(self, U: Array, rng: np.random.Generator) -> Array:
        """Feasible points drawn evenly, the columns that no rule speaks of as in U, at most m x d."""
        if self.columns:
            U = self.from_linear(self.polytope.walk(len(U), rng), U)
        if not self.is_curved:
            return self._kept(U)
        points = self._snap(U)
        found = self.contains(points)
        if self.columns and self._rounded.any():
            self._mend(U, points, found)
        return points[found]

    def some(self, U: Array, rng: np.random.Generator) -> Array:
        """Points of `spread`, at least one.

        Raises
        ------
        InfeasibleRegionError
            When none is found.
        """
        for _ in range(_ROUNDS):
            points = self.spread(U, rng)
            if len(points):
                return points
        if len(self.known):
            return self.known.copy()
        raise self.error()

    def _kept(self, U: Array) -> Array:
        points, found = self.repair(U)
        return points[found]

    def _snap(self, U: Array) -> Array:
        snapped = self.encoding.snap(U)
        for dim, unit in self.held.items():
            snapped[:, dim] = unit
        return snapped

    def _round(self, y: Array, template: Array) -> Array | None:
        """Round one column after the other, the rest moving to what is left for it."""
        rounded = np.flatnonzero(self._rounded)
        for attempt in range(_ORDERS_TRIED):
            order = np.roll(rounded, attempt)
            point = self._round_in_order(y, template, order)
            if point is not None:
                return point
        return None

    def _round_in_order(self, y: Array, template: Array, order: NDArray[np.intp]) -> Array | None:
        y, still = y.copy(), np.zeros(len(y), dtype=bool)
        for at in order:
            still[at] = True
            for level in self._levels_near(int(at), y, template):
                trial = y.copy()
                trial[at] = level
                nearest, found = self.polytope.nearest(trial[None], still[None])
                if found[0]:
                    y = nearest[0]
                    break
            else:
                return None
        return y

    def _levels_near(self, at: int, y: Array, template: Array) -> Array:
        """Linear coordinates of the values of a column nearest to where y is."""
        dim = self.columns[at]
        levels = self.encoding.levels.get(dim)
        here = self.from_linear(y[None], template[None])[0, dim]
        if levels is None:
            low, high = self.encoding.space.variables[dim].bounds
            steps = np.arange(-(_LEVELS_TRIED // 2), _LEVELS_TRIED // 2 + 1)
            value = round(float(_values(self.encoding.space.variables[dim], np.array([here]))[0]))
            near = np.clip(value + steps[np.argsort(np.abs(steps), kind="stable")], low, high)
            return np.asarray((near - float(low)) / (float(high) - float(low)))
        order = np.argsort(np.abs(levels - here), kind="stable")[:_LEVELS_TRIED]
        U = np.tile(template, (len(order), 1))
        U[:, dim] = levels[order]
        return self.to_linear(U)[:, at]

    def _make_polytope(self) -> Polytope:
        space = self.encoding.space
        rows: dict[bool, list[Array]] = {True: [], False: []}
        limits: dict[bool, list[float]] = {True: [], False: []}
        place = {dim: at for at, dim in enumerate(self.columns)}
        for rule in self.linear:
            row, limit = np.zeros(len(self.columns)), rule.rhs
            for name, factor in rule.coefficients.items():
                dim, variable = space.index(name), space[name]
                if dim in self.held:
                    value = _values(variable, np.array([self.held[dim]]))[0]
                    limit -= factor * float(value)
                    continue
                low, high = (float(end) for end in variable.bounds)
                row[place[dim]] = factor * (high - low)
                limit -= factor * low
            scale = rule.size(self._variables)
            rows[rule.is_equality].append(row / scale)
            limits[rule.is_equality].append(limit / scale)
        c = len(self.columns)
        return Polytope(
            np.array(rows[False]).reshape(len(rows[False]), c), np.array(limits[False]),
            np.array(rows[True]).reshape(len(rows[True]), c), np.array(limits[True]),
        )  # fmt: skip


def _levelled(encoding: Encoding, points: Array) -> Array:
    """Points of the cube with each level equally often."""
    points = points.copy()
    for dim, levels in encoding.levels.items():
        k = len(levels)
        points[:, dim] = levels[np.minimum((points[:, dim] * k).astype(int), k - 1)]
    return points


def _values(variable: Any, units: Array) -> list[Any]:
    found: list[Any] = variable.from_unit(units)
    return found
