"""The region of a space with constraints: every point that it gives keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.constrained_bfgs import maximise_within
from optwidgets.acquisition.region import EXHAUSTIVE, Region
from optwidgets.models.batched_bfgs import ValueAndGradient
from optwidgets.space.constraints.base import TYPED_TOLERANCE
from optwidgets.space.encoding import Encoding
from optwidgets.space.feasible import FeasibleSet

Array = NDArray[np.float64]

# Columns of levels up to this number exchange their values pair by pair.
_EXCHANGED = 12
# So many neighbours, at most, have their numbers moved to where the rules allow them.
_REPAIRED = 400
# Farther than any wall of the unit cube can be.
_FAR = 1e3


class ConstrainedRegion(Region):
    """The part of the unit cube that suggestions come from, cut by constraints.

    Parameters
    ----------
    encoding, hold
        As for `Region`.
    """

    def __init__(self, encoding: Encoding, hold: Mapping[str, Any]) -> None:
        super().__init__(encoding, hold)
        self.feasible = FeasibleSet(encoding, self._held_units)
        if self._listed is not None and len(self._listed) == 0:
            raise self.feasible.error()
        # What stands in for a point that could not be brought inside.
        self._anchor = (
            self._listed[0]
            if self._listed is not None
            else self.feasible.some(
                self._spread(64, np.random.default_rng(0)), np.random.default_rng(0)
            )[0]
        )

    @property
    def has_neighbours(self) -> bool:
        """Whether points have neighbours that no gradient leads to: other levels or supports."""
        return self.feasible.supports is not None or super().has_neighbours

    @cached_property
    def _listed(self) -> Array | None:
        """Every feasible point of a small finite region."""
        if Region.size.func(self) > EXHAUSTIVE:  # type: ignore[attr-defined]
            return None
        points = Region.points(self)
        return np.asarray(points[self.feasible.contains(points)])

    @cached_property
    def size(self) -> float:
        """Number of points, of a large region at most; infinite with a free real variable."""
        if self._listed is not None:
            return float(len(self._listed))
        return float(Region.size.func(self))  # type: ignore[attr-defined]

    def points(self) -> Array:
        """Every point of a finite region, size x d."""
        if self._listed is not None:
            return self._listed
        points = super().points()
        return np.asarray(points[self.feasible.contains(points)])

    def values(self, points: Array) -> list[dict[str, Any]]:
        """Values of encoded points, m x d: without the dust that a search leaves beside 0."""
        return super().values(self.feasible.dusted(points))

    def snap(self, X: Array) -> Array:
        """Nearest points of the region, m x d."""
        points, found = self.feasible.repair(self.boxed(X))
        points[~found] = self._anchor
        return points

    def allows(self, X: Array) -> NDArray[np.bool_]:
        """Which of X (m x d), points that people typed, keep the constraints, (m,)."""
        return self.feasible.contains(X, TYPED_TOLERANCE)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Points spread over the region, at most n x d."""
        return self.feasible.some(self._spread(n, rng), rng)

    def neighbours(self, X: Array) -> tuple[Array, NDArray[np.intp]]:
        """Points that differ from rows of X (m x d) in their levels, and so keep the rules.

        Where a change of one level breaks a rule, the numbers follow it, or the level of
        another column is changed the opposite way.
        """
        moves = [self._exchanges(X)]
        if self.level_dims:
            moves.append(super().neighbours(X))
        if self.feasible.supports is not None:
            swapped, from_rows = self.feasible.supports.swaps(
                self.feasible.coordinates.to_linear(X)
            )
            moves.append((self.feasible.coordinates.from_linear(swapped, X[from_rows]), from_rows))
        points = self._settled(self.encoding.snap(np.vstack([move[0] for move in moves])))
        owners = np.concatenate([move[1] for move in moves])
        kept = self.feasible.contains(points)
        broken = np.flatnonzero(~kept)
        if len(broken) > _REPAIRED:
            broken = broken[np.linspace(0, len(broken) - 1, _REPAIRED).astype(int)]
        moved, found = self.feasible.follow(points[broken])
        return (
            np.vstack([points[kept], moved[found]]),
            np.concatenate([owners[kept], owners[broken[found]]]),
        )

    def _exchanges(self, X: Array) -> tuple[Array, NDArray[np.intp]]:
        """Points in which one column goes a level up and another one a level down."""
        columns = [dim for dim in self.level_dims if dim in set(self.feasible.columns)]
        found, owners = [np.empty((0, X.shape[1]))], [np.empty(0, dtype=np.intp)]
        for up in columns[:_EXCHANGED]:
            for down in columns[:_EXCHANGED]:
                if up == down:
                    continue
                trial, rows = X.copy(), np.arange(len(X))
                possible = np.ones(len(X), dtype=bool)
                for dim, step in ((up, 1), (down, -1)):
                    levels = self.encoding.levels[dim]
                    place = np.abs(X[:, dim, None] - levels).argmin(axis=1) + step
                    possible &= (place >= 0) & (place < len(levels))
                    trial[:, dim] = levels[np.clip(place, 0, len(levels) - 1)]
                found.append(trial[possible])
                owners.append(rows[possible])
        return np.vstack(found), np.concatenate(owners)

    def maximise(
        self,
        objective: ValueAndGradient,
        starts: Array,
        max_steps: int,
        value_tolerance: float = 1e-9,
    ) -> tuple[Array, Array]:
        """Best local maximum over the moving columns; every point keeps the constraints."""
        feasible, d = self.feasible, len(self.encoding)
        columns, q = feasible.columns, starts.shape[1] // d
        if not columns and not feasible.is_curved:
            return super().maximise(objective, starts, max_steps, value_tolerance)

        def straight(X: Array) -> Array:
            W = X.reshape(-1, d).copy()
            W[:, columns] = feasible.coordinates.to_linear(W)
            return W.reshape(len(X), -1)

        def bent(W: Array) -> Array:
            points = np.clip(W.reshape(-1, d), 0.0, 1.0)
            return feasible.coordinates.from_linear(points[:, columns], points).reshape(len(W), -1)

        def in_straight(W: Array) -> tuple[Array, Array]:
            X = bent(W)
            value, gradient = objective(X)
            gradient = gradient.reshape(-1, d)
            gradient[:, columns] *= feasible.coordinates.slopes(X.reshape(-1, d))
            return value, gradient.reshape(len(W), -1)

        def accept(W: Array) -> NDArray[np.bool_]:
            kept = feasible.contains(bent(W).reshape(-1, d)).reshape(len(W), q)
            return np.asarray(kept.all(axis=1))

        rest = [dim for dim in self.moving if dim not in set(columns)]
        sides = np.vstack([np.eye(d)[rest], -np.eye(d)[rest]])
        R = np.vstack([_widened(feasible.polytope.R, columns, d), sides])
        r = np.concatenate([feasible.polytope.r, np.ones(len(rest)), np.zeros(len(rest))])
        E = _widened(feasible.polytope.E, columns, d)
        if self.box is not None:
            R = np.vstack([R, np.eye(d), -np.eye(d)])
            low, high = (straight(end[None])[0] for end in self.box)
            r = np.concatenate([r, high, -low])
        W = straight(starts)
        points = W.reshape(-1, d)
        room = r - points @ R.T
        if feasible.supports is not None and feasible.supports.has_least:
            # What is used stays on its side of 0, no nearer than the smallest amount.
            side = np.eye(d)[columns]
            R = np.vstack([R, -side, side])
            room = np.hstack([room, *feasible.supports.walls(points[:, columns])])
            room = np.minimum(room, _FAR)
        room = room.reshape(len(starts), -1)
        found, values = maximise_within(
            in_straight,
            W,
            _blocks(R, q),
            np.maximum(room, 0.0),
            _blocks(E, q),
            frozen=self._frozen(starts, q),
            moving=np.add.outer(d * np.arange(q), self.moving).ravel(),
            accept=accept if feasible.is_curved else None,
            max_steps=max_steps,
            value_tolerance=value_tolerance,
        )
        return bent(found), values

    def _frozen(self, starts: Array, q: int) -> NDArray[np.bool_] | None:
        """Columns of each start that stay zero, where only so many may be used."""
        if self.feasible.supports is None:
            return None
        points = starts.reshape(-1, len(self.encoding))
        frozen = np.zeros(points.shape, dtype=bool)
        frozen[:, self.feasible.columns] = self.feasible.supports.unused(
            self.feasible.coordinates.to_linear(points)
        )
        return frozen.reshape(len(starts), q * len(self.encoding))


def _blocks(rows: Array, q: int) -> Array:
    """Rows for each of q points in a row."""
    return np.asarray(np.kron(np.eye(q), rows), dtype=np.float64)


def _widened(rows: Array, columns: list[int], d: int) -> Array:
    wide = np.zeros((len(rows), d))
    wide[:, columns] = rows
    return wide
