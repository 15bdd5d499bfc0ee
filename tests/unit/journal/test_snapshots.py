"""Snapshots: a session that is opened from one is the session that its journal says."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optwidgets import OptimizationSession
from optwidgets.data.row import Row
from optwidgets.errors import OptwidgetsError
from optwidgets.journal import folding, opening, remembering
from optwidgets.journal.changes import MetadataChanged
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.snapshot import take_snapshot
from optwidgets.journal.state import initial_state, reduce
from optwidgets.journal.store import Store
from support.random_changes import fitting


class WithSnapshot(MemoryJournal):
    """A journal in memory with a snapshot beside it."""

    snapshot_at_close = False

    def __init__(self, journal, snapshot=None):
        super().__init__(journal.session_id, journal.created_at)
        self.kept = snapshot
        self.read_from = []
        self.rewrite(0, journal.read())

    def snapshot(self):
        return self.kept

    def keep_snapshot(self, snapshot):
        self.kept = snapshot

    def read(self, after=0):
        self.read_from.append(after)
        return super().read(after)


def campaign(data, steps=10):
    """Make random changes, undo and redo some; return the store and a snapshot after each."""
    store = Store(MemoryJournal(), actor="maya")
    taken = []
    for _ in range(data.draw(st.integers(1, steps))):
        act = data.draw(st.sampled_from(["do", "do", "two", "undo", "redo"]))
        if act == "undo" and store.undo_words:
            store.undo()
        elif act == "redo" and store.redo_words:
            store.redo()
        else:
            change = fitting(data, store.state)
            if change is not None:
                store.commit(
                    [change, change] if act == "two" and _twice(store, change) else [change]
                )
        if store.state.revision:
            taken.append(take_snapshot(store.journal.session_id, store.folded))
    return store, taken


def _twice(store, change):
    from optwidgets.journal.rules import check

    try:
        check(store.state, [change, change])
    except OptwidgetsError:
        return False
    return True


def walk(store):
    """Undo everything and do it again; return what was seen and said on the way."""
    seen = []
    while store.undo_words:
        seen.append((store.undo(), store.state.content()))
    while store.redo_words:
        seen.append((store.redo(), store.state.content()))
    return seen


@pytest.mark.parametrize("ready", [20_000, 3, 0])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_state_by_a_snapshot_is_the_state_by_folding(ready, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remembering, "MAX_WEIGHT", ready)
        store, taken = campaign(data)
        for snapshot in taken:
            journal = WithSnapshot(store.journal, snapshot)
            again = Store(journal, actor="maya")
            assert journal.read_from == [snapshot.revision]  # it was not folded from the start
            assert again.state == store.state
            assert again.state.table.next_id == store.state.table.next_id
            assert again.state.table.counts == store.state.table.counts
            assert list(again.state.table) == list(store.state.table)
            assert (again.undo_words, again.redo_words) == (store.undo_words, store.redo_words)
        if taken:
            snapshot = data.draw(st.sampled_from(taken))
            again = Store(WithSnapshot(store.journal, snapshot), actor="maya")
            assert walk(again) == walk(store)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_snapshot_taken_after_a_snapshot_is_the_same(data):
    store, taken = campaign(data)
    for snapshot in taken:
        again = Store(WithSnapshot(store.journal, snapshot), actor="maya")
        second = take_snapshot(store.journal.session_id, again.folded)
        assert second.body == taken[-1].body


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_was_taken_back_is_forgotten_also_before_a_snapshot(data):
    store, taken = campaign(data)
    if not taken:
        return
    journal = WithSnapshot(store.journal, data.draw(st.sampled_from(taken)))
    again = Store(journal, actor="maya")
    groups = sorted({entry.group - 1 for entry in store.journal.read()})
    cut = data.draw(st.sampled_from(groups))
    journal.rewrite(cut)
    copy = MemoryJournal(journal.session_id, journal.created_at)
    copy.rewrite(0, store.journal.read()[:cut])
    assert again.state == Store(copy, actor="maya").state


@pytest.mark.parametrize("kept", [256, 3])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_an_earlier_state_is_folded_from_the_nearest_one_that_is_known(kept, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "KEPT_STATES", kept)
        store, taken = campaign(data)
        if not taken:
            return
        snapshot = data.draw(st.sampled_from(taken))
        journal = WithSnapshot(store.journal, snapshot)
        again = Store(journal, actor="maya")
        expected = initial_state(journal.session_id, journal.created_at)
        for entry in [None, *store.journal.read()]:
            expected = expected if entry is None else reduce(expected, entry)
            assert again.state_at(expected.revision) == expected
        journal.read_from.clear()
        again.state_at(data.draw(st.integers(snapshot.revision, expected.revision)))
        assert all(after >= snapshot.revision for after in journal.read_from)


def test_a_snapshot_of_other_entries_is_no_start_any_more(monkeypatch):
    monkeypatch.setattr(folding, "KEPT_STATES", 2)
    journal = MemoryJournal()
    for name in "abc":
        journal.append([MetadataChanged({"name": name})], actor="maya")
    folded = Store(journal, actor="maya").folded
    store = Store(WithSnapshot(journal, take_snapshot(journal.session_id, folded)), actor="maya")
    other = MemoryJournal(journal.session_id, journal.created_at)
    for name in "axyz":
        other.append([MetadataChanged({"name": name})], actor="noor")
    store.journal.rewrite(0, other.read())
    for name in "uvw":
        store.commit([MetadataChanged({"name": name})])
    store.journal.rewrite(3)
    assert (store.state.revision, store.state.name, store.state_at(3).name) == (3, "y", "y")


# ------------------------------------------------------------ a file


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A file with 50 rows and a snapshot in the middle."""
    monkeypatch.setattr(opening, "MIN_WEIGHT", 30)
    path = tmp_path / "reactor.db"
    session = OptimizationSession.open(path)
    session.add_variable("T", "real", bounds=(0, 100))
    for number in range(40):
        session.add_experiment({"T": number}, output=number / 3)
    session.close()  # keeps a snapshot
    session = OptimizationSession.open(path)
    for number in range(10):
        session.add_experiment({"T": number}, output=1.0)
    session.experiment_manager.edit(3, {"T": 55.5})
    session.close()  # too little for another one
    assert snapshots(path) == [(41,)]
    return path


