"""From changes of a session to calls of ALchemist's REST API, and what cannot be said there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from optwidgets.client.alchemist.rows import calls_of_added, calls_of_edited, calls_of_removed
from optwidgets.client.alchemist.saying import Call, cannot
from optwidgets.data.edits import ObjectivesSet, RowsAdded, RowsEdited, RowsRemoved
from optwidgets.journal.changes import (
    Change,
    DecisionsLocked,
    ExtrasSet,
    MetadataChanged,
    ModelTrained,
    SettingsChanged,
    SuggestionsMade,
)
from optwidgets.journal.state import apply
from optwidgets.space.derived_edits import DerivedAdded, DerivedRemoved
from optwidgets.space.edits import (
    ConstraintAdded,
    ConstraintRemoved,
    VariableAdded,
    VariableChanged,
    VariableRemoved,
    VariablesReordered,
)
from optwidgets.space.text import short

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.space.base import Variable

_VARIABLE_FIELDS = frozenset(
    {"name", "type", "min", "max", "values", "allowed_values", "unit", "description", "role"}
    | {"changes"}
)
_LINEAR = ("inequality", "equality")
_METADATA = frozenset({"name", "description", "tags", "author"})


@dataclass(frozen=True)
class Asked:
    """What is needed to say a change there.

    Parameters
    ----------
    state
        The session before the change.
    items
        Row to the id of its item in the queue there.
    """

    state: SessionState
    items: Mapping[int, str]


def calls_of(
    changes: Sequence[Change], state: SessionState, items: Mapping[int, str]
) -> list[Call]:
    """Return the calls that make changes there; all are checked before the first is sent.

    Parameters
    ----------
    changes
        In order, as one step.
    state
        The session before them.
    items
        Row to the id of its item in the queue there.

    Raises
    ------
    OptwidgetsError
        When ALchemist's API has no way to say one of them; the sentence names it.

    Examples
    --------
    >>> from optwidgets.journal.state import SessionState
    >>> from optwidgets.space.variable import Real
    >>> [call] = calls_of([VariableAdded(Real("T", 20, 100))], SessionState(), {})
    >>> call.method, call.path, call.body["max"]
    ('POST', '/variables', 100.0)
    """
    found: list[Call] = []
    for change in changes:
        found += _SAID[type(change)](change, Asked(state, items))
        state = apply(state, change)
    return found


def _added_rows(change: Any, asked: Asked) -> Iterator[Call]:
    return calls_of_added(change.rows, asked.state)


def _edited_rows(change: RowsEdited, asked: Asked) -> Iterator[Call]:
    return calls_of_edited(change.edits, asked.state, asked.items)


def _removed_rows(change: RowsRemoved, asked: Asked) -> Iterator[Call]:
    return calls_of_removed(change.ids, asked.state, asked.items)


def _added_variable(change: VariableAdded, asked: Asked) -> Iterator[Call]:
    if change.position not in (None, len(asked.state.space)):
        raise cannot("put a variable between others")
    yield Call("POST", "/variables", _variable_body(change.variable))


def _changed_variable(change: VariableChanged, asked: Asked) -> Iterator[Call]:
    if change.variable.name != change.name:
        raise cannot(f"rename {short(change.name)}")
    if asked.state.space[change.name] != change.variable:
        yield Call("PUT", f"/variables/{_part(change.name)}", _variable_body(change.variable))


def _removed_variable(change: VariableRemoved, _: Asked) -> Iterator[Call]:
    yield Call("DELETE", f"/variables/{_part(change.name)}")


def _reordered(change: VariablesReordered, asked: Asked) -> Iterator[Call]:  # noqa: ARG001
    raise cannot("reorder variables")


def _added_constraint(change: ConstraintAdded, _: Asked) -> Iterator[Call]:
    rule = change.constraint.to_dict()
    if rule["type"] not in _LINEAR:
        raise cannot(f"keep the constraint {short(change.constraint.label)}, which is not linear")
    yield Call(
        "POST",
        "/constraints",
        {
            "constraint_type": rule["type"],
            "coefficients": dict(rule["coefficients"]),
            "rhs": rule["rhs"],
            "name": change.constraint.label,
        },
    )


def _removed_constraint(change: ConstraintRemoved, _: Asked) -> Iterator[Call]:
    yield Call("DELETE", f"/constraints/{_part(change.name)}")


def _derived(change: Any, asked: Asked) -> Iterator[Call]:  # noqa: ARG001
    raise cannot("keep derived variables")


def _objectives(change: ObjectivesSet, asked: Asked) -> Iterator[Call]:
    names = tuple(objective.name for objective in change.objectives) or ("Output",)
    if names != asked.state.table.target_names or change.renames:
        old = ", ".join(asked.state.table.target_names)
        raise cannot(
            f"add, remove or rename objectives: there it is {short(old)}. A label can be given, "
            f'with change_objective({old!r}, label="...")'
        )
    # Goals and limits stay in this notebook: over there they are said with each suggestion.
    before = {objective.name: objective for objective in asked.state.table.objectives}
    metadata = {}
    for objective in change.objectives:
        known = before.get(objective.name)
        said = {"label": objective.label, "unit": objective.unit}
        was = {"label": known.label, "unit": known.unit} if known else {"label": "", "unit": ""}
        if said != was:
            metadata[objective.name] = {key: value or None for key, value in said.items()}
    if metadata:
        yield Call("PUT", "/objective-metadata", {"metadata": metadata})


def _metadata(change: MetadataChanged, _: Asked) -> Iterator[Call]:
    said = {key: value for key, value in change.fields.items() if key in _METADATA}
    said |= dict.fromkeys(set(change.removed) & _METADATA - {"tags"}, "")
    if "tags" in change.removed:
        said["tags"] = []
    if said:
        yield Call("PATCH", "/metadata", said)


def _decisions(change: DecisionsLocked, _: Asked) -> Iterator[Call]:
    if change.removed:
        raise cannot("take entries out of the audit log")
    for number in sorted(change.fields, key=int):
        entry = change.fields[number]
        body = {name: entry[name] for name in ("entry_type", "parameters", "notes")}
        yield Call("POST", "/audit/event", {**body, "notes": str(body["notes"])[:2000]})


def _here_only(change: Any, asked: Asked) -> Iterator[Call]:  # noqa: ARG001
    # Settings and models are this notebook's: over there each client has its own.
    return iter(())


_SAID: dict[type, Callable[[Any, Asked], Iterator[Call]]] = {
    RowsAdded: _added_rows,
    SuggestionsMade: _added_rows,
    RowsEdited: _edited_rows,
    RowsRemoved: _removed_rows,
    VariableAdded: _added_variable,
    VariableChanged: _changed_variable,
    VariableRemoved: _removed_variable,
    VariablesReordered: _reordered,
    ConstraintAdded: _added_constraint,
    ConstraintRemoved: _removed_constraint,
    DerivedAdded: _derived,
    DerivedRemoved: _derived,
    ObjectivesSet: _objectives,
    MetadataChanged: _metadata,
    DecisionsLocked: _decisions,
    SettingsChanged: _here_only,
    ModelTrained: _here_only,
    ExtrasSet: _here_only,
}


def _variable_body(variable: Variable) -> dict[str, Any]:
    plain = variable.to_dict()
    plain.pop("scale", None)  # what was measured says it there, too
    strange = [name for name in plain if name not in _VARIABLE_FIELDS]
    if strange:
        words = {"log": "a log scale", "active_if": "a condition"}.get(strange[0], strange[0])
        raise cannot(f"give {short(variable.name)} {words}")
    if plain["type"] == "categorical":
        plain["categories"] = plain.pop("values")
    return plain


def _part(name: str) -> str:
    return quote(name, safe="")
