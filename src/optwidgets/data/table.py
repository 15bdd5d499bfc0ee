"""The table: all rows and the objectives, an immutable value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import immutables

from optwidgets.data.cells import Cells
from optwidgets.data.objective import DEFAULT_TARGET, Objective, check_objectives
from optwidgets.data.row import Row
from optwidgets.data.suggestion import STATES, SuggestionInfo
from optwidgets.data.tally import Tally
from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space
from optwidgets.space.text import short

__all__ = [
    "DEFAULT_TARGET",
    "STATES",
    "Objective",
    "Row",
    "SuggestionInfo",
    "Table",
    "check_objectives",
    "check_variable_name",
    "directed",
]


@dataclass(frozen=True)
class Table:
    """Rows by number, and objectives. Every change is a new table that shares the rest.

    Parameters
    ----------
    rows
        Number to `Row`; a persistent map, so that one edit of 100 000 rows
        copies next to nothing.
    objectives
        What is measured; none means one column, ``"Output"``.
    next_id
        Number of the next row. It only grows, also when a change is undone,
        and is therefore no part of equality.

    Examples
    --------
    >>> table = Table().with_rows([Row(1, {"T": 80.0}, {"Output": 1.0}, state="done"), Row(2)])
    >>> len(table), table.next_id, table.counts["done"], table.target_names
    (2, 3, 1, ('Output',))
    >>> [row.id for row in table.pending()]
    [2]
    """

    rows: immutables.Map[int, Row] = field(default_factory=immutables.Map)
    objectives: tuple[Objective, ...] = ()
    next_id: int = field(default=1, compare=False)
    carried: Tally | None = field(default=None, compare=False, repr=False)
    """Counts of the rows, if they are known already; see `tally`."""

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """Numbers of all rows, ascending."""
        return tuple(sorted(self.rows))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        rows = self.rows
        return (rows[number] for number in self.ids)

    def __contains__(self, number: object) -> bool:
        return number in self.rows

    def row(self, number: int) -> Row:
        """Row by its number.

        Raises
        ------
        OptwidgetsError
            There is no such row.
        """
        try:
            return self.rows[number]
        except (KeyError, TypeError):
            pass
        last = f" Rows go from {self.ids[0]} to {self.ids[-1]}." if self.rows else ""
        raise OptwidgetsError(
            f"There is no row {short(number)}.{last}",
            row=number,
        )

    @cached_property
    def _done(self) -> tuple[Row, ...]:
        return tuple(row for row in self if row.state == "done")

    def done(self) -> tuple[Row, ...]:
        """Rows with a result that counts, in order."""
        return self._done

    def pending(self) -> tuple[Row, ...]:
        """Rows that are suggested or running, in order."""
        return tuple(self.rows[number] for number in sorted(self.tally.pending))

    @cached_property
    def tally(self) -> Tally:
        """Counts of the rows."""
        return self.carried or Tally.of(self.rows.values())

    @cached_property
    def cells(self) -> Cells:
        """All rows column by column; views that come later find the columns read."""
        return Cells(self)

    @property
    def counts(self) -> dict[str, int]:
        """State to number of rows; each state has an entry."""
        return dict(self.tally.counts)

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the objectives, or ``("Output",)`` when none is defined."""
        return tuple(objective.name for objective in self.objectives) or (DEFAULT_TARGET,)

    @cached_property
    def last_iteration(self) -> int | None:
        """Largest iteration of the table, or None."""
        if self.tally.is_reached:
            return self.tally.iteration_bound
        found = (row.iteration for row in self.rows.values())
        return max((number for number in found if number is not None), default=None)

    def objective(self, name: str | None = None) -> Objective:
        """Objective by name, or the first one.

        Examples
        --------
        >>> Table().objective()
        Objective(name='Output', goal='maximize', unit='', label='', lower=None, upper=None, \
target=None, band=None)
        """
        known = self.objectives or (Objective(DEFAULT_TARGET),)
        if name is None:
            return known[0]
        for objective in known:
            if objective.name == name:
                return objective
        names = ", ".join(short(objective.name) for objective in known)
        raise OptwidgetsError(f"{short(name)} is not an objective. There is {names}.")

    def with_rows(self, rows: Iterable[Row]) -> Table:
        """Table with rows put in, new ones or in place of those of their number."""
        changed = self.rows.mutate()
        last = self.next_id - 1
        gone: dict[int, Row] = {}
        come: dict[int, Row] = {}
        for row in rows:
            if row.id in self.rows:
                gone[row.id] = self.rows[row.id]
            come[row.id] = changed[row.id] = row
            last = max(last, row.id)
        tally = self.tally.changed(gone.values(), come.values())
        return replace(self, rows=changed.finish(), next_id=last + 1, carried=tally)

    def without_rows(self, numbers: Iterable[int]) -> Table:
        """Table without some rows; their numbers are not used again."""
        changed = self.rows.mutate()
        gone: list[Row] = []
        for number in numbers:
            if number not in changed:
                self.row(number)  # says which rows there are
            gone.append(changed.pop(number))
        return replace(self, rows=changed.finish(), carried=self.tally.changed(gone, ()))

    def rename_input(self, old: str, new: str) -> Table:
        """Table whose rows call a variable by its new name.

        Raises
        ------
        OptwidgetsError
            Values of a removed variable of the new name are still there.
        """
        if old == new:
            return self
        renamed = []
        for row in self.rows.values():
            if new in row.inputs:
                raise OptwidgetsError(
                    f"The table still holds values of an earlier variable {short(new)}. "
                    "Use another name.",
                    field="Name",
                    row=row.id,
                )
            if old in row.inputs:
                inputs = {new if key == old else key: value for key, value in row.inputs.items()}
                renamed.append(replace(row, inputs=inputs))
        return self.with_rows(renamed) if renamed else self

    def outside(self, space: Space) -> dict[int, list[str]]:
        """Row number to the variables whose value lies outside the space; others are left out."""
        found = {row.id: space.outside(row.inputs) for row in self}
        return {number: names for number, names in found.items() if names}

    def replicates(self, space: Space, *, tolerance: float = 1e-6) -> list[tuple[int, ...]]:
        """Find the groups of done rows at the same point.

        Parameters
        ----------
        space
            Space of the rows.
        tolerance
            Largest gap in one variable, as a share of its range.

        Returns
        -------
        list of tuple of int
            Row numbers, ascending; groups of at least two, by their first row.

        Examples
        --------
        >>> from optwidgets.space.variable import Real
        >>> space = Space((Real("T", 0, 100),))
        >>> rows = [
        ...     Row(i, {"T": t}, {"Output": 1.0}, state="done")
        ...     for i, t in enumerate([20.0, 30.0, 20.000001, 30.0, 40.0], start=1)
        ... ]
        >>> Table().with_rows(rows).replicates(space)
        [(1, 3), (2, 4)]
        """
        import numpy as np

        from optwidgets.space.encoding import Encoding  # needs NumPy

        encoding = Encoding(space)
        rows = [row for row in self.done() if encoding.can_encode(row.inputs)]
        if len(rows) < 2 or not len(space):
            return []
        cube = encoding.encode([row.inputs for row in rows])
        labels = np.zeros(cube.shape, dtype=np.int64)
        for place in range(cube.shape[1]):
            # Neighbours on the sorted line that are closer than the tolerance
            # share a label; unlike rounding, this has no unlucky edges.
            order = np.argsort(cube[:, place], kind="stable")
            steps = np.diff(cube[order, place]) > tolerance
            labels[order[1:], place] = np.cumsum(steps)
        _, group = np.unique(labels, axis=0, return_inverse=True)
        found: dict[int, list[int]] = {}
        for row, label in zip(rows, group.ravel().tolist(), strict=True):
            found.setdefault(label, []).append(row.id)
        return [tuple(numbers) for numbers in found.values() if len(numbers) > 1]


