"""What every journal promises. One suite, run over each kind."""

from __future__ import annotations

import threading

import pytest

from optwidgets.data.edits import RowsAdded
from optwidgets.data.row import Row
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import MetadataChanged
from optwidgets.journal.protocol import ConflictError, Journal
from optwidgets.space.edits import VariableAdded
from optwidgets.space.variable import Real
from support.journals import new_journal


@pytest.fixture(params=["memory", "sqlite", "remote"])
def journal(request, tmp_path):
    made = new_journal(request, tmp_path)
    yield made
    made.close()


def named(text):
    return MetadataChanged({"name": text})


def test_is_a_journal(journal):
    assert isinstance(journal, Journal)
    assert journal.session_id
    assert journal.created_at


def test_entries_are_numbered_without_gaps_and_one_append_is_one_group(journal):
    first = journal.append([named("a")], actor="maya")
    second = journal.append([named("b"), named("c")], actor="noor", step="start", target=None)
    assert [entry.revision for entry in first + second] == [1, 2, 3]
    assert [entry.group for entry in first + second] == [1, 2, 2]
    assert {entry.actor for entry in second} == {"noor"}
    assert {entry.step for entry in second} == {"start"}


def test_what_is_read_is_what_was_appended(journal):
    change = VariableAdded(Real("Température <b> δ", 0.1, 1e300, unit="°C"), 0)
    appended = journal.append(
        [change, RowsAdded((Row(1, {"x": 0.1 + 0.2}, {"y": 5e-324}, state="done"),))],
        actor="maya",
        key="k",
        step="undo",
        target=7,
    )
    assert journal.read() == appended
    assert journal.read()[0].change == change
    assert (journal.read()[0].step, journal.read()[0].target) == ("undo", 7)


def test_read_after_a_revision_gives_the_rest(journal):
    for name in "abc":
        journal.append([named(name)], actor="maya")
    assert [entry.revision for entry in journal.read(after=1)] == [2, 3]
    assert journal.read(after=3) == []
    assert journal.read(after=99) == []


def test_the_same_key_appends_once(journal):
    first = journal.append([named("a")], actor="maya", key="k1")
    again = journal.append([named("something else")], actor="maya", key="k1")
    assert again == first
    assert journal.with_key("k1") == first
    assert journal.with_key("k2") == []
    assert len(journal.read()) == 1


def test_the_key_counts_before_the_revision(journal):
    first = journal.append([named("a")], actor="maya", key="k", expected_revision=0)
    journal.append([named("b")], actor="maya")
    # The answer to the first call was lost; sent again, it must not look like a conflict.
    assert journal.append([named("a")], actor="maya", key="k", expected_revision=0) == first


def test_an_old_revision_is_a_conflict_that_names_who_and_what(journal):
    journal.append([named("a")], actor="maya")
    journal.append([VariableAdded(Real("x", 0, 1))], actor="Noor")
    with pytest.raises(ConflictError, match="Noor added a variable") as caught:
        journal.append([named("b")], actor="maya", expected_revision=1)
    assert [entry.revision for entry in caught.value.entries] == [2]
    assert len(journal.read()) == 2


def test_a_revision_from_the_future_is_a_conflict(journal):
    with pytest.raises(ConflictError, match="no revision 5"):
        journal.append([named("a")], actor="maya", expected_revision=5)


def test_the_newest_revision_is_no_conflict(journal):
    journal.append([named("a")], actor="maya", expected_revision=0)
    journal.append([named("b")], actor="maya", expected_revision=1)
    assert len(journal.read()) == 2


def test_nothing_appends_nothing(journal):
    assert journal.append([], actor="maya") == []
    assert journal.read() == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_json_cannot_hold_is_refused_whole(journal, value):
    with pytest.raises(OptwidgetsError, match="cannot be recorded"):
        journal.append([named("a"), MetadataChanged({"x": value})], actor="maya")
    assert journal.read() == []
    assert journal.append([named("b")], actor="maya")[0].revision == 1


def test_lone_surrogates_from_a_damaged_paste_are_kept(journal):
    journal.append([MetadataChanged({"name": "a\ud800b"})], actor="maya")
    journal.verify()
    assert journal.read()[0].change.fields["name"] == "a\ud800b"


def test_each_hash_covers_the_entry_and_all_before(journal):
    journal.append([named("a")], actor="maya")
    journal.append([named("a")], actor="maya")
    hashes = [entry.hash for entry in journal.read()]
    assert len(set(hashes)) == 2
    assert all(len(text) == 64 for text in hashes)
    journal.verify()


def test_subscribers_hear_every_append_once_and_in_order(journal):
    heard = []
    stop = journal.subscribe(lambda entries: heard.extend(entry.revision for entry in entries))
    journal.append([named("a"), named("b")], actor="maya")
    journal.append([named("c")], actor="maya")
    journal.append([named("c")], actor="maya", key="k")
    journal.append([named("c")], actor="maya", key="k")
    stop()
    journal.append([named("d")], actor="maya")
    assert heard == [1, 2, 3, 4]


def test_a_subscriber_hears_only_what_comes_after(journal):
    journal.append([named("a")], actor="maya")
    heard = []
    journal.subscribe(lambda entries: heard.extend(entry.revision for entry in entries))
    journal.append([named("b")], actor="maya")
    assert heard == [2]


def test_a_subscriber_that_appends_keeps_the_order_for_the_others(journal):
    heard = []

    def answer(entries):
        if entries[0].revision == 1:
            journal.append([named("answer")], actor="robot")

    journal.subscribe(answer)
    journal.subscribe(lambda entries: heard.extend(entry.revision for entry in entries))
    journal.append([named("a")], actor="maya")
    assert heard == [1, 2]


def test_a_subscriber_that_fails_harms_nobody(journal):
    heard = []

    def fail(entries):
        raise RuntimeError("broken view")

    journal.subscribe(fail)
    journal.subscribe(heard.extend)
    assert journal.append([named("a")], actor="maya")[0].revision == 1
    assert len(heard) == 1


def test_threads_append_without_losing_or_doubling(journal):
    def write(name):
        for count in range(10):
            journal.append([named(f"{name}{count}")], actor=name, key=f"{name}{count}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = journal.read()
    assert [entry.revision for entry in entries] == list(range(1, 41))
    assert {entry.key for entry in entries} == {f"{n}{c}" for n in "abcd" for c in range(10)}
    journal.verify()
