"""Two people changed the same part of the configuration: theirs, mine, or both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from optwidgets.data.edits import ObjectivesSet
from optwidgets.data.table import Objective
from optwidgets.journal.changes import Change, FieldsChanged
from optwidgets.journal.state import SessionState
from optwidgets.journal.touching import configures
from optwidgets.space.edits import VariableAdded, VariableChanged, VariableRemoved
from optwidgets.space.variable import variable_from_dict

Choice = Literal["theirs", "mine", "both"]


def offered(changes: Sequence[Change]) -> tuple[Choice, ...]:
    """Return what can be chosen for changes that came too late.

    Examples
    --------
    >>> from optwidgets.data.edits import RowsRemoved
    >>> offered([RowsRemoved((1,))]), offered([VariableRemoved("T")])
    (('theirs',), ('theirs', 'mine'))
    """
    if not configures(changes):
        return ("theirs",)
    if any(isinstance(change, _MERGED) for change in changes):
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
        what only one of the two has changed; where both did, mine.
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
    found = []
    for change in changes:
        fitted = _again(newest, change)
        if fitted is not None and choice == "both":
            merge = next((m for kind, m in _MERGES if isinstance(fitted, kind)), None)
            fitted = fitted if merge is None else merge(base, newest, fitted)
        if fitted is not None:
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
    return change


def _merged_variable(base: SessionState, newest: SessionState, change: Any) -> Change:
    before = base.space[change.name].to_dict() if change.name in base.space.names else {}
    merged = _merged(before, newest.space[change.name].to_dict(), change.variable.to_dict())
    return VariableChanged(change.name, variable_from_dict(merged))


def _merged_fields(base: SessionState, newest: SessionState, change: Any) -> Change:
    before, now = getattr(base, change.part), getattr(newest, change.part)
    untouched = {
        name: value
        for name, value in change.fields.items()
        if before.get(name) == now.get(name) or name not in now
    }
    merged: Change = replace(change, fields=untouched)
    return merged


def _merged_objectives(base: SessionState, newest: SessionState, change: Any) -> Change:
    if change.renames:
        return ObjectivesSet(change.objectives, change.renames)  # columns go along: all or nothing
    before = {each.name: each.to_dict() for each in base.table.objectives}
    theirs = {each.name: each.to_dict() for each in newest.table.objectives}
    mine = {each.name: each.to_dict() for each in change.objectives}
    kept = [name for name in theirs if name in mine or name not in before]
    names = kept + [name for name in mine if name not in theirs and name not in before]
    return ObjectivesSet(
        tuple(
            Objective.from_dict(
                _merged(
                    before.get(name) or Objective(name).to_dict(),
                    theirs.get(name, {}),
                    mine.get(name, {}),
                )
            )
            for name in names
        )
    )


def _merged(
    before: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> dict[str, Any]:
    changed = {name: value for name, value in mine.items() if before.get(name) != value}
    return {**mine, **theirs, **changed}


_MERGES: tuple[tuple[type, Callable[[SessionState, SessionState, Any], Change]], ...] = (
    (VariableChanged, _merged_variable),
    (FieldsChanged, _merged_fields),
    (ObjectivesSet, _merged_objectives),
)
_MERGED = tuple(kind for kind, _ in _MERGES)
