"""The typed changes of a session: the space's, the table's and the session's own.

A change is small, immutable and complete: applied to a state it gives the next one,
and given the state before, it knows its reverse. The table `KINDS_OF_CHANGE` is what
the journal reads and writes; a change that is not in it cannot be stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from optwidgets.data.edits import ObjectivesSet, RowsAdded, RowsEdited, RowsRemoved
from optwidgets.data.table import Row
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import Entry, Stored, canonical_json
from optwidgets.journal.pausing import in_pieces, loads
from optwidgets.space.derived_edits import DerivedAdded, DerivedRemoved
from optwidgets.space.edits import (
    ConstraintAdded,
    ConstraintRemoved,
    VariableAdded,
    VariableChanged,
    VariableRemoved,
    VariablesReordered,
)


@dataclass(frozen=True)
class FieldsChanged:
    """Named values of one part of the session, set or taken away.

    Parameters
    ----------
    fields
        The new values; JSON values only.
    removed
        Names that are taken away.
    """

    part: ClassVar[str]
    """Attribute of the state that is changed."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    removed: tuple[str, ...] = ()

    def apply_to(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values after the change."""
        kept = {name: value for name, value in values.items() if name not in self.removed}
        return kept | dict(self.fields)

    def reverse_on(self, before: Mapping[str, Any]) -> tuple[Self, ...]:
        """Return the change that leads back to the values before."""
        touched = [*self.fields, *self.removed]
        return (
            type(self)(
                {name: before[name] for name in touched if name in before},
                tuple(name for name in self.fields if name not in before),
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {"fields": dict(self.fields), "removed": list(self.removed)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the change that `to_dict` wrote."""
        return cls(dict(data["fields"]), tuple(data["removed"]))


class MetadataChanged(FieldsChanged):
    """The session's name, description, author, tags."""

    part = "metadata"


class SettingsChanged(FieldsChanged):
    """The session's configuration, such as ``random_state``."""

    part = "settings"


class ExtrasSet(FieldsChanged):
    """Parts of a session file that are kept for other programs and not used here."""

    part = "extras"


class DecisionsLocked(FieldsChanged):
    """Decisions written into the audit log: number to entry. Recorded with the step "lock"."""

    part = "decisions"


@dataclass(frozen=True)
class ModelTrained:
    """A model was trained: configuration, hyperparameters, metrics and seed; never weights.

    Parameters
    ----------
    record
        What was trained, as JSON values, or None for "no model".
    """

    record: Mapping[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {"record": None if self.record is None else dict(self.record)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelTrained:
        """Return the change that `to_dict` wrote."""
        record = data["record"]
        if record is None:
            return cls(None)
        by_objective = {
            name: {objective: dict(values) for objective, values in dict(record[name]).items()}
            for name in ("hyperparameters", "metrics")
            if name in record
        }
        return cls({**record, **by_objective})


@dataclass(frozen=True)
class SuggestionsMade:
    """Points were proposed and stand in the table as suggested rows.

    Parameters
    ----------
    rows
        The new rows, in state ``suggested``.
    record
        Everything that is needed to compute them again: strategy, options, seed,
        revision of the data, versions. JSON values.
    """

    rows: tuple[Row, ...]
    record: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {**RowsAdded(self.rows).to_dict(), "record": dict(self.record)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SuggestionsMade:
        """Return the change that `to_dict` wrote."""
        return cls(RowsAdded.from_dict(data).rows, dict(data["record"]))


SpaceChange = (
    VariableAdded
    | VariableChanged
    | VariableRemoved
    | VariablesReordered
    | ConstraintAdded
    | ConstraintRemoved
    | DerivedAdded
    | DerivedRemoved
)
TableChange = RowsAdded | RowsEdited | RowsRemoved | ObjectivesSet
Change = (
    SpaceChange
    | TableChange
    | MetadataChanged
    | SettingsChanged
    | ExtrasSet
    | DecisionsLocked
    | ModelTrained
    | SuggestionsMade
)


@dataclass(frozen=True)
class KindOfChange:
    """One line of the registry: the class, and what it did in words."""

    cls: type
    read: Callable[[Mapping[str, Any]], Change]
    words: str


KINDS_OF_CHANGE: dict[str, KindOfChange] = {
    "VariableAdded": KindOfChange(VariableAdded, VariableAdded.from_dict, "added a variable"),
    "VariableChanged": KindOfChange(
        VariableChanged, VariableChanged.from_dict, "changed a variable"
    ),
    "VariableRemoved": KindOfChange(
        VariableRemoved, VariableRemoved.from_dict, "removed a variable"
    ),
    "VariablesReordered": KindOfChange(
        VariablesReordered, VariablesReordered.from_dict, "reordered the variables"
    ),
    "ConstraintAdded": KindOfChange(
        ConstraintAdded, ConstraintAdded.from_dict, "added a constraint"
    ),
    "ConstraintRemoved": KindOfChange(
        ConstraintRemoved, ConstraintRemoved.from_dict, "removed a constraint"
    ),
    "DerivedAdded": KindOfChange(DerivedAdded, DerivedAdded.from_dict, "added a derived variable"),
    "DerivedRemoved": KindOfChange(
        DerivedRemoved, DerivedRemoved.from_dict, "removed a derived variable"
    ),
    "RowsAdded": KindOfChange(RowsAdded, RowsAdded.from_dict, "added rows"),
    "RowsEdited": KindOfChange(RowsEdited, RowsEdited.from_dict, "edited rows"),
    "RowsRemoved": KindOfChange(RowsRemoved, RowsRemoved.from_dict, "deleted rows"),
    "ObjectivesSet": KindOfChange(ObjectivesSet, ObjectivesSet.from_dict, "set the objectives"),
    "MetadataChanged": KindOfChange(
        MetadataChanged, MetadataChanged.from_dict, "changed the session's details"
    ),
    "SettingsChanged": KindOfChange(
        SettingsChanged, SettingsChanged.from_dict, "changed the settings"
    ),
    "ExtrasSet": KindOfChange(ExtrasSet, ExtrasSet.from_dict, "kept parts of a session file"),
    "DecisionsLocked": KindOfChange(
        DecisionsLocked, DecisionsLocked.from_dict, "locked a decision"
    ),
    "ModelTrained": KindOfChange(ModelTrained, ModelTrained.from_dict, "trained the model"),
    "SuggestionsMade": KindOfChange(
        SuggestionsMade, SuggestionsMade.from_dict, "asked for suggestions"
    ),
}


def words_of(change: Change) -> str:
    """Return what a change did, in words that need no state: "added a variable"."""
    return KINDS_OF_CHANGE[type(change).__name__].words


def encode_change(change: Change) -> str:
    """Return the canonical JSON text under which a change is stored."""
    name = type(change).__name__
    if name not in KINDS_OF_CHANGE:
        raise TypeError(f"{name} is not a change of a session.")
    return canonical_json([name, in_pieces(change.to_dict())])


def decode_change(text: str) -> Change:
    """Return the change that `encode_change` wrote; validated on construction.

    Raises
    ------
    OptwidgetsError
        When the text is no change that this version knows.
    """
    try:
        name, data = loads(text)
        kind = KINDS_OF_CHANGE[name]
    except KeyError as error:
        raise OptwidgetsError(
            f"The session holds a change of kind {error.args[0]!r}, which this version of "
            "optwidgets does not know. Update optwidgets."
        ) from error
    except (ValueError, TypeError) as error:
        raise OptwidgetsError(f"An entry of the session cannot be read: {text[:60]!r}.") from error
    try:
        return kind.read(data)
    except OptwidgetsError:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        # A value of a kind that no version writes there, whichever it is.
        raise OptwidgetsError(
            f"An entry of the session ({kind.words}) is incomplete: {error!r:.80}."
        ) from error


def to_stored(entry: Entry) -> Stored:
    """Return an entry as it is stored, its change as canonical JSON text."""
    return Stored(
        entry.revision,
        entry.at,
        entry.actor,
        entry.key,
        entry.step,
        entry.group,
        entry.target,
        encode_change(entry.change),
        entry.hash,
    )


def from_stored(stored: Stored) -> Entry:
    """Return the entry that was stored.

    Raises
    ------
    OptwidgetsError
        When its change is none that this version knows.
    """
    return Entry(
        stored.revision,
        stored.at,
        stored.actor,
        stored.key,
        stored.step,  # type: ignore[arg-type]
        stored.group,
        stored.target,
        decode_change(stored.body),
        stored.hash,
    )
