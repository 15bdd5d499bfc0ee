"""Levels of a design: used evenly, and no combination twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding

Array = NDArray[np.float64]

# Finite spaces up to this size are listed to find a free combination; larger ones are searched.
_LISTED = 50_000
_TRIES = 200


@dataclass(frozen=True, eq=False)
class LevelGrid:
    """The levels of a space's columns, between the places 0 … 1 of a design and its values.

    A design divides each column with k levels in k equal slices, so that levels are used
    evenly wherever they lie (discrete values may be unevenly spaced).

    Parameters
    ----------
    encoding
        Encoding of the space.
    counts
        Number of levels of the columns that have some.
    size
        Number of combinations; infinite with a real variable.
    """

    encoding: Encoding
    counts: dict[int, int]
    size: float

    @classmethod
    def of(cls, encoding: Encoding) -> LevelGrid:
        """Grid of an encoding."""
        counts = {dim: len(levels) for dim, levels in encoding.levels.items()}
        return cls(encoding, counts, n_combinations(encoding))

    def places(self, X: Array) -> Array:
        """Place in the design of encoded points: the middle of the level's slice."""
        places = X.copy()
        for dim, levels in self.encoding.levels.items():
            inside = (X[:, dim] > -1e-9) & (X[:, dim] < 1 + 1e-9)
            nearest = np.abs(X[:, dim, None] - levels).argmin(axis=1)
            places[inside, dim] = (nearest[inside] + 0.5) / len(levels)
        return places

    def check_room(self, n: int, known: Array) -> None:
        """Refuse a design of more points than there are combinations left."""
        if not math.isfinite(self.size):
            return
        size = int(self.size)
        if n > size:
            raise OptwidgetsError(
                f"The space has only {size:,} combinations. Ask for at most {size:,} points.",
                field="n_points",
            )
        snapped = self.encoding.snap(known)
        feasible = known[np.abs(snapped - known).max(axis=1, initial=0.0) < 1e-9]
        left = size - len({point.tobytes() for point in _rounded(feasible)})
        if left == 0:
            raise OptwidgetsError(
                f"All {size:,} combinations are in the table. Widen the space or repeat the best.",
                field="n_points",
            )
        if n > left:
            raise OptwidgetsError(
                f"Only {left:,} of {size:,} combinations are not in the table yet. "
                f"Ask for at most {left:,} points.",
                field="n_points",
            )

    def keys(self, X: Array) -> set[bytes]:
        """Keys of encoded points, by which a repeated one is known again."""
        return {point.tobytes() for point in _rounded(X)}

    def settle(self, places: Array, known: AbstractSet[bytes], rng: np.random.Generator) -> Array:
        """Turn design places into encoded points, n x d, each one new.

        Parameters
        ----------
        places
            Design in [0, 1), n x d.
        known
            `keys` of the points that are there already.
        rng
            Source of randomness for replacements.
        """
        points = places.copy()
        for dim, levels in self.encoding.levels.items():
            k = len(levels)
            points[:, dim] = levels[np.minimum((places[:, dim] * k).astype(int), k - 1)]
        points = self.encoding.snap(points)
        new: set[bytes] = set()
        repeated = []
        for i, point in enumerate(_rounded(points)):
            key = point.tobytes()
            if key in known or key in new:
                repeated.append(i)
            new.add(key)
        if repeated:
            self._replace(points, repeated, {*known, *new}, rng)
        return points

    def _replace(
        self, points: Array, repeated: list[int], taken: set[bytes], rng: np.random.Generator
    ) -> None:
        """Move repeated points to free combinations nearby."""
        if self.size <= _LISTED:
            combinations = all_combinations(self.encoding)
            keys = [point.tobytes() for point in _rounded(combinations)]
            free = np.array([key not in taken for key in keys])
            for i in repeated:
                differing = (np.abs(combinations - points[i]) > 1e-9).sum(axis=1)
                # Change as few variables as possible: that keeps the levels even.
                cost = np.where(free, differing + rng.random(len(free)), np.inf)
                j = int(cost.argmin())
                points[i], free[j] = combinations[j], False
            return
        for i in repeated:
            for _ in range(_TRIES):
                trial = self.encoding.snap(rng.random((1, points.shape[1])))
                key = _rounded(trial)[0].tobytes()
                if key not in taken:
                    points[i] = trial[0]
                    taken.add(key)
                    break


def axis_length(encoding: Encoding, dim: int) -> float:
    """Count the values of a column; infinite for a real variable."""
    if dim in encoding.levels:
        return len(encoding.levels[dim])
    variable = encoding.space.variables[dim]
    if variable.kind != "integer":
        return math.inf
    low, high = variable.bounds
    return float(high - low + 1)


def axis(encoding: Encoding, dim: int) -> Array:
    """List the unit values of a column with finitely many."""
    if dim in encoding.levels:
        return encoding.levels[dim]
    variable = encoding.space.variables[dim]
    low, high = variable.bounds
    return variable.to_unit(range(int(low), int(high) + 1))


def n_combinations(encoding: Encoding) -> float:
    """Count the points of a space; infinite with a real variable.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Categorical, Integer
    >>> n_combinations(Encoding(Space((Integer("n", 1, 4), Categorical("c", ("A", "B"))))))
    8.0
    """
    size = math.prod((axis_length(encoding, dim) for dim in range(len(encoding))), start=1.0)
    # Where variables may be missing, several of these are the same point.
    listed = encoding.activity is not None and size <= _LISTED
    return float(len(all_combinations(encoding))) if listed else size


def product(axes: Sequence[Array]) -> Array:
    """Every combination of the values of several columns, size x d."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def all_combinations(encoding: Encoding) -> Array:
    """Every point of a finite space, encoded, size x d."""
    points = product([axis(encoding, dim) for dim in range(len(encoding))])
    return points if encoding.activity is None else np.unique(encoding.settled(points), axis=0)


def _rounded(X: Array) -> Array:
    # Adding zero turns -0.0 into 0.0, which has other bytes.
    return np.round(X, 9) + 0.0
