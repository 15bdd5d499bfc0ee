"""Small checks of what comes out of a file: never trust it, say what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import short

_TEXT = frozenset({str})


def expect_object(value: object, what: str) -> Mapping[str, Any]:
    """Return a mapping with text keys, or raise.

    Examples
    --------
    >>> expect_object([1], "A row")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: A row must map names to values, not [1].
    """
    if type(value) is dict and _TEXT.issuperset(map(type, value)):
        return value  # the common case, quickly: a file may hold a million rows
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return value
    raise OptwidgetsError(f"{what} must map names to values, not {short(repr(value))}.")


def expect_list(value: object, what: str) -> list[Any]:
    """Return a list, or raise.

    Examples
    --------
    >>> expect_list(("a", "b"), "Names")
    ['a', 'b']
    """
    if isinstance(value, (list, tuple)):
        return list(value)
    raise OptwidgetsError(f"{what} must be a list, not {short(repr(value))}.")


def expect_text(value: object, what: str) -> str:
    """Return a text, or raise.

    Examples
    --------
    >>> expect_text("a", "A name")
    'a'
    """
    if isinstance(value, str):
        return value
    raise OptwidgetsError(f"{what} must be text, not {short(repr(value))}.")


def expect_integer(value: object, what: str) -> int:
    """Return a whole number, also from NumPy, or raise.

    Examples
    --------
    >>> expect_integer(3, "The number of a row")
    3
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    item = getattr(value, "item", None)
    if item is not None and getattr(value, "ndim", None) == 0:
        return expect_integer(item(), what)
    raise OptwidgetsError(f"{what} must be a whole number, not {short(repr(value))}.")
