"""A server of ALchemist goes away under a notebook: what is done meanwhile is kept and said once."""

from __future__ import annotations

import random
import time

import httpx
import pytest

from optwidgets import OptimizationSession, OptwidgetsError
from optwidgets.client.address import Address
from optwidgets.client.alchemist.journal import AlchemistJournal
from optwidgets.client.http import Http, Unreachable
from optwidgets.widgets.studio_header import StudioHeader
from support.proxy import proxy_to
from support.waiting import until


class There:
    """A session over there, and a bad line to it."""

    def __init__(self, http, proxy, session_id):
        self.http, self.proxy, self.session_id = http, proxy, session_id

    def attach(self, http=None):
        journal = AlchemistJournal(http or Http(Address(self.proxy.url)), self.session_id)
        return OptimizationSession(journal=journal, actor="maya")

    def moody(self):
        return Moody(Address(self.proxy.url))

    def results(self):
        rows = self.http.get("/experiments").json()["experiments"]
        return sorted(row["Output"] for row in rows)


class Moody(Http):
    """What is said next arrives without an answer, or does not arrive; what is asked is answered.

    `fates` holds, for each of the next POSTs, "arrives", "is lost", or "" for neither.
    """

    fates = ()

    def request(self, method, path, **more):
        fate = ""
        if method == "POST" and self.fates:
            fate, *self.fates = self.fates
        answer = None if fate == "is lost" else super().request(method, path, **more)
        if fate:
            raise Unreachable("The line is cut.")
        return answer


@pytest.fixture(params=["the real server", "ours"])
def there(request):
    name = {"the real server": "alchemist", "ours": "server_no_auth"}[request.param]
    found = request.getfixturevalue(name)
    url = found if isinstance(found, str) else found.url
    port = int(url.rsplit(":", 1)[1])
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as http, proxy_to(port) as proxy:
        created = http.post("/sessions", json={"name": "Reactor"}).json()["session_id"]
        http.base_url = f"{url}/api/v1/sessions/{created}"
        http.post("/variables", json={"name": "T", "min": 20, "max": 100, "unit": "K"})
        yield There(http, proxy, created)


def settled(session):
    session.line.try_now()
    time.sleep(0.05)
    return session.line.is_up and not session.line.status.waiting


def test_what_is_done_while_it_is_away_is_said_once_it_is_back(there):
    here = there.attach()
    header = StudioHeader(here)
    there.proxy.cut(down=True)
    assert [here.add_experiment({"T": 60.0}, output=float(value)) for value in (1, 2)] == [1, 2]
    assert here.line.status.waiting == 2
    assert header.saved["text"] == "2 changes not sent"
    with pytest.raises(OptwidgetsError, match="note"):
        here.add_experiment({"T": 60.0}, output=3.0, note="it cannot keep notes")
    there.http.post("/experiments", json={"inputs": {"T": 70.0}, "output": 9.0})
    assert there.results() == [9.0]
    there.proxy.down = False
    until(lambda: settled(here))
    assert there.results() == [1.0, 2.0, 9.0]
    assert sorted(row.outputs["Output"] for row in here.state.table) == [1.0, 2.0, 9.0]
    assert header.saved["text"].startswith("Attached to")
    header.close()
    here.close()


def test_what_arrived_although_its_answer_was_lost_is_not_said_twice(there):
    here = there.attach()
    chance = random.Random(1)
    for value in range(12):
        there.proxy.lose = 0.5 if chance.random() < 0.7 else 0.0
        here.add_experiment({"T": 60.0}, output=float(value))
    there.proxy.lose = 0.0
    until(lambda: settled(here))
    assert there.results() == [float(value) for value in range(12)]
    assert here.set_aside == []
    here.close()


def test_equal_results_that_were_never_sent_are_all_said(there):
    here = there.attach()
    there.proxy.cut(down=True)
    for _ in range(3):
        here.add_experiment({"T": 60.0}, output=5.0)
    there.http.post("/experiments", json={"inputs": {"T": 60.0}, "output": 5.0})
    there.proxy.down = False
    until(lambda: settled(here))
    # The first of them met the cut: the one over there may be it. The others cannot be there.
    assert there.results() in ([5.0] * 3, [5.0] * 4)
    here.close()


def test_what_a_process_left_behind_is_said_by_the_next(there):
    here = there.attach()
    there.proxy.cut(down=True)
    here.add_experiment({"T": 60.0}, output=1.0)
    here.close()
    there.proxy.down = False
    again = there.attach()
    until(lambda: settled(again))
    assert there.results() == [1.0]
    again.close()


def test_a_lost_answer_does_not_stand_in_the_way_of_the_next_result(there):
    http = there.moody()
    here = there.attach(http)
    http.fates = ["arrives"]
    for value in (1.0, 2.0, 3.0):
        here.add_experiment({"T": 60.0}, output=value)
        assert [row.outputs["Output"] for row in here.state.table][-1] == value
    until(lambda: settled(here))
    assert there.results() == [1.0, 2.0, 3.0]
    assert len(here.state.table) == 3
    here.close()


@pytest.mark.parametrize("fate", ["arrives", "is lost"])
def test_an_equal_result_of_ours_is_not_taken_for_one_whose_answer_was_lost(there, fate):
    http = there.moody()
    here = there.attach(http)
    here.add_experiment({"T": 60.0}, output=5.0)
    there.proxy.cut(down=True)
    for _ in range(3):
        here.add_experiment({"T": 60.0}, output=5.0)
    # The second of them that goes has no answer: the first is not it.
    http.fates = ["", fate]
    there.proxy.down = False
    until(lambda: settled(here))
    assert http.fates == []
    assert there.results() == [5.0] * 4
    here.close()


@pytest.mark.parametrize("fate", ["arrives", "is lost"])
def test_the_next_process_finds_what_arrived_without_an_answer(there, fate, monkeypatch):
    http = there.moody()
    here = there.attach(http)
    for value in range(5):
        here.add_experiment({"T": 60.0}, output=float(value))
    there.proxy.cut()
    with monkeypatch.context() as patched:
        # No second attempt by this process.
        patched.setattr(AlchemistJournal, "line_up", lambda _: None)
        http.fates = [fate]
        for value in (7.0, 8.0, 8.0):
            here.add_experiment({"T": 60.0}, output=value)
        here.close()
    http = there.moody()
    http.fates = ["is lost"]
    again = there.attach(http)
    assert len(again.state.table) >= 5
    until(lambda: settled(again))
    assert there.results() == [0.0, 1.0, 2.0, 3.0, 4.0, 7.0, 8.0, 8.0]
    again.close()
