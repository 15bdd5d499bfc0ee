"""Theirs, mine or both, for each kind of change that can meet another one."""

from __future__ import annotations

import pytest

from optwidgets.data.edits import ObjectivesSet, RowEdit, RowsAdded, RowsEdited, RowsRemoved
from optwidgets.data.row import Row
from optwidgets.data.table import Objective
from optwidgets.journal.changes import MetadataChanged, SettingsChanged
from optwidgets.journal.merging import chosen, offered
from optwidgets.journal.rules import check
from optwidgets.journal.state import apply_all, initial_state
from optwidgets.space.edits import VariableAdded, VariableChanged, VariableRemoved
from optwidgets.space.variable import Real

T = Real("T", 0, 10)
ROW = Row(1, {"T": 5.0}, {}, state="running", iteration=2, reason="EI")
BASE = apply_all(
    initial_state(),
    [VariableAdded(T), SettingsChanged({"a": 1, "b": 1}), RowsAdded((ROW,))],
)


def edit(**fields):
    return RowsEdited((RowEdit(1, fields),))


def met(choice, theirs, mine):
    """Return the state after a choice between two changes of one state."""
    newest = apply_all(BASE, [theirs])
    return check(newest, chosen(choice, BASE, newest, [mine]))


@pytest.mark.parametrize("choice", ["theirs", "mine", "both"])
def test_bounds_of_one_variable(choice):
    after = met(
        choice, VariableChanged("T", Real("T", 0, 20)), VariableChanged("T", Real("T", 5, 10))
    )
    expected = {"theirs": (0, 20), "mine": (5, 10), "both": (5, 20)}[choice]
    assert (after.space["T"].low, after.space["T"].high) == expected


def test_where_both_changed_the_same_mine_holds():
    after = met(
        "both", VariableChanged("T", Real("T", 0, 20)), VariableChanged("T", Real("T", 0, 30))
    )
    assert after.space["T"].high == 30


def test_a_variable_that_is_gone_comes_back_as_mine():
    after = met("mine", VariableRemoved("T"), VariableChanged("T", Real("T", 0, 30)))
    assert after.space["T"].high == 30


def test_a_variable_that_both_added_is_mine_or_both():
    theirs, mine = VariableAdded(Real("p", 0, 1)), VariableAdded(Real("p", 0, 2, unit="bar"))
    after = met("mine", theirs, mine)
    assert (after.space["p"].high, after.space["p"].unit) == (2, "bar")
    assert len(after.space) == 2


def test_what_both_removed_needs_nothing():
    assert met("mine", VariableRemoved("T"), VariableRemoved("T")).space.names == ()


def test_settings_that_only_one_changed_are_kept():
    theirs, mine = SettingsChanged({"a": 2}), SettingsChanged({"a": 3, "b": 3})
    assert met("mine", theirs, mine).settings["a"] == 3
    both = met("both", theirs, mine)
    assert (both.settings["a"], both.settings["b"]) == (2, 3)


def test_objectives_of_both_stand_beside_each_other():
    theirs = ObjectivesSet((Objective("Yield", unit="%"),))
    mine = ObjectivesSet((Objective("Yield", goal="minimize"), Objective("Cost")))
    after = met("both", theirs, mine)
    found = {each.name: (each.goal, each.unit) for each in after.table.objectives}
    assert found["Yield"] == ("minimize", "%")
    assert set(found) == {"Yield", "Cost"}


@pytest.mark.parametrize(
    ("change", "choices"),
    [
        (RowsRemoved((9,)), ("theirs",)),
        (RowsRemoved((1,)), ("theirs", "mine")),
        (edit(inputs={"T": 4.0}), ("theirs", "mine")),
        (edit(outputs={"Output": 4.0}), ("theirs", "mine", "both")),
        (edit(inputs={"T": 4.0}, note="a"), ("theirs", "mine", "both")),
        (VariableRemoved("T"), ("theirs", "mine")),
        (MetadataChanged({"name": "a"}), ("theirs", "mine", "both")),
    ],
)
def test_only_what_makes_sense_is_offered(change, choices):
    assert offered([change], BASE) == choices


def test_two_results_of_one_row_are_two_rows():
    theirs = edit(outputs={"Output": 1.0}, state="done", finished_at="2026-11-22T10:00:00+00:00")
    mine = edit(outputs={"Output": 2.0}, state="done", finished_at="2026-11-22T10:00:01+00:00")
    after = met("both", theirs, mine)
    assert {row.id: (row.inputs["T"], row.outputs["Output"], row.state) for row in after.table} == {
        1: (5.0, 1.0, "done"),
        2: (5.0, 2.0, "done"),
    }
    assert (after.table.row(2).iteration, after.table.row(2).reason) == (2, "EI")
    assert met("mine", theirs, mine).table.row(1).outputs["Output"] == 2.0


def test_cells_that_only_one_has_changed_are_kept():
    theirs, mine = edit(note="theirs", noise=0.5), edit(note="mine", inputs={"T": 6.0})
    row = met("both", theirs, mine).table.row(1)
    assert (row.note, row.noise, row.inputs["T"]) == ("theirs", 0.5, 6.0)


def test_mine_of_a_row_that_is_gone_is_nothing():
    assert len(met("mine", RowsRemoved((1,)), edit(note="mine")).table) == 0
