"""Numbers of rows that were given ahead of the server, and the ones it gave in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optwidgets.client.outbox import NOWHERE, Waiting
from optwidgets.data.edits import RowsAdded, RowsEdited, RowsRemoved
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import Change, SuggestionsMade
from optwidgets.journal.entry import Entry


def renamed(change: Change, rows: Mapping[int, int]) -> Change:
    """Return a change that speaks of rows by their final numbers.

    Raises
    ------
    OptwidgetsError
        When one of the rows was not kept.

    Examples
    --------
    >>> renamed(RowsRemoved((3, 4)), {4: 9})
    RowsRemoved(ids=(3, 9))
    """
    if not rows:
        return change
    if isinstance(change, RowsEdited):
        edits = tuple(replace(edit, row=_final(edit.row, rows)) for edit in change.edits)
        return RowsEdited(edits)
    if isinstance(change, RowsRemoved):
        return RowsRemoved(tuple(_final(number, rows) for number in change.ids))
    if isinstance(change, RowsAdded):
        # Undoing the removal of a row brings it back under its number.
        return RowsAdded(
            tuple(
                replace(row, id=rows[row.id]) if rows.get(row.id, NOWHERE) != NOWHERE else row
                for row in change.rows
            )
        )
    return change


def target_of(item: Waiting, groups: Mapping[int, int]) -> int | None:
    """Return the group that an undo or redo is about, by its final number."""
    if item.target is None:
        return None
    target = groups.get(item.target, item.target)
    if target == NOWHERE:
        raise OptwidgetsError("The step that this goes back to or from was not kept.")
    return target


def rows_added(changes: Sequence[Change]) -> list[int]:
    """Return the numbers of the rows that changes bring."""
    return [
        row.id
        for change in changes
        if isinstance(change, RowsAdded | SuggestionsMade)
        for row in change.rows
    ]


def new_names(item: Waiting, entries: Sequence[Entry]) -> dict[int, int]:
    """Return the numbers that an append gave to rows, and those that it was stored with."""
    given, final = rows_added(item.changes), rows_added([entry.change for entry in entries])
    return {ours: theirs for ours, theirs in zip(given, final, strict=False) if ours != theirs}


def _final(number: int, rows: Mapping[int, int]) -> int:
    final = rows.get(number, number)
    if final == NOWHERE:
        raise OptwidgetsError(f"Row {number} was not kept, and this is about it.", row=number)
    return final
