"""Changes in the words of a lab book, for undo and for the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import RowsRemoved
from optwidgets.journal.changes import (
    Change,
    DecisionsLocked,
    ExtrasSet,
    FieldsChanged,
    ModelTrained,
    SettingsChanged,
    SpaceChange,
    SuggestionsMade,
    TableChange,
)

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState


def describe(before: SessionState, change: Change) -> str:
    """Return a change in the words of a lab book: "Temperature in row 27: 110 to 111"."""
    if isinstance(change, SpaceChange):
        return change.describe(before.space)
    if isinstance(change, TableChange):
        return change.describe(before.table)
    if isinstance(change, SuggestionsMade):
        return _describe_suggestions(change)
    if isinstance(change, ModelTrained):
        return _describe_training(change)
    return _describe_fields(before, change)


def describe_all(before: SessionState, changes: Iterable[Change]) -> str:
    """Return a step of several changes in words: the first one and how many more."""
    changes = tuple(changes)
    if not changes:
        return "Nothing"
    made = [change for change in changes if isinstance(change, SuggestionsMade)]
    if made:
        # What was asked for names the step; a new goal or rows that give way come with it.
        again = any(isinstance(change, RowsRemoved) for change in changes)
        return _describe_suggestions(made[0]) + (" in place of the last" if again else "")
    first = describe(before, changes[0])
    more = len(changes) - 1
    return first if not more else f"{first} and {more} more change{'s' if more > 1 else ''}"


def _describe_suggestions(change: SuggestionsMade) -> str:
    count = len(change.rows)
    what = f"{count} suggestions" if count != 1 else "1 suggestion"
    strategy = change.record.get("strategy")
    return f"{what} by {strategy}" if strategy else what


def _describe_training(change: ModelTrained) -> str:
    if change.record is None:
        return "Forget the model"
    kernel = change.record.get("kernel")
    return f"Train the {kernel} model" if kernel else "Train the model"


def _describe_fields(before: SessionState, change: FieldsChanged) -> str:
    if isinstance(change, SettingsChanged):
        return _describe_settings(change)
    names = ", ".join([*change.fields, *change.removed])
    if isinstance(change, ExtrasSet):
        return "Parts of a session file kept"
    if isinstance(change, DecisionsLocked):
        return "Entry of the audit log"
    name = change.fields.get("name")
    if name is not None and len(change.fields) == 1:
        return f"Name of the session: {before.name or 'none'} to {name}"
    return f"Details of the session: {names}"


def _describe_settings(change: SettingsChanged) -> str:
    told = [
        _SETTINGS[name](value) if name in _SETTINGS else f"{_plain(name)}: {value}"
        for name, value in change.fields.items()
    ]
    told += [_BACK.get(name, f"{_plain(name)}: as usual") for name in change.removed]
    return ", ".join(told) or "Settings"


def _locks(value: Any) -> str:
    names = ", ".join(value) if isinstance(value, Mapping) else ""
    return f"Hold {names} in the next rounds" if names else "Hold no variable"


def _balance(value: Any) -> str:
    # A session file may hold anything under this name.
    told = f"{100 * value:.0f} %" if isinstance(value, (int, float)) else str(value)
    return f"Balance: {told} exploit"


_GOALS = {
    "maximize": "maximise",
    "minimize": "minimise",
    "target": "reach the target",
    "band": "stay in the band",
    "pareto": "find the Pareto set",
}

#: What a setting that is shown says when it is set.
_SETTINGS: Mapping[str, Callable[[Any], str]] = {
    "random_state": lambda value: f"Seed of the session: {value}",
    "suggest strategy": lambda value: f"Suggest by {value}",
    "suggest goal": lambda value: f"Suggest to {_GOALS.get(str(value), value)}",
    "suggest objective": lambda value: f"Suggest for {value or 'all objectives'}",
    "suggest batch size": lambda value: f"Suggest {value} at a time",
    "suggest balance": _balance,
    "suggest locks": _locks,
}
#: The same where the setting is taken back.
_BACK: Mapping[str, str] = {
    "suggest strategy": "Suggest by the usual strategy",
    "suggest goal": "Suggest for the goal of the objective",
    "suggest objective": "Suggest for the usual objective",
    "suggest batch size": "Suggest as many as usual",
    "suggest balance": "Balance: as the strategy has it",
    "suggest locks": "Hold no variable",
}


def _plain(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
