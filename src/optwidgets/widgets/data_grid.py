"""DataGrid: experiments and suggestions in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from optwidgets.data.edits import RowsAdded, RowsEdited, RowsRemoved
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import SuggestionsMade
from optwidgets.journal.listeners import Rewritten
from optwidgets.widgets._base import SessionWidget, intent
from optwidgets.widgets._grid_edits import Typed, paste_words, split_block, without_head
from optwidgets.widgets._grid_predictions import models_mark, predictions_of
from optwidgets.widgets._grid_table import columns_of, encode_table, row_cells
from optwidgets.widgets._results import best_row, noise_of

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState
    from optwidgets.session import OptimizationSession

# Below this a whole table is as quick as a patch.
PATCH_ABOVE = 500
MAX_PATCH = 100
PLAN = 12


class DataGrid(SessionWidget):
    """The table of a session: what was tried, what came out, what is suggested.

    Parameters
    ----------
    session
        The session that is shown.

    Examples
    --------
    >>> from optwidgets.session import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("T", "real", bounds=(60, 140))
    >>> grid = DataGrid(session)
    >>> grid.handle("edit", {"cells": [{"row": 0, "column": "in:T", "text": "110,5"}]})["rows"]
    [1]
    >>> session.state.table.row(1).inputs["T"]
    110.5
    """

    #: All rows as one buffer, see `optwidgets.widgets._grid_table`.
    table = traitlets.Bytes().tag(sync=True)
    columns: traitlets.List[Any] = traitlets.List().tag(sync=True)
    #: Objective to the row with its best result.
    best_rows: traitlets.Dict[str, int] = traitlets.Dict().tag(sync=True)
    loading = traitlets.Bool().tag(sync=True)

    def __init__(self, session: OptimizationSession, **options: Any) -> None:
        # Rows that changed and rows that went since the page was told; None for "all may have".
        self._touched: tuple[set[int], set[int]] | None = None
        self._sent_revision = -1
        self._shown_model: object = None
        # Whether patches went past the trait since it was last set.
        self._patched = False
        super().__init__(session, **options)

    def project(self, state: SessionState) -> dict[str, Any]:
        """Return the traits for a state; small edits of a large table go as a patch."""
        fresh: dict[str, Any] = {
            "columns": columns_of(state, noise_of(state.table)),
            "best_rows": {
                name: row.id
                for name in state.table.target_names
                if (row := best_row(state.table, state.table.objective(name))) is not None
            },
        }
        model = models_mark(self.session, state)
        touched, self._touched = self._touched, (set(), set())
        if self._patch_suffices(state, touched, fresh, model):
            assert touched is not None
            self._send_patch(state, *touched)
            self._patched = True
        else:
            self._patched = False
            fresh["table"] = encode_table(state, predictions_of(self.session, state, state.table))
        self._shown_model = model
        self._sent_revision = state.revision
        return fresh

    def entries_came(self, entries: Sequence[Entry]) -> None:
        """Note which rows have changed."""
        if isinstance(entries, Rewritten):
            # Rows of entries that are gone may be any.
            self._touched = None
        if self._touched is None:
            return
        changed, removed = self._touched
        for entry in entries:
            change = entry.change
            if isinstance(change, RowsAdded | SuggestionsMade):
                back = {row.id for row in change.rows}
                changed |= back
                removed -= back
            elif isinstance(change, RowsEdited):
                changed |= {edit.row for edit in change.edits}
            elif isinstance(change, RowsRemoved):
                removed |= set(change.ids)
                changed -= removed
            else:
                self._touched = None
                return

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Any:
        """Return traits for the page; one that (re)loads gets the rows of all patches, too."""
        found = super().get_state(key, drop_defaults)
        if key is None and self._patched:
            state = self.session.state
            found["table"] = encode_table(state, predictions_of(self.session, state, state.table))
        return found

    # ------------------------------------------------------------ intents

    @intent("edit")
    def _edit(self, cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Write texts into cells, all of them or, on an error, none."""
        typed = Typed(self.session.state)
        by_row: dict[int, dict[str, str | None]] = {}
        for cell in cells:
            by_row.setdefault(int(cell["row"]), {})[str(cell["column"])] = str(cell["text"])
        rows = [typed.put(row, texts) for row, texts in by_row.items()]
        self._commit(typed)
        return {"rows": rows}

    @intent("clear")
    def _clear(self, cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Empty cells."""
        typed = Typed(self.session.state)
        by_row: dict[int, dict[str, str | None]] = {}
        for cell in cells:
            by_row.setdefault(int(cell["row"]), {})[str(cell["column"])] = None
        rows = [typed.put(row, texts) for row, texts in by_row.items() if row]
        self._commit(typed)
        return {"rows": rows}

    @intent("paste")
    def _paste(
        self, text: str, columns: Sequence[str], rows: Sequence[int], **_: Any
    ) -> dict[str, Any]:
        """Write a copied block over rows in view; lines beyond them become new rows."""
        lines, keys = without_head(split_block(text), columns)
        wide = max(len(line) for line in lines)
        if wide > len(keys):
            raise OptwidgetsError(
                f"The copied block has {wide} columns, but only {len(keys)} stand from here on. "
                "Begin further left."
            )
        typed = Typed(self.session.state, forgiving=True)
        targets = [int(row) for row in rows]
        numbers = [
            typed.put(targets[at] if at < len(targets) else 0, dict(zip(keys, line, strict=False)))
            for at, line in enumerate(lines)
        ]
        self._commit(typed)
        outside = typed.outside(self.session.state)
        return {
            "rows": numbers,
            "words": paste_words(len(lines), wide, typed.bad, outside),
            "first_bad": typed.bad[0].to_dict() if typed.bad else None,
            "outside": outside,
        }

    @intent("add_row")
    def _add_row(self) -> dict[str, Any]:
        """Add an empty row, to be typed into."""
        row = self.session.experiment_manager.add_experiment({}, partial=True)
        return {"row": row}

    @intent("set_state")
    def _set_state(self, rows: Sequence[int], state: str, reason: str = "") -> None:
        """Change the state of rows; `restore` brings excluded and failed ones back."""
        manager = self.session.experiment_manager
        numbers = [int(row) for row in rows]
        if state == "restore":
            manager.restore(numbers, reason or None)
        elif state == "excluded":
            manager.exclude(numbers, reason or "Excluded by hand")
        elif state == "failed":
            manager.fail(numbers, reason or "Failed")
        else:
            manager.edit_rows({number: {"state": state} for number in numbers})

    @intent("accept")
    def _accept(self, rows: Sequence[int]) -> None:
        """Accept suggested rows: they are running."""
        self.session.experiment_manager.accept([int(row) for row in rows])

    @intent("delete")
    def _delete(self, rows: Sequence[int]) -> None:
        """Delete rows; undo brings them back."""
        self.session.experiment_manager.delete([int(row) for row in rows])

    @intent("plan")
    def _plan(self, n: int = PLAN) -> dict[str, Any]:
        """Put a plan that covers the space evenly into the table."""
        before = set(self.session.state.table.ids)
        self.session.generate_initial_design("lhs", int(n), stage=True)
        return {"rows": sorted(set(self.session.state.table.ids) - before)}

    @intent("refresh")
    def _refresh(self) -> None:
        """Send the whole table to a page that missed a patch."""
        self._touched = None
        self.refresh()

    @intent("export_csv")
    def _export_csv(self) -> dict[str, str]:
        """Return the table, for the browser to save."""
        from optwidgets.data.exporting import export_bytes

        state = self.session.state
        text = export_bytes(state.table, state.space, "csv").decode()
        return {"name": "experiments.csv", "text": text, "type": "text/csv"}

    # ------------------------------------------------------------ inside

    def _commit(self, typed: Typed) -> None:
        if typed.changes:
            self.session.commit(typed.changes)

    def _patch_suffices(
        self,
        state: SessionState,
        touched: tuple[set[int], set[int]] | None,
        fresh: Mapping[str, Any],
        model: object,
    ) -> bool:
        return (
            touched is not None
            and len(state.table) > PATCH_ABOVE
            and len(touched[0]) + len(touched[1]) <= MAX_PATCH
            and fresh["columns"] == self.columns
            and model == self._shown_model
        )

    def _send_patch(self, state: SessionState, changed: set[int], removed: set[int]) -> None:
        rows = [state.table.row(number) for number in sorted(changed) if number in state.table]
        predictions = predictions_of(self.session, state, rows)
        self.send(
            {
                "event": "patch",
                "base": self._sent_revision,
                "revision": state.revision,
                "rows": [row_cells(row, state, predictions) for row in rows],
                "removed": sorted(removed),
            }
        )
