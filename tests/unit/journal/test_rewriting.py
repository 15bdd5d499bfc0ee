"""A journal that takes its newest entries back: the fold is as if they had never been."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.journal import folding, undo
from optwidgets.journal.acting import acting
from optwidgets.journal.changes import MetadataChanged
from optwidgets.journal.listeners import Rewritten
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.store import Store


def named(text):
    return MetadataChanged({"name": text})


def at_revision(journal, revision):
    """Return a journal that holds what another one held at a revision."""
    copy = MemoryJournal(journal.session_id, journal.created_at)
    copy.rewrite(0, journal.read()[:revision])
    return copy


def act(store, step):
    if isinstance(step, str):
        store.commit([named(step)])
    elif isinstance(step, list):
        store.commit([named(text) for text in step])
    elif step == 0 and store.undo_words:
        store.undo()
    elif step == 1 and store.redo_words:
        store.redo()


def stacked(store):
    """Return what can be undone and redone, down to the bottom."""
    stacks = store._folded.stacks
    return [t.group for t in stacks._undo], [t.group for t in stacks._redo]


steps = st.lists(st.sampled_from(["a", "b", ["c", "d"], 0, 0, 1]), min_size=1, max_size=25)


@pytest.mark.parametrize(("kept_states", "kept_steps"), [(256, 1000), (3, 1000), (256, 4), (2, 3)])
@settings(max_examples=40, deadline=None)
@given(first=steps, others=steps, data=st.data())
def test_the_fold_after_a_rewrite_is_the_fold_of_what_is_there(
    kept_states, kept_steps, first, others, data
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "KEPT_STATES", kept_states)
        patch.setattr(undo, "KEPT_STEPS", kept_steps)
        store = Store(MemoryJournal(), actor="maya")
        for step in first:
            act(store, step)
        groups = sorted({entry.group for entry in store.journal.read()})
        cut = data.draw(st.sampled_from([*(group - 1 for group in groups), store.state.revision]))
        other = Store(at_revision(store.journal, cut), actor="noor")
        for step in others:
            act(other, step)
        store.journal.rewrite(cut, other.journal.read(cut))
        fresh = Store(other.journal, actor="noor")
        assert store.state == fresh.state
        assert stacked(store) == stacked(fresh)
        assert store.undo_words == fresh.undo_words
        for step in [0, 0, 1, "z", 0]:
            act(store, step)
            act(fresh, step)
        assert store.state.content() == fresh.state.content()


def test_a_rewrite_to_nothing_is_told_and_appending_goes_on():
    store = Store(MemoryJournal(), actor="maya")
    heard = []
    store.subscribe(heard.append)
    for name in "abc":
        store.commit([named(name)])
    store.journal.rewrite(1)
    assert store.state.name == "a"
    assert store.state.revision == 1
    assert isinstance(heard[-1], Rewritten)
    assert (heard[-1], heard[-1].after) == ([], 1)
    store.commit([named("d")])
    assert [entry.revision for entry in heard[-1]] == [2]
    store.journal.verify()


def test_a_key_that_is_taken_back_is_free_again():
    journal = MemoryJournal()
    journal.append([named("a")], actor="maya", key="k")
    journal.rewrite(0)
    assert journal.with_key("k") == []
    assert journal.append([named("b")], actor="maya", key="k")[0].change == named("b")


def test_entries_that_do_not_continue_the_chain_take_nothing_back():
    journal, other = MemoryJournal(), MemoryJournal()
    for each in (journal, other):
        each.append([named("a")], actor="maya")
        each.append([named("b")], actor="maya")
    with pytest.raises(OptwidgetsError, match="fingerprint"):
        journal.rewrite(1, other.read(1))
    assert len(journal.read()) == 2
    journal.verify()


def test_a_change_that_moves_in_the_journal_is_told_once():
    session = OptimizationSession()
    heard = []
    session.on("metadata_updated", lambda news: heard.append(news["fields"]["name"]))
    with acting("maya", key="k1"):
        session.name = "mine"
    ahead = session.entries()
    server = MemoryJournal(session.id, session.state.metadata["created_at"])
    server.append([named("theirs")], actor="noor", key="k0")
    server.append([ahead[0].change], actor="maya", key="k1")
    session._store.journal.rewrite(0, server.read())
    assert heard == ["mine", "theirs"]
    assert session.name == "mine"
