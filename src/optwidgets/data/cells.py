"""The cells of a table column by column, for those who look at all rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from optwidgets.data.suggestion import STATES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optwidgets.data.row import Row

    Numbers = NDArray[np.float64]

_STATE_CODE = {state: code for code, state in enumerate(STATES)}


class Cells:
    """Columns of a table that does not change; each is read from the rows once.

    Parameters
    ----------
    rows
        All n rows, in order.

    Examples
    --------
    >>> from optwidgets.data.row import Row
    >>> cells = Cells([Row(1, {"T": 80.0, "cat": "A"}), Row(2, {"T": 95.5})])
    >>> cells.inputs(["T"])["T"].tolist(), cells.listed("cat")
    ([80.0, 95.5], ['A', None])
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = tuple(rows)
        self._inputs: dict[str, Numbers] = {}
        self._outputs: dict[str, Numbers] = {}
        self._listed: dict[str, list[Any]] = {}

    @cached_property
    def ids(self) -> NDArray[np.int32]:
        """Number of each row, (n,)."""
        import numpy as np

        return np.array([row.id for row in self.rows], dtype=np.int32)

    @cached_property
    def states(self) -> NDArray[np.uint8]:
        """State of each row, its place in `STATES`, (n,)."""
        import numpy as np

        return np.array([_STATE_CODE[row.state] for row in self.rows], dtype=np.uint8)

    @cached_property
    def notes(self) -> list[str]:
        """Note of each row."""
        return [row.note for row in self.rows]

    @cached_property
    def reasons(self) -> list[str]:
        """Why each row is in the table, or is excluded or failed."""
        return [row.reason for row in self.rows]

    def inputs(self, names: Sequence[str]) -> Mapping[str, Numbers]:
        """Name to the number of each row (n,), NaN where it has none, also for a text."""
        new = [name for name in names if name not in self._inputs]
        self._inputs |= _numbers([row.inputs for row in self.rows] if new else [], new)
        return self._inputs

    def outputs(self, names: Sequence[str]) -> Mapping[str, Numbers]:
        """Name to the result of each row (n,), NaN where it has none."""
        new = [name for name in names if name not in self._outputs]
        self._outputs |= _numbers([row.outputs for row in self.rows] if new else [], new)
        return self._outputs

    def listed(self, name: str) -> list[Any]:
        """Input of each row as it stands there, None where it has none."""
        if name not in self._listed:
            self._listed[name] = [row.inputs.get(name) for row in self.rows]
        return self._listed[name]


def _numbers(cells: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Numbers]:
    import numpy as np

    if len(names) < 2:
        return {name: _floats([row.get(name) for row in cells]) for name in names}
    try:
        # One way through rows that have everything: 10,000 of them are more than a processor
        # keeps at hand, and a way for each column would fetch them anew. Nothing is kept on it,
        # so that no garbage collection begins.
        values = chain.from_iterable(map(itemgetter(*names), cells))
        block = np.fromiter(values, np.float64, len(cells) * len(names))
    except (KeyError, TypeError, ValueError):
        return {name: _floats([row.get(name) for row in cells]) for name in names}
    return dict(zip(names, block.reshape(-1, len(names)).T.copy(), strict=True))


def _floats(values: Sequence[Any]) -> Numbers:
    import numpy as np

    try:
        return np.array(values, dtype=np.float64)  # None is NaN
    except (TypeError, ValueError):
        # A row kept from before its variable changed its kind may hold a text.
        told = [value if isinstance(value, (int, float)) else None for value in values]
        return np.array(told, dtype=np.float64)
