"""Lists in pages: newest first, with markers that lead to older and to newer ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import short

T = TypeVar("T")

MAX_PAGE = 1000
NOTHING: Mapping[str, str | None] = {"before": None, "after": None}


def read_limit(text: str | None) -> int:
    """Read how many entries a page has.

    Examples
    --------
    >>> read_limit(None), read_limit("5")
    (1000, 5)
    """
    if text is None:
        return MAX_PAGE
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > MAX_PAGE:
        raise OptwidgetsError(
            f"limit must be a whole number from 0 to {MAX_PAGE}, not {short(text)}.", field="limit"
        )
    return int(text)


def page(
    items: Sequence[T],
    number: Callable[[T], int],
    *,
    limit: str | None = None,
    before: str | None = None,
    after: str | None = None,
) -> tuple[list[T], dict[str, str | None]]:
    """Cut one page out of a list that is in the order in which it is shown.

    Parameters
    ----------
    items
        All entries.
    number
        Number of an entry; markers are made of it.
    limit, before, after
        As the client sent them: ``before`` leads on down the list, ``after`` back up.

    Returns
    -------
    tuple
        The entries of the page, and its markers (None at the ends).

    Raises
    ------
    OptwidgetsError
        For a marker that is none, or both.

    Examples
    --------
    >>> page([5, 4, 3, 2, 1], int, limit="2", before="4")
    ([3, 2], {'before': '2', 'after': '3'})
    >>> page([5, 4, 3, 2, 1], int, limit="2", after="3")
    ([5, 4], {'before': '4', 'after': None})
    """
    size = read_limit(limit)
    if before is not None and after is not None:
        raise OptwidgetsError("Give before or after, not both.", field="before")
    start, end = 0, min(size, len(items))
    if before is not None:
        start = _place(items, number, before, "before") + 1
        end = min(start + size, len(items))
    elif after is not None:
        end = _place(items, number, after, "after")
        start = max(0, end - size)
    found = list(items[start:end])
    if not found:
        return [], dict(NOTHING)
    return found, {
        "before": str(number(found[-1])) if end < len(items) else None,
        "after": str(number(found[0])) if start > 0 else None,
    }


def _place(items: Sequence[T], number: Callable[[T], int], marker: str, name: str) -> int:
    if marker.isascii() and marker.isdigit() and len(marker) <= 18:
        wanted = int(marker)
        for place, item in enumerate(items):
            if number(item) == wanted:
                return place
    raise OptwidgetsError(
        f"{name} must be a marker of an earlier page of this list, not {short(marker)}.",
        field=name,
    )


def pagination(
    data: Sequence[Any], paging: Mapping[str, str | None] = NOTHING, *, count: int | None = None
) -> dict[str, Any]:
    """Write one page.

    Examples
    --------
    >>> pagination([1, 2], count=7)["count"]
    7
    """
    return {
        "object": "pagination",
        "count": len(data) if count is None else count,
        "data": list(data),
        "paging": dict(paging),
    }
