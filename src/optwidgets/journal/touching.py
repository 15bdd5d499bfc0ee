"""What a change is about: which changes of two people stand in each other's way.

Results commute: two rows that are added at the same time are both wanted. The
configuration does not: of two bounds for one variable only one can hold, and of two
values for one cell of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import ObjectivesSet, RowEdit, RowsEdited, RowsRemoved
from optwidgets.journal.changes import (
    Change,
    DecisionsLocked,
    ExtrasSet,
    FieldsChanged,
    MetadataChanged,
    ModelTrained,
    SettingsChanged,
    SuggestionsMade,
)
from optwidgets.space.derived_edits import DerivedAdded, DerivedRemoved
from optwidgets.space.edits import (
    ConstraintAdded,
    ConstraintRemoved,
    VariableAdded,
    VariableChanged,
    VariableRemoved,
    VariablesReordered,
)

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState

Thing = tuple[str, str]
"""A part of the session: its kind (``"variable"``, ``"cell"``) and its name."""

#: Fields of a row that are cells for people; times and origins follow from these.
_CELLS = ("state", "noise", "note", "reason")
_MAPPINGS = {"inputs": "in", "outputs": "out"}


def guarded(changes: Iterable[Change]) -> bool:
    """Return whether others may stand in the way of the changes.

    New rows are in nobody's way, and what was computed stands beside what others did.

    Examples
    --------
    >>> from optwidgets.data.edits import RowsAdded
    >>> guarded([RowsAdded(())]), guarded([RowsEdited((RowEdit(3, {"note": "wet"}),))])
    (False, True)
    """
    found = tuple(changes)
    if any(isinstance(change, SuggestionsMade | ModelTrained) for change in found):
        return False
    return any(type(change) in _SETS for change in found)


def touched(change: Change) -> frozenset[Thing]:
    """Return the parts of the session that a change sets, as kind and name.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> sorted(touched(VariableChanged("T", Real("temperature", 0, 1))))
    [('variable', 'T'), ('variable', 'temperature')]
    >>> sorted(touched(RowsEdited((RowEdit(3, {"inputs": {"T": 1.0}}),))))
    [('cell', '3 in:T')]
    """
    return frozenset(_guards([change]))


def in_the_way(
    changes: Iterable[Change], others: Sequence[Entry], before: SessionState | None = None
) -> list[Entry]:
    """Return those of others' entries that set what the changes set, too, to something else.

    Parameters
    ----------
    changes
        The changes.
    others
        Entries of others since.
    before
        The state before both; with it two objectives are two things, and not one list.

    Examples
    --------
    >>> from optwidgets.journal.changes import SettingsChanged
    >>> from optwidgets.journal.memory import MemoryJournal
    >>> theirs = MemoryJournal().append([SettingsChanged({"a": 2})], actor="Noor")
    >>> [len(in_the_way([SettingsChanged({name: 3})], theirs)) for name in ("a", "b")]
    [1, 0]
    >>> in_the_way([SettingsChanged({"a": 2})], theirs)
    []
    """
    changes = tuple(changes)
    if not guarded(changes):
        return []
    mine = _guards(changes, before)
    last: dict[Thing, tuple[Any, Entry]] = {}
    for entry in others:
        for thing, value in _sets(entry.change, before).items():
            last[thing] = value, entry
    found = {
        entry.revision: entry
        for thing, (value, entry) in last.items()
        if thing in mine and mine[thing] != value
    }
    return [found[revision] for revision in sorted(found)]


def _guards(changes: Iterable[Change], before: SessionState | None = None) -> dict[Thing, Any]:
    """Return what changes set and others must not have set otherwise."""
    found: dict[Thing, Any] = {}
    for change in changes:
        if isinstance(change, RowsRemoved):
            # What somebody has just put into a row must not go with it unseen.
            found |= {("row", str(number)): _GONE for number in change.ids}
        else:
            found |= {key: value for key, value in _sets(change, before).items() if key[0] != "row"}
    return found


def _sets(change: Change, before: SessionState | None) -> Mapping[Thing, Any]:
    if before is not None and isinstance(change, ObjectivesSet):
        return _objectives(change, before)
    find = _SETS.get(type(change))
    return {} if find is None else find(change)


def _objectives(change: ObjectivesSet, before: SessionState) -> dict[Thing, Any]:
    known = {objective.name: objective for objective in before.table.objectives}
    wanted = {objective.name: objective for objective in change.objectives}
    return {
        ("objective", name): wanted.get(name)
        for name in {**known, **wanted}
        if known.get(name) != wanted.get(name)
    }


def _fields(change: FieldsChanged) -> dict[Thing, Any]:
    found = {(change.part, name): value for name, value in change.fields.items()}
    return found | {(change.part, name): None for name in change.removed}


def _changed(change: VariableChanged) -> dict[Thing, Any]:
    return {("variable", name): change.variable for name in (change.name, change.variable.name)}


def _edited(change: RowsEdited) -> dict[Thing, Any]:
    found: dict[Thing, Any] = {}
    for edit in change.edits:
        cells = {("cell", f"{edit.row} {key}"): value for key, value in _cells(edit)}
        found |= cells
        if cells:
            found["row", str(edit.row)] = edit.fields
    return found


def _cells(edit: RowEdit) -> Iterator[tuple[str, Any]]:
    for part, mark in _MAPPINGS.items():
        for name, value in edit.fields.get(part, {}).items():
            yield f"{mark}:{name}", value
    for name in _CELLS:
        if name in edit.fields:
            yield name, edit.fields[name]


_GONE = object()

#: What a kind of change sets. Kinds that stand in nobody's way are not here.
_SETS: dict[type, Callable[[Any], Mapping[Thing, Any]]] = {
    VariableAdded: lambda change: {("variable", change.variable.name): change.variable},
    VariableChanged: _changed,
    VariableRemoved: lambda change: {("variable", change.name): None},
    DerivedAdded: lambda change: {("variable", change.derived.name): change.derived},
    DerivedRemoved: lambda change: {("variable", change.name): None},
    VariablesReordered: lambda change: {("space", "order"): change.names},
    # Constraints are added beside each other; two that forbid everything are told by the space.
    ConstraintAdded: lambda _: {},
    ConstraintRemoved: lambda _: {},
    ObjectivesSet: lambda change: {("table", "objectives"): change},
    MetadataChanged: _fields,
    SettingsChanged: _fields,
    ExtrasSet: _fields,
    # Decisions are numbered: two that are locked at the same time would take one number.
    DecisionsLocked: _fields,
    RowsEdited: _edited,
    RowsRemoved: lambda _: {},  # see `_guards`
}
