"""The line to the server is cut, slow, or swallows answers: nothing is lost, nothing doubled."""

from __future__ import annotations

import random
import threading
import time

import pytest

from optwidgets import OptimizationSession, OptwidgetsError
from optwidgets.client.address import Address
from optwidgets.client.http import Http
from optwidgets.client.remote_journal import RemoteJournal
from support.optwidgets_server import running
from support.waiting import until


@pytest.fixture(scope="module")
def server(server_no_auth):
    return server_no_auth


@pytest.fixture
def here():
    """A local session with a variable; attached and closed by the tests."""
    session = OptimizationSession(name="Reactor", actor="maya")
    session.add_variable("x", "real", bounds=(0, 1))
    yield session
    session.close()


def straight(server, session):
    """Return another session on the same campaign, on a line that is never cut."""
    journal = RemoteJournal(Http(Address(server.url)), session.id)
    return OptimizationSession(journal=journal, actor="noor")


def settled(session):
    return session.remote.line.is_up and not session.remote.outbox.count()


def record(session, value):
    return session.add_experiment({"x": 0.5}, output=value)


def results(session):
    return sorted(row.outputs["Output"] for row in session.state.table)


def same(one, other):
    one._store.catch_up()
    other._store.catch_up()
    return one.state == other.state and [e.hash for e in one.entries()] == [
        e.hash for e in other.entries()
    ]


def test_work_goes_on_without_the_line_and_arrives_once_it_is_back(server, proxy, here):
    here.persist(proxy.url)
    other = straight(server, here)
    statuses = []
    here.on("connection", lambda news: statuses.append((news["state"], news["waiting"])))
    proxy.cut(down=True)
    assert [record(here, value) for value in (1.0, 2.0)] == [1, 2]
    here.experiment_manager.edit(2, {"Output": 2.5})
    assert record(other, 3.0) == 1
    assert here.state.table.row(2).outputs == {"Output": 2.5}
    proxy.down = False
    here.remote.line.try_now()
    until(lambda: settled(here))
    until(lambda: same(here, other))
    assert results(here) == [1.0, 2.5, 3.0]
    # The colleague's row came first and keeps its number; ours made room, and the edit
    # went along with the row that it was about.
    assert {row.id: row.outputs["Output"] for row in here.state.table} == {1: 3.0, 2: 1.0, 3: 2.5}
    assert ("waiting", 3) in statuses
    assert statuses[-1] == ("online", 0)
    here.verify()
    other.close()


def test_undo_without_the_line_undoes_the_same_step(server, proxy, here):
    here.persist(proxy.url)
    other = straight(server, here)
    proxy.cut(down=True)
    record(here, 1.0)
    record(here, 2.0)
    here.undo()
    record(other, 3.0)
    proxy.down = False
    here.remote.line.try_now()
    until(lambda: settled(here))
    until(lambda: same(here, other))
    assert results(here) == [1.0, 3.0]
    assert here.redo_words == other.redo_words == "Row 3 added"


def test_an_answer_that_is_lost_does_not_double_a_row(server, proxy, here):
    here.persist(proxy.url)
    other = straight(server, here)
    for value in range(30):
        proxy.lose = 0.5 if value % 2 else 0.0
        record(here, float(value))
    proxy.lose = 0.0
    here.remote.line.try_now()
    until(lambda: settled(here))
    assert results(here) == [float(value) for value in range(30)]
    until(lambda: same(here, other))
    other.close()


def test_a_line_that_breaks_after_the_answer_is_no_error_and_doubles_nothing(
    server, proxy, here, monkeypatch
):
    here.persist(proxy.url)
    other = straight(server, here)
    monkeypatch.setattr(here.remote, "heard", lambda event: None)  # the news come too late
    post = here.remote.post

    def post_and_cut(append, *, seen):
        assert record(other, 1.0) == 1
        entries = post(append, seen=seen)
        monkeypatch.setattr(here.remote, "post", post)
        proxy.cut(down=True)
        return entries

    monkeypatch.setattr(here.remote, "post", post_and_cut)
    record(here, 2.0)
    assert results(here) == [2.0]
    # It was recorded; only what came before it is not known here.
    other.remote.catch_up()
    assert results(other) == [1.0, 2.0]
    proxy.down = False
    here.remote.line.try_now()
    until(lambda: settled(here))
    until(lambda: same(here, other))
    assert results(here) == [1.0, 2.0]
    other.close()


def test_a_change_that_does_not_fit_any_more_is_set_aside_and_not_lost(
    server, proxy, here, tmp_path
):
    here.persist(proxy.url)
    record(here, 0.0)
    other = straight(server, here)
    proxy.cut(down=True)
    here.experiment_manager.edit(1, {"Output": 7.0})
    record(here, 1.0)
    other.experiment_manager.delete(1)
    proxy.down = False
    here.remote.line.try_now()
    until(lambda: settled(here))
    until(lambda: same(here, other))
    assert results(here) == [1.0]
    [aside] = here.set_aside
    assert aside["actor"] == "maya"
    assert "row 1" in aside["reason"].lower()
    here.save_set_aside(tmp_path / "aside.json")
    assert "RowsEdited" in (tmp_path / "aside.json").read_text()
    here.resolve_set_aside(aside["number"], "theirs")
    assert here.set_aside == []
    other.close()


