"""The changes of a table, each one typed, immutable and reversible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from optwidgets.data.fields import check_fields
from optwidgets.data.packing import read_rows
from optwidgets.data.row import Row
from optwidgets.data.table import Objective, Table
from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import expect_integer, expect_list, expect_object, expect_text
from optwidgets.space.numbers import plain
from optwidgets.space.text import short

_MERGED = ("inputs", "outputs")


@dataclass(frozen=True)
class RowsAdded:
    """New rows, numbered by who adds them (``table.next_id`` on).

    Examples
    --------
    >>> edit = RowsAdded((Row(1, {"T": 80.0}),))
    >>> edit.reverse(Table()), edit.describe(Table())
    ((RowsRemoved(ids=(1,)),), 'Row 1 added')
    """

    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))

    def apply(self, table: Table) -> Table:
        """Table after the change."""
        numbers = [row.id for row in self.rows]
        taken = [number for number in numbers if number in table.rows]
        if taken or len(set(numbers)) < len(numbers):
            number = taken[0] if taken else max(numbers, key=numbers.count)
            raise OptwidgetsError(f"Row {number} exists already.", row=number)
        return table.with_rows(self.rows)

    def reverse(self, before: Table) -> tuple[TableEdit, ...]:  # noqa: ARG002  (one protocol for all changes)
        """Find the changes that undo this one, given the table before it."""
        return (RowsRemoved(tuple(row.id for row in self.rows)),)

    def describe(self, before: Table) -> str:  # noqa: ARG002  (one protocol for all changes)
        """Name the change in words, given the state before it."""
        return f"{_rows_in_words([row.id for row in self.rows])} added"

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"rows": [row.to_dict() for row in self.rows]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RowsAdded:
        """Read and check the plain form."""
        return cls(read_rows(expect_list(data.get("rows"), "Added rows")))


@dataclass(frozen=True)
class RowEdit:
    """New values of some fields of one row.

    ``inputs`` and ``outputs`` are merged key by key; None clears a value.

    Examples
    --------
    >>> RowEdit(27, {"inputs": {"Temperature": 111}}).fields["inputs"]
    {'Temperature': 111}
    """

    row: int
    fields: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "row", expect_integer(self.row, "The number of a row"))
        checked = check_fields(expect_object(self.fields, "An edit of a row"), row=self.row)
        object.__setattr__(self, "fields", MappingProxyType(checked))

    def __hash__(self) -> int:
        return hash((self.row, tuple(sorted(self.fields))))

    def apply(self, row: Row) -> Row:
        """Row with the new values."""
        values = dict(self.fields)
        for name in _MERGED:
            if name in values:
                merged = {**getattr(row, name), **values[name]}
                values[name] = {key: value for key, value in merged.items() if value is not None}
        return replace(row, **values)

    def reverse(self, row: Row) -> RowEdit:
        """Edit that restores the row as it was before."""
        old: dict[str, Any] = {}
        for name, value in self.fields.items():
            before = getattr(row, name)
            old[name] = {key: before.get(key) for key in value} if name in _MERGED else before
        return RowEdit(self.row, old)

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        plain_fields: dict[str, Any] = dict(self.fields)
        for name in _MERGED:
            if name in plain_fields:
                plain_fields[name] = dict(plain_fields[name])
        if plain_fields.get("suggestion") is not None:
            plain_fields["suggestion"] = plain_fields["suggestion"].to_dict()
        return {"row": self.row, "fields": plain_fields}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RowEdit:
        """Read and check the plain form."""
        found = expect_object(data, "An edit of a row")
        return cls(found.get("row"), found.get("fields"))  # type: ignore[arg-type]


@dataclass(frozen=True)
class RowsEdited:
    """Some rows have new values.

    Examples
    --------
    >>> before = Table().with_rows([Row(27, {"Temperature": 110.0})])
    >>> edit = RowsEdited((RowEdit(27, {"inputs": {"Temperature": 111.0}}),))
    >>> edit.describe(before)
    'Temperature in row 27: 110 to 111'
    >>> edit.reverse(before)[0].apply(edit.apply(before)) == before
    True
    """

    edits: tuple[RowEdit, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "edits", tuple(self.edits))

    def apply(self, table: Table) -> Table:
        """Table after the change."""
        changed: dict[int, Row] = {}
        for edit in self.edits:
            row = changed.get(edit.row) or table.row(edit.row)
            changed[edit.row] = edit.apply(row)
        return table.with_rows(changed.values())

    def reverse(self, before: Table) -> tuple[TableEdit, ...]:
        """Find the changes that undo this one, given the table before it."""
        current: dict[int, Row] = {}
        undo: list[RowEdit] = []
        for edit in self.edits:  # one row may be edited twice: undo backwards
            row = current.get(edit.row) or before.row(edit.row)
            undo.append(edit.reverse(row))
            current[edit.row] = edit.apply(row)
        return (RowsEdited(tuple(reversed(undo))),)

    def describe(self, before: Table) -> str:
        """Name the change in words, given the state before it."""
        return _edits_in_words(self.edits, before)

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"edits": [edit.to_dict() for edit in self.edits]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RowsEdited:
        """Read and check the plain form."""
        return cls(
            tuple(
                RowEdit.from_dict(edit) for edit in expect_list(data.get("edits"), "Edits of rows")
            )
        )


@dataclass(frozen=True)
class RowsRemoved:
    """Some rows went. Their numbers are not used again.

    Examples
    --------
    >>> before = Table().with_rows([Row(1), Row(2)])
    >>> edit = RowsRemoved((1, 2))
    >>> edit.describe(before), edit.reverse(before)[0].apply(edit.apply(before)) == before
    ('2 rows removed', True)
    """

    ids: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", tuple(dict.fromkeys(self.ids)))

    def apply(self, table: Table) -> Table:
        """Table after the change."""
        return table.without_rows(self.ids)

    def reverse(self, before: Table) -> tuple[TableEdit, ...]:
        """Find the changes that undo this one, given the table before it."""
        return (RowsAdded(tuple(before.row(number) for number in self.ids)),)

    def describe(self, before: Table) -> str:  # noqa: ARG002  (one protocol for all changes)
        """Name the change in words, given the state before it."""
        return f"{_rows_in_words(self.ids)} removed"

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"ids": list(self.ids)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RowsRemoved:
        """Read and check the plain form."""
        numbers = expect_list(data.get("ids"), "Removed rows")
        return cls(tuple(expect_integer(number, "The number of a row") for number in numbers))


@dataclass(frozen=True)
class ObjectivesSet:
    """What is measured has changed; ``renames`` carries results to the new names.

    Parameters
    ----------
    objectives
        All objectives from now on.
    renames
        Old name to new name, for columns that go on under another name.

    Examples
    --------
    >>> before = Table().with_rows([Row(1, {}, {"Output": 2.0}, state="done")])
    >>> edit = ObjectivesSet((Objective("Yield"),), {"Output": "Yield"})
    >>> after = edit.apply(before)
    >>> dict(after.row(1).outputs), edit.reverse(before)[0].apply(after) == before
    ({'Yield': 2.0}, True)
    """

    objectives: tuple[Objective, ...]
    renames: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "objectives", tuple(self.objectives))
        names = [objective.name for objective in self.objectives]
        for name in names:
            if names.count(name) > 1:
                raise OptwidgetsError(
                    f"{short(name)} exists already. Use another name.", field="Name"
                )
        kept = {old: new for old, new in self.renames.items() if old != new}
        if len(set(kept.values())) < len(kept):
            raise OptwidgetsError("Two objectives cannot get the same name.", field="Name")
        object.__setattr__(self, "renames", MappingProxyType(kept))

    def __hash__(self) -> int:
        return hash((self.objectives, tuple(sorted(self.renames.items()))))

    def apply(self, table: Table) -> Table:
        """Table after the change."""
        return replace(self._rename(table), objectives=self.objectives)

    def _rename(self, table: Table) -> Table:
        renames = self.renames
        if not renames:
            return table
        sources, targets = set(renames), set(renames.values())
        renamed = []
        for row in table.rows.values():
            if not targets.isdisjoint(row.outputs) and (targets - sources) & set(row.outputs):
                name = min((targets - sources) & set(row.outputs))
                raise OptwidgetsError(
                    f"The table still holds results of an earlier objective {short(name)}. "
                    "Use another name.",
                    field="Name",
                    row=row.id,
                )
            if not sources.isdisjoint(row.outputs):
                outputs = {renames.get(key, key): value for key, value in row.outputs.items()}
                renamed.append(replace(row, outputs=outputs))
        return table.with_rows(renamed)

    def reverse(self, before: Table) -> tuple[TableEdit, ...]:
        """Find the changes that undo this one, given the table before it."""
        return (ObjectivesSet(before.objectives, {new: old for old, new in self.renames.items()}),)

    def describe(self, before: Table) -> str:
        """Name the change in words, given the state before it."""
        if len(self.renames) == 1:
            old, new = next(iter(self.renames.items()))
            return f"{short(old)} renamed to {short(new)}"
        old_goals = {objective.name: objective for objective in before.objectives}
        changed = [item for item in self.objectives if old_goals.get(item.name) != item]
        if len(changed) == 1 and len(self.objectives) >= len(before.objectives):
            return f"Objective: {changed[0].words}"
        return "Objectives changed"

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {
            "objectives": [objective.to_dict() for objective in self.objectives],
            "renames": dict(self.renames),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ObjectivesSet:
        """Read and check the plain form."""
        renames = {
            expect_text(old, "A name"): expect_text(new, "A name")
            for old, new in expect_object(data.get("renames") or {}, "Renames").items()
        }
        found = tuple(
            Objective.from_dict(item) for item in expect_list(data.get("objectives"), "Objectives")
        )
        return cls(found, renames)


TableEdit = RowsAdded | RowsEdited | RowsRemoved | ObjectivesSet

#: Name to class, for the journal.
TABLE_EDITS: dict[str, type[TableEdit]] = {
    edit.__name__: edit for edit in (RowsAdded, RowsEdited, RowsRemoved, ObjectivesSet)
}

_COLUMN_WORDS = {
    "noise": "Noise",
    "state": "State",
    "note": "Note",
    "iteration": "Iteration",
    "reason": "Reason",
    "created_at": "Created",
    "finished_at": "Finished",
    "suggestion": "Suggestion",
}


def _rows_in_words(numbers: Iterable[int]) -> str:
    found = list(numbers)
    return f"Row {found[0]}" if len(found) == 1 else f"{len(found)} rows"


def _shown(value: object) -> str:
    if value is None or value == "":
        return "empty"
    if isinstance(value, float):
        # Words, not data: a suggested 75.74591384512935 reads as 75.746.
        return plain(float(f"{value:.5g}"))
    return plain(value) if isinstance(value, int) else short(value)


def _edits_in_words(edits: tuple[RowEdit, ...], before: Table) -> str:
    """Name one cell exactly, a state by what was done, many rows by their number."""
    if len(edits) != 1:
        states = {edit.fields.get("state") for edit in edits}
        done = _DONE_WORDS.get(states.pop() or "") if len(states) == 1 else None
        numbers = dict.fromkeys(edit.row for edit in edits)
        return f"{_rows_in_words(numbers)} {done or 'edited'}"
    edit = edits[0]
    row = before.row(edit.row)
    cells = [
        (key, getattr(row, name).get(key), value)
        for name in _MERGED
        for key, value in edit.fields.get(name, {}).items()
    ]
    if len(cells) == 1:
        name, old, new = cells[0]
        return f"{short(name)} in row {edit.row}: {_shown(old)} to {_shown(new)}"
    state = edit.fields.get("state")
    if not cells and state in _DONE_WORDS and state != row.state:
        if row.state == "excluded":
            return f"Row {edit.row} restored"
        return f"Row {edit.row} {_DONE_WORDS[state]}"
    names = [name for name in edit.fields if name in _COLUMN_WORDS]
    if not cells and len(names) == 1 and names[0] != "suggestion":
        old, new = getattr(row, names[0]), edit.fields[names[0]]
        return f"{_COLUMN_WORDS[names[0]]} in row {edit.row}: {_shown(old)} to {_shown(new)}"
    return f"Row {edit.row} edited"


_DONE_WORDS = {
    "suggested": "suggested",
    "running": "accepted",
    "done": "completed",
    "failed": "marked as failed",
    "excluded": "excluded",
}