def snapshots(path):
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT revision FROM snapshots").fetchall()


def run(path, *statements):
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)


def by_folding(path, tmp_path):
    """Return what the journal says without a snapshot."""
    copy = tmp_path / "without.db"
    shutil.copy(path, copy)
    run(copy, "DROP TABLE snapshots")
    session = OptimizationSession.open(copy)
    state = session.state
    session.close()
    return state


def test_a_file_is_opened_from_its_snapshot(path, tmp_path):
    run(path, "UPDATE entries SET body = '[\"altered\"]' WHERE revision = 7")
    session = OptimizationSession.open(path)
    assert len(session.state.table) == 50
    assert session.undo_words == "T in row 3: 2 to 55.5"
    # What was altered is not looked at, and still found by who looks.
    with pytest.raises(OptwidgetsError, match="altered or damaged at entry 7"):
        session.verify()
    with pytest.raises(OptwidgetsError, match="altered or damaged at entry 7"):
        session.history()
    session.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshots SET body = replace(body, '0.3333333333333333', '9.5')",
        "UPDATE snapshots SET body = ''",
        "UPDATE snapshots SET body = x'00ff'",
        "UPDATE snapshots SET checksum = 'no'",
        "UPDATE snapshots SET format = 2",
        "UPDATE snapshots SET format = 'new'",
        "UPDATE snapshots SET hash = 'of another journal'",
        "UPDATE snapshots SET revision = 40",
        "UPDATE snapshots SET revision = 4000",
        "DELETE FROM snapshots",
        "DROP TABLE snapshots",
        "ALTER TABLE snapshots RENAME COLUMN body TO text",
    ],
)
def test_a_damaged_snapshot_is_passed_over(path, tmp_path, damage):
    expected = by_folding(path, tmp_path)
    run(path, damage)
    session = OptimizationSession.open(path)
    assert session.state == expected
    for _ in range(51):
        session.undo()
    assert len(session.state.table) == 0
    session.close()


