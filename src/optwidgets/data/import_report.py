"""What an import would do, in numbers and sentences, and the rows it would add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from optwidgets.data.columns import BadValue, Column
from optwidgets.data.recording import now
from optwidgets.data.row import Row
from optwidgets.data.table import Table
from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import enumerate_words, short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ImportReport:
    """What an import would do; nothing has been changed yet.

    Parameters
    ----------
    source
        Name of the file, or what it was.
    n_rows
        Rows with anything in them.
    mapping
        Column of the source to name in our table.
    unknown
        Columns that fit nothing and are left out.
    missing_columns
        Variables and objectives without a column.
    missing
        Name to number of empty cells.
    outside
        Variable to number of values outside its bounds; they are kept.
    outside_rows
        Number of rows with such a value.
    bad
        The first 1000 cells that cannot be read.
    n_bad
        Number of all such cells.
    n_fit
        Rows without missing settings and bad cells.
    n_results
        Rows that will be done.
    n_known
        Rows that are in the table already, equal in settings and results.
    n_repeated
        Rows that repeat an earlier row of the source exactly.
    problems
        Sentences about what must be decided first.
    remarks
        Sentences about what to know.
    plan
        The checked columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from optwidgets.data.importing import plan_import
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("T", 60, 140),))
    >>> df = pd.DataFrame({"T": ["80", "150", "n/a"], "Output": [1.0, 2.0, 3.0]})
    >>> report = plan_import(df, space, Table())
    >>> print(report)
    3 rows from the DataFrame: 2 fit, 1 needs you.
    Columns: T and Output.
    1 value cannot be read:
      Row 3: T "n/a" is not a number.
    Outside the bounds, kept: T 1.
    """

    source: str
    n_rows: int
    mapping: dict[str, str]
    unknown: tuple[str, ...]
    missing_columns: tuple[str, ...]
    missing: dict[str, int]
    outside: dict[str, int]
    outside_rows: int
    bad: tuple[BadValue, ...]
    n_bad: int
    n_fit: int
    n_results: int
    n_known: int
    n_repeated: int
    problems: tuple[str, ...]
    remarks: tuple[str, ...]
    plan: Plan = field(repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether all can be imported as it is."""
        return not self.problems and not self.n_bad

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Rows ready to add, numbered on from the table of the plan.

        Cells that cannot be read are empty in them.
        """
        return self.rows_from(self.plan.table.next_id)

    def rows_from(self, first: int, *, skip_known: bool = False) -> tuple[Row, ...]:
        """Rows numbered from a number on.

        Parameters
        ----------
        first
            Number of the first row.
        skip_known
            Whether to leave out rows that are in the table already.
        """
        return tuple(self.plan.rows(first, skip_known=skip_known))

    def raise_if_bad(self) -> None:
        """Raise the first thing that must be decided or corrected, if there is one."""
        if self.problems:
            raise OptwidgetsError(f"{self.problems[0]} Nothing was imported.")
        if self.n_bad:
            first = self.bad[0]
            rest = self.n_bad - 1
            more = f" {rest} more value{'s'[: rest > 1]} cannot be read." if rest else ""
            raise OptwidgetsError(
                f"{first}{more} Nothing was imported.", row=first.row, column=first.column
            )

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        needs = self.n_rows - self.n_fit
        verb = "needs" if needs == 1 else "need"
        if self.problems:
            fit = ": nothing is imported like this"
        elif needs:
            fit = f": {self.n_fit:,} fit, {needs:,} {verb} you"
        else:
            fit = ": all fit" if self.n_rows else ""
        yield f"{count(self.n_rows, 'row')} from {short(self.source)}{fit}."
        if self.mapping:
            pairs = [
                name if column == name else f'{short(name)} from "{short(column)}"'
                for column, name in self.mapping.items()
            ]
            yield f"Columns: {enumerate_words(pairs, 20)}."
        yield from self.problems
        if self.unknown:
            yield f"Left out, no such column here: {enumerate_words(self.unknown, 20)}."
        if self.missing_columns:
            yield f"No column for: {enumerate_words(self.missing_columns, 20)}."
        if self.n_bad:
            yield f"{count(self.n_bad, 'value')} cannot be read:"
            yield from (f"  {bad}" for bad in self.bad[:10])
            if self.n_bad > 10:
                yield f"  and {self.n_bad - 10:,} more."
        for words, counts in (
            ("Empty", self.missing),
            ("Outside the bounds, kept", self.outside),
        ):
            listed = [f"{short(name)} {count:,}" for name, count in counts.items() if count]
            if listed:
                yield f"{words}: {', '.join(listed)}."
        yield from self.remarks

    def to_dict(self) -> dict[str, Any]:
        """Plain form for a widget."""
        return {
            "source": self.source,
            "n_rows": self.n_rows,
            "n_fit": self.n_fit,
            "n_results": self.n_results,
            "n_bad": self.n_bad,
            "n_known": self.n_known,
            "n_repeated": self.n_repeated,
            "outside_rows": self.outside_rows,
            "mapping": dict(self.mapping),
            "unknown": list(self.unknown),
            "missing_columns": list(self.missing_columns),
            "missing": dict(self.missing),
            "outside": dict(self.outside),
            "bad": [vars(bad) for bad in self.bad],
            "problems": list(self.problems),
            "remarks": list(self.remarks),
            "ok": self.ok,
            "text": str(self),
        }


def count(number: int, noun: str) -> str:
    """Count something in words.

    Examples
    --------
    >>> count(1, "row"), count(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


@dataclass(frozen=True)
class Plan:
    """Checked columns from which the rows are made, when they are wanted.

    Parameters
    ----------
    table
        Table to add to.
    inputs, outputs
        Columns of variables and objectives.
    fields
        Field of a row to its column.
    used, known
        Which rows of the source hold anything, and which are in the table already.

    Examples
    --------
    >>> import numpy as np
    >>> none = np.zeros(0, dtype=bool)
    >>> list(Plan(Table(), [], [], {}, none, none).rows(1, skip_known=False))
    []
    """

    table: Table
    inputs: list[Column]
    outputs: list[Column]
    fields: dict[str, Column]
    used: NDArray[np.bool_]
    known: NDArray[np.bool_]

    def rows(self, first: int, *, skip_known: bool) -> Iterator[Row]:
        """Rows numbered from a number on."""
        take = self.used & ~self.known if skip_known else self.used
        places = take.nonzero()[0]
        inputs = _records(self.inputs, [column.name for column in self.inputs], places)
        outputs = _records(self.outputs, [column.name for column in self.outputs], places)
        fields = _records([*self.fields.values()], [*self.fields], places)
        n_targets, at = len(self.table.target_names), now()
        last = self.table.last_iteration
        # One import is one round, unless the source says otherwise.
        common = {"iteration": 0 if last is None else last + 1, "reason": "Import"}
        for number, (point, result, given) in enumerate(
            zip(inputs, outputs, fields, strict=True), start=first
        ):
            complete = len(result) == n_targets
            state = given.pop("state", None)
            if state is None or (state == "done" and not complete):
                state = "done" if complete else "running"
            ended = given.pop("finished_at", at)
            yield Row(
                number,
                point,
                result,
                state=state,
                created_at=given.pop("created_at", at),
                finished_at=ended if state in ("done", "failed") else None,
                **{**common, **given},
            )


def _records(
    columns: list[Column], names: list[str], places: NDArray[np.intp]
) -> Iterator[dict[str, Any]]:
    """Make a new mapping of each row from name to value, without what is missing."""
    if not columns:
        return ({} for _ in range(len(places)))
    rows = zip(*(column.to_list(places) for column in columns), strict=True)
    if not any((column.missing | column.bad)[places].any() for column in columns):
        return (dict(zip(names, row, strict=True)) for row in rows)
    return (
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in rows
    )
