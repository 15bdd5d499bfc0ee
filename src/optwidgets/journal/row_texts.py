"""Rows as JSON text, each written once: of thousands, few have changed since the last time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from optwidgets.data.row import Row

MAX_KEPT = 100_000


@dataclass
class _Form:
    """The texts of one form of rows."""

    head: Hashable
    rows: dict[int, tuple[Row, Any, str]] = field(default_factory=dict)


class RowTexts:
    """The texts of rows of one session, in several forms.

    Examples
    --------
    >>> texts, row = RowTexts(), Row(1, {"T": 80.0})
    >>> written = []
    >>> def write(row, beside):
    ...     written.append(row.id)
    ...     return f"[{row.id}, {beside}]"
    >>> texts.of("pairs", ("T",), [(row, None)], write)
    ['[1, None]']
    >>> texts.of("pairs", ("T",), [(row, None)], write), written
    (['[1, None]'], [1])
    """

    def __init__(self) -> None:
        self._forms: dict[str, _Form] = {}

    def of(
        self,
        form: str,
        head: Hashable,
        rows: Iterable[tuple[Row, Any]],
        write: Callable[[Row, Any], str],
    ) -> list[str]:
        """Return the texts of rows.

        Parameters
        ----------
        form
            Name of the form.
        head
            What the texts of all rows depend on, such as the columns.
        rows
            Each row, with what else its text depends on.
        write
            Writes a row that is new or not as it was.
        """
        known = self._forms.get(form)
        if known is None or known.head != head:
            known = _Form(head)
        before, now, texts = known.rows, {}, []
        for row, beside in rows:
            found = before.get(row.id)
            if found is None or found[0] is not row or found[1] != beside:
                found = (row, beside, write(row, beside))
            now[row.id] = found
            texts.append(found[2])
        # In place of the one before, so that another thread sees one or the other.
        self._forms[form] = _Form(head, now if len(now) <= MAX_KEPT else {})
        return texts
