"""Results out of an uploaded CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import ObjectivesSet, RowsAdded, RowsRemoved
from optwidgets.data.objective import Objective, check_objectives
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.session_file_rows import BOOKKEEPING
from optwidgets.space.text import enumerate_words

if TYPE_CHECKING:
    from optwidgets.data.import_report import ImportReport
    from optwidgets.data.table import Table
    from optwidgets.journal.changes import Change
    from optwidgets.journal.state import SessionState

#: What ALchemist says of the rows of a file that does not say it: they begin the session anew.
_UNNAMED: dict[str, Any] = {"Iteration": 0, "Reason": "Initial Design"}
_USUAL_TARGETS = ("output", "y", "target", "yield", "response")


@dataclass(frozen=True)
class Upload:
    """Checked rows of a file, which take the place of the results there are.

    Parameters
    ----------
    report
        What the file holds.
    objectives
        What is measured from now on, or None where that stays.
    """

    report: ImportReport
    objectives: ObjectivesSet | None

    def changes(self, state: SessionState) -> list[Change]:
        """Return the changes of the newest state; points that wait for a result stay."""
        found: list[Change] = []
        old = tuple(row.id for row in state.table.done())
        if old:
            found.append(RowsRemoved(old))
        if self.objectives is not None:
            found.append(self.objectives)
        rows = self.report.rows_from(state.table.next_id)
        if rows:
            found.append(RowsAdded(tuple(rows)))
        return found


def read_csv(content: bytes, target_columns: str, state: SessionState) -> Upload:
    """Read and check a file against a session; nothing is changed.

    Parameters
    ----------
    content
        The file.
    target_columns
        Names of the columns with results, separated by commas.
    state
        Gives the variables.

    Raises
    ------
    OptwidgetsError
        A column of results is missing, or a value cannot be read.
    """
    from optwidgets.data.importing import plan_import, read_table

    frame = read_table(content)
    names = [name.strip() for name in target_columns.split(",") if name.strip()]
    columns = [str(column) for column in frame.columns]
    missing = [name for name in names if name not in columns]
    if missing or not names:
        raise OptwidgetsError(
            f"The file has no column {enumerate_words(missing or ['of results'])}. Its columns are "
            f"{enumerate_words(columns, limit=20)}. Name the columns of results in target_columns."
        )
    objectives = _objectives(names, state)
    table: Table = state.table
    if objectives is not None:
        table = objectives.apply(table)
    report = plan_import(frame, state.space, table)
    unnamed = {name: said for name, said in _UNNAMED.items() if name not in report.mapping.values()}
    if unnamed and not report.problems:
        report = plan_import(frame.assign(**unnamed), state.space, table)
    report.raise_if_bad()
    return Upload(report, objectives)


def preview(content: bytes) -> dict[str, Any]:
    r"""Return the columns of a file, and which of them may be the results.

    Examples
    --------
    >>> preview(b"T,Yield\n60,1.5\n")["recommended_target"]
    'Yield'
    """
    from optwidgets.data.importing import read_table

    frame = read_table(content)
    columns = [str(column) for column in frame.columns]
    targets = [column for column in columns if column not in BOOKKEEPING]
    has_output = "Output" in columns
    return {
        "columns": columns,
        "available_targets": targets,
        "has_output": has_output,
        "recommended_target": None if has_output else _recommended(targets, frame),
        "n_rows": len(frame),
    }


def _recommended(targets: Sequence[str], frame: Any) -> str | None:
    for usual in _USUAL_TARGETS:
        for name in targets:
            if name.lower() == usual:
                return name
    if not targets:
        return None
    # By its place: a name may stand above two columns.
    first = frame.dtypes.iloc[[str(column) for column in frame.columns].index(targets[0])]
    return targets[0] if getattr(first, "kind", "") in "iuf" else None


def _objectives(names: Sequence[str], state: SessionState) -> ObjectivesSet | None:
    if set(names) == set(state.table.target_names):
        return None
    known = {objective.name: objective for objective in state.table.objectives}
    wanted = [known.get(name) or Objective(name) for name in dict.fromkeys(names)]
    return ObjectivesSet(tuple(check_objectives(wanted, state.space)))
