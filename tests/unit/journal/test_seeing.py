"""What stands in whose way, and what a mark is worth after entries were rewritten."""

from __future__ import annotations

import pytest

from optwidgets.data.edits import ObjectivesSet, RowEdit, RowsAdded, RowsEdited, RowsRemoved
from optwidgets.data.row import Row
from optwidgets.data.table import Objective
from optwidgets.journal.acting import acting
from optwidgets.journal.changes import SettingsChanged, SuggestionsMade
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.protocol import ConflictError
from optwidgets.journal.seeing import Sight
from optwidgets.journal.state import apply, initial_state
from optwidgets.journal.store import Store
from optwidgets.journal.touching import in_the_way
from optwidgets.space.edits import VariableAdded, VariableChanged
from optwidgets.space.variable import Real


def cells(row, **fields):
    return RowsEdited((RowEdit(row, fields),))


@pytest.mark.parametrize(
    ("mine", "theirs", "met"),
    [
        (cells(1, note="a"), cells(1, note="b"), True),
        (cells(1, note="a"), cells(1, note="a"), False),
        (cells(1, note="a"), cells(2, note="b"), False),
        (cells(1, note="a"), cells(1, noise=0.1), False),
        (cells(1, inputs={"x": 1.0}), cells(1, outputs={"x": 2.0}), False),
        (cells(1, finished_at="a"), cells(1, finished_at="b"), False),
        (RowsRemoved((1,)), cells(1, note="b"), True),
        (RowsRemoved((2,)), cells(1, note="b"), False),
        (RowsAdded((Row(2),)), RowsAdded((Row(2),)), False),
        (SuggestionsMade((Row(2),), {}), cells(2, note="b"), False),
        (VariableAdded(Real("T", 0, 1)), VariableAdded(Real("T", 0, 1)), False),
        (VariableAdded(Real("T", 0, 1)), VariableAdded(Real("T", 0, 2)), True),
        (SettingsChanged({"a": 1}), SettingsChanged(removed=("a",)), True),
        (ObjectivesSet((Objective("a"),)), ObjectivesSet((Objective("b"),)), True),
    ],
)
def test_who_is_in_whose_way(mine, theirs, met):
    others = MemoryJournal().append([theirs], actor="Noor")
    assert bool(in_the_way([mine], others)) is met


@pytest.mark.parametrize(("name", "met"), [("a", True), ("b", False), ("c", False)])
def test_of_one_list_of_objectives_each_is_a_thing_of_its_own(name, met):
    before = initial_state()
    before = apply(before, ObjectivesSet((Objective("a"), Objective("b"))))
    theirs = ObjectivesSet((Objective("a", unit="%"), Objective("b")))
    others = MemoryJournal().append([theirs], actor="Noor")
    known = {"a": Objective("a"), "b": Objective("b")}
    mine = ObjectivesSet(tuple((known | {name: Objective(name, unit="g")}).values()))
    assert bool(in_the_way([mine], others, before)) is met
    assert in_the_way([mine], others)


def test_what_they_took_back_themselves_is_in_nobodys_way():
    others = MemoryJournal().append([cells(1, note="b"), cells(1, note="a")], actor="Noor")
    assert in_the_way([cells(1, note="a")], others) == []


@pytest.mark.parametrize("odd", ["", "x", "1", "a.b", "9.x"])
def test_a_mark_that_is_none_means_that_nothing_was_seen(odd):
    assert Sight().revision(odd) == 0


@pytest.fixture
def store():
    """A store with a variable, in a journal that another one changes, too."""
    store = Store(MemoryJournal(), actor="maya")
    store.commit([VariableAdded(Real("x", 0, 1))])
    return store


def changed(high):
    return VariableChanged("x", Real("x", 0, high))


def test_a_change_on_what_was_not_seen_is_set_aside_with_who_was_quicker(store):
    seen = store.mark
    store.journal.append([changed(2.0)], actor="noor")
    with acting("maya", seen=seen), pytest.raises(ConflictError, match="noor changed a var") as met:
        store.commit([changed(3.0)])
    [kept] = store.shelf.set_aside()
    assert (kept.number, kept.actor, kept.base) == (met.value.number, "maya", 1)
    assert kept.changes == (changed(3.0),)
    assert kept.reason.endswith("(Upper bound of x: 1 to 2).")
    assert store.state.space["x"].high == 2.0


def test_ones_own_changes_are_in_nobodys_way(store):
    seen = store.mark
    store.commit([changed(2.0)])
    with acting("maya", seen=seen):
        store.commit([changed(3.0)])
    assert store.state.space["x"].high == 3.0


def test_other_things_go_in_silently(store):
    seen = store.mark
    store.journal.append([changed(2.0)], actor="noor")
    with acting("maya", seen=seen):
        store.commit([SettingsChanged({"a": 1})])
        store.commit([VariableAdded(Real("y", 0, 1))])
    assert store.state.space.names == ("x", "y")
    assert store.shelf.set_aside() == []


def test_nobody_goes_back_on_a_step_that_was_not_seen(store):
    seen = store.mark
    store.journal.append([changed(2.0)], actor="noor")
    with acting("maya", seen=seen), pytest.raises(ConflictError, match="noor changed a variable"):
        store.undo()
    assert store.state.space["x"].high == 2.0
    with acting("maya", seen=store.mark):
        store.undo()
    assert store.state.space["x"].high == 1.0
