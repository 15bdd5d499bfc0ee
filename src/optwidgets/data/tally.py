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
    last_iteration
        Largest iteration, or None.

    Examples
    --------
    >>> first = Row(1, {"T": 80.0}, {"Output": 1.0}, state="done", iteration=3)
    >>> tally = Tally.of([first, Row(2)])
    >>> tally.counts["done"], sorted(tally.pending), tally.last_iteration
    (1, [2], 3)
    """

    counts: Mapping[str, int]
    pending: immutables.Map[int, None]
    last_iteration: int | None

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Tally:
        """Count rows from the beginning."""
        empty = cls(dict.fromkeys(STATES, 0), immutables.Map(), None)
        return empty.changed((), tuple(rows)) or empty

    def changed(self, gone: Collection[Row], come: Collection[Row]) -> Tally | None:
        """Return the tally with rows gone and others come.

        None when it has to be counted from the beginning: the largest iteration went away.
        """
        counts = dict(self.counts)
        pending = self.pending.mutate()
        last = self.last_iteration
        for row in gone:
            counts[row.state] -= 1
            pending.pop(row.id, None)
        for row in come:
            counts[row.state] += 1
            if row.is_pending:
                pending[row.id] = None
            if row.iteration is not None:
                last = row.iteration if last is None else max(last, row.iteration)
        if self.last_iteration is not None and last == self.last_iteration:
            was = any(row.iteration == last for row in gone)
            if was and not any(row.iteration == last for row in come):
                return None
        return Tally(counts, pending.finish(), last)
