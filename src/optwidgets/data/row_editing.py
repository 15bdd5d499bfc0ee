"""Rows that are there already: their cells, their results, and how they stand."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import RowEdit, RowsEdited, RowsRemoved, TableEdit
from optwidgets.data.recording import check_outputs, now, row_edit
from optwidgets.data.row import Row, check_reason
from optwidgets.errors import OptwidgetsError
from optwidgets.space.at_once import at_once
from optwidgets.space.text import short

if TYPE_CHECKING:
    from optwidgets.data.table import Table
    from optwidgets.space.space import Space


class RowEditing:
    """The part of `ExperimentManager` that changes rows."""

    _commit: Callable[[tuple[TableEdit, ...]], object]
    _lock: AbstractContextManager[Any]

    if TYPE_CHECKING:

        @property
        def table(self) -> Table: ...  # noqa: D102
        @property
        def space(self) -> Space | None: ...  # noqa: D102

    def edit(self, row: int, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Change cells of one row.

        Parameters
        ----------
        row
            Its number.
        values, **more
            Column to value, see `row_edit`; None clears.

        Examples
        --------
        >>> from optwidgets.data.experiment_manager import ExperimentManager
        >>> experiments = ExperimentManager()
        >>> row = experiments.add_experiment({"x": 1.0})
        >>> experiments.edit(row, Output=3, note="by hand")
        >>> experiments.table.row(row).state
        'done'
        """
        if not isinstance(row, Hashable):
            raise OptwidgetsError(
                "edit changes one row: its number, then its cells, as in"
                " edit(7, {'note': 'by hand'}). edit_rows takes a row's cells by its number."
            )
        if isinstance(values, Mapping):
            values = {**values, **more}
        self.edit_rows({row: more if values is None else values})

    @at_once
    def edit_rows(self, edits: Mapping[int, Mapping[str, Any]]) -> None:
        """Change cells of several rows, as one step; all of them or, on an error, none."""
        table, space, at = self.table, self.space, now()
        if not isinstance(edits, Mapping):
            raise OptwidgetsError(
                f"{short(edits)} are no edits of rows: they are cells by the number of a row, as in"
                " {7: {'note': 'by hand'}}."
            )
        found = [
            row_edit(table.row(number), _cells(number, values), space, table, at=at)
            for number, values in edits.items()
        ]
        self._commit_edits([edit for edit in found if edit.fields])

    def _commit_edits(self, edits: Sequence[RowEdit]) -> None:
        if edits:
            self._commit((RowsEdited(tuple(edits)),))

    @at_once
    def record(
        self, row: int, output: float | Mapping[str, float], noise: float | None = None
    ) -> None:
        """Write the result of a suggested or running row, which completes it."""
        outputs = self._checked_outputs(row, output)
        extra = {} if noise is None else {"noise": noise}
        self.edit(row, {**outputs, **extra})

    def _checked_outputs(self, row: int, output: object) -> dict[str, float]:
        if output is None:
            name = self.table.target_names[0]
            raise OptwidgetsError(f"{name} is empty. Type a number.", row=row, column=name)
        try:
            return check_outputs(output, self.table)
        except OptwidgetsError as error:
            error.row = row
            raise

    @at_once
    def accept(self, rows: int | Iterable[int]) -> None:
        """Accept suggested rows: they are running from now on."""
        found = self._rows(rows)
        for row in found:
            if row.state != "suggested":
                raise OptwidgetsError(
                    f"Row {row.id} is {row.state}. Only suggested rows can be accepted.",
                    row=row.id,
                )
        self._commit_edits([RowEdit(row.id, {"state": "running"}) for row in found])

    @at_once
    def fail(self, rows: int | Iterable[int], reason: str = "") -> None:
        """Mark rows as failed, with a reason; they stay in the table and are not used."""
        words = check_reason(reason, "Say why a row failed", "leak at pump")
        fields = {"state": "failed", "reason": words, "finished_at": now()}
        self._commit_edits([RowEdit(row.id, fields) for row in self._rows(rows)])

    @at_once
    def exclude(self, rows: int | Iterable[int], reason: str = "") -> None:
        """Keep rows but do not use them, for a reason."""
        words = check_reason(reason, "Say why a row is excluded", "stirrer stopped")
        fields = {"state": "excluded", "reason": words}
        self._commit_edits([RowEdit(row.id, fields) for row in self._rows(rows)])

    @at_once
    def restore(self, rows: int | Iterable[int], reason: str | None = None) -> None:
        """Use excluded or failed rows again: done with their results, else running."""
        edits = []
        for row in self._rows(rows):
            if row.state not in ("excluded", "failed"):
                raise OptwidgetsError(
                    f"Row {row.id} is {row.state}. Only excluded and failed rows can be restored.",
                    row=row.id,
                )
            complete = all(name in row.outputs for name in self.table.target_names)
            origin = row.suggestion.strategy if row.suggestion else "Restored"
            fields = {"state": "done" if complete else "running", "reason": reason or origin}
            done_at = (row.finished_at or now()) if complete else None
            edits.append(RowEdit(row.id, {**fields, "finished_at": done_at}))
        self._commit_edits(edits)

    @at_once
    def delete(self, rows: int | Iterable[int]) -> None:
        """Delete rows; undo brings them back, their numbers are not used again."""
        numbers = tuple(row.id for row in self._rows(rows))
        if numbers:
            self._commit((RowsRemoved(numbers),))

    @at_once
    def clear(self) -> None:
        """Delete all rows."""
        self.delete(self.table.ids)

    def _rows(self, rows: int | Iterable[int]) -> list[Row]:
        numbers = list(rows) if isinstance(rows, Iterable) else [rows]
        return [self.table.row(int(number)) for number in dict.fromkeys(numbers)]


def _cells(row: int, values: object) -> Mapping[str, Any]:
    if isinstance(values, Mapping):
        return values
    raise OptwidgetsError(
        f"{short(values)} is no edit of row {short(row)}: it is values by column, as in"
        " {'note': 'by hand'}.",
        row=row,
    )
