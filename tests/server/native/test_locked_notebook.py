"""A notebook whose session somebody else has locked: refused where the user is, nothing lost."""

from __future__ import annotations

import httpx
import pytest

from optwidgets import OptimizationSession, OptwidgetsError
from optwidgets.client.http import LockedOut
from optwidgets.widgets.studio_header import StudioHeader
from support.waiting import until


@pytest.fixture
def session(server):
    made = OptimizationSession(name="Reactor", actor="maya")
    made.add_variable("x", "real", bounds=(0, 1))
    made.add_experiment({"x": 0.25}, output=1.0)
    made.persist(server.url, token=server.token("write"))
    yield made
    made.close()


@pytest.fixture
def robot(server, session):
    """The instrument, with the lock."""
    with server.client("write") as http:
        path = f"/api/v1/sessions/{session.id}"
        taken = http.post(f"{path}/lock", json={"locked_by": "Flow reactor 3"})
        yield Robot(http, path, taken.json()["lock_token"])


class Robot:
    def __init__(self, http: httpx.Client, path: str, token: str) -> None:
        self.http, self.path, self.token = http, path, token

    def record(self, x: float) -> None:
        headers = {"X-Lock-Token": self.token, "Idempotency-Key": str(x)}
        rows = {"rows": [{"inputs": {"x": x}, "outputs": x}]}
        assert self.http.post(f"{self.path}/rows", json=rows, headers=headers).is_success

    def give_back(self) -> None:
        token = {"lock_token": self.token}
        assert self.http.delete(f"{self.path}/lock", params=token).is_success


def test_what_is_typed_is_refused_at_once_and_what_the_robot_does_is_seen(session, robot):
    header = StudioHeader(session)
    until(lambda: "Flow reactor 3 holds the lock" in header.line.get("text", ""))
    with pytest.raises(LockedOut, match=r"^Flow reactor 3 holds the lock of this session since"):
        session.experiment_manager.edit(1, {"note": "seen"})
    with pytest.raises(LockedOut):
        session.suggest_next()
    assert session.remote.outbox.count() == 0
    assert session.state.table.row(1).note == ""
    robot.record(0.5)
    until(lambda: len(session.state.table) == 2)
    assert header.line["locked"] is True
    robot.give_back()
    until(lambda: header.line == {})
    session.experiment_manager.edit(1, {"note": "seen"})


def test_what_was_done_without_the_line_waits_for_the_end_of_the_lock(
    server, session, robot, monkeypatch
):
    session.remote.line.down("cut for the test")
    row = session.add_experiment({"x": 0.75}, output=3.0)
    session.experiment_manager.edit(row, {"note": "offline"})
    until(lambda: session.remote.line.is_up)
    until(lambda: session.remote.line.status.lock)
    assert (session.remote.outbox.count(), session.set_aside) == (2, [])
    robot.record(0.5)
    header = StudioHeader(session)
    assert header.line["text"].startswith("Flow reactor 3 holds the lock of this session since")
    assert header.line["text"].endswith("2 changes wait and will be sent when it is free.")
    robot.give_back()
    until(lambda: session.remote.outbox.count() == 0)
    until(lambda: len(session.state.table) == 3)
    notes = {row.inputs["x"]: row.note for row in session.state.table}
    assert notes == {0.25: "", 0.5: "", 0.75: "offline"}
    assert session.set_aside == []


def test_the_user_breaks_it(session, robot):
    header = StudioHeader(session)
    until(lambda: header.line)
    with pytest.raises(OptwidgetsError, match="Say why"):
        session.break_lock(" ")
    header._break_lock("The pump leaks")
    until(lambda: header.line == {})
    session.add_experiment({"x": 0.1}, output=0.0)
    (entry,) = [e for e in session.get_audit_log() if e["entry_type"] == "lock_broken"]
    assert (entry["notes"], entry["parameters"]["locked_by"]) == (
        "The pump leaks",
        "Flow reactor 3",
    )
    with pytest.raises(OptwidgetsError, match="Nobody holds the lock"):
        session.break_lock("again")


def test_a_notebook_locks_renews_and_gives_back(server, session):
    other = _other(server, session)
    session.take_lock("Campaign 7", seconds=300)
    session.take_lock("Campaign 7")
    assert session.lock_holder["mine"] is True
    assert other.lock_holder == {**session.lock_holder, "mine": False}
    session.add_experiment({"x": 0.1}, output=0.0)
    with pytest.raises(LockedOut):
        other.name = "Kiln"
    with pytest.raises(OptwidgetsError, match="Campaign 7 holds the lock"):
        other.take_lock()
    with pytest.raises(OptwidgetsError, match="holds no lock that can be renewed"):
        other.renew_lock()
    before = session.lock_holder["until"]
    session.renew_lock(seconds=5000)
    assert session.lock_holder["until"] > before
    assert StudioHeader(session).line == {}
    session.give_back_lock()
    other.name = "Kiln"
    other.close()


def test_who_lost_the_lock_is_told_when_it_is_renewed(server, session):
    other = _other(server, session)
    session.take_lock()
    other.break_lock("Wrong campaign")
    with pytest.raises(LockedOut, match="Look what others did meanwhile"):
        session.add_experiment({"x": 0.6}, output=1.0)
    with pytest.raises(OptwidgetsError, match="holds no lock"):
        session.renew_lock()
    session.add_experiment({"x": 0.6}, output=1.0)
    assert session.lock_holder is None
    other.close()


def test_the_lock_survives_a_cut_line(server, session):
    other = _other(server, session)
    session.take_lock()
    session.remote.line.down("cut for the test")
    session.add_experiment({"x": 0.9}, output=1.0)
    until(lambda: session.remote.line.is_up and not session.remote.outbox.count())
    with pytest.raises(LockedOut):
        other.name = "Kiln"
    other.close()


def _other(server, session):
    """The same session, attached as from another process."""
    from optwidgets.client.http import Http
    from optwidgets.client.remote_journal import RemoteJournal

    http = Http(session.remote.http.address, server.token("write", name="ben"))
    other = OptimizationSession(journal=RemoteJournal(http, session.id), actor="ben")
    other._serve(other.remote, "server")
    return other
