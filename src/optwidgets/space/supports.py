"""Which variables are used, where only so many may be: choosing and comparing supports."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Unit coordinates so near to that of 0 are 0.
_NOTHING = 1e-12


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
        How far from there a column is that is used, (c,).

    Examples
    --------
    >>> supports = Supports((Group((0, 1, 2), 0, 1),), np.zeros(3), np.zeros(3))
    >>> supports.left_out(np.array([[0.2, 0.9, 0.1]]), np.zeros((1, 3))).tolist()
    [[True, False, True]]
    """

    groups: tuple[Group, ...]
    zero: Array
    least: Array

    @property
    def has_least(self) -> bool:
        """Whether a column that is used keeps away from zero."""
        return bool(self.least.any())

    def unused(self, V: Array) -> Mask:
        """Columns of rules that are zero at points V (m x c), m x c."""
        unused = np.zeros(V.shape, dtype=bool)
        for group in self.groups:
            here = list(group.columns)
            unused[:, here] = np.abs(V[:, here] - self.zero[here]) <= _NOTHING
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
                    p for p in places[surplus:spare] if weight[row, p] < 0.5 * self.least[here[p]]
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
                fewest = group.at_least if self.least[here].any() else group.at_most
                used = int(rng.integers(max(fewest, 0), group.at_most + 1))
                order = np.argsort(rng.random(len(here)) - out[row, here], kind="stable")
                out[row, here[order[: max(0, len(here) - used)]]] = True
        return out

    def raised(self, V: Array, out: Mask) -> Array:
        """Points V (m x c) with columns that are used no nearer to zero than they may be."""
        away = V - self.zero
        # To the side where there is room, for those that are at zero.
        side = np.where(away != 0.0, np.sign(away), np.where(self.zero < 0.5, 1.0, -1.0))
        low = ~out & (np.abs(away) < self.least)
        return np.where(low, self.zero + side * self.least, V)

    def sides(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Lower and upper ends of columns that are used, (c,) and (c,), each on one side of zero."""
        room = np.stack([self.zero, 1.0 - self.zero])  # below and above
        above = rng.random(len(self.zero)) * room.sum(axis=0) >= room[0]
        above |= room[0] < self.least
        above &= room[1] >= self.least
        counted = self.least > 0.0
        low = np.where(counted & above, self.zero + self.least, 0.0)
        high = np.where(counted & ~above, self.zero - self.least, 1.0)
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
                        # The share of its range that the other had; the middle for a new one.
                        trial[come] = 0.5 if gone is None else v[gone]
                    if gone is not None:
                        trial[gone] = self.zero[gone]
                    found.append(trial[None])
                    owners.append(row)
        swapped = np.vstack(found)
        return self.raised(swapped, self.unused(swapped)), np.array(owners, dtype=np.intp)
