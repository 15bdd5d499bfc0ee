"""Committing, folding, telling: also with other processes on the same file."""

from __future__ import annotations

import threading
import time

import pytest

from optwidgets.data.edits import RowEdit, RowsAdded, RowsEdited
from optwidgets.data.row import Row
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.acting import acting
from optwidgets.journal.changes import MetadataChanged
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.protocol import ConflictError
from optwidgets.journal.sql import SqlJournal
from optwidgets.journal.store import Store
from optwidgets.journal.undo import KEPT_STEPS
from optwidgets.space.edits import VariableAdded, VariableChanged
from optwidgets.space.variable import Real
from support.waiting import until


def real(name="x", high=1.0):
    return Real(name, 0.0, high)


def row(number):
    return Row(number, {"x": 0.5}, {"Output": 1.0}, state="done")


@pytest.fixture
def pair(tmp_path):
    """Two stores on one file, as two processes would hold them."""
    first = Store(SqlJournal(tmp_path / "a.db"), actor="maya")
    second = Store(
        SqlJournal(tmp_path / "a.db", first.journal.session_id, busy_seconds=20), actor="noor"
    )
    yield first, second
    first.close()
    second.close()


def test_a_change_that_does_not_fit_changes_nothing():
    store = Store(MemoryJournal(), actor="maya")
    store.commit([VariableAdded(real())])
    before = store.state
    with pytest.raises(OptwidgetsError, match="exists already"):
        store.commit([VariableAdded(real("y")), VariableAdded(real("x"))])
    assert store.state is before
    assert len(store.journal.read()) == 1


@pytest.mark.parametrize("name", ["State", "Noise", "Reason"])
def test_names_of_the_table_are_refused_for_variables(name):
    store = Store(MemoryJournal(), actor="maya")
    with pytest.raises(OptwidgetsError, match="Use another name") as caught:
        store.commit([VariableAdded(real(name))])
    assert caught.value.field == "Name"


def test_an_output_named_like_a_variable_is_refused():
    store = Store(MemoryJournal(), actor="maya")
    with pytest.raises(OptwidgetsError, match="objective already"):
        store.commit([VariableAdded(real("Output"))])


def test_a_rename_carries_the_data_and_never_covers_other_data():
    store = Store(MemoryJournal(), actor="maya")
    store.commit([VariableAdded(real()), RowsAdded((row(1),))])
    store.commit([VariableChanged("x", real("T"))])
    assert dict(store.state.table.row(1).inputs) == {"T": 0.5}
    store.commit([RowsEdited((RowEdit(1, {"inputs": {"old": 3.0}}),))])
    with pytest.raises(OptwidgetsError, match="old"):
        store.commit([VariableChanged("T", real("old"))])


def test_the_state_is_new_before_subscribers_hear_of_it():
    store = Store(MemoryJournal(), actor="maya")
    seen = []
    store.subscribe(lambda entries: seen.append((entries[-1].revision, store.state.revision)))
    store.commit([MetadataChanged({"name": "a"})])
    assert seen == [(1, 1)]


def test_a_subscriber_may_change_and_sees_its_own_change_at_once():
    store = Store(MemoryJournal(), actor="maya")
    order = []

    def react(entries):
        if store.state.revision == 1:
            store.commit([MetadataChanged({"name": "reaction"})])
            assert store.state.name == "reaction"

    store.subscribe(react)
    store.subscribe(lambda entries: order.extend(entry.revision for entry in entries))
    store.commit([MetadataChanged({"name": "a"})])
    assert order == [1, 2]


def test_two_writers_on_one_file_agree(pair):
    first, second = pair
    first.commit([VariableAdded(real())])
    second.commit([VariableAdded(real("y"))])
    first.commit([MetadataChanged({"name": "both"})])
    second.catch_up()
    assert first.state == second.state
    assert first.state.space.names == ("x", "y")


def test_rows_of_two_writers_get_different_numbers(pair):
    first, second = pair
    stale = second.state.table.next_id
    first.commit([RowsAdded((row(1),))])
    [entry] = second.commit([RowsAdded((row(stale),))])
    assert entry.change.rows[0].id == 2
    assert second.last_commit == [entry]


def test_undo_reaches_what_the_other_writer_did(pair):
    first, second = pair
    first.commit([VariableAdded(real())])
    assert second.catch_up().space.names == ("x",)
    assert second.undo() == "x added"
    assert first.catch_up().space.names == ()
    assert first.redo_words == "x added"


def test_changes_of_another_process_reach_subscribers_by_themselves(pair):
    first, second = pair
    heard = []
    first.subscribe(lambda entries: heard.extend(entry.actor for entry in entries))
    second.commit([VariableAdded(real())])
    until(lambda: heard == ["noor"])
    assert first.state.space.names == ("x",)


