"""Which variables are there at a point, and what stands for those that are not.

A variable that is not there has no value in a row; in the unit cube the middle of its range
stands for it, so that points that differ only there are one point for model and search.

Sources
-------
F. Hutter, H. H. Hoos, K. Leyton-Brown, "Sequential Model-Based Optimization for General
Algorithm Configuration", LION 5, 2011 (inactive parameters take a fixed default); compare
J.-C. Lévesque, A. Durand, C. Gagné, R. Sabourin, "Bayesian Optimization for Conditional
Hyperparameter Spaces", IJCNN 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.space.conditions import parents_first

if TYPE_CHECKING:
    from optwidgets.space.space import Space

Array = NDArray[np.float64]

# Largest difference in a column at which a parent still counts as having a value; half a
# step between neighbouring levels where that is less.
_SAME = 5e-5


class Activity:
    """Conditions of a space, in unit coordinates.

    Parameters
    ----------
    space
        Space with d variables.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import make_variable
    >>> only_sgd = {"optimizer": ["sgd"]}
    >>> activity = Activity(
    ...     Space(
    ...         (
    ...             make_variable("optimizer", "categorical", categories=["adam", "sgd"]),
    ...             make_variable("momentum", "real", bounds=(0, 1), active_if=only_sgd),
    ...         )
    ...     )
    ... )
    >>> activity.settled(np.array([[0.0, 0.9], [1.0, 0.9]])).tolist()
    [[0.0, 0.5], [1.0, 0.9]]
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        ordered = parents_first(space.variables)
        #: Columns of variables that may be missing, parents before children.
        self.children = [space.index(v.name) for v in ordered if v.active_if is not None]
        #: Columns that others depend on.
        self.parents = sorted(
            {space.index(name) for v in space if v.active_if for name in v.active_if.names}
        )
        self._rules = {dim: self._rule(dim) for dim in self.children}
        #: Unit value that stands for a variable that is not there, (d,).
        self.idle = np.array([float(v.snap([0.5])[0]) for v in space])
        self.idle_values = {
            space.variables[dim].name: space.variables[dim].from_unit([self.idle[dim]])[0]
            for dim in self.children
        }

    def _rule(self, dim: int) -> list[tuple[int, Array, float]]:
        condition = self._space.variables[dim].active_if
        assert condition is not None
        found = []
        for name, values in condition.parents:
            parent = self._space[name]
            assert parent.levels is not None  # a condition is checked for that
            step = float(np.diff(parent.levels).min())
            found.append(
                (self._space.index(name), parent.to_unit(list(values)), min(_SAME, 0.5 * step))
            )
        return found

    def active(self, X: Array) -> NDArray[np.bool_]:
        """Which variables are there at points X (m x d), m x d."""
        there = np.ones(X.shape, dtype=bool)
        for dim in self.children:
            for parent, values, same in self._rules[dim]:
                near = np.abs(X[:, parent, None] - values).min(axis=1) <= same
                there[:, dim] &= there[:, parent] & near
        return there

    def settled(self, X: Array) -> Array:
        """Points X (m x d) with the middle of the range where a variable is not there."""
        return np.where(self.active(X), X, self.idle)

    def filled(self, point: Mapping[str, Any]) -> Mapping[str, Any]:
        """Point with a value for each variable that is not there."""
        gone = self._space.inactive(point)
        return {**point, **{name: self.idle_values[name] for name in gone}} if gone else point


@lru_cache(maxsize=32)
def activity_of(space: Space) -> Activity | None:
    """Activity of a space; None where every variable is always there."""
    return Activity(space) if space.conditional else None
