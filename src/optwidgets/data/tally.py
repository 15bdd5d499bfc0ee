"""What is counted of a table, carried along from change to change.

Recording one result must not cost more the more results there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import immutables

from optwidgets.data.row import Row
from optwidgets.data.suggestion import STATES


@dataclass(frozen=True)
class Tally:
    """Counts of a table.

    Parameters
    ----------
    counts
        State to number of rows; each state has an entry.
    pending
        Numbers of the rows that are suggested or running.
    iteration_bound
        No iteration is larger; None if no row has one.
    is_reached
        Whether a row has that iteration. When the row with the largest one goes away, the
        next one would have to be looked for, which few ever ask.

    Examples
    --------
    >>> first = Row(1, {"T": 80.0}, {"Output": 1.0}, state="done", iteration=3)
    >>> tally = Tally.of([first, Row(2)])
    >>> tally.counts["done"], sorted(tally.pending), tally.iteration_bound
    (1, [2], 3)
    >>> tally.changed([first], ()).is_reached
    False
    """

    counts: Mapping[str, int]
    pending: immutables.Map[int, None]
    iteration_bound: int | None
    is_reached: bool = True

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Tally:
        """Count rows from the beginning."""
        empty = cls(dict.fromkeys(STATES, 0), immutables.Map(), None)
        return empty.changed((), tuple(rows))

    def changed(self, gone: Collection[Row], come: Collection[Row]) -> Tally:
        """Return the tally with rows gone and others come."""
        counts = dict(self.counts)
        pending = self.pending.mutate()
        bound, reached = self.iteration_bound, self.is_reached
        for row in gone:
            counts[row.state] -= 1
            pending.pop(row.id, None)
            if row.iteration is not None and row.iteration == bound:
                reached = False
        for row in come:
            counts[row.state] += 1
            if row.is_pending:
                pending[row.id] = None
            if row.iteration is not None and (bound is None or row.iteration >= bound):
                bound, reached = row.iteration, True
        return Tally(counts, pending.finish(), bound, reached)
