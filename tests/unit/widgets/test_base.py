from __future__ import annotations

import gc
import logging
import threading
import weakref

import pytest
import traitlets

from optwidgets.errors import OptwidgetsError
from optwidgets.session import OptimizationSession
from optwidgets.widgets import _base
from optwidgets.widgets._base import SessionWidget, intent, table_html


class Probe(SessionWidget):
    rows = traitlets.Int().tag(sync=True)

    def project(self, state):
        return {"rows": len(state.table)}

    @intent("double")
    def _double(self, number):
        return {"number": 2 * number}

    @intent("refuse")
    def _refuse(self):
        raise OptwidgetsError("Maximum must be above the minimum, 60.", field="Maximum", row=3)

    @intent("break")
    def _break(self):
        return {"number": 1 / 0}

    @intent("add")
    def _add(self):
        self.session.add_experiment({"T": 1.0}, 2.0)

    @intent("add_later")
    def _add_later(self):
        self.session.worker.submit(
            "Adding",
            lambda _: self.replied.wait(10),
            then=lambda _: self.session.add_experiment({"T": 1.0}, 2.0),
        )


@pytest.fixture
def session():
    session = OptimizationSession(name="Reactor")
    session.add_variable("T", "real", bounds=(0, 10))
    return session


@pytest.fixture
def probe(session, monkeypatch):
    monkeypatch.setattr(_base, "static_file", lambda name: name)
    probe = Probe(session)
    probe.answers = []
    probe.send = lambda content, buffers=None: probe.answers.append(content)
    return probe


def ask(probe, name, key="k1", **args):
    """The answer, whether it came by itself or beside what it tells of."""
    before = len(probe.answers)
    probe._receive(probe, {"intent": name, "id": key, "args": args}, [])
    return probe.answers[-1] if len(probe.answers) > before else probe.reply


def test_an_intent_is_answered_with_its_result(probe):
    assert ask(probe, "double", number=4) == {"reply": "k1", "ok": True, "result": {"number": 8}}


def test_a_refusal_names_the_place(probe):
    assert ask(probe, "refuse")["error"] == {
        "message": "Maximum must be above the minimum, 60.",
        "field": "Maximum",
        "row": 3,
        "column": None,
    }


def test_a_fault_becomes_a_sentence_and_the_widget_lives_on(probe, caplog):
    with caplog.at_level(logging.CRITICAL):
        answer = ask(probe, "break")
    assert not answer["ok"]
    assert "ZeroDivisionError" in answer["error"]["message"]
    assert ask(probe, "double", number=1)["ok"]


@pytest.mark.parametrize(
    ("name", "args"), [("nonsense", {}), ("double", {}), ("double", {"number": 1, "other": 2})]
)
def test_intents_that_do_not_fit_are_refused(probe, name, args):
    assert not ask(probe, name, **args)["ok"]


def test_messages_that_are_no_intents_are_ignored(probe):
    for message in (None, "text", {"other": 1}, ["intent"]):
        probe._receive(probe, message, [])
    assert probe.answers == []


def test_an_intent_that_comes_twice_is_recorded_once(probe, session):
    ask(probe, "add", key="same")
    ask(probe, "add", key="same")
    assert len(session.state.table) == 1
    ask(probe, "add", key="other")
    assert len(session.state.table) == 2


def test_traits_follow_the_session(probe, session):
    session.add_experiment({"T": 1.0}, 2.0)
    assert probe.rows == 1
    assert probe.revision == session.revision
    assert probe.history["undo"] == session.undo_words
    ask(probe, "undo", key="k2")
    assert probe.rows == 0
    assert probe.history["redo"] == session.redo_words
    ask(probe, "redo", key="k3")
    assert probe.rows == 1


def test_a_reply_goes_in_one_message_with_what_it_tells_of_and_other_views_follow(probe, session):
    other = Probe(session)
    sent = []
    probe.send_state = lambda key=None: sent.append((set(key), probe.rows, other.rows))
    probe._receive(probe, {"intent": "add", "id": "k1", "args": {}}, [])
    ((names, *rows),) = sent
    assert names == {"reply", "rows", "revision", "seen", "history"}
    assert probe.reply["reply"] == "k1"
    assert probe.reply["ok"]
    assert rows == [1, 0]
    assert other.rows == 1
    assert other.reply == {}
    assert probe.answers == []


def test_a_reply_comes_even_when_the_view_cannot_follow(probe, session, monkeypatch, caplog):
    def broken(state):
        raise ZeroDivisionError

    monkeypatch.setattr(probe, "project", broken)
    with caplog.at_level(logging.CRITICAL):
        assert ask(probe, "add")["ok"]
    assert len(session.state.table) == 1


def test_views_follow_a_task_that_an_intent_has_started(probe, session):
    other, probe.replied = Probe(session), threading.Event()
    ask(probe, "add_later")
    probe.replied.set()
    session.worker.submit("After it", lambda _: None).result(timeout=10)
    assert (probe.rows, other.rows) == (1, 1)


def test_nothing_to_undo_is_a_sentence(monkeypatch):
    monkeypatch.setattr(_base, "static_file", lambda name: name)
    probe = Probe(OptimizationSession())
    probe.answers = []
    probe.send = lambda content, buffers=None: probe.answers.append(content)
    answer = ask(probe, "undo")
    assert not answer["ok"]
    assert answer["error"]["message"].endswith(".")


def test_the_spotlight_is_shared_by_the_views_of_a_session(probe, session, monkeypatch):
    other = Probe(session)
    stranger = Probe(OptimizationSession())
    ask(probe, "spotlight", row=7)
    assert (probe.spotlight, other.spotlight, stranger.spotlight) == (7, 7, 0)


def test_a_closed_widget_is_freed_and_hears_nothing_more(session, monkeypatch):
    monkeypatch.setattr(_base, "static_file", lambda name: name)
    probe = Probe(session)
    gone = weakref.ref(probe)
    probe.close()
    session.add_experiment({"T": 1.0}, 2.0)
    assert probe.rows == 0
    del probe
    gc.collect()
    assert gone() is None


def test_a_missing_build_is_a_sentence(session, monkeypatch, tmp_path):
    monkeypatch.setattr(_base, "STATIC", tmp_path)
    with pytest.raises(OptwidgetsError, match=r"not built: probe\.js is missing"):
        Probe(session)


def test_the_fallback_is_text(probe, session):
    session.add_experiment({"T": 1.0}, 2.0, note="<script>alert(1)</script>")
    data, _ = probe._repr_mimebundle_()
    assert "&lt;script&gt;" in data["text/html"]
    assert "<script>" not in data["text/html"]
    assert data["text/plain"].startswith("OptimizationSession('Reactor'")


def test_table_html_escapes_heads_too():
    assert table_html(["<b>"], [["&"]]) == (
        "<table><thead><tr><th>&lt;b&gt;</th></tr></thead><tbody><tr><td>&amp;</td></tr></tbody></table>"
    )
