"""What is typed and pasted into the grid, as changes of rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import RowsAdded, RowsEdited
from optwidgets.data.recording import new_row, now, row_edit
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.data.edits import RowEdit
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState

Change = RowsAdded | RowsEdited
MAX_PASTE = 100_000


def column_name(key: str) -> str:
    """Return the name of a column by its key: ``in:Flow``, ``out:Yield`` or ``note``.

    Examples
    --------
    >>> column_name("in:Flow"), column_name("note")
    ('Flow', 'note')
    """
    kind, mark, name = key.partition(":")
    if mark and kind in {"in", "out"}:
        return name
    if key in {"note", "reason"}:
        return key
    raise OptwidgetsError(f"The column {key} cannot be edited.", column=key)


@dataclass
class Bad:
    """A value that could not be read; the cell keeps what it had."""

    row: int
    column: str
    text: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Return it for the page."""
        return {"row": self.row, "column": self.column, "text": self.text, "message": self.message}


@dataclass
class Typed:
    """Cells on their way into the table.

    Parameters
    ----------
    state
        State that the cells are meant for.
    forgiving
        Whether a bad value is noted and left out, as in a paste, or refused.
    """

    state: SessionState
    forgiving: bool = False
    bad: list[Bad] = field(default_factory=list)
    _edits: list[RowEdit] = field(default_factory=list)
    _new: list[Row] = field(default_factory=list)

    def put(self, row: int, cells: Mapping[str, str | None], *, reason: str = "Manual") -> int:
        """Put texts (None clears) into a row, or into a new one if `row` is 0.

        Returns
        -------
        int
            Number of the row.

        Raises
        ------
        OptwidgetsError
            A text that cannot be read; the error names row and column.
        """
        table = self.state.table
        number = row or table.next_id + len(self._new)
        target = table.row(row) if row else new_row(number, {}, {}, table, state="running")
        values: dict[str, Any] = {}
        for key, text in cells.items():
            name = column_name(key)
            value = self._read(number, key, name, text)
            if value is not _SKIP:
                values[name] = value
        edit = row_edit(target, values, self.state.space, table, at=now())
        if row:
            if edit.fields:
                self._edits.append(edit)
        elif values:
            done = edit.apply(target)
            iteration = 0 if table.last_iteration is None else table.last_iteration + 1
            self._new.append(
                new_row(
                    number,
                    done.inputs,
                    done.outputs,
                    table,
                    note=done.note,
                    reason=done.reason or reason,
                    iteration=iteration,
                )
            )
        return number

    def _read(self, number: int, key: str, name: str, text: str | None) -> Any:
        if text is None or not text.strip():
            return "" if key in {"note", "reason"} else None
        try:
            if key.startswith("in:") and name in self.state.space:
                return self.state.space[name].parse(text)
            if key.startswith("out:"):
                from optwidgets.space.numbers import parse_number

                return parse_number(text, name)
        except OptwidgetsError as error:
            error.row, error.column = number, key
            if not self.forgiving:
                raise
            self.bad.append(Bad(number, key, text, str(error)))
            return _SKIP
        return text.strip()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Everything that was put, as one step."""
        found: list[Change] = []
        if self._edits:
            found.append(RowsEdited(tuple(self._edits)))
        if self._new:
            found.append(RowsAdded(tuple(self._new)))
        return tuple(found)

    def outside(self, after: SessionState) -> int:
        """Count the rows put here that lie outside the bounds."""
        numbers = [edit.row for edit in self._edits] + [row.id for row in self._new]
        return sum(bool(after.space.outside(after.table.row(n).inputs)) for n in numbers)


_SKIP = object()


def split_block(text: str) -> list[list[str]]:
    r"""Split copied text into lines of cells; tabs part them, quotes and CRLF are understood.

    Examples
    --------
    >>> split_block('1\t"a\nb"\r\n2\tc\r\n')
    [['1', 'a\nb'], ['2', 'c']]
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = list(csv.reader(io.StringIO(plain), delimiter="\t"))
    while lines and not any(cell.strip() for cell in lines[-1]):
        lines.pop()
    if not lines:
        raise OptwidgetsError("The clipboard holds no text. Copy some cells first.")
    if len(lines) > MAX_PASTE:
        raise OptwidgetsError(
            f"The clipboard holds {len(lines)} rows. Paste at most {MAX_PASTE} at a time, "
            "or import the file from Python."
        )
    return lines


def without_head(
    lines: list[list[str]], columns: Sequence[str]
) -> tuple[list[list[str]], list[str]]:
    """Drop a first line that names columns, and return the columns that it names.

    Parameters
    ----------
    lines
        Lines of cells.
    columns
        Keys of the columns from where the paste begins.
    """
    by_name = {column_name(key).casefold(): key for key in columns}
    head = [cell.split("(")[0].split("[")[0].strip().casefold() for cell in lines[0]]
    if len(lines) > 1 and head and all(cell in by_name for cell in head):
        return lines[1:], [by_name[cell] for cell in head]
    return lines, list(columns)


def paste_words(rows: int, columns: int, bad: Sequence[Bad], outside: int) -> str:
    """Return how a paste went, in the words of the banner.

    Examples
    --------
    >>> paste_words(3, 5, [Bad(31, "in:Flow", "n/a", "")], 1)
    'Pasted 3 rows, 5 columns. 1 value needs you: row 31, Flow "n/a". 1 row is outside the bounds and is kept.'
    """
    words = [f"Pasted {_count(rows, 'row')}, {_count(columns, 'column')}."]
    if bad:
        first = bad[0]
        verb = "value needs" if len(bad) == 1 else "values need"
        words.append(
            f'{len(bad)} {verb} you: row {first.row}, {column_name(first.column)} "{first.text[:40]}".'
        )
    if outside:
        verb = (
            "is outside the bounds and is kept"
            if outside == 1
            else "are outside the bounds and are kept"
        )
        words.append(f"{_count(outside, 'row')} {verb}.")
    return " ".join(words)


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
