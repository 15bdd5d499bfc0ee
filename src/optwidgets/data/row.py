"""One experiment: what was set, what was measured, and how it stands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from optwidgets.data.fields import FIELDS, check_fields
from optwidgets.data.suggestion import STATES, SuggestionInfo
from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Value
from optwidgets.space.checking import expect_integer, expect_object
from optwidgets.space.text import enumerate_words, short

__all__ = ["STATES", "Row", "SuggestionInfo"]

_EMPTY: Mapping[str, Any] = MappingProxyType({})


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
        # One by one, because a hundred thousand rows are written at a time.
        if self.noise is not None:
            found["noise"] = self.noise
        if self.iteration is not None:
            found["iteration"] = self.iteration
        if self.finished_at is not None:
            found["finished_at"] = self.finished_at
        if self.note:
            found["note"] = self.note
        if self.reason:
            found["reason"] = self.reason
        if self.created_at:
            found["created_at"] = self.created_at
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
        data = expect_object(data, "A row")
        number = expect_integer(data.get("id"), "The number of a row")
        known = {key: data[key] for key in FIELDS if key in data}
        return cls(id=number, **check_fields(known, row=number, partial=False))


def check_reason(reason: object, ask: str, example: str) -> str:
    """Return a reason in one line; without one, ask for it.

    Raises
    ------
    OptwidgetsError
        The reason is missing or blank.
    """
    words = " ".join(reason.split()) if isinstance(reason, str) else ""
    if not words:
        raise OptwidgetsError(f'{ask}, such as reason="{example}".', field="reason")
    return words