def test_two_who_change_one_variable_meet_and_neither_is_overwritten(server, proxy, here):
    here.persist(proxy.url)
    other = straight(server, here)
    proxy.cut(down=True)
    here.change_variable("x", max=3)
    here.add_variable("mine", "real", bounds=(0, 1))
    other.change_variable("x", max=2)
    proxy.down = False
    here.remote.line.try_now()
    until(lambda: settled(here))
    until(lambda: same(here, other))
    assert here.state.space["x"].high == 2
    assert "mine" in here.search_space.names
    [aside] = here.set_aside
    assert aside["reason"].startswith("noor changed a variable")
    other.close()


@pytest.mark.parametrize(
    ("choice", "low", "high"), [("theirs", 0, 2), ("mine", -1, 1), ("both", -1, 2)]
)
def test_of_two_who_changed_a_variable_one_decides(server, proxy, here, choice, low, high):
    here.persist(proxy.url)
    other = straight(server, here)
    proxy.cut(down=True)
    here.change_variable("x", min=-1)
    other.change_variable("x", max=2)
    proxy.down = False
    here.remote.line.try_now()
    until(lambda: settled(here))
    until(lambda: here.set_aside)
    [aside] = here.set_aside
    assert aside["choices"] == ["theirs", "mine", "both"]
    here.resolve_set_aside(aside["number"], choice)
    assert (here.state.space["x"].low, here.state.space["x"].high) == (low, high)
    assert here.set_aside == []
    with pytest.raises(OptwidgetsError, match="No change number"):
        here.resolve_set_aside(aside["number"], choice)
    other.close()


def test_two_objectives_that_two_changed_are_merged(server, proxy, here):
    here.add_objective("Yield")
    here.add_objective("Cost", "minimize")
    here.persist(proxy.url)
    other = straight(server, here)
    proxy.cut(down=True)
    here.change_objective("Cost", unit="EUR")
    other.change_objective("Yield", unit="%")
    proxy.down = False
    here.remote.line.try_now()
    until(lambda: settled(here))
    until(lambda: same(here, other))
    assert [item.unit for item in here.state.table.objectives] == ["%", "EUR"]
    assert here.set_aside == []
    other.close()


def test_what_a_process_left_behind_is_delivered_when_the_next_one_attaches(server, proxy, here):
    url = here.persist(proxy.url)
    proxy.cut(down=True)
    record(here, 1.0)
    here.close()  # as at the end of a process: what waits stays in its file
    with pytest.raises(OptwidgetsError, match="No server can be reached"):
        OptimizationSession.attach(url)
    proxy.down = False
    again = OptimizationSession.attach(url)
    until(lambda: settled(again))
    assert results(again) == [1.0]
    again.close()


def test_news_of_others_come_by_themselves_and_quickly(server, proxy, here):
    here.persist(proxy.url)
    heard = threading.Event()
    here.subscribe(lambda entries: heard.set())
    until(lambda: here.remote.line.hears)
    other = straight(server, here)
    record(other, 1.0)
    assert heard.wait(5)
    assert results(here) == [1.0]
    other.close()


def test_a_server_that_is_stopped_does_not_wait_for_those_who_listen(tmp_path, here, caplog):
    with running(tmp_path / "short.db", no_auth=True) as short:
        port = short.settings.port
        here.persist(short.url)
        here.subscribe(lambda entries: None)
        until(lambda: here.remote.line.hears)
    assert "graceful" not in caplog.text
    record(here, 1.0)
    assert here.remote.outbox.count() == 1
    with running(tmp_path / "short.db", no_auth=True, port=port):
        here.remote.line.try_now()
        until(lambda: settled(here))
        assert len(here.remote.http.request("GET", f"{here.remote.route}/journal")["entries"]) == 3


def cut_while_working(server, proxy, here, cuts, pause, nap):
    here.persist(proxy.url)
    other = straight(server, here)
    here.subscribe(lambda entries: None)
    chance = random.Random(5)
    ended = threading.Event()

    def cut():
        for place in range(cuts):
            proxy.delay = 0.2 if place % 10 == 9 else 0.0
            proxy.lose = 0.5 if place % 4 == 3 else 0.0
            proxy.cut(down=chance.random() < 0.5)
            time.sleep(chance.uniform(*pause) / 2)
            proxy.down = False
            here.remote.line.try_now()
            time.sleep(chance.uniform(*pause) / 2)
        proxy.lose = proxy.delay = 0.0
        ended.set()

    cutter = threading.Thread(target=cut)
    cutter.start()
    mine, theirs = [], []
    while not ended.is_set():
        mine.append(float(len(mine)))
        record(here, mine[-1])
        if len(mine) % 3 == 0:
            theirs.append(1000.0 + len(theirs))
            record(other, theirs[-1])
        time.sleep(nap)
    cutter.join()
    here.remote.line.try_now()
    until(lambda: settled(here), 120)
    until(lambda: same(here, other), 60)
    assert results(here) == sorted(mine + theirs)
    assert here.set_aside == []
    here.verify()
    other.close()
    return len(mine)


def test_twenty_cuts_lose_and_double_nothing(server, proxy, here):
    cut_while_working(server, proxy, here, 20, (0.1, 0.3), 0.02)
    assert proxy.cuts >= 20


@pytest.mark.slow
def test_two_hundred_cuts_lose_and_double_nothing(server, proxy, here):
    cut_while_working(server, proxy, here, 200, (0.5, 1.5), 0.1)
    assert proxy.cuts >= 200
