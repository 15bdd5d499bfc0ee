"""Copies of sessions follow what is recorded, whatever a computation proposed before."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets import OptimizationSession
from optwidgets.journal.changes import MetadataChanged
from optwidgets.server.compute.child import KEPT_SESSIONS, Copies, Copy
from optwidgets.server.compute.computations import Computation, check_arguments
from optwidgets.server.compute.plain import plain
from support import odd_computations

words = st.sampled_from(["a", "b"])
rounds = st.lists(
    st.tuples(st.lists(words, max_size=3), st.lists(words, max_size=3)), min_size=1, max_size=6
)


def named(word):
    return [MetadataChanged({"name": word})]


@settings(max_examples=60, deadline=None)
@given(rounds)
def test_a_copy_is_what_was_recorded(history):
    session = OptimizationSession()
    journal = session._store.journal
    copy = Copy(session.id, journal.created_at)
    for proposed, recorded in history:
        for word in proposed:
            copy.session.commit(named(word))
        for word in recorded:
            session.commit(named(word))
        copy.journal.receive(journal._stored[copy.journal.revision :])
        assert copy.session.state == session.state
        assert copy.session.entries() == session.entries()
        assert copy.session.undo_words == session.undo_words
        assert copy.journal.proposed() == []


def test_what_was_proposed_is_recognised_when_it_is_recorded():
    session = OptimizationSession()
    copy = Copy(session.id, session._store.journal.created_at)
    heard = []
    copy.session.commit(named("a"))
    copy.session.subscribe(heard.append)
    session.commit(named("a"))
    session.undo()
    copy.journal.receive(session._store.journal._stored)
    # Only the undoing is news.
    assert [[entry.step for entry in entries] for entries in heard] == [["undo"]]
    assert copy.session.state == session.state


def test_only_so_many_copies_are_kept():
    assert odd_computations
    copies = Copies()
    for number in range(KEPT_SESSIONS + 2):
        request = {"session": str(number), "created_at": "2026", "entries": [], "arguments": {}}
        request |= {"copy": str(number), "module": "support.odd_computations", "name": "look"}
        copies.answer(request, lambda *_: None)
    assert list(copies.held()) == [str(number) for number in range(2, KEPT_SESSIONS + 2)]


def test_a_damaged_copy_is_not_kept():
    session = OptimizationSession(name="Reactor")
    entries = [list(astuple(entry)) for entry in session._store.journal._stored]
    request = {"session": session.id, "created_at": "2026", "arguments": {}}
    request |= {"copy": "one", "module": "support.odd_computations", "name": "look"}
    copies = Copies()
    entries[0][7] = '["NoSuchChange",{}]'
    assert "failed" in copies.answer({**request, "entries": entries}, lambda *_: None)
    assert copies.held() == {}


@dataclass
class Advice:
    words: str
    gain: float


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64("nan"), None),
        (float("-inf"), None),
        (np.int64(3), 3),
        (np.bool_(1), True),
        (np.array([[1.5, np.inf]]), [[1.5, None]]),
        ({1: ("a", {2})}, {"1": ["a", [2]]}),
        (Advice("go on", 0.5), {"words": "go on", "gain": 0.5}),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (pd.NA, None),
        (pd.NaT, None),
        (
            pd.DataFrame(
                {"x": [1.0, np.nan], "n": pd.array([1, None], dtype="Int64")},
                index=pd.Index([4, 5], name="row"),
            ),
            {"columns": ["x", "n"], "index": [4, 5], "rows": [[1.0, 1], [None, None]], "attrs": {}},
        ),
        (pd.Series([1.0, np.nan]), [1.0, None]),
    ],
)
def test_answers_are_strict_json(value, expected):
    answer = plain(value)
    assert answer == expected
    assert type(answer) is type(expected)


def test_what_has_no_json_form_is_refused():
    with pytest.raises(TypeError, match="object cannot be sent"):
        plain({"x": object()})
    with pytest.raises(TypeError, match="bytes cannot be sent"):
        plain(b"x")


def test_every_computation_can_be_asked_by_keywords_alone():
    from optwidgets.server.compute.computations import find, names

    for name in names():
        found = find(name)
        assert isinstance(found, Computation)
        assert found.label[0].isupper()
        if found.fallback is not None:
            check_arguments(find(found.fallback), {"within": 1.0})