def check_variable_name(name: str, table: Table) -> None:
    """Refuse a variable that is named like an objective of the table.

    Raises
    ------
    OptwidgetsError
        ``error.field`` is ``"Name"``.

    Examples
    --------
    >>> check_variable_name("Output", Table())
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Output is an objective already. Use another name.
    """
    if name in table.target_names:
        raise OptwidgetsError(
            f"{short(name)} is an objective already. Use another name.", field="Name"
        )


def directed(table: Table, goals: str | Sequence[str] | None) -> tuple[Objective, ...]:
    """Objectives of a table, with other goals where some are given.

    Parameters
    ----------
    goals
        One for each objective, or None for their own.

    Examples
    --------
    >>> table = Table(objectives=(Objective("A"), Objective("B")))
    >>> [objective.goal for objective in directed(table, ["max", "min"])]
    ['maximize', 'minimize']
    """
    known = table.objectives or (table.objective(),)
    if goals is None:
        return known
    found = [goals] if isinstance(goals, str) else list(goals)
    if len(found) != len(known):
        raise OptwidgetsError(
            f"Give {len(known)} goals, one for each of "
            f"{', '.join(short(item.name) for item in known)}; there are {len(found)}.",
            field="Goal",
        )
    return tuple(item.aimed(goal) for item, goal in zip(known, found, strict=True))
