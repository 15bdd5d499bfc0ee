"""Two people changed the same part of the configuration: theirs, mine, or both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from optwidgets.data.edits import ObjectivesSet, RowEdit, RowsAdded, RowsEdited, RowsRemoved
from optwidgets.data.recording import new_row
from optwidgets.data.row import Row
from optwidgets.data.table import Objective
from optwidgets.journal.changes import Change, FieldsChanged
from optwidgets.journal.state import SessionState
from optwidgets.journal.touching import guarded, touched
from optwidgets.space.edits import VariableAdded, VariableChanged, VariableRemoved
from optwidgets.space.variable import variable_from_dict

Choice = Literal["theirs", "mine", "both"]


def offered(changes: Sequence[Change], newest: SessionState) -> tuple[Choice, ...]:
    """Return what can be chosen for changes that came too late, on the newest state.

    Examples
    --------
    >>> from optwidgets.journal.state import initial_state
    >>> offered([RowsRemoved((1,))], initial_state())
    ('theirs',)
    >>> from optwidgets.journal.changes import SettingsChanged
    >>> offered([SettingsChanged({"random_state": 1})], initial_state())
    ('theirs', 'mine', 'both')
    """
    left = [change for change in changes if _again(newest, change) is not None]
    if not guarded(left):
        return ("theirs",)
    if any(isinstance(change, _MERGED) and not _is_one_cell(change) for change in left):
        return ("theirs", "mine", "both")
    return ("theirs", "mine")


def chosen(
    choice: Choice, base: SessionState, newest: SessionState, changes: Sequence[Change]
) -> list[Change]:
    """Return the changes of the newest state that a choice comes to.

    Parameters
    ----------
    choice
        ``theirs`` changes nothing, ``mine`` does the changes over again, ``both`` keeps
        what only one of the two has changed; where both did, mine. Of two results for one
        row it keeps both: theirs stays, mine gets a row of its own.
    base
        The state that the changes were made on.
    newest
        The state that others have made of it.
    changes
        What came too late.

    Examples
    --------
    >>> from optwidgets.journal.state import apply, initial_state
    >>> from optwidgets.space.variable import Real
    >>> base = apply(initial_state(), VariableAdded(Real("T", 0, 10)))
    >>> newest = apply(base, VariableChanged("T", Real("T", 0, 20)))
    >>> [both] = chosen("both", base, newest, [VariableChanged("T", Real("T", 5, 10))])
    >>> both.variable.low, both.variable.high
    (5.0, 20.0)
    """
    if choice == "theirs":
        return []
    found: list[Change] = []
    for change in changes:
        fitted = _again(newest, change)
        if fitted is None:
            continue
        merge = next((m for kind, m in _MERGES if isinstance(fitted, kind)), None)
        if choice == "both" and merge is not None:
            found += merge(base, newest, fitted)
        else:
            found.append(fitted)
    return found


def _again(newest: SessionState, change: Change) -> Change | None:
    """Return a change as it has to be on the newest state, or None if there is nothing left."""
    names = newest.space.names
    if isinstance(change, VariableAdded) and change.variable.name in names:
        return VariableChanged(change.variable.name, change.variable)
    if isinstance(change, VariableChanged) and change.name not in names:
        return VariableAdded(change.variable)
    if isinstance(change, VariableRemoved) and change.name not in names:
        return None
    if isinstance(change, RowsEdited):
        edits = tuple(edit for edit in change.edits if edit.row in newest.table)
        return RowsEdited(edits) if edits else None
    if isinstance(change, RowsRemoved):
        numbers = tuple(number for number in change.ids if number in newest.table)
        return RowsRemoved(numbers) if numbers else None
    return change


def _is_one_cell(change: Change) -> bool:
    """Return whether a change has nothing to be merged: one cell, and no result."""
    if not isinstance(change, RowsEdited):
        return False
    cells = touched(change)
    return len(cells) == 1 and not any(" out:" in name for _, name in cells)


def _merged_rows(base: SessionState, newest: SessionState, change: Any) -> list[Change]:
    edits: list[RowEdit] = []
    added: list[Row] = []
    for edit in change.edits:
        before = base.table.row(edit.row) if edit.row in base.table else None
        now = newest.table.row(edit.row)
        fields = dict(edit.fields)
        if _differ(before, now, "outputs", fields.get("outputs", {})):
            # Two results of one row are two results.
            number = newest.table.next_id + len(added)
            outputs = {name: it for name, it in fields.pop("outputs").items() if it is not None}
            inputs = {**now.inputs, **fields.get("inputs", {})}
            point = {name: value for name, value in inputs.items() if value is not None}
            row = new_row(number, point, outputs, newest.table)
            added.append(replace(row, iteration=now.iteration, reason=now.reason))
            for name in ("state", "finished_at"):
                fields.pop(name, None)
        for part in ("inputs", "outputs"):
            if part in fields:
                clash = _differ(before, now, part, fields[part])
                fields[part] = {n: v for n, v in fields[part].items() if n not in clash}
        fields = {
            name: value
            for name, value in fields.items()
            if name in ("inputs", "outputs")
            or before is None
            or getattr(before, name) == getattr(now, name)
        }
        if any(value != {} for value in fields.values()):
            edits.append(RowEdit(edit.row, fields))
    found: list[Change] = [RowsEdited(tuple(edits))] if edits else []
    return [*found, RowsAdded(tuple(added))] if added else found


def _differ(before: Row | None, now: Row, part: str, mine: Mapping[str, Any]) -> list[str]:
    """Return the cells that others have set, too, to something else."""
    known = {} if before is None else getattr(before, part)
    theirs = getattr(now, part)
    return [
        name
        for name, value in mine.items()
        if theirs.get(name) != known.get(name) and theirs.get(name) != value
    ]


def _merged_variable(base: SessionState, newest: SessionState, change: Any) -> list[Change]:
    before = base.space[change.name].to_dict() if change.name in base.space.names else {}
    merged = _merged(before, newest.space[change.name].to_dict(), change.variable.to_dict())
    return [VariableChanged(change.name, variable_from_dict(merged))]


def _merged_fields(base: SessionState, newest: SessionState, change: Any) -> list[Change]:
    before, now = getattr(base, change.part), getattr(newest, change.part)
    untouched = {
        name: value
        for name, value in change.fields.items()
        if before.get(name) == now.get(name) or name not in now
    }
    return [replace(change, fields=untouched)]


def _merged_objectives(base: SessionState, newest: SessionState, change: Any) -> list[Change]:
    if change.renames:
        return [change]  # columns go along: all or nothing
    before = {each.name: each.to_dict() for each in base.table.objectives}
    theirs = {each.name: each.to_dict() for each in newest.table.objectives}
    mine = {each.name: each.to_dict() for each in change.objectives}
    kept = [name for name in theirs if name in mine or name not in before]
    names = kept + [name for name in mine if name not in theirs and name not in before]
    merged = (
        _merged(
            before.get(name) or Objective(name).to_dict(), theirs.get(name, {}), mine.get(name, {})
        )
        for name in names
    )
    return [ObjectivesSet(tuple(Objective.from_dict(each) for each in merged))]


def _merged(
    before: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> dict[str, Any]:
    changed = {name: value for name, value in mine.items() if before.get(name) != value}
    return {**mine, **theirs, **changed}


_MERGES: tuple[tuple[type, Callable[[SessionState, SessionState, Any], list[Change]]], ...] = (
    (VariableChanged, _merged_variable),
    (FieldsChanged, _merged_fields),
    (ObjectivesSet, _merged_objectives),
    (RowsEdited, _merged_rows),
)
_MERGED = tuple(kind for kind, _ in _MERGES)