def test_a_body_with_a_right_checksum_and_wrong_rows_is_passed_over(path, tmp_path):
    from dataclasses import replace

    from optwidgets.journal import snapshot as module
    from optwidgets.journal.sql import SqlJournal

    expected = by_folding(path, tmp_path)
    session = OptimizationSession.open(path)
    journal = SqlJournal(path, session.id)
    session.close()
    whole = journal.snapshot()
    for old, new in [
        ('"rows":{', '"rows":{"state":{"all":"<b>"},'),
        ('"id":[1,', '"id":[-1,'),
        ('"id":[1,', '"id":[2,'),
        ('"id":[1,', '"id":["1",'),
        ('"revision":41', '"revision":40'),
        ('"next_id":41', '"next_id":"x"'),
        ('"variables":[', '"variables":[7,'),
        ('"undo":[', '"undo":[7,'),
        ("0.3333333333333333", "NaN"),
        ("0.3333333333333333", "true"),
        (whole.body, "[]"),
    ]:
        assert old in whole.body
        body = whole.body.replace(old, new, 1)
        checksum = module._checksum(journal.session_id, whole.revision, whole.hash, body)
        journal.keep_snapshot(replace(whole, body=body, checksum=checksum))
        again = OptimizationSession.open(path)
        assert again.state == expected, new
        again.close()
    journal.close()


def test_a_missing_entry_before_the_snapshot_is_seen_at_once(path):
    run(path, "DELETE FROM entries WHERE revision = 9")
    with pytest.raises(OptwidgetsError, match="altered or damaged at entry 9"):
        OptimizationSession.open(path)


def test_undo_across_a_snapshot(path):
    session = OptimizationSession.open(path)
    said = [session.undo() for _ in range(20)]
    assert said[0] == "T in row 3: 2 to 55.5"
    assert said[-1] == "Row 32 added"
    assert session.state.table.ids == tuple(range(1, 32))
    assert session.redo() == "Row 32 added"
    assert session.state.table.row(32).inputs["T"] == 31.0
    session.verify()
    assert len(session.history()) == session.revision
    session.close()


def test_a_read_only_file_does_without(path, monkeypatch):
    monkeypatch.setattr(opening, "MIN_WEIGHT", 1)
    run(path, "DELETE FROM snapshots")
    from optwidgets.journal import database

    monkeypatch.setattr(database.os, "access", lambda *_: False)
    session = OptimizationSession.open(path)
    assert len(session.state.table) == 50
    session.close()
    monkeypatch.undo()
    assert snapshots(path) == []


def test_a_session_that_was_opened_slowly_is_opened_fast_the_next_time(path):
    run(path, "DROP TABLE snapshots")
    session = OptimizationSession.open(path)
    assert snapshots(path) == [(52,)]  # at once: a kernel is rarely closed
    assert session.state.table.row(1) == Row(
        1,
        {"T": 0.0},
        {"Output": 0.0},
        state="done",
        **{name: getattr(session.state.table.row(1), name) for name in _TIMES},
    )
    session.close()


_TIMES = ("created_at", "finished_at", "iteration", "reason")


def test_the_list_of_a_file_is_that_of_its_journal(path, tmp_path):
    from optwidgets.journal.locations import summaries

    [found] = summaries(path)
    run(path, "DELETE FROM snapshots")
    assert summaries(path) == [found]
    assert (found.rows, found.results, found.variables) == (50, 50, 1)
    run(path, "DELETE FROM entries WHERE revision > 41")
    [shorter] = summaries(path)
    OptimizationSession.open(path).close()
    assert snapshots(path) == [(41,)]
    assert summaries(path) == [shorter]
    assert shorter.last_change < found.last_change


def test_a_session_is_opened_and_closed_also_where_no_snapshot_can_be_made(path, monkeypatch):
    def broken(*_):
        raise TypeError("no JSON")

    monkeypatch.setattr(opening, "take_snapshot", broken)
    run(path, "DELETE FROM snapshots")
    session = OptimizationSession.open(path)
    assert len(session.state.table) == 50
    session.close()
    assert snapshots(path) == []
