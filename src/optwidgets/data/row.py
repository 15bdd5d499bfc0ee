"""One experiment: what was set, what was measured, and how it stands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Value
from optwidgets.space.numbers import finite_number
from optwidgets.space.text import clean_note, enumerate_words, short

#: States of a row, in the order of its life.
STATES = ("suggested", "running", "done", "failed", "excluded")

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SuggestionInfo:
    """Why a point was suggested, and what the model expected of it.

    Parameters
    ----------
    strategy
        Name of the acquisition strategy or of the design.
    mean, sd
        Predicted mean and standard deviation, in the objective's unit.
    acquisition
        Acquisition value.
    explore
        Share of exploration, 0 to 1.
    nearest_row, distance
        Nearest experiment and its distance in the unit cube.
    gain
        Expected gain, in the objective's unit.
    fallback
        Whether no model could be used.
    made_at_revision
        Revision of the session that the suggestion was made from.

    Examples
    --------
    >>> SuggestionInfo.from_dict(SuggestionInfo("EI", mean=1.0, sd=0.1).to_dict()).mean
    1.0
    """

    strategy: str
    mean: float | None = None
    sd: float | None = None
    acquisition: float | None = None
    explore: float | None = None
    nearest_row: int | None = None
    distance: float | None = None
    gain: float | None = None
    fallback: bool = False
    made_at_revision: int | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        for name in _SUGGESTION_NUMBERS:
            value = getattr(self, name)
            if value is not None:
                number = float(value)
                # No NaN in a session: what is not finite is not known.
                put(self, name, number if math.isfinite(number) else None)
        for name in ("nearest_row", "made_at_revision"):
            value = getattr(self, name)
            if value is not None:
                put(self, name, int(value))
        put(self, "fallback", bool(self.fallback))

    def to_dict(self) -> dict[str, Any]:
        """Plain form, without what is not known."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        return {key: value for key, value in found.items() if value is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SuggestionInfo:
        """Read the plain form; keys that we do not know are left out."""
        if not isinstance(data, Mapping) or not isinstance(data.get("strategy"), str):
            raise OptwidgetsError("A suggestion in the file has no strategy.")
        known = {item.name for item in fields(cls)}
        for name in (*_SUGGESTION_NUMBERS, "nearest_row", "made_at_revision"):
            value = data.get(name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
                raise OptwidgetsError(f"{name} of a suggestion must be a number, not {short(value)}.")
        return cls(**{key: value for key, value in data.items() if key in known})


_SUGGESTION_NUMBERS = ("mean", "sd", "acquisition", "explore", "distance", "gain")


@dataclass(frozen=True, slots=True)
class Row:
    """One experiment, an immutable value.

    Parameters
    ----------
    id
        Number from 1, never used twice in a session.
    inputs
        Variable to value; a missing value is an absent key.
    outputs
        Objective to measured value, finite; a missing value is an absent key.
    noise
        Variance of the outputs, in their unit squared, or None.
    state
        One of `STATES`.
    note, reason
        What people wrote: about the row, and why it exists or why it failed.
    iteration
        Round of the campaign, or None.
    created_at, finished_at
        ISO 8601 times in UTC.
    suggestion
        What the model expected, for suggested points.

    Examples
    --------
    >>> row = Row(1, {"T": 80.0}, {"Yield": 71.5}, state="done")
    >>> row.inputs["T"], row.is_done
    (80.0, True)
    >>> Row.from_dict(row.to_dict()) == row
    True
    """

    id: int
    inputs: Mapping[str, Value] = field(default_factory=lambda: _EMPTY)
    outputs: Mapping[str, float] = field(default_factory=lambda: _EMPTY)
    noise: float | None = None
    state: str = "running"
    note: str = ""
    iteration: int | None = None
    reason: str = ""
    created_at: str = ""
    finished_at: str | None = None
    suggestion: SuggestionInfo | None = None

    def __post_init__(self) -> None:
        # Runs for each of perhaps a million rows: only what keeps a row sound.
        if self.id < 1:
            raise OptwidgetsError(f"Rows are numbered from 1, not {self.id}.", row=self.id)
        if self.state not in STATES:
            raise OptwidgetsError(
                f'State "{short(self.state)}" is not one of {enumerate_words(STATES)}.',
                row=self.id,
                column="State",
            )
        for value in self.outputs.values():
            if not math.isfinite(value):
                raise OptwidgetsError(
                    f"A result in row {self.id} is not a finite number.", row=self.id
                )
        put = object.__setattr__
        if type(self.inputs) is not MappingProxyType:
            put(self, "inputs", MappingProxyType(dict(self.inputs)) if self.inputs else _EMPTY)
        if type(self.outputs) is not MappingProxyType:
            put(self, "outputs", MappingProxyType(dict(self.outputs)) if self.outputs else _EMPTY)

    @property
    def is_done(self) -> bool:
        """Whether the row has its result and counts."""
        return self.state == "done"

    @property
    def is_pending(self) -> bool:
        """Whether a result is still to come."""
        return self.state in ("suggested", "running")

    def __hash__(self) -> int:
        return hash((self.id, self.state, self.created_at))

    def to_dict(self) -> dict[str, Any]:
        """Plain form for journal and file; empty fields are left out."""
        found: dict[str, Any] = {
            "id": self.id,
            "inputs": dict(self.inputs),
            "outputs": dict(self.outputs),
            "state": self.state,
        }
        for name in ("noise", "iteration", "finished_at"):
            value = getattr(self, name)
            if value is not None:
                found[name] = value
        for name in ("note", "reason", "created_at"):
            value = getattr(self, name)
            if value:
                found[name] = value
        if self.suggestion is not None:
            found["suggestion"] = self.suggestion.to_dict()
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Row:
        """Read the plain form, checking each field.

        Raises
        ------
        OptwidgetsError
            A field is missing or of the wrong type; ``error.row`` says where.
        """
        if not isinstance(data, Mapping):
            raise OptwidgetsError(f"A row must be an object, not {short(repr(data))}.")
        number = data.get("id")
        if isinstance(number, bool) or not isinstance(number, int):
            raise OptwidgetsError(f"A row has no valid number: {short(repr(number))}.")
        known = {key: data[key] for key in FIELDS if key in data}
        return cls(id=number, **check_fields(known, row=number, partial=False))


#: Fields of a row that can be edited.
FIELDS = tuple(item.name for item in fields(Row) if item.name != "id")


def check_fields(given: Mapping[str, Any], *, row: int, partial: bool = True) -> dict[str, Any]:
    """Check the types of some fields of a row and return canonical values.

    Parameters
    ----------
    given
        Field to value. In ``inputs`` and ``outputs`` a value may be None
        (clear it) when ``partial``.
    row
        Number of the row, for the sentence.
    partial
        Whether this is an edit, and not a whole row.

    Raises
    ------
    OptwidgetsError
        An unknown field, or a value of the wrong type.

    Examples
    --------
    >>> check_fields({"outputs": {"Yield": 81}}, row=3)
    {'outputs': {'Yield': 81.0}}
    """
    checked: dict[str, Any] = {}
    for name, value in given.items():
        if name not in FIELDS:
            raise OptwidgetsError(
                f"{short(name)} is not a field of a row. Use {enumerate_words(FIELDS, 12)}.", row=row
            )
        try:
            checked[name] = _CHECKS[name](value, partial)
        except OptwidgetsError as error:
            error.row = row
            raise
    return checked


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise OptwidgetsError(f"{name} must be a mapping of names to values.", field=name.lower())
    return value


def _inputs(value: Any, partial: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in _mapping(value, "Inputs").items():
        if item is None:
            if partial:
                found[name] = None
        elif isinstance(item, str):
            found[name] = str(item)
        else:
            number = finite_number(item, name)
            whole = isinstance(item, int) or str(getattr(item, "dtype", "")).startswith(("int", "uint"))
            found[name] = int(item) if whole else number
    return found


def _outputs(value: Any, partial: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in _mapping(value, "Outputs").items():
        if item is not None:
            found[name] = finite_number(item, name)
        elif partial:
            found[name] = None
    return found


def _noise(value: Any, partial: bool) -> float | None:
    if value is None:
        return None
    number = finite_number(value, "Noise")
    if number < 0:
        raise OptwidgetsError(
            f"Noise is a variance and cannot be below 0, as {number} is.", column="Noise"
        )
    return number


def _iteration(value: Any, partial: bool) -> int | None:
    if value is None:
        return None
    number = finite_number(value, "Iteration")
    if number != int(number):
        raise OptwidgetsError(f"Iteration {number} is not a whole number.", column="Iteration")
    return int(number)


def _state(value: Any, partial: bool) -> str:
    if value not in STATES:
        raise OptwidgetsError(
            f'State "{short(value)}" is not one of {enumerate_words(STATES)}.', column="State"
        )
    return str(value)


def _optional_text(value: Any, partial: bool) -> str | None:
    return None if value is None else clean_note(value, field="Finished")


def _suggestion(value: Any, partial: bool) -> SuggestionInfo | None:
    if value is None or isinstance(value, SuggestionInfo):
        return value
    return SuggestionInfo.from_dict(value)


_CHECKS: dict[str, Any] = {
    "inputs": _inputs,
    "outputs": _outputs,
    "noise": _noise,
    "state": _state,
    "note": lambda value, partial: clean_note(value, field="Note"),
    "iteration": _iteration,
    "reason": lambda value, partial: clean_note(value, field="Reason"),
    "created_at": lambda value, partial: clean_note(value, field="Created"),
    "finished_at": _optional_text,
    "suggestion": _suggestion,
}
