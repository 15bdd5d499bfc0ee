"""The table as users hold it: a handle whose changes can be journaled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from optwidgets.data.alchemist import AlchemistNames
from optwidgets.data.edits import (
    ObjectivesSet,
    RowsAdded,
    TableEdit,
)
from optwidgets.data.frame import table_frame
from optwidgets.data.recording import check_inputs, check_outputs, new_row, now
from optwidgets.data.row import Row, SuggestionInfo
from optwidgets.data.row_editing import RowEditing
from optwidgets.data.table import Objective, Table, check_objectives
from optwidgets.errors import OptwidgetsError
from optwidgets.space.search_space import SearchSpace
from optwidgets.space.space import Space

if TYPE_CHECKING:
    import pandas as pd

    from optwidgets.data.import_report import ImportReport

    Commit = Callable[[tuple[TableEdit, ...]], object]


class ExperimentManager(RowEditing, AlchemistNames):
    """Experiments: what was set, what came out, and how each stands.

    Alone it keeps its own `Table`; inside a session ``commit`` appends the
    changes to the journal and ``read`` returns the session's table.

    Parameters
    ----------
    search_space
        Variables of the columns; without one, any number or text is taken.
    target_columns
        Names of the objectives; none means one, ``"Output"``.
    commit
        Called with the changes of one step, a tuple.
    read
        Returns the current `Table`.
    lock
        Held by each change, so that what `read` knows stays until it is committed.

    Examples
    --------
    >>> space = SearchSpace()
    >>> space.add_variable("temperature", "real", bounds=(20, 100))
    >>> experiments = ExperimentManager(space, ["Yield"])
    >>> experiments.add_experiment({"temperature": 60}, output=71.5)
    1
    >>> experiments.add_experiment({"temperature": 120})
    2
    >>> experiments.record(2, 80.1)
    >>> experiments.df[["temperature", "Yield", "State"]].to_dict("list")
    {'temperature': [60.0, 120.0], 'Yield': [71.5, 80.1], 'State': ['done', 'done']}
    >>> experiments.exclude(2, "stirrer stopped")
    >>> len(experiments), len(experiments.get_data())
    (2, 1)
    """

    def __init__(
        self,
        search_space: SearchSpace | Space | None = None,
        target_columns: str | Sequence[str] | None = None,
        *,
        commit: Commit | None = None,
        read: Callable[[], Table] | None = None,
        lock: AbstractContextManager[Any] | None = None,
    ) -> None:
        self._search_space = search_space
        self._own = Table()
        self._commit = commit or self._commit_to_itself
        self._read = read or (lambda: self._own)
        self._lock = lock or nullcontext()
        if target_columns:
            names = [target_columns] if isinstance(target_columns, str) else list(target_columns)
            self.set_objectives(*names)

    def _commit_to_itself(self, edits: tuple[TableEdit, ...]) -> None:
        table = self._own
        for edit in edits:
            table = edit.apply(table)
        self._own = table

    @property
    def table(self) -> Table:
        """Current value; it never changes, a change makes another one."""
        return self._read()

    @property
    def space(self) -> Space | None:
        """Current space of the columns, or None."""
        held = self.search_space
        return held.space if isinstance(held, SearchSpace) else held

    @property
    def search_space(self) -> SearchSpace | Space | None:
        """What was given as the search space."""
        held: SearchSpace | Space | None = self._search_space
        return held

    @property
    def target_columns(self) -> list[str]:
        """Names of the objectives."""
        return list(self.table.target_names)

    @property
    def df(self) -> pd.DataFrame:
        """All rows as a new DataFrame: variables, objectives, then the table's own columns."""
        return table_frame(self.table, self.space or Space())

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        counts = [f"{count} {state}" for state, count in self.table.counts.items() if count]
        return f"ExperimentManager({', '.join(counts) or 'no experiments yet'})"

    def set_objectives(
        self, *objectives: Objective | str, renames: Mapping[str, str] | None = None
    ) -> None:
        """Say what is measured.

        Parameters
        ----------
        *objectives
            All objectives from now on; a name alone is maximised.
        renames
            Old to new name, to carry results over.
        """
        found = [item if isinstance(item, Objective) else Objective(item) for item in objectives]
        checked = check_objectives(found, self.space or Space())
        self._commit((ObjectivesSet(checked, dict(renames or {})),))

    def add_experiment(
        self,
        inputs: Mapping[str, Any],
        output: float | Mapping[str, float] | None = None,
        noise: float | None = None,
        iteration: int | None = None,
        reason: str | None = "Manual",
        *,
        state: str | None = None,
        note: str = "",
        partial: bool = False,
    ) -> int:
        """Add one experiment and return its row number.

        Parameters
        ----------
        inputs
            Variable to value. Bounds are not enforced: a value outside is
            kept, shown as such, and trains.
        output
            Result of the one objective, or objective to result; None while
            it is still to come.
        noise
            Variance of the result, in its unit squared; with several objectives, of the first one.
        iteration
            Round of the campaign; None is the last one plus 1 (the first is 0).
        reason
            Why this experiment exists.
        state
            A state to force; None: done with all results, else running.
        note
            Free text.
        partial
            Whether values may be missing, as while a row is typed.

        Raises
        ------
        OptwidgetsError
            A value is missing, unknown or of the wrong type; nothing is added.
        """
        row = self._row(
            self.table.next_id,
            inputs,
            output,
            iteration=self._iteration(iteration),
            partial=partial,
            noise=noise,
            reason=reason,
            state=state,
            note=note,
        )
        self._commit((RowsAdded((row,)),))
        return row.id

    def add_experiments(
        self,
        points: Sequence[Mapping[str, Any]],
        outputs: Sequence[float | Mapping[str, float] | None] | None = None,
        *,
        iteration: int | None = None,
        reason: str | None = "Manual",
        state: str | None = None,
        suggestions: Sequence[SuggestionInfo | None] | None = None,
    ) -> tuple[int, ...]:
        """Add several experiments as one step and return their row numbers.

        Parameters
        ----------
        points, outputs, suggestions
            ``n`` of each, as for `add_experiment`; in one round.

        Examples
        --------
        >>> ExperimentManager().add_experiments([{"x": 1}, {"x": 2}], state="suggested")
        (1, 2)
        """
        first, at, round_ = self.table.next_id, now(), self._iteration(iteration)
        results = outputs if outputs is not None else [None] * len(points)
        infos = suggestions if suggestions is not None else [None] * len(points)
        common: dict[str, Any] = {"iteration": round_, "reason": reason, "state": state, "at": at}
        rows = tuple(
            self._row(number, point, result, suggestion=info, **common)
            for number, (point, result, info) in enumerate(
                zip(points, results, infos, strict=True), start=first
            )
        )
        if rows:
            self._commit((RowsAdded(rows),))
        return tuple(row.id for row in rows)

    def _row(
        self, number: int, inputs: object, output: object, *, partial: bool = False, **fields: Any
    ) -> Row:
        try:
            checked = check_inputs(inputs, self.space, partial=partial)
            return new_row(number, checked, check_outputs(output, self.table), self.table, **fields)
        except OptwidgetsError as error:
            error.row = number
            raise

    def _iteration(self, iteration: int | None) -> int:
        if iteration is not None:
            return iteration
        last = self.table.last_iteration
        return 0 if last is None else last + 1

    def import_table(
        self,
        source: Any,
        mapping: Mapping[str, str | None] | None = None,
        *,
        dry_run: bool = False,
    ) -> ImportReport:
        """Import a CSV or Excel file, copied text or a DataFrame.

        Parameters
        ----------
        source
            As for `read_table`.
        mapping
            Column of the source to column of the table, or None to leave it out;
            columns that are not named are matched by their names.
        dry_run
            Whether only to report what would happen.

        Returns
        -------
        ImportReport
            What fits, what is out of range, what is missing.

        Raises
        ------
        OptwidgetsError
            Some values cannot be read and nothing was imported; look at the
            report of a dry run.
        """
        # Most sessions are typed or measured and never read a table.
        from optwidgets.data.importing import plan_import, read_table
        from optwidgets.space.proposing import propose_space

        frame = read_table(source)
        space = self.space
        if space is None:
            space = propose_space(frame, self._outputs_in(frame))
        report = plan_import(frame, space, self.table, mapping)
        if not dry_run:
            self.add_report(report)
        return report

    def _outputs_in(self, frame: pd.DataFrame) -> list[str]:
        return [name for name in self.table.target_names if name in frame.columns]

    def add_report(self, report: ImportReport) -> tuple[int, ...]:
        """Add the rows of an import report, as one step, and return their numbers."""
        report.raise_if_bad()
        rows = report.rows_from(self.table.next_id)
        if rows:
            self._commit((RowsAdded(rows),))
        return tuple(row.id for row in rows)
