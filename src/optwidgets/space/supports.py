"""Which variables are used, where only so many may be: choosing and comparing supports."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Unit coordinates so near to that of 0 are 0.
_NOTHING = 1e-12


@dataclass(frozen=True, eq=False)
class Supports:
    """Columns of which at most so many are other than zero.

    Parameters
    ----------
    groups
        For each rule its columns, and how many of them may be used.
    zero
        Coordinate of the value 0 in each of the c columns, (c,).

    Examples
    --------
    >>> supports = Supports((((0, 1, 2), 1),), np.zeros(3))
    >>> supports.left_out(np.array([[0.2, 0.9, 0.1]]), np.zeros((1, 3))).tolist()
    [[True, False, True]]
    """

    groups: tuple[tuple[tuple[int, ...], int], ...]
    zero: Array

    def unused(self, V: Array) -> Mask:
        """Columns of rules that are zero at points V (m x c), m x c."""
        unused = np.zeros(V.shape, dtype=bool)
        for columns, _ in self.groups:
            here = list(columns)
            unused[:, here] = np.abs(V[:, here] - self.zero[here]) <= _NOTHING
        return unused

    def left_out(self, V: Array, noise: Array) -> Mask:
        """Columns that are best left out, m x c: those nearest to zero, once noise is added."""
        out = np.zeros(V.shape, dtype=bool)
        for columns, at_most in self.groups:
            here = np.array(columns)
            weight = np.abs(V[:, here] - self.zero[here]) + noise[:, here]
            # What another rule leaves out already is the first to go.
            weight[out[:, here]] = -1.0
            order = np.argsort(weight, axis=1, kind="stable")
            for row, places in enumerate(order[:, : max(0, len(here) - at_most)]):
                out[row, here[places]] = True
        return out

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
            for columns, at_most in self.groups:
                used = [at for at in columns if not unused[row, at]]
                rest = [at for at in columns if unused[row, at]]
                pairs: list[tuple[int | None, int | None]] = [(at, None) for at in used]
                pairs += [(a, b) for a in used for b in rest]
                if len(used) < at_most:
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
        return np.vstack(found), np.array(owners, dtype=np.intp)
