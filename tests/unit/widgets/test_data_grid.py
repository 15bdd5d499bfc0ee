from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.session import OptimizationSession
from optwidgets.widgets import _base
from optwidgets.widgets._grid_predictions import predictions_of
from optwidgets.widgets._grid_table import row_cells
from optwidgets.widgets.data_grid import PATCH_ABOVE, DataGrid

DTYPES = {"f8": "<f8", "i4": "<i4", "u1": "<u1"}
# What every row of a column has that was left out.
EMPTY = {"f8": float("nan"), "i4": 0, "u1": 0, "text": ""}


def decode(buffer: bytes):
    """The other end of the wire, written from its description."""
    (length,) = struct.unpack("<I", buffer[:4])
    header = json.loads(buffer[4 : 4 + length])
    base = 4 + length
    assert base % 8 == 0
    columns = {}
    for column in header["columns"]:
        start = base + column["offset"]
        raw = buffer[start : start + column["length"]]
        assert column["offset"] % 8 == 0
        if not raw:
            columns[column["key"]] = [EMPTY[column["dtype"]]] * header["rows"]
            continue
        columns[column["key"]] = (
            json.loads(raw)
            if column["dtype"] == "text"
            else np.frombuffer(raw, DTYPES[column["dtype"]]).tolist()
        )
    return header, columns


@pytest.fixture
def session():
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(60, 140), unit="°C")
    session.add_variable("n", "integer", bounds=(1, 5))
    session.add_variable("cat", "categorical", categories=["A", "B"])
    session.add_objective("Yield", unit="%")
    return session


@pytest.fixture
def grid(session, monkeypatch):
    monkeypatch.setattr(_base, "static_file", lambda name: name)
    grid = DataGrid(session)
    grid.pushed = []
    grid.send = lambda content, buffers=None: grid.pushed.append(content)
    return grid


def point(**changes):
    return {"T": 100.0, "n": 2, "cat": "A", **changes}


def edit(grid, row, column, text):
    return grid.handle("edit", {"cells": [{"row": row, "column": column, "text": text}]})


def test_the_table_travels_whole(session, grid):
    session.add_experiment(point(), 70.5, note="ünï")
    session.add_experiment(point(T=150.0))
    header, columns = decode(grid.table)
    assert header["rows"] == 2
    assert header["revision"] == session.revision
    assert columns["id"] == [1, 2]
    assert columns["state"] == [2, 1]
    assert columns["outside"] == [0, 1]
    assert columns["in:T"] == [100.0, 150.0]
    assert columns["in:cat"] == ["A", "A"]
    assert columns["out:Yield"][0] == 70.5
    assert np.isnan(columns["out:Yield"][1])
    assert columns["note"] == ["ünï", ""]
    assert [column["key"] for column in grid.columns] == [
        "in:T",
        "in:n",
        "in:cat",
        "out:Yield",
        "note",
    ]
    assert grid.best_rows == {grid.session.state.table.target_names[0]: 1}


def test_a_broken_constraint_is_seen_in_the_whole_table_and_in_a_row():
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_variable("b", "real", bounds=(0, 1))
    session.add_experiment({"a": 0.5, "b": 0.5}, output=1.0)
    session.add_experiment({"a": 0.5, "b": 0.6}, output=1.0)
    session.add_input_constraint("equality", {"a": 1, "b": 1}, rhs=1)
    assert decode(DataGrid(session).table)[1]["outside"] == [0, 1]


@pytest.mark.parametrize("kind", ["integer", "discrete", "categorical"])
def test_outside_is_seen_for_every_kind(monkeypatch, kind):
    monkeypatch.setattr(_base, "static_file", lambda name: name)
    session = OptimizationSession()
    options = {
        "integer": {"bounds": (1, 5)},
        "discrete": {"values": [1, 2, 4]},
        "categorical": {"categories": ["A", "B", "C"]},
    }
    session.add_variable("x", kind, **options[kind])
    inside, other = {"integer": (3, 9), "discrete": (2.0, 9.0), "categorical": ("A", "C")}[kind]
    session.add_experiment({"x": inside}, 1.0)
    session.add_experiment({"x": other}, 1.0)
    if kind == "categorical":
        session.search_space.change_variable("x", categories=["A", "B"])
    assert decode(DataGrid(session).table)[1]["outside"] == [0, 1]


