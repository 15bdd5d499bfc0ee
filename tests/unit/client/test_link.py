"""The line comes back, whatever cut it, and keeps nobody alive."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from contextlib import contextmanager

import pytest

from optwidgets.client import link as link_module
from optwidgets.client.address import Address
from optwidgets.client.alchemist.poll import Poll
from optwidgets.client.events import events_of
from optwidgets.client.http import NotAllowed, Unreachable
from optwidgets.client.link import Link


class Lines:
    """A server whose streams are these: lines of events, or what goes wrong."""

    address = Address("http://lab:8000")

    def __init__(self, *streams):
        self.streams = list(streams)
        self.asked = []

    @contextmanager
    def stream(self, path, headers, silence):
        self.asked.append(headers["Last-Event-ID"])
        made = self.streams.pop(0) if self.streams else Unreachable("away")
        if isinstance(made, Exception):
            raise made
        yield made


class Answer:
    def __init__(self, *pieces):
        self.pieces = pieces

    def iter_bytes(self):
        yield from self.pieces


class Follower:
    def __init__(self, fail=None):
        self.known_revision = 0
        self.heard_of = []
        self.downs = []
        self.ups = 0
        self.fail = fail
        self.ended = threading.Event()

    def line_up(self):
        self.ups += 1
        if self.fail is not None:
            fail, self.fail = self.fail, None
            raise fail

    def line_down(self, why, *, for_good):
        self.downs.append((why, for_good))
        if why == "away":
            self.ended.set()

    def heard(self, event):
        self.heard_of.append(event.data)
        self.known_revision = int(event.id)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(link_module.Pauses, "next", lambda self, at_least=None: 0.0)


def follow(follower, *streams):
    server = Lines(*streams)
    link = Link(follower, server, "/events")
    link.start()
    assert follower.ended.wait(10)
    link.stop()
    link.join(10)
    assert not link.is_alive()
    return server


def event(number):
    return f"id: {number}\nevent: entries\ndata: {number}\n\n".encode()


def test_it_goes_on_after_the_last_event_it_has():
    follower = Follower()
    server = follow(follower, Answer(event(1), event(2)), Answer(event(3)))
    assert follower.heard_of == ["1", "2", "3"]
    assert server.asked[:3] == ["0", "2", "3"]
    assert follower.ups == 2


def test_an_event_that_comes_in_pieces_is_one():
    follower = Follower()
    text = event(7)
    follow(follower, Answer(*(text[place : place + 1] for place in range(len(text)))))
    assert follower.heard_of == ["7"]


def test_half_an_event_is_none():
    follower = Follower()
    follow(follower, Answer(event(1)[:-1]))
    assert follower.heard_of == []


def test_line_ends_within_a_text_are_no_line_ends():
    strange = "a\u2028b\x0bc\x85d"
    [found] = events_of(["data: " + strange, ""])
    assert found.data == strange
    follower = Follower()
    follow(follower, Answer(f"id: 1\ndata: {strange}\r\n\r\n".encode()))
    assert follower.heard_of == [strange]


@pytest.mark.parametrize("fault", [KeyError("x"), NotAllowed("no", 401, {}), Unreachable("gone")])
def test_whatever_goes_wrong_it_tries_again(fault):
    follower = Follower(fail=fault)
    follow(follower, Answer(event(1)), Answer(event(1)))
    assert follower.heard_of == ["1"]
    assert follower.downs[0][1] is not isinstance(fault, Unreachable)


@pytest.mark.parametrize("fault", [KeyError("items"), Unreachable("gone")])
def test_a_server_without_news_is_asked_again_whatever_goes_wrong(fault):
    class Asked(Follower):
        def line_up(self):
            super().line_up()
            self.ended.set()

    follower = Asked(fail=fault)
    poll = Poll(follower, Lines(), "/sessions/1")
    poll.start()
    assert follower.ended.wait(10)
    poll.stop()
    poll.join(10)
    assert not poll.is_alive()
    assert follower.ups == 2
    assert follower.downs[0][1] is not isinstance(fault, Unreachable)


def test_it_keeps_nobody_alive():
    follower = Follower()
    link = Link(follower, Lines(*(Answer(event(n)) for n in range(1, 4))), "/events")
    held = weakref.ref(follower)
    del follower
    link.start()
    link.join(10)
    gc.collect()
    end = time.monotonic() + 5
    while held() is not None and time.monotonic() < end:
        time.sleep(0.01)
    assert held() is None
    assert not link.is_alive()
