"""What a change is about: which changes of two people stand in each other's way.

Results commute: two rows that are added at the same time are both wanted. The
configuration does not: of two bounds for one variable only one can hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import ObjectivesSet
from optwidgets.journal.changes import (
    Change,
    DecisionsLocked,
    ExtrasSet,
    FieldsChanged,
    MetadataChanged,
    SettingsChanged,
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

Thing = tuple[str, str]


def configures(changes: Iterable[Change]) -> bool:
    """Return whether any of the changes is about the configuration, and not about results.

    Examples
    --------
    >>> from optwidgets.journal.changes import SettingsChanged
    >>> from optwidgets.data.edits import RowsRemoved
    >>> configures([SettingsChanged({"random_state": 1})]), configures([RowsRemoved((1,))])
    (True, False)
    """
    return any(type(change) in _TOUCHES for change in changes)


def touched(change: Change) -> frozenset[Thing]:
    """Return the parts of the configuration that a change sets, as kind and name.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> sorted(touched(VariableChanged("T", Real("temperature", 0, 1))))
    [('variable', 'T'), ('variable', 'temperature')]
    """
    find = _TOUCHES.get(type(change))
    return frozenset() if find is None else frozenset(find(change))


def in_the_way(changes: Iterable[Change], others: Sequence[Entry]) -> list[Entry]:
    """Return those of others' entries that are about what the changes are about, too."""
    mine: frozenset[Thing] = frozenset().union(*(touched(change) for change in changes))
    return [entry for entry in others if mine & touched(entry.change)]


def _fields(change: FieldsChanged) -> Iterator[Thing]:
    return ((change.part, name) for name in (*change.fields, *change.removed))


_TOUCHES: dict[type, Callable[[Any], Iterable[Thing]]] = {
    VariableAdded: lambda change: [("variable", change.variable.name)],
    VariableChanged: lambda change: [
        ("variable", change.name),
        ("variable", change.variable.name),
    ],
    VariableRemoved: lambda change: [("variable", change.name)],
    DerivedAdded: lambda change: [("variable", change.derived.name)],
    DerivedRemoved: lambda change: [("variable", change.name)],
    VariablesReordered: lambda _: [("space", "order")],
    # Constraints are added beside each other; two that forbid everything are told by the space.
    ConstraintAdded: lambda _: [],
    ConstraintRemoved: lambda _: [],
    ObjectivesSet: lambda _: [("table", "objectives")],
    MetadataChanged: _fields,
    SettingsChanged: _fields,
    ExtrasSet: _fields,
    # Decisions are numbered: two that are locked at the same time would take one number.
    DecisionsLocked: _fields,
}