def test_typing_a_result_completes_a_suggested_row(session, grid):
    grid.handle("plan", {"n": 3})
    assert session.state.table.row(1).state == "suggested"
    edit(grid, 1, "out:Yield", "82,5")
    row = session.state.table.row(1)
    assert (row.state, row.outputs["Yield"]) == ("done", 82.5)
    grid.handle("undo", {})
    assert session.state.table.row(1).state == "suggested"


def test_a_bad_cell_is_named_and_nothing_changes(session, grid):
    session.add_experiment(point(), 70.5)
    before = session.state
    with pytest.raises(OptwidgetsError, match=r'"1o5" is not a number') as caught:
        edit(grid, 1, "in:T", "1o5")
    assert (caught.value.row, caught.value.column) == (1, "in:T")
    with pytest.raises(OptwidgetsError, match="not one of A and B"):
        edit(grid, 1, "in:cat", "C")
    assert session.state is before


def test_a_block_of_cells_is_one_step(session, grid):
    session.add_experiment(point(), 70.5)
    session.add_experiment(point(), 71.5)
    cells = [{"row": row, "column": "in:T", "text": "90"} for row in (1, 2)]
    grid.handle("edit", {"cells": cells})
    assert [row.inputs["T"] for row in session.state.table] == [90.0, 90.0]
    grid.handle("undo", {})
    assert [row.inputs["T"] for row in session.state.table] == [100.0, 100.0]


def test_typing_into_the_new_row_creates_it(session, grid):
    assert edit(grid, 0, "in:T", "99")["rows"] == [1]
    row = session.state.table.row(1)
    assert (dict(row.inputs), row.state) == ({"T": 99.0}, "running")


def test_clearing_a_result_makes_the_row_running_again(session, grid):
    session.add_experiment(point(), 70.5)
    grid.handle("clear", {"cells": [{"row": 1, "column": "out:Yield"}]})
    assert session.state.table.row(1).state == "running"
    grid.handle("clear", {"cells": [{"row": 1, "column": "in:cat"}]})
    assert "cat" not in session.state.table.row(1).inputs


def paste(grid, text, columns=("in:T", "in:n", "in:cat", "out:Yield", "note"), rows=()):
    return grid.handle("paste", {"text": text, "columns": list(columns), "rows": list(rows)})


def test_paste_keeps_what_fits_and_says_the_rest(session, grid):
    session.add_experiment(point(), 70.5)
    result = paste(grid, '101\t3\tB\t71\r\n155\t4\tA\t"72,5"\r\n102\tn/a\tA\t73\r\n', rows=[1])
    assert result["words"] == (
        'Pasted 3 rows, 4 columns. 1 value needs you: row 3, n "n/a". '
        "1 row is outside the bounds and is kept."
    )
    assert result["first_bad"]["row"] == 3
    assert result["first_bad"]["column"] == "in:n"
    table = session.state.table
    assert table.row(1).inputs["T"] == 101.0
    assert table.row(2).outputs["Yield"] == 72.5
    assert "n" not in table.row(3).inputs
    grid.handle("undo", {})
    assert len(session.state.table) == 1


def test_a_pasted_head_names_the_columns(session, grid):
    paste(grid, "Yield (%)\tT (°C)\n80\t110\n")
    row = session.state.table.row(1)
    assert (row.outputs["Yield"], row.inputs["T"]) == (80.0, 110.0)


def test_a_block_that_is_too_wide_is_refused(grid):
    with pytest.raises(OptwidgetsError, match="2 columns, but only 1"):
        paste(grid, "1\t2", columns=["note"])


def test_quotes_and_line_breaks_inside_a_cell_survive(session, grid):
    paste(grid, '100\t2\tA\t70\t"two\nlines, ""quoted"""\r\n')
    assert session.state.table.row(1).note == 'two\nlines, "quoted"'


