"""What was said over there although its answer was lost: found, so that it is not said twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from optwidgets.data.edits import RowsAdded
from optwidgets.journal.changes import Change, SuggestionsMade
from optwidgets.space.edits import VariableAdded, VariableRemoved

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState


def not_there_yet(
    changes: Sequence[Change], state: SessionState, since: Sequence[Entry]
) -> tuple[list[Change], list[Row]]:
    """Return what of the changes is still to be said, and the rows that are there already.

    Parameters
    ----------
    changes
        What may have been said.
    state
        The session over there, now.
    since
        What has come over there since the changes were made.

    Examples
    --------
    >>> from optwidgets.data.row import Row
    >>> from optwidgets.journal.memory import MemoryJournal
    >>> from optwidgets.journal.state import SessionState
    >>> there = RowsAdded((Row(7, {"T": 1.0}, {"Output": 2.0}, state="done"),))
    >>> since = MemoryJournal().append([there], actor="there")
    >>> mine = RowsAdded((Row(3, {"T": 1.0}, {"Output": 2.0}, state="done"),))
    >>> left, found = not_there_yet([mine], SessionState(), since)
    >>> left, [row.id for row in found]
    ([], [7])
    """
    fresh = [
        row
        for entry in since
        if isinstance(entry.change, RowsAdded | SuggestionsMade)
        for row in entry.change.rows
    ]
    left: list[Change] = []
    found: list[Row] = []
    for change in changes:
        if isinstance(change, RowsAdded | SuggestionsMade):
            missing = []
            for row in change.rows:
                twin = next((there for there in fresh if _alike(row, there)), None)
                if twin is None:
                    missing.append(row)
                else:
                    fresh.remove(twin)
                    found.append(twin)
            if missing:
                left.append(replace(change, rows=tuple(missing)))
        elif not _holds(change, state):
            left.append(change)
    return left, found


def under_their_names(
    changes: Sequence[Change],
    said: Sequence[Entry],
    arrived: Sequence[Row],
    everything: Sequence[Entry],
) -> list[Entry]:
    """Return entries that tell which row of the changes has which number over there.

    Parameters
    ----------
    changes
        As they were made here.
    said
        What was said over there now.
    arrived
        Rows that were there already.
    everything
        All entries of what holds over there; not empty.
    """
    if not arrived:
        return list(said) or list(everything[-1:])
    rest = [
        row for entry in said if isinstance(entry.change, RowsAdded) for row in entry.change.rows
    ]
    rows = list(arrived)
    ordered: list[Row] = []
    for change in changes:
        for row in getattr(change, "rows", ()):
            twin = next((there for there in rows if _alike(row, there)), None)
            if twin is not None:
                rows.remove(twin)
                ordered.append(twin)
            elif rest:
                ordered.append(rest.pop(0))
    last = (list(said) or list(everything))[-1]
    return [replace(last, change=RowsAdded(tuple(ordered)))]


def _alike(mine: Row, there: Row) -> bool:
    # A point of a queue may have been started meanwhile: what it is counts.
    return dict(mine.inputs) == dict(there.inputs) and dict(mine.outputs) == dict(there.outputs)


def _holds(change: Change, state: SessionState) -> bool:
    space = state.space
    if isinstance(change, VariableAdded):
        return change.variable.name in space and space[change.variable.name] == change.variable
    return isinstance(change, VariableRemoved) and change.name not in space
