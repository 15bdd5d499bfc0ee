"""What has changed over there: the difference between a session and a session file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import ObjectivesSet, RowEdit, RowsAdded, RowsEdited, RowsRemoved
from optwidgets.journal.changes import Change, DecisionsLocked, MetadataChanged
from optwidgets.journal.queue import known_of
from optwidgets.journal.session_file import from_session_file
from optwidgets.journal.state import SessionState, apply_all, initial_state
from optwidgets.space.conditions import parents_first
from optwidgets.space.edits import (
    ConstraintAdded,
    ConstraintRemoved,
    VariableChanged,
    VariableRemoved,
    added_in_order,
)

if TYPE_CHECKING:
    from optwidgets.data.objective import Objective
    from optwidgets.data.row import Row

_METADATA = ("name", "description", "author", "tags")
_COMPARED = ("inputs", "outputs", "noise", "state", "iteration", "reason")


@dataclass
class Known:
    """Which row here is which one there; kept up to date by `differences`.

    Parameters
    ----------
    rows
        Identity of a row there (of its item in the queue, or of its record of provenance) to
        its number here.
    items
        Number of a row here to the id of its item in the queue there.
    """

    rows: dict[str, int] = field(default_factory=dict)
    items: dict[int, str] = field(default_factory=dict)


def differences(state: SessionState, document: Mapping[str, Any], known: Known) -> list[Change]:
    """Return the changes that lead from a session to what a session file says.

    Parameters
    ----------
    state
        The session here.
    document
        The file, as ``GET .../export`` answers it.
    known
        Which row is which; brought up to date.

    Examples
    --------
    >>> from optwidgets.journal.state import SessionState
    >>> variables = [{"name": "T", "type": "real", "min": 0, "max": 1}]
    >>> data = [{"T": 0.5, "Output": 2.0, "ProvenanceId": "a"}]
    >>> document = {
    ...     "search_space": {"variables": variables},
    ...     "experiments": {"data": data, "target_columns": ["Output"]},
    ... }
    >>> known = Known()
    >>> changes = differences(SessionState(), document, known)
    >>> [type(change).__name__ for change in changes], known.rows
    (['VariableAdded', 'RowsAdded'], {'a': 1})
    """
    read, _ = from_session_file(document, name="What the server sent")
    there = apply_all(initial_state(), read)
    return [
        *_metadata(state, there),
        *_space(state, there),
        *_objectives(state, there),
        *_rows(state, there, known, ours="optwidgets" in document),
        *_decisions(state, there),
    ]


def _metadata(state: SessionState, there: SessionState) -> Iterator[Change]:
    def said(of: SessionState) -> dict[str, Any]:
        return {name: of.metadata.get(name) or ([] if name == "tags" else "") for name in _METADATA}

    here, other = said(state), said(there)
    changed = {name: value for name, value in other.items() if list(value) != list(here[name])}
    if changed:
        yield MetadataChanged(changed)


def _space(state: SessionState, there: SessionState) -> Iterator[Change]:
    here, other = state.space, there.space
    rules = {rule.label: rule for rule in here.constraints}
    wanted = {rule.label: rule for rule in other.constraints}
    for label, rule in rules.items():
        if wanted.get(label) != rule:
            yield ConstraintRemoved(label)
    gone = [variable for variable in parents_first(here.variables) if variable.name not in other]
    yield from (VariableRemoved(variable.name) for variable in reversed(gone))
    for variable in other:
        if variable.name in here and here[variable.name] != variable:
            yield VariableChanged(variable.name, variable)
    yield from added_in_order([variable for variable in other if variable.name not in here])
    for label, rule in wanted.items():
        if rules.get(label) != rule:
            yield ConstraintAdded(rule)


def _objectives(state: SessionState, there: SessionState) -> Iterator[Change]:
    """Take names, labels and units from there; goals and limits are this notebook's."""
    here = {objective.name: objective for objective in state.table.objectives}
    wanted = tuple(_with_goal(item, here.get(item.name)) for item in there.table.objectives)
    if not wanted and here and state.table.target_names == there.table.target_names:
        wanted = tuple(replace(item, label="", unit="") for item in state.table.objectives)
    if wanted != state.table.objectives:
        yield ObjectivesSet(wanted)


