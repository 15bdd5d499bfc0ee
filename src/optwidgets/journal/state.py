"""The state of a session: the fold of its journal, computed by pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from immutables import Map

from optwidgets.data.edits import RowsAdded, RowsEdited, RowsRemoved
from optwidgets.data.table import Table
from optwidgets.journal.changes import (
    Change,
    ModelTrained,
    SpaceChange,
    SuggestionsMade,
    TableChange,
)
from optwidgets.space.edits import VariableChanged
from optwidgets.space.scaling import FEW, scaled_to
from optwidgets.space.space import Space

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.entry import Entry

DEFAULT_SETTINGS: Mapping[str, Any] = Map({"random_state": 42})


@dataclass(frozen=True)
class SessionState:
    """Everything that is true of a session at one revision.

    Parameters
    ----------
    metadata
        ``session_id``, ``name``, ``created_at``, ``description``, ``author``, ``tags``.
    space
        The search space.
    table
        The experiments and objectives.
    settings
        Configuration, such as ``random_state``.
    model
        Record of the last explicit training, or None.
    extras
        Parts of a session file kept for other programs.
    decisions
        The audit log: number of an entry to what was locked.
    revision
        Number of entries folded.
    """

    metadata: Map[str, Any] = field(default_factory=Map)
    space: Space = field(default_factory=Space)
    table: Table = field(default_factory=Table)
    settings: Map[str, Any] = field(default_factory=lambda: Map(DEFAULT_SETTINGS))
    model: Mapping[str, Any] | None = None
    extras: Map[str, Any] = field(default_factory=Map)
    decisions: Map[str, Any] = field(default_factory=Map)
    revision: int = 0

    @property
    def name(self) -> str:
        """Name of the session; empty if it has none."""
        return str(self.metadata.get("name", ""))

    def content(self) -> tuple[Any, ...]:
        """Return what undo restores: all but the revision."""
        return (
            self.metadata,
            self.space,
            self.table,
            self.settings,
            self.model,
            self.extras,
            self.decisions,
        )


def initial_state(session_id: str = "", created_at: str = "") -> SessionState:
    """Return the state before the first entry."""
    return SessionState(metadata=Map({"session_id": session_id, "created_at": created_at}))


def apply(state: SessionState, change: Change) -> SessionState:
    """Return the state after one change; the revision is left as it is."""
    after = _apply(state, change)
    if after.space.open_ended:
        after = replace(after, space=_scaled(after, state, change))
    return after


def _scaled(after: SessionState, before: SessionState, change: Change) -> Space:
    """Return the space with the scales of what was measured, where variables have no bounds."""
    everything = after.table.rows.values()
    rows: Iterable[Row] = ()
    if after.space is not before.space:
        rows = everything
    elif isinstance(change, RowsAdded | SuggestionsMade):
        rows = change.rows
    elif isinstance(change, RowsEdited):
        rows = (after.table.row(edit.row) for edit in change.edits)
    return scaled_to(
        after.space,
        [row.inputs for row in rows],
        lambda: (row.inputs for row in everything),
        many=len(after.table.rows) > FEW,
    )


def _apply(state: SessionState, change: Change) -> SessionState:
    if isinstance(change, SpaceChange):
        table, settings = state.table, state.settings
        if isinstance(change, VariableChanged) and change.variable.name != change.name:
            table = table.rename_input(change.name, change.variable.name)
            settings = _renamed(settings, change.name, change.variable.name)
        return replace(state, space=change.apply(state.space), table=table, settings=settings)
    if isinstance(change, TableChange):
        return replace(state, table=change.apply(state.table))
    if isinstance(change, SuggestionsMade):
        return replace(state, table=RowsAdded(change.rows).apply(state.table))
    if isinstance(change, ModelTrained):
        return replace(state, model=change.record)
    after: Any = Map(change.apply_to(getattr(state, change.part)))
    return replace(state, **{change.part: after})


#: Setting that holds variables: their names in it follow the space.
LOCKS = "suggest locks"


def _renamed(settings: Map[str, Any], old: str, new: str) -> Map[str, Any]:
    locks = settings.get(LOCKS)
    if not isinstance(locks, Mapping) or old not in locks:
        return settings
    return settings.set(LOCKS, {(new if key == old else key): locks[key] for key in locks})


def apply_all(state: SessionState, changes: Iterable[Change]) -> SessionState:
    """Return the state after several changes."""
    for change in changes:
        state = apply(state, change)
    return state


def reduce(state: SessionState, entry: Entry) -> SessionState:
    """Return the state after one entry of the journal."""
    return replace(apply(state, entry.change), revision=entry.revision)


def reverse(before: SessionState, change: Change) -> tuple[Change, ...]:
    """Return the changes that lead from the state after `change` back to `before`."""
    if isinstance(change, SpaceChange):
        return tuple(change.reverse(before.space))
    if isinstance(change, TableChange):
        return tuple(change.reverse(before.table))
    if isinstance(change, SuggestionsMade):
        return (RowsRemoved(tuple(row.id for row in change.rows)),)
    if isinstance(change, ModelTrained):
        return (ModelTrained(before.model),)
    return change.reverse_on(getattr(before, change.part))


def reverse_all(before: SessionState, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes that undo several changes, last one first."""
    backwards: list[tuple[Change, ...]] = []
    for change in changes:
        backwards.append(reverse(before, change))
        before = apply(before, change)
    return tuple(change for group in reversed(backwards) for change in group)