def test_reading_the_state_sees_the_other_process_without_subscribing(pair):
    first, second = pair
    second.commit([VariableAdded(real())])
    until(lambda: first.state.space.names == ("x",))


def test_the_state_does_not_move_while_the_lock_is_held(pair):
    first, second = pair
    with first.lock:
        before = first.state
        second.commit([VariableAdded(real())])
        time.sleep(0.4)
        assert first.state is before


def test_many_threads_on_two_connections_lose_nothing(pair):
    def write(store, name):
        for _ in range(8):
            store.commit(lambda state: [RowsAdded((row(state.table.next_id),))])

    threads = [
        threading.Thread(target=write, args=(store, name)) for store in pair for name in ("a", "b")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = pair
    assert first.catch_up().table.ids == tuple(range(1, 33))
    assert second.catch_up() == first.state
    first.journal.verify()


def test_acting_names_the_actor_and_counts_a_key_once():
    store = Store(MemoryJournal(), actor="maya")
    for _ in range(2):
        with acting("robot", key="k"):
            store.commit([VariableAdded(real())])
            store.commit([VariableAdded(real("y"))])
    entries = store.journal.read()
    assert [(entry.actor, entry.key) for entry in entries] == [("robot", "k"), ("robot", "k#2")]
    assert store.state.space.names == ("x", "y")


def test_acting_on_an_old_revision_is_a_conflict():
    store = Store(MemoryJournal(), actor="maya")
    store.commit([VariableAdded(real())])
    with acting("noor", expected_revision=0), pytest.raises(ConflictError, match="maya added"):
        store.commit([VariableChanged("x", real(high=5.0))])
    with acting("noor", expected_revision=1):
        store.commit([VariableChanged("x", real(high=5.0))])
        store.commit([VariableChanged("x", real(high=6.0))])
    assert store.state.space["x"].bounds == (0.0, 6.0)


def test_acting_holds_for_its_own_thread_only():
    store = Store(MemoryJournal(), actor="maya")
    with acting("robot"):
        thread = threading.Thread(target=lambda: store.commit([VariableAdded(real())]))
        thread.start()
        thread.join()
    assert store.journal.read()[0].actor == "maya"


def test_a_new_change_ends_redo():
    store = Store(MemoryJournal(), actor="maya")
    store.commit([VariableAdded(real())])
    store.undo()
    assert store.redo_words == "x added"
    store.commit([VariableAdded(real("y"))])
    assert store.redo_words is None
    with pytest.raises(OptwidgetsError, match="nothing to redo"):
        store.redo()


def test_how_a_session_began_is_not_undone():
    store = Store(MemoryJournal(), actor="maya")
    store.commit([MetadataChanged({"name": "a"})], step="start")
    assert store.undo_words is None


def test_numbers_of_removed_rows_are_not_used_again():
    store = Store(MemoryJournal(), actor="maya")
    store.commit([RowsAdded((row(1),))])
    store.undo()
    store.commit(lambda state: [RowsAdded((row(state.table.next_id),))])
    assert store.state.table.ids == (2,)
    store.undo()
    store.redo()
    assert store.state.table.ids == (2,)


def test_the_last_thousand_steps_can_be_undone():
    store = Store(MemoryJournal(), actor="maya")
    for place in range(KEPT_STEPS + 5):
        store.commit([MetadataChanged({"name": str(place)})])
    for _ in range(KEPT_STEPS):
        store.undo()
    assert store.state.name == "4"
    assert store.undo_words is None


def test_undo_survives_reopening(tmp_path):
    store = Store(SqlJournal(tmp_path / "a.db"), actor="maya")
    store.commit([VariableAdded(real())])
    store.commit([VariableAdded(real("y"))])
    store.undo()
    identity = store.journal.session_id
    store.close()
    again = Store(SqlJournal(tmp_path / "a.db", identity), actor="maya")
    assert (again.undo_words, again.redo_words) == ("x added", "y added")
    again.redo()
    assert again.state.space.names == ("x", "y")
    again.close()


def test_history_tells_who_did_what_in_words():
    store = Store(MemoryJournal(), actor="maya")
    assert store.history().empty
    store.commit([VariableAdded(real())])
    store.commit([VariableChanged("x", real(high=2.0))])
    store.undo()
    history = store.history()
    assert history["what"].tolist() == [
        "x added",
        "Upper bound of x: 1 to 2",
        "Upper bound of x: 2 to 1",
    ]
    assert history["step"].tolist() == ["do", "do", "undo"]
    assert set(history["actor"]) == {"maya"}


def test_half_characters_in_an_actor_do_not_stop_saving(tmp_path):
    store = Store(SqlJournal(tmp_path / "a.db"), actor="Ma\ud800ya")
    store.commit([VariableAdded(real())])
    assert store.journal.read()[0].actor == "Ma?ya"
    store.close()
