"""Which variables are used, where only so many may be: choosing and comparing supports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optwidgets.space.constraints.base import DUST

if TYPE_CHECKING:
    from optwidgets.space.constraints.cardinality import CardinalityConstraint
    from optwidgets.space.space import Space

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Group:
    """What one rule says of some columns.

    Parameters
    ----------
    columns
        Columns that it counts.
    at_least, at_most
        How many of them are other than zero.
    """

    columns: tuple[int, ...]
    at_least: int
    at_most: int


@dataclass(frozen=True, eq=False)
class Supports:
    """Columns of which only so many are other than zero.

    Parameters
    ----------
    groups
        What each rule says.
    zero
        Coordinate of the value 0 in each of the c columns, (c,).
    least
        How far below and above it a column is that is used, (2, c); infinite where it cannot be.

    Examples
    --------
    >>> supports = Supports((Group((0, 1, 2), 0, 1),), np.zeros(3), np.zeros((2, 3)))
    >>> supports.left_out(np.array([[0.2, 0.9, 0.1]]), np.zeros((1, 3))).tolist()
    [[True, False, True]]
    """

    groups: tuple[Group, ...]
    zero: Array
    least: Array

    @property
    def has_least(self) -> bool:
        """Whether a column that is used keeps away from zero."""
        return bool(self._nearest.any())

    @cached_property
    def _nearest(self) -> Array:
        """How far from zero a column is that is used, on the side where it may be nearer, (c,)."""
        nearest = self.least.min(axis=0)
        return np.where(np.isfinite(nearest), nearest, 0.0)

    @cached_property
    def _middle(self) -> Array:
        """Middle of the side of zero with more room, (c,)."""
        above = self._side(np.zeros(len(self.zero))[None])[0] == 1
        return 0.5 * np.where(above, self.zero + 1.0, self.zero)

    def _side(self, away: Array) -> NDArray[np.intp]:
        """Side of zero to be used at distances from it (m x c): 0 below, 1 above."""
        # Where both are possible, that of a number; for 0 itself, that with more room.
        above = np.where(away != 0.0, away > 0.0, self.zero <= 0.5)
        possible = np.isfinite(self.least)
        return np.where(above & ~possible[1], 0, np.where(~above & ~possible[0], 1, above)).astype(
            np.intp
        )

    def unused(self, V: Array) -> Mask:
        """Columns of rules that are zero at points V (m x c), m x c."""
        unused = np.zeros(V.shape, dtype=bool)
        for group in self.groups:
            here = list(group.columns)
            unused[:, here] = np.abs(V[:, here] - self.zero[here]) <= DUST
        return unused

    def left_out(self, V: Array, noise: Array) -> Mask:
        """Columns that are best left out, m x c: those nearest to zero, once noise is added.

        Where columns that are used keep away from zero, those that are nearer to it than half
        of that are left out as well, as far as the rules allow.
        """
        out = np.zeros(V.shape, dtype=bool)
        for group in self.groups:
            here = np.array(group.columns)
            weight = np.abs(V[:, here] - self.zero[here]) + noise[:, here]
            # What another rule leaves out already is the first to go.
            weight[out[:, here]] = -1.0
            order = np.argsort(weight, axis=1, kind="stable")
            surplus = max(0, len(here) - group.at_most)
            spare = max(surplus, len(here) - group.at_least)
            for row, places in enumerate(order):
                out[row, here[places[:surplus]]] = True
                small = [
                    p
                    for p in places[surplus:spare]
                    if weight[row, p] < 0.5 * self._nearest[here[p]]
                ]
                out[row, here[small]] = True
        return out

    def random(self, n: int, rng: np.random.Generator) -> Mask:
        """Columns that are left out in n sets drawn at random, n x c."""
        out = np.zeros((n, len(self.zero)), dtype=bool)
        for group in self.groups:
            here = np.array(group.columns)
            for row in range(n):
                # Without a smallest amount, a smaller set is the edge of a larger one.
                fewest = group.at_least if self._nearest[here].any() else group.at_most
                used = int(rng.integers(max(fewest, 0), group.at_most + 1))
                order = np.argsort(rng.random(len(here)) - out[row, here], kind="stable")
                out[row, here[order[: max(0, len(here) - used)]]] = True
        return out

    def raised(self, V: Array, out: Mask) -> Array:
        """Points V (m x c) with columns that are used no nearer to zero than they may be."""
        away = V - self.zero
        side = self._side(away)
        least = np.take_along_axis(self.least, side, axis=0)
        low = ~out & np.isfinite(least) & (np.where(side == 1, away, -away) < least)
        return np.where(low, self.zero + np.where(side == 1, least, -least), V)

    def walls(self, V: Array) -> tuple[Array, Array]:
        """How far columns that are used may go toward zero from V (m x c), from above and below it.

        Returns
        -------
        tuple
            Distances of numbers above zero and of numbers below it, both m x c, infinite for the
            others.
        """
        away = V - self.zero
        used = ~self.unused(V) & (self._nearest > 0.0)
        return (
            np.where(used & (away > 0.0), away - self.least[1], np.inf),
            np.where(used & (away < 0.0), -away - self.least[0], np.inf),
        )

    def sides(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Lower and upper ends of columns that are used, (c,) and (c,), each on one side of zero."""
        possible = np.isfinite(self.least)
        above = rng.random(len(self.zero)) >= self.zero
        above = (above | ~possible[0]) & possible[1]
        counted = self._nearest > 0.0
        low = np.where(counted & above, self.zero + self.least[1], 0.0)
        high = np.where(counted & ~above & possible[0], self.zero - self.least[0], 1.0)
        return low, high

    def swaps(self, V: Array) -> tuple[Array, NDArray[np.intp]]:
        """Points in which a column that is used hands its place to one that is not, or ends.

        Returns
        -------
        tuple
            Points, k x c, and for each the row of V that it comes from, (k,).
        """
        unused = self.unused(V)
        found, owners = [np.empty((0, V.shape[1]))], list[int]()
        for row, v in enumerate(V):
            for group in self.groups:
                used = [at for at in group.columns if not unused[row, at]]
                rest = [at for at in group.columns if unused[row, at]]
                pairs: list[tuple[int | None, int | None]] = [(a, b) for a in used for b in rest]
                if len(used) > group.at_least:
                    pairs += [(at, None) for at in used]
                if len(used) < group.at_most:
                    pairs += [(None, at) for at in rest]
                for gone, come in pairs:
                    trial = v.copy()
                    if come is not None:
                        # The share of its range that the other had.
                        trial[come] = self.zero[come] if gone is None else v[gone]
                        if abs(trial[come] - self.zero[come]) <= DUST:
                            trial[come] = self._middle[come]
                    if gone is not None:
                        trial[gone] = self.zero[gone]
                    found.append(trial[None])
                    owners.append(row)
        swapped = np.vstack(found)
        return self.raised(swapped, self.unused(swapped)), np.array(owners, dtype=np.intp)