def test_states_change_with_a_reason(session, grid):
    session.add_experiment(point(), 70.5)
    grid.handle("set_state", {"rows": [1], "state": "excluded", "reason": "leak"})
    row = session.state.table.row(1)
    assert (row.state, row.reason) == ("excluded", "leak")
    grid.handle("set_state", {"rows": [1], "state": "restore"})
    assert session.state.table.row(1).state == "done"
    grid.handle("set_state", {"rows": [1], "state": "failed", "reason": "pump"})
    assert session.state.table.row(1).state == "failed"
    grid.handle("delete", {"rows": [1]})
    assert len(session.state.table) == 0
    for _ in range(4):
        grid.handle("undo", {})
    assert session.state.table.row(1).state == "done"


def test_a_large_table_gets_patches_and_a_reload_sees_them(session, grid):
    manager = session.experiment_manager
    manager.add_experiments([point()] * (PATCH_ABOVE + 9), [1.0] * (PATCH_ABOVE + 9))
    base = decode(grid.table)[0]["revision"]
    grid.pushed.clear()
    edit(grid, 5, "in:T", "111")
    assert decode(grid.table)[0]["revision"] == base
    (patch,) = [push for push in grid.pushed if push.get("event") == "patch"]
    assert (patch["base"], patch["revision"]) == (base, session.revision)
    assert [(row["id"], row["in:T"]) for row in patch["rows"]] == [(5, 111.0)]
    header, columns = decode(grid.get_state()["table"])
    assert header["revision"] == session.revision
    assert columns["in:T"][4] == 111.0

    grid.handle("delete", {"rows": [6]})
    assert grid.pushed[-1]["removed"] == [6]
    grid.handle("refresh", {})
    assert 6 not in decode(grid.table)[1]["id"]


def test_a_change_of_the_space_sends_the_whole_table(session, grid):
    manager = session.experiment_manager
    manager.add_experiments([point()] * (PATCH_ABOVE + 9), [1.0] * (PATCH_ABOVE + 9))
    session.search_space.rename_variable("T", "Temperature")
    header, columns = decode(grid.table)
    assert header["revision"] == session.revision
    assert columns["in:Temperature"][0] == 100.0


def test_the_export_is_csv(session, grid):
    session.add_experiment(point(), 70.5)
    exported = grid.handle("export_csv", {})
    # The mark in front makes spreadsheets read it as UTF-8.
    assert exported["text"].startswith("\ufeffrow,T,n,cat,Yield")


def test_names_with_colons_and_markup_are_only_names(monkeypatch):
    monkeypatch.setattr(_base, "static_file", lambda name: name)
    session = OptimizationSession()
    session.add_variable('in:<b>"x"</b>', "real", bounds=(0, 1))
    grid = DataGrid(session)
    edit(grid, 0, 'in:in:<b>"x"</b>', "0.5")
    assert session.state.table.row(1).inputs['in:<b>"x"</b>'] == 0.5


def test_each_objective_has_its_predictions_and_its_best_row():
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_objective("Yield", "maximize")
    session.add_objective("Cost", "minimize")
    for n in range(6):
        session.add_experiment({"a": n / 5}, output={"Yield": 10.0 * n, "Cost": 500.0 + n * n})
    session.experiment_manager.add_experiment({"a": 0.5}, state="suggested")
    for name in ("Yield", "Cost"):
        session._work.fit_now(name)
    state = session.state
    told = predictions_of(session, state, state.table)
    assert told["Yield"].keys() == told["Cost"].keys() == set(range(1, 8))
    assert told["Yield"][7][0] < 60
    assert 500 < told["Cost"][7][0] < 530
    cells = row_cells(state.table.row(7), state, told)
    assert (cells["mean:Yield"], cells["sd:Cost"]) == (told["Yield"][7][0], told["Cost"][7][1])
    grid = DataGrid(session)
    assert grid.best_rows == {"Yield": 6, "Cost": 1}
    grid.close()
    session.close()
