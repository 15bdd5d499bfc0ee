"""Where points may lie when variables keep rules together, in unit coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import InfeasibleRegionError
from optwidgets.space.constraints import CardinalityConstraint, LinearConstraint
from optwidgets.space.constraints.base import DUST, TOLERANCE
from optwidgets.space.encoding import Encoding
from optwidgets.space.linear_coordinates import LinearCoordinates, even_levels, values_at
from optwidgets.space.polytope import Polytope
from optwidgets.space.rounding import Rounding
from optwidgets.space.supports import Supports, supports_of
from optwidgets.space.text import enumerate_words, short

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_ROUNDS = 4
# Points of the cube that are brought inside, one by one, to see where rules meet.
_MENDED = 96
# How points are looked for that keep rules which are not linear.
_SEARCHES, _SEARCHED, _KNOWN = 24, 512, 64
_HALVINGS = 32
# Sets of variables that are tried together.
_SETS, _SUPPORTS_TRIED = 24, 6


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
        counting = [rule for rule in space.constraints if isinstance(rule, CardinalityConstraint)]
        #: Whether there are rules that are neither linear nor count variables.
        self.is_curved = len(self.linear) + len(counting) < len(space.constraints)
        names = {name for rule in [*self.linear, *counting] for name in rule.variables}
        #: Columns that rules speak of and that may move.
        self.columns = [
            dim for dim, name in enumerate(space.names) if name in names and dim not in self.held
        ]
        self._rounded = np.array(
            [space.variables[dim].kind != "real" for dim in self.columns], bool
        )
        self._real = [dim for dim, variable in enumerate(space) if variable.kind == "real"]
        self.coordinates = LinearCoordinates(encoding, self.columns)
        self.polytope = self._make_polytope()
        self._rounding = Rounding(self.coordinates, self.polytope, self._rounded)
        if self.polytope.centre is None:
            raise self.error()
        #: Which columns may be used together; None without such rules.
        self.supports: Supports | None = None
        if counting:
            self.supports = supports_of(space, counting, self.columns, self.held)
            if self.supports is None:
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

    # ------------------------------------------------------------ points

    def contains(self, U: Array, tolerance: float = TOLERANCE) -> Mask:
        """Which of U (m x d) keep every rule, up to a share of its size, (m,)."""
        kept = np.ones(len(U), dtype=bool)
        values = self._numbers(U)
        for rule in self.encoding.space.constraints:
            excess = rule.excess_within(values, self._variables)
            kept &= excess <= tolerance * rule.size(self._variables)
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
        rng = np.random.default_rng(0)
        for attempt in range(1 if self.supports is None else _SUPPORTS_TRIED):
            rows = np.flatnonzero(~found)
            if len(rows) == 0:
                break
            V, still = self.coordinates.to_linear(U[rows]), None
            if self.supports is not None:
                noise = attempt * 0.5 * rng.random(V.shape)
                still = self.supports.left_out(V, noise)
                V = np.where(still, self.supports.zero, V)
            V, near = self._nearest_used(V, still)
            trial = self._snap(self.coordinates.from_linear(V, snapped[rows]))
            if self._rounded.any():
                free = np.zeros(V.shape, dtype=bool) if still is None else still
                W, settled = self.polytope.nearest(
                    self.coordinates.to_linear(trial), free | self._rounded
                )
                for i in np.flatnonzero(near & ~settled):
                    point = self._rounding.of(V[i], trial[i], free[i])
                    if point is not None:
                        W[i] = point
                trial = self._snap(self.coordinates.from_linear(W, trial))
            snapped[rows] = trial
            found[rows] = self.contains(trial)

    def _nearest_used(self, V: Array, still: Mask | None) -> tuple[Array, Mask]:
        """Nearest points of the polytope, columns that are used no nearer to zero than they may be."""
        if self.supports is None or not self.supports.has_least or still is None:
            return self.polytope.nearest(V, still)
        raised = self.supports.raised(V, still)
        found, near = self.polytope.nearest(raised, still)
        # What moved too near to zero stays at the smallest amount, and the others move once more.
        again = self.supports.raised(found, still)
        low = (again != found) & near[:, None]
        rows = np.flatnonzero(low.any(axis=1))
        found[rows], near[rows] = self.polytope.nearest(again[rows], still[rows] | low[rows])
        return found, near

    def _pulled(self, U: Array) -> Array:
        """Points between U and the nearest known feasible ones, as near to U as is allowed."""
        from scipy.spatial.distance import cdist

        inside = self.known[cdist(U, self.known).argmin(axis=1)]
        real = np.array([variable.kind == "real" for variable in self.encoding.space])
        outer, best = np.where(real, U, inside), inside.copy()
        outer_v, inner_v = self.coordinates.to_linear(outer), self.coordinates.to_linear(inside)
        low, high = np.zeros(len(U)), np.ones(len(U))
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)[:, None]
            trial = outer + middle * (inside - outer)
            trial = self._snap(
                self.coordinates.from_linear(outer_v + middle * (inner_v - outer_v), trial)
            )
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
            U = even_levels(self.encoding, rng.random((_SEARCHED, d)))
            if centres is not None and len(found) == 0:
                near = centres[rng.integers(len(centres), size=_SEARCHED // 2)]
                U[: len(near)] = near + width * rng.standard_normal(near.shape)
            if self.columns:
                U[::2] = self._walked(U[::2], rng)
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
            excess = rule.excess_within(values, self._variables)
            total += np.maximum(excess / rule.size(self._variables), 0.0)
        return total

    def _numbers(self, U: Array) -> dict[str, Array]:
        names = {name for rule in self.encoding.space.constraints for name in rule.variables}
        return {
            name: np.array(
                values_at(self._variables[name], U[:, self.encoding.space.index(name)]), float
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
            V = self.coordinates.to_linear(points)
            still = np.tile(self._rounded, (len(points), 1))
            if self.supports is not None:
                still |= self.supports.unused(V)
            V, _ = self.polytope.nearest(V, still)
            points = self._snap(self.coordinates.from_linear(V, points))
        return points, self.contains(points)

    def spread(self, U: Array, rng: np.random.Generator) -> Array:
        """Feasible points spread like the points of the cube in U, at most m x d.

        Most are drawn evenly from the inside of the rules; the others, half of them at
        most, are the nearest feasible points to those of U, which lie where rules meet.
        """
        mended = min(len(U) // 2, _MENDED)
        drawn = self.draw(U[mended:], rng)
        return np.vstack([drawn, self._kept(U[:mended])]) if mended else drawn

    def draw(self, U: Array, rng: np.random.Generator) -> Array:
        """Feasible points drawn evenly, the columns that no rule speaks of as in U, at most m x d."""
        if self.columns:
            U = self._walked(U, rng)
        if not self.is_curved:
            return self._kept(U)
        points = self._snap(U)
        found = self.contains(points)
        if self.columns and self._rounded.any():
            self._mend(U, points, found)
        return points[found]

    def _walked(self, U: Array, rng: np.random.Generator) -> Array:
        """Points from the inside of the linear rules, with several sets of variables used."""
        if self.supports is None:
            return self.coordinates.from_linear(self.polytope.walk(len(U), rng), U)
        m = len(U)
        slices = []
        for o in np.unique(self.supports.random(_SETS, rng), axis=0):
            inner = self.polytope.fix(o, self.supports.zero)
            if self.supports.has_least:
                low, high = self.supports.sides(rng)
                inner = inner.within(low[~o], high[~o])
            if inner.centre is not None:
                slices.append((o, inner))
        V = self.coordinates.to_linear(U)
        for k, (o, inner) in enumerate(slices):
            rows = np.arange(k, m, len(slices))
            V[rows] = self.supports.zero
            V[np.ix_(rows, ~o)] = inner.walk(len(rows), rng)
        return self.coordinates.from_linear(V, U)

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

    def dusted(self, U: Array) -> Array:
        """Return U (m x d) with numbers that are next to an end, or to a 0 that counts, there."""
        U, real = U.copy(), U[:, self._real]
        U[:, self._real] = np.where(
            np.abs(real) < DUST, 0.0, np.where(np.abs(real - 1.0) < DUST, 1.0, real)
        )
        if self.supports is not None:
            for group in self.supports.groups:
                for place in group.columns:
                    dim, zero = self.columns[place], self.supports.zero[place]
                    if dim in self._real:
                        U[np.abs(U[:, dim] - zero) < DUST, dim] = zero
        return U

    def _kept(self, U: Array) -> Array:
        points, found = self.repair(U)
        return points[found]

    def _snap(self, U: Array) -> Array:
        snapped = self.dusted(self.encoding.snap(U))
        for dim, unit in self.held.items():
            snapped[:, dim] = unit
        return self.encoding.settled(snapped)

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
                    value = values_at(variable, np.array([self.held[dim]]))[0]
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
