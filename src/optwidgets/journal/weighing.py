"""How much there is to a change: what folding it, or keeping it, costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from optwidgets.data.edits import RowsAdded, RowsEdited, RowsRemoved
from optwidgets.journal.changes import Change, SuggestionsMade


def weight(changes: Iterable[Change]) -> int:
    """Return the number of changes and of the rows that they touch.

    Examples
    --------
    >>> from optwidgets.journal.changes import MetadataChanged
    >>> weight([RowsRemoved((1, 2, 3)), MetadataChanged({"name": "Reactor"})])
    5
    """
    return sum(1 + _ROWS.get(type(change), _none)(change) for change in changes)


def _none(_: Any) -> int:
    return 0


_ROWS: dict[type, Callable[[Any], int]] = {
    RowsAdded: lambda change: len(change.rows),
    SuggestionsMade: lambda change: len(change.rows),
    RowsEdited: lambda change: len(change.edits),
    RowsRemoved: lambda change: len(change.ids),
}
