"""Results of several objectives as one array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.data.objective import Objective
from optwidgets.data.pareto import hypervolume, infer_reference_point, is_non_dominated
from optwidgets.data.row import Row
from optwidgets.data.table import Table
from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import finite_number

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Done rows that have a result of every objective.

    Parameters
    ----------
    objectives
        m of them.
    rows
        n rows.
    limited
        Other objectives, whose limits a row has to keep, too, where it has a result of them.

    Examples
    --------
    >>> table = Table(objectives=(Objective("A"), Objective("B", "minimize", upper=4.0)))
    >>> table = table.with_rows(
    ...     Row(i, {}, {"A": a, "B": b}, state="done")
    ...     for i, (a, b) in enumerate([(1, 1), (2, 2), (1, 3), (9, 5)], start=1)
    ... )
    >>> found = outcomes_of(table)
    >>> [row.id for row in found.pareto_rows()], found.feasible.tolist()
    ([1, 2], [True, True, True, False])
    >>> found.hypervolume([0.0, 4.0])
    5.0
    """

    objectives: tuple[Objective, ...]
    rows: tuple[Row, ...]
    limited: tuple[Objective, ...] = ()

    @cached_property
    def values(self) -> Array:
        """Results in the objectives' units, n x m."""
        names = [objective.name for objective in self.objectives]
        found = [[row.outputs[name] for name in names] for row in self.rows]
        return np.array(found, dtype=float).reshape(-1, len(names))

    @cached_property
    def utilities(self) -> Array:
        """Results turned so that more is better, n x m."""
        return self.upward(self.values)

    def upward(self, values: Array) -> Array:
        """Turn values (k x m) so that more is better."""
        columns = [item.utility(values[:, k]) for k, item in enumerate(self.objectives)]
        return np.stack(columns, axis=1)

    @cached_property
    def feasible(self) -> NDArray[np.bool_]:
        """Which rows keep the limits of all objectives, (n,)."""
        limited = [item for item in (*self.objectives, *self.limited) if item.is_limited]
        keeps = [
            all(
                item.is_feasible(row.outputs[item.name])
                for item in limited
                if item.name in row.outputs
            )
            for row in self.rows
        ]
        return np.array(keeps, dtype=bool)

    @cached_property
    def front(self) -> NDArray[np.bool_]:
        """Which rows are feasible and not dominated by a feasible one, (n,)."""
        found = self.feasible.copy()
        found[found] = is_non_dominated(self.utilities[found])
        return found

    def pareto_rows(self) -> tuple[Row, ...]:
        """Rows of the Pareto set, in order."""
        return tuple(row for row, on in zip(self.rows, self.front.tolist(), strict=True) if on)

    @cached_property
    def reference(self) -> Array:
        """Inferred reference point in the objectives' units, (m,).

        From the feasible results; while there are none, from all.
        """
        if not self.rows:
            raise OptwidgetsError(
                "The reference point needs a row with a result of every objective. Add one first."
            )
        known = self.utilities[self.feasible] if self.feasible.any() else self.utilities
        return self.downward(infer_reference_point(known))

    def downward(self, utilities: Array) -> Array:
        """Turn utilities of one point, (m,), back into results that are worth so much."""
        pairs = zip(self.objectives, utilities.tolist(), strict=True)
        return np.array([objective.value_of(utility) for objective, utility in pairs])

    def hypervolume(self, reference: Sequence[float] | Mapping[str, float] | None = None) -> float:
        """Volume that the feasible results dominate above the reference point.

        Parameters
        ----------
        reference
            Worst values that count, in the objectives' units, (m,) or by name; inferred if not
            given.
        """
        point = self.reference if reference is None else self.checked_reference(reference)
        return hypervolume(self.utilities[self.feasible], self.upward(point[None])[0])

    def checked_reference(self, reference: Sequence[float] | Mapping[str, float]) -> Array:
        """Check a reference point that a user gave; return it, (m,)."""
        names = [item.name for item in self.objectives]
        values = one_each(reference, names, "The reference point", "ref_point")
        return np.array([finite_number(value, "The reference point") for value in values])


def one_each(
    given: Sequence[Any] | Mapping[str, Any], names: Sequence[str], what: str, field: str
) -> list[Any]:
    """Return one value for each of `names`, from a list in their order or from a mapping.

    Raises
    ------
    OptwidgetsError
        When there is another number of values, or a name is missing or not known.

    Examples
    --------
    >>> one_each({"Cost": 1, "Yield": 2}, ["Yield", "Cost"], "The weights", "weights")
    [2, 1]
    >>> one_each([3], ["Yield", "Cost"], "weights", "weights")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: weights needs 2 numbers, one for each of Yield, Cost; there \
are 1.
    """
    if isinstance(given, Mapping):
        if set(given) != set(names):
            raise OptwidgetsError(
                f"{what} needs a number for each of {', '.join(names)}, and for nothing else; "
                f"there are {', '.join(map(str, given)) or 'none'}.",
                field=field,
            )
        return [given[name] for name in names]
    try:
        values = [given] if isinstance(given, str) else list(given)
    except TypeError:
        values = [given]
    if len(values) != len(names):
        raise OptwidgetsError(
            f"{what} needs {len(names)} numbers, one for each of {', '.join(names)}; there are "
            f"{len(values)}.",
            field=field,
        )
    return values


def outcomes_of(table: Table, objectives: Sequence[Objective] | None = None) -> Outcomes:
    """Rows of a table that are done and have a result of every objective."""
    known = tuple(objectives or table.objectives or (table.objective(),))
    rows = tuple(row for row in table.done() if all(item.name in row.outputs for item in known))
    others = tuple(item for item in table.objectives if item.is_limited and item not in known)
    return Outcomes(known, rows, others)
