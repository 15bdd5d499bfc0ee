"""The file of changes that wait: whose they are, and that they outlive their process."""

from __future__ import annotations

import os

import pytest

from optwidgets.client import outbox as outbox_module
from optwidgets.client.appending import Append
from optwidgets.client.outbox import NOWHERE, Outbox
from optwidgets.client.renaming import new_names, renamed, target_of
from optwidgets.data.edits import RowEdit, RowsAdded, RowsEdited, RowsRemoved
from optwidgets.data.row import Row
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import MetadataChanged
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.protocol import JournalError

LAB = "http://lab:8000"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "outbox.db"


def put(outbox, key, change=None):
    change = change or MetadataChanged({"name": key})
    outbox.put(Append((change,), "maya", key, "undo", 2), base=3, revision=4)


def keys(items):
    return [item.key for item in items]


def test_what_waits_is_read_as_it_was_put_in(path):
    outbox = Outbox(LAB, "a", path)
    put(outbox, "k1")
    put(outbox, "k2")
    first, second = outbox.waiting()
    assert (first.actor, first.key, first.base, first.revision) == ("maya", "k1", 3, 4)
    assert (first.step, first.target) == ("undo", 2)
    assert first.changes == (MetadataChanged({"name": "k1"}),)
    assert first.episode == second.episode == outbox.episode
    assert outbox.count() == 2
    assert path.stat().st_mode & 0o077 == 0


def test_sessions_and_servers_do_not_see_each_other(path):
    put(Outbox(LAB, "a", path), "k1")
    assert Outbox(LAB, "b", path).waiting() == []
    assert Outbox("http://other", "a", path).waiting() == []


def test_what_a_dead_process_left_is_taken_over_and_a_living_one_keeps_its_own(path, monkeypatch):
    monkeypatch.setattr(outbox_module.os, "getpid", lambda: 1)
    put(Outbox(LAB, "a", path), "of a living one")
    monkeypatch.setattr(outbox_module.os, "getpid", lambda: 2**22 + 1)
    put(Outbox(LAB, "a", path), "of a dead one")
    monkeypatch.setattr(outbox_module.os, "getpid", os.getppid)
    assert keys(Outbox(LAB, "a", path).waiting()) == ["of a dead one"]


def test_delivered_changes_go_and_their_new_numbers_stay_until_all_is_sent(path):
    outbox = Outbox(LAB, "a", path)
    put(outbox, "k1")
    put(outbox, "k2")
    outbox.delivered(outbox.waiting()[0], rows={7: 9}, groups={4: 6})
    outbox.settle()
    assert keys(outbox.waiting()) == ["k2"]
    assert outbox.renames(outbox.episode, "row") == {7: 9}
    assert outbox.renames(outbox.episode, "group") == {4: 6}
    outbox.delivered(outbox.waiting()[0], rows={}, groups={})
    outbox.settle()
    assert outbox.renames(outbox.episode, "row") == {}


def test_what_is_set_aside_waits_for_nobody_and_can_be_thrown_away(path):
    outbox = Outbox(LAB, "a", path)
    put(outbox, "k1")
    outbox.set_aside(outbox.waiting()[0], "no such row", rows=[7], group=4)
    assert outbox.count() == 0
    [aside] = outbox.aside()
    assert aside.to_json()["reason"] == "no such row"
    assert outbox.renames(outbox.episode, "row") == {7: NOWHERE}
    outbox.discard(aside.number)
    assert outbox.aside() == []


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="OPTWIDGETS_DATA_DIR"):
        Outbox(LAB, "a", tmp_path / "file" / "outbox.db")


def test_changes_speak_of_rows_by_their_final_numbers(path):
    rows = {7: 9, 8: NOWHERE}
    edit = RowsEdited((RowEdit(7, {"note": "a"}), RowEdit(3, {"note": "b"})))
    assert [e.row for e in renamed(edit, rows).edits] == [9, 3]
    assert renamed(RowsRemoved((7, 1)), rows) == RowsRemoved((9, 1))
    assert renamed(RowsAdded((Row(7),)), rows).rows[0].id == 9
    with pytest.raises(OptwidgetsError, match="Row 8 was not kept"):
        renamed(RowsRemoved((8,)), rows)


def test_a_step_whose_target_was_not_kept_cannot_be_undone(path):
    outbox = Outbox(LAB, "a", path)
    put(outbox, "k1")
    [item] = outbox.waiting()
    assert target_of(item, {}) == 2
    assert target_of(item, {2: 5}) == 5
    with pytest.raises(OptwidgetsError, match="not kept"):
        target_of(item, {2: NOWHERE})


def test_new_numbers_are_read_from_the_answer(path):
    outbox = Outbox(LAB, "a", path)
    put(outbox, "k1", RowsAdded((Row(7), Row(8))))
    [item] = outbox.waiting()
    entries = MemoryJournal().append([RowsAdded((Row(7), Row(12)))], actor="maya")
    assert new_names(item, entries) == {8: 12}