def _with_goal(there: Objective, here: Objective | None) -> Objective:
    return there if here is None else replace(here, label=there.label, unit=there.unit)


def _rows(
    state: SessionState, there: SessionState, known: Known, *, ours: bool
) -> Iterator[Change]:
    named = dict(_identities(there, ours=ours))
    free = {row.id: row for row in state.table if row.id not in set(known.rows.values())}
    added: list[Row] = []
    edits: list[RowEdit] = []
    for identity, row in named.items():
        number = known.rows.get(identity)
        if number is None or number not in state.table:
            number = next((n for n, mine in free.items() if _alike(mine, row)), None)
        if number is None:
            number = state.table.next_id + len(added)
            added.append(replace(row, id=number))
        else:
            free.pop(number, None)
            edit = _edit(state.table.row(number), row)
            edits += [edit] if edit.fields else []
        known.rows[identity] = number
    gone = [identity for identity in known.rows if identity not in named]
    lost = {known.rows.pop(identity) for identity in gone} - set(known.rows.values())
    removed = [number for number in (*free, *lost) if number in state.table]
    _note_items(there, named, known)
    if removed:
        yield RowsRemoved(tuple(dict.fromkeys(removed)))
    if edits:
        yield RowsEdited(tuple(edits))
    if added:
        yield RowsAdded(tuple(added))


def _identities(there: SessionState, *, ours: bool) -> Iterator[tuple[str, Row]]:
    """Yield the rows with what they are called over there.

    A server of ours, which speaks this API too, sends the numbers of its rows. Otherwise a row
    is called by its item, by its record of provenance, which has the same id, or by its place.
    """
    columns = there.extras.get("rows") or {}
    items = there.extras.get("staged_experiments") or ()
    places = ((item.get("dataset_ref"), item.get("id")) for item in items)
    finished = {place: name for place, name in places if isinstance(place, int)}
    for place, row in enumerate(there.table):
        kept = columns.get(str(row.id)) or {}
        names = (known_of(row, there).get("id"), kept.get("ProvenanceId"))
        name = next(filter(None, names), None)
        if name is None and row.is_done:
            name = finished.get(place)
        yield f"row {row.id}" if ours or name is None else str(name), row


def _note_items(there: SessionState, named: Mapping[str, Row], known: Known) -> None:
    ids = {name: known_of(row, there).get("id") for name, row in named.items() if row.is_pending}
    known.items = {known.rows[name]: str(item) for name, item in ids.items() if item}


def _alike(mine: Row, theirs: Row) -> bool:
    return (
        mine.state == theirs.state
        and dict(mine.outputs) == dict(theirs.outputs)
        and dict(mine.inputs) == dict(theirs.inputs)
    )


def _edit(mine: Row, theirs: Row) -> RowEdit:
    fields: dict[str, Any] = {}
    for name in _COMPARED:
        if name == "iteration" and not theirs.is_done:
            continue  # the queue there knows no rounds
        here, there = getattr(mine, name), getattr(theirs, name)
        if name in ("inputs", "outputs"):
            values = {key: there.get(key) for key in {**here, **there}}
            changed = {key: value for key, value in values.items() if here.get(key) != value}
            if changed:
                fields[name] = changed
        elif here != there:
            fields[name] = there
    if "state" in fields:
        fields["finished_at"] = theirs.finished_at
    return RowEdit(mine.id, fields)


def _decisions(state: SessionState, there: SessionState) -> Iterator[Change]:
    """Yield the entries of the audit log that are not here; the hash is of their facts."""
    here = Counter(_entry_key(entry) for entry in state.decisions.values())
    fresh: list[Mapping[str, Any]] = []
    for number in sorted(there.decisions, key=int):
        entry = there.decisions[number]
        key = _entry_key(entry)
        if here[key]:
            here[key] -= 1
        else:
            fresh.append(entry)
    if fresh:
        first = 1 + max(map(int, state.decisions), default=0)
        yield DecisionsLocked({str(first + place): dict(e) for place, e in enumerate(fresh)})


def _entry_key(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry.get("entry_type")), str(entry.get("hash"))
