"""Random campaigns: whatever was done, undo restores it and the journal explains it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import KINDS_OF_CHANGE, decode_change, encode_change
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.state import (
    apply_all,
    initial_state,
    reduce,
    reverse,
    reverse_all,
)
from optwidgets.journal.store import Store
from optwidgets.journal.words import describe, describe_all
from support.random_changes import fitting


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_change_survives_storage_and_its_reverse_restores_the_state(data):
    state = initial_state("id", "at")
    for _ in range(8):
        change = fitting(data, state)
        if change is None:
            continue
        assert decode_change(encode_change(change)) == change
        assert describe(state, change).strip()
        after = apply_all(state, [change])
        back = apply_all(after, reverse(state, change))
        assert back.content() == state.content()
        state = after


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_several_changes_are_reversed_as_one_step(data):
    state = initial_state("id", "at")
    made, after = [], state
    for _ in range(6):
        change = fitting(data, after)
        if change is not None:
            made.append(change)
            after = apply_all(after, [change])
    assert describe_all(state, made)
    assert apply_all(after, reverse_all(state, made)).content() == state.content()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_undo_and_redo_walk_the_same_states_and_the_journal_explains_them(data):
    store = Store(MemoryJournal(), actor="maya")
    seen = [store.state.content()]
    for _ in range(data.draw(st.integers(1, 8))):
        change = fitting(data, store.state)
        if change is None:
            continue
        store.commit([change])
        seen.append(store.state.content())
    steps = len(seen) - 1
    for place in range(steps):
        assert store.undo_words
        store.undo()
        assert store.state.content() == seen[steps - place - 1]
    with pytest.raises(OptwidgetsError, match="nothing to undo"):
        store.undo()
    back = data.draw(st.integers(0, steps))
    for place in range(back):
        store.redo()
        assert store.state.content() == seen[place + 1]
    state = initial_state(store.journal.session_id, store.journal.created_at)
    for entry in store.journal.read():
        state = reduce(state, entry)
    assert state == store.state
    store.journal.verify()


def test_every_kind_of_change_is_drawn_above():
    assert set(KINDS_OF_CHANGE) == {
        "VariableAdded", "VariableChanged", "VariableRemoved", "VariablesReordered",
        "ConstraintAdded", "ConstraintRemoved", "DerivedAdded", "DerivedRemoved",
        "RowsAdded", "RowsEdited", "RowsRemoved", "ObjectivesSet",
        "MetadataChanged", "SettingsChanged", "ExtrasSet", "DecisionsLocked",
        "ModelTrained", "SuggestionsMade",
    }  # fmt: skip
