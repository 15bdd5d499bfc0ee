"""A server computes for a notebook whose line is cut, or which wants it no more."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import httpx
import pytest

from optwidgets import Cancelled, OptimizationSession, SuggestionPanel
from support.waiting import until


@pytest.fixture(scope="module")
def server(server_no_auth):
    return server_no_auth


@pytest.fixture
def session(proxy):
    made = OptimizationSession(name="Reactor", actor="maya")
    made.add_variable("x", "real", bounds=(0, 1))
    for place in range(5):
        made.add_experiment({"x": place / 5}, output=-((place / 5 - 0.4) ** 2))
    made.persist(proxy.url)
    yield made
    made.close()


@pytest.fixture
def gate(server, monkeypatch):
    """Holds the server's computations back until it is set."""
    opened = threading.Event()
    answer = server.host.computing.answer

    async def held(question, *, on_start=None, **options):
        if on_start is not None:
            await on_start()
        await asyncio.to_thread(opened.wait, 30)
        return await answer(question, **options)

    monkeypatch.setattr(server.host.computing, "answer", held)
    yield opened
    opened.set()


def tasks_of(server, session):
    return httpx.get(f"{server.url}/api/v1/sessions/{session.id}/tasks", timeout=30).json()["tasks"]


def state_of(server, session):
    return [task["state"] for task in tasks_of(server, session)]


def test_a_suggestion_that_runs_while_the_line_is_cut_comes_in_after_it(
    server, session, proxy, gate
):
    task = session.start_suggest("EI", n_suggestions=2)
    until(lambda: state_of(server, session) == ["running"])
    proxy.cut(down=True)
    until(lambda: task.stage == "The line is cut, the server goes on")
    mine = session.add_experiment({"x": 0.9}, output=-0.25)
    gate.set()
    until(lambda: state_of(server, session) == ["done"])
    assert not task.finished
    proxy.down = False
    frame = task.result(30)
    assert frame.index.tolist() == [6, 7]
    table = session.state.table
    assert [table.row(number).state for number in (6, 7)] == ["suggested", "suggested"]
    assert [dict(table.row(number).inputs) for number in (6, 7)] == frame[["x"]].to_dict("records")
    assert table.counts["suggested"] == 2
    # The result that was recorded meanwhile made room.
    assert mine == 6
    assert table.row(8).outputs == {"Output": -0.25}


def test_what_is_cancelled_while_the_line_is_cut_ends_once_it_is_back(server, session, proxy, gate):
    task = session.start_suggest("EI", n_suggestions=2)
    until(lambda: state_of(server, session) == ["running"])
    proxy.cut(down=True)
    task.cancel()
    with pytest.raises(Cancelled):
        task.result(10)
    assert state_of(server, session) == ["running"]
    proxy.down = False
    until(lambda: state_of(server, session) == ["cancelled"])
    gate.set()
    assert session.state.table.counts["suggested"] == 0


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_cancel_in_the_widget_ends_the_process_on_the_server_and_says_so(server, session):
    panel = SuggestionPanel(session)
    session.suggest_next("EI")
    before = set(server.host.computing.pool.pids)
    for pid in before:
        os.kill(pid, signal.SIGSTOP)  # as if it computed for ever and heard nothing
    panel._suggest()
    until(lambda: "running" in state_of(server, session))
    assert panel.task["state"] == "running"
    panel._cancel()
    until(lambda: panel.message.endswith("s. Nothing was changed."))
    assert panel.task == {}
    until(lambda: state_of(server, session) == ["cancelled", "done"])
    until(lambda: not all(map(alive, before)))
    assert session.state.table.counts["suggested"] == 1
    # The next one finds a process.
    for pid in filter(alive, before):
        os.kill(pid, signal.SIGCONT)
    assert len(session.suggest_next("EI")) == 1


def test_a_cancel_that_comes_too_late_is_said_to_be_that(server, session, monkeypatch):
    panel = SuggestionPanel(session)
    request = session.remote.http.request

    def slow_to_tell(method, path, **options):
        if method == "GET" and "/tasks/" in path:
            until(lambda: state_of(server, session) == ["done"])
            for task in session.worker.tasks:
                task.cancel()
        return request(method, path, **options)

    monkeypatch.setattr(session.remote.http, "request", slow_to_tell)
    panel._suggest()
    until(lambda: panel.message)
    assert panel.message == (
        "The server was done before it heard of it. Undo takes back what it recorded."
    )
    assert session.state.table.counts["suggested"] > 0
