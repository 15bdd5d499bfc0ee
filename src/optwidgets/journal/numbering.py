"""Numbers of new rows: those that are free where they are recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optwidgets.data.edits import RowsAdded
from optwidgets.journal.changes import Change, SuggestionsMade
from optwidgets.journal.state import SessionState


def renumbered(changes: Sequence[Change], state: SessionState) -> tuple[Change, ...]:
    """Give new rows numbers that are free, should another process have taken theirs."""
    free = state.table.next_id
    result: list[Change] = []
    for change in changes:
        if isinstance(change, RowsAdded | SuggestionsMade) and change.rows:
            if min(row.id for row in change.rows) < free:
                rows = tuple(replace(r, id=free + place) for place, r in enumerate(change.rows))
                change = replace(change, rows=rows)  # noqa: PLW2901
            free = max(row.id for row in change.rows) + 1
        result.append(change)
    return tuple(result)
