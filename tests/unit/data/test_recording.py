"""From what people write to rows and edits."""

from __future__ import annotations

from datetime import datetime

import pytest

from optwidgets.data.recording import check_inputs, check_outputs, new_row, now, row_edit
from optwidgets.data.table import Objective, Row, Table
from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Real

SPACE = Space((Real("Temperature", 60, 140), Categorical("Catalyst", ("A", "B"))))
TABLE = Table(objectives=(Objective("Yield"),))
TWO = Table(objectives=(Objective("Yield"), Objective("Purity")))


def edit(row, values, table=TABLE, space=SPACE):
    return row_edit(row, values, space, table, at="AT").apply(row)


def test_now_is_utc():
    assert datetime.fromisoformat(now()).utcoffset().total_seconds() == 0


def test_outputs():
    assert check_outputs(3, TABLE) == {"Yield": 3.0}
    assert check_outputs({"Yield": 3, "Purity": None}, TWO) == {"Yield": 3.0}
    for output, table in [({"Yeild": 3}, TABLE), (3, TWO), ("x", TABLE), (float("nan"), TABLE)]:
        with pytest.raises(OptwidgetsError):
            check_outputs(output, table)


def test_inputs_without_a_space():
    assert check_inputs({"a": 1, "b": "x"}, None) == {"a": 1, "b": "x"}
    for inputs in ({"a": [1]}, [1], None, {"a": float("inf")}):
        with pytest.raises(OptwidgetsError):
            check_inputs(inputs, None)


def test_results_decide_the_state():
    assert new_row(1, {}, {}, TABLE, at="t").state == "running"
    row = new_row(1, {}, {"Yield": 1.0}, TABLE, at="t")
    assert (row.state, row.finished_at) == ("done", "t")
    assert new_row(1, {}, {"Yield": 1.0}, TWO).state == "running"
    assert new_row(1, {}, {}, TABLE, state="suggested").finished_at is None
    with pytest.raises(OptwidgetsError, match="no result for Yield"):
        new_row(1, {}, {}, TABLE, state="done")


@pytest.mark.parametrize("state", ["suggested", "running", "failed"])
def test_a_result_typed_makes_the_row_done(state):
    row = edit(Row(27, {"Temperature": 80.0}, state=state), {"Yield": "82,5"})
    assert (row.outputs["Yield"], row.state, row.finished_at) == (82.5, "done", "AT")


def test_clearing_a_result_makes_the_row_running_again():
    row = edit(Row(1, {}, {"Yield": 1.0}, state="done", finished_at="x"), {"Yield": ""})
    assert (dict(row.outputs), row.state, row.finished_at) == ({}, "running", None)


def test_excluded_rows_stay_excluded():
    assert edit(Row(1, state="excluded"), {"Yield": 3}).state == "excluded"


def test_two_objectives_must_both_be_there():
    row = edit(Row(1, state="suggested"), {"Yield": 3}, TWO)
    assert row.state == "suggested"
    assert edit(row, {"Purity": 3}, TWO).state == "done"


def test_cells():
    row = Row(1, {"Temperature": 80.0, "Catalyst": "A"})
    after = edit(row, {"Temperature": None, "Catalyst": "b", "note": "x", "Noise": "0,5"})
    assert dict(after.inputs) == {"Catalyst": "B"}
    assert (after.note, after.noise) == ("x", 0.5)
    assert edit(row, {"Temperature": 500}).inputs["Temperature"] == 500.0  # outside is kept


@pytest.mark.parametrize(
    ("values", "column", "words"),
    [
        ({"Temperature": "1o5"}, "Temperature", 'Temperature "1o5" is not a number.'),
        ({"Catalyst": "Z"}, "Catalyst", 'Catalyst "Z" is not one of A and B.'),
        ({"Yield": float("inf")}, "Yield", "Yield must be a finite number, not inf."),
        ({"Yeild": 3}, "Yeild", "I don't know Yeild. Did you mean Yield?"),
        ({"state": "done"}, "State", "Row 27 has no result for Yield."),
        ({"state": "lost"}, "State", 'State "lost" is not one of'),
        ({"noise": -1}, "Noise", "Noise is a variance"),
        ({"id": 3}, "id", "I don't know id."),
    ],
)
def test_a_bad_cell_names_row_and_column(values, column, words):
    with pytest.raises(OptwidgetsError) as caught:
        edit(Row(27, {"Temperature": 80.0}), values)
    assert str(caught.value).startswith(words)
    assert (caught.value.row, caught.value.column) == (27, column)


def test_columns_of_removed_variables_can_be_corrected():
    row = Row(1, {"old": 3.0}, {"was": 1.0})
    after = edit(row, {"old": 4.0, "was": None})
    assert dict(after.inputs) == {"old": 4.0}
    assert dict(after.outputs) == {}
