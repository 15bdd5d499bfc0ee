"""Which fields a row has, and what each of them accepts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from optwidgets.data.suggestion import STATES, SuggestionInfo
from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import expect_object
from optwidgets.space.numbers import finite_number
from optwidgets.space.text import clean_note, enumerate_words, short

#: Fields of a row that can be edited.
FIELDS = (
    "inputs",
    "outputs",
    "noise",
    "state",
    "note",
    "iteration",
    "reason",
    "created_at",
    "finished_at",
    "suggestion",
)


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
                f"{short(name)} is not a field of a row. Use {enumerate_words(FIELDS, 12)}.",
                row=row,
            )
        try:
            if name in _MERGED:
                checked[name] = _MERGED[name](value, partial=partial)
            else:
                checked[name] = _CHECKS[name](value)
        except OptwidgetsError as error:
            error.row = row
            raise
    return checked


def _inputs(value: Any, *, partial: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in expect_object(value, "The inputs of a row").items():
        if type(item) is float and math.isfinite(item):
            found[name] = item  # nearly all values: a file may hold millions
        elif item is None:
            if partial:
                found[name] = None
        elif isinstance(item, str):
            found[name] = str(item)
        else:
            number = finite_number(item, name)
            whole = isinstance(item, int) or str(getattr(item, "dtype", "")).startswith(
                ("int", "uint")
            )
            found[name] = int(item) if whole else number
    return found


def _outputs(value: Any, *, partial: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in expect_object(value, "The outputs of a row").items():
        if type(item) is float and math.isfinite(item):
            found[name] = item
        elif item is not None:
            found[name] = finite_number(item, name)
        elif partial:
            found[name] = None
    return found


def _noise(value: Any) -> float | None:
    if value is None:
        return None
    number = finite_number(value, "Noise")
    if number < 0:
        raise OptwidgetsError(
            f"Noise is a variance and cannot be below 0, as {number} is.", column="Noise"
        )
    return number


def _iteration(value: Any) -> int | None:
    if value is None:
        return None
    number = finite_number(value, "Iteration")
    if number != int(number):
        raise OptwidgetsError(f"Iteration {number} is not a whole number.", column="Iteration")
    return int(number)


def _state(value: Any) -> str:
    if value not in STATES:
        raise OptwidgetsError(
            f'State "{short(value)}" is not one of {enumerate_words(STATES)}.', column="State"
        )
    return str(value)


def _optional_text(value: Any) -> str | None:
    return None if value is None else clean_note(value, field="Finished")


def _suggestion(value: Any) -> SuggestionInfo | None:
    if value is None or isinstance(value, SuggestionInfo):
        return value
    return SuggestionInfo.from_dict(value)


_MERGED: dict[str, Any] = {"inputs": _inputs, "outputs": _outputs}
_CHECKS: dict[str, Any] = {
    "noise": _noise,
    "state": _state,
    "note": lambda value: clean_note(value, field="Note"),
    "iteration": _iteration,
    "reason": lambda value: clean_note(value, field="Reason"),
    "created_at": lambda value: clean_note(value, field="Created"),
    "finished_at": _optional_text,
    "suggestion": _suggestion,
}
