"""What the header says of the line to the server."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from optwidgets import OptimizationSession
from optwidgets.client.line import LineStatus
from optwidgets.journal.acting import acting
from optwidgets.widgets._aside_view import aside_view
from optwidgets.widgets._line_view import attached_view, is_by, line_view, news_view
from optwidgets.widgets.studio_header import StudioHeader


def status(state, waiting=0, why=""):
    return LineStatus("lab:8000", state, waiting=waiting, why=why)


@pytest.mark.parametrize("state", ["online", "waiting"])
def test_a_short_cut_is_not_worth_a_word(state):
    assert line_view(status(state, 3)) == {}


def test_offline_says_what_becomes_of_the_work():
    assert line_view(status("offline", 1, "No server.")) == {
        "text": "Offline: 1 change waits and will be sent.",
        "title": "No server.",
    }


def test_a_refusal_is_told_in_the_servers_words():
    view = line_view(status("refused", 2, "The token has expired."))
    assert view["text"] == "The token has expired. 2 changes kept here."


def test_what_is_set_aside_is_told_with_the_choices():
    item = {
        "number": 4,
        "at": "2026-11-22T10:32:00.000+00:00",
        "words": "changed a variable",
        "reason": "Noor changed a variable at 10:31:00 UTC.",
        "choices": ["theirs", "mine", "both"],
        "about": [("settings", "suggest strategy")],
    }
    [told] = aside_view([item])
    assert told["title"] == "Set aside: changed a variable (yours, 10:32 UTC)."
    assert told["text"] == item["reason"]
    assert told["panel"] == "suggest"
    assert [label for _, label in told["choices"]] == ["Keep theirs", "Use mine", "Both"]
    [told] = aside_view([item | {"choices": ["theirs"]}])
    assert told["choices"] == [["theirs", "Discard"]]


def test_where_it_is_tells_what_is_not_sent():
    assert attached_view(status("waiting", 2), "u")["text"] == "2 changes not sent"
    assert attached_view(status("online"), "u") == {
        "where": "server",
        "text": "Attached to lab:8000",
        "title": "Others attach with u",
    }


def test_the_header_without_a_server_has_no_line_and_its_intents_do_nothing():
    header = StudioHeader(OptimizationSession(name="Reactor"))
    assert (header.line, header.news) == ({}, "")
    assert header.handle("try_server", {}) == {}
    assert header.saved["text"] == "In memory only"


def test_the_header_follows_the_line(monkeypatch):
    session = OptimizationSession(name="Reactor")
    header = StudioHeader(session)
    line = SimpleNamespace(status=status("offline", 2))
    remote = SimpleNamespace(line=line, url="http://lab:8000/s/a")
    monkeypatch.setattr(type(session), "remote", remote)
    monkeypatch.setattr(type(session), "line", line)
    session._events.emit("connection", {})
    assert header.saved["text"] == "2 changes not sent"
    assert header.line["text"] == "Offline: 2 changes wait and will be sent."
    header.close()
    line.status = status("online")
    session._events.emit("connection", {})
    assert header.line != {}


@pytest.mark.parametrize(
    ("actor", "own"),
    [("maya", True), ("maya (lab token)", True), ("mayan", False), ("noor (maya)", False)],
)
def test_news_are_of_others(actor, own):
    session = OptimizationSession(name="Reactor", actor="maya")
    with acting(actor):
        session.name = "Kiln"
    assert is_by(session.entries()[-1], "maya") is own
    words = news_view(session.entries()[-1])
    assert words.startswith(f"Changed by {actor}: changed the session's details, ")