def supports_of(
    space: Space,
    rules: Sequence[CardinalityConstraint],
    columns: Sequence[int],
    held: Mapping[int, float],
) -> Supports | None:
    """Put the rules of number of a space together.

    Parameters
    ----------
    space
        Its variables.
    rules
        The rules, each with the smallest amount that it asks for.
    columns
        Dimensions that rules speak of and that are not held, (c,).
    held
        Dimension to its unit coordinate.

    Returns
    -------
    Supports or None
        None where the held values cannot keep the rules.
    """
    place = {dim: at for at, dim in enumerate(columns)}
    zero, smallest = np.zeros(len(columns)), np.zeros(len(columns))
    groups = []
    for rule in rules:
        places, most, fewest = [], rule.most, rule.at_least
        for name in rule.names:
            dim = space.index(name)
            unit = float(space[name].to_unit([0])[0])
            if dim in held:
                used = abs(held[dim] - unit) > DUST
                most, fewest = most - used, fewest - used
                continue
            at = place[dim]
            places.append(at)
            low, high = (float(end) for end in space[name].bounds)
            zero[at] = unit
            smallest[at] = max(smallest[at], rule.smallest / (high - low))
        if most < 0 or fewest > len(places):
            return None
        groups.append(Group(tuple(places), max(0, fewest), min(most, len(places))))
    least = np.stack([smallest, smallest])
    for at, dim in enumerate(columns):
        least[:, at] = _reachable(zero[at], smallest[at], space.variables[dim].levels)
    return Supports(tuple(groups), zero, least)


def _reachable(zero: float, smallest: float, levels: Array | None) -> tuple[float, float]:
    """Distance of the nearest number below and above zero that is not too near to it."""
    found = []
    for sign in (-1.0, 1.0):
        ends = np.array([0.0, 1.0]) if levels is None else levels
        away = sign * (ends - zero)
        far_enough = away[away >= max(smallest, DUST) * (1.0 - 1e-9)]
        if len(far_enough) == 0:
            found.append(np.inf)
        elif levels is None or smallest == 0.0:
            found.append(smallest)
        else:
            found.append(float(far_enough.min()))
    return found[0], found[1]
