"""A session goes to a server, and others attach to it: the notebook's side."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from optwidgets import (
    Cancelled,
    JournalError,
    OptimizationSession,
    OptwidgetsError,
    lab,
    sessions,
)
from optwidgets.client import listing
from optwidgets.client.address import TOKEN_VARIABLE
from optwidgets.journal.sql import SqlJournal
from support.servers import free_port
from support.waiting import until


@pytest.fixture(autouse=True)
def own_settings(monkeypatch):
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)


@pytest.fixture
def session():
    made = OptimizationSession(name="Reactor", actor="maya")
    made.add_variable("x", "real", bounds=(0, 1))
    made.add_experiment({"x": 0.25}, output=1.0)
    yield made
    made.close()


def test_a_session_goes_on_at_the_server_with_all_that_it_was(server, session, tmp_path):
    heard = []
    session.subscribe(heard.extend)
    hashes = [entry.hash for entry in session.entries()]
    lock = session.lock
    url = session.persist(server.url, token=server.token("write"), name="Reactor 7")
    assert session.url == url == f"{server.url}/s/{session.id}"
    assert session.location == server.url.removeprefix("http://")
    assert repr(session).endswith(f"attached to {session.location})")
    assert [entry.hash for entry in session.entries()][: len(hashes)] == hashes
    assert session.lock is lock
    session.undo()
    session.undo()
    assert len(session.state.table) == 0
    session.redo()
    assert [entry.actor for entry in session.entries()[-1:]] == ["maya (tester)"]
    assert [entry.revision for entry in heard] == [4, 5, 6, 7]
    session.verify()
    # Once more is no second time, but a name that is given counts.
    assert session.persist(server.url) == url
    assert session.persist(server.url, name="Reactor 8") == url
    assert session.name == "Reactor 8"


def test_a_file_stays_as_it_was(server, tmp_path):
    path = tmp_path / "a.db"
    session = OptimizationSession.open(path, name="Kiln")
    session.add_variable("x", "real", bounds=(0, 1))
    session.persist(server.url, token=server.token("write"))
    session.add_variable("y", "real", bounds=(0, 1))
    session.close()
    kept = SqlJournal(path, session.id)
    assert len(kept.read()) == 2
    kept.close()


def test_a_server_with_other_changes_under_the_id_is_left_alone(server, session, tmp_path):
    token = server.token("write")
    path = tmp_path / "copy.json"
    session.persist(server.url, token=token)
    other = OptimizationSession(name="Other")
    other._store.journal.session_id = session.id
    with pytest.raises(OptwidgetsError, match="here already, with other entries"):
        other.persist(server.url, token=token)
    assert other.url is None
    assert not path.exists()
    other.add_variable("still", "real", bounds=(0, 1))


def test_the_address_of_a_session_is_enough_and_a_cell_run_again_finds_it(
    server, session, monkeypatch
):
    monkeypatch.setenv(TOKEN_VARIABLE, server.token("write"))
    url = session.persist(server.url)
    assert OptimizationSession.attach(url) is session
    assert OptimizationSession.attach(server.url, session.id) is session
    session.close()
    again = OptimizationSession.attach(url, actor="noor")
    assert again is not session
    assert again.state == session.state
    assert again.undo_words == "Row 1 added"
    again.close()


def test_without_the_right_token_it_is_a_sentence(server, session):
    with pytest.raises(JournalError, match="wants a token"):
        session.persist(server.url)
    with pytest.raises(JournalError, match="does not know this token"):
        session.persist(server.url, token="wrong")
    with pytest.raises(OptwidgetsError, match="write"):
        session.persist(server.url, token=server.token("read"))
    assert session.url is None
    session.name = "as before"


def test_a_session_that_is_deleted_over_there_is_saved_and_brought_back(server, session, tmp_path):
    token = server.token("write")
    url = session.persist(server.url, token=token)
    with server.client() as http:
        assert http.delete(f"/api/v1/sessions/{session.id}").status_code == 204
    with pytest.warns(UserWarning, match="There is no session"):
        session.save_session(tmp_path / "kept.json")
    assert session.remote.line.status.state == "refused"
    session.add_experiment({"x": 0.5}, output=2.0)
    assert len(OptimizationSession.load_session(tmp_path / "kept.json").state.table) == 1
    assert session.persist(server.url, token=token) == url
    assert session.remote.line.status.state == "online"
    assert session.remote.outbox.count() == 0
    session.add_experiment({"x": 0.75}, output=3.0)
    with server.client() as http:
        found = http.get(f"/api/v1/sessions/{session.id}/experiments").json()["experiments"]
    assert [row["Output"] for row in found] == [1.0, 2.0, 3.0]
    session.verify()


def test_a_token_that_may_only_read_reads(server, session):
    url = session.persist(server.url, token=server.token("write"))
    session.close()
    reader = OptimizationSession.attach(url, token=server.token("read"))
    assert len(reader.state.table) == 1
    with pytest.raises(OptwidgetsError, match="read"):
        reader.add_experiment({"x": 0.5}, output=2.0)
    assert len(reader.state.table) == 1
    assert reader.remote.outbox.count() == 0
    reader.close()


def test_two_sessions_follow_each_other(server, session, monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, server.token("write"))
    url = session.persist(server.url)
    heard = threading.Event()
    session.on("experiment_added", lambda news: heard.set())
    until(lambda: session.remote.line.hears)
    with_script(url, server)
    assert heard.wait(5)
    assert session.state.table.row(2).outputs == {"Output": 7.0}


def with_script(url, server):
    """Record a result as another program would, over HTTP alone."""
    session_id = url.rsplit("/", 1)[1]
    change = ["RowsAdded", {"rows": [ROW]}]
    with server.client("write") as client:
        answer = client.post(
            f"/api/v1/sessions/{session_id}/journal",
            json={"changes": [change]},
            headers={"Idempotency-Key": "script-1"},
        )
    assert answer.status_code == 201, answer.text


ROW = {"id": 1, "inputs": {"x": 0.75}, "outputs": {"Output": 7.0}, "state": "done"}


def test_the_server_trains_and_suggests_and_the_answer_is_as_ever(server, session, monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, server.token("write"))
    for place in range(5):
        session.add_experiment({"x": place / 5}, output=-((place / 5 - 0.4) ** 2))
    session.persist(server.url)
    assert session.compute == "server"
    stages = []
    session.on("task", lambda news: stages.append(news["label"]))
    result = session.train_model()
    assert result["success"] is True
    assert result["n_results"] == 6
    assert session.state.model is not None
    frame = session.suggest_next("EI", n_suggestions=2)
    assert list(frame.columns) == ["x", "mean", "std", "acquisition", "nearest"]
    assert frame.index.tolist() == [7, 8]
    assert session.state.table.counts["suggested"] == 2
    assert session.last_suggestions == [dict(session.state.table.row(n).inputs) for n in (7, 8)]
    assert session.entries()[-1].actor.startswith("maya")
    assert {"Training the model", "Suggesting 2 points"} <= set(stages)
    looked = session.suggest_next("EI", stage=False)
    assert len(looked) == 1
    assert len(session.state.table) == 8
    task = session.start_suggest("qNIPV", n_suggestions=200)
    until(lambda: task.state == "running")
    task.cancel()
    with pytest.raises(Cancelled):
        task.result(10)
    assert len(session.state.table) == 8
    session.compute = "kernel"
    assert len(session.suggest_next("EI")) == 1


def test_where_to_compute_is_checked(session):
    assert session.compute == "kernel"
    with pytest.raises(OptwidgetsError, match="on no server"):
        session.compute = "server"
    with pytest.raises(OptwidgetsError, match="'kernel' or 'server'"):
        session.compute = "cloud"


def test_a_server_lists_its_sessions_and_names_are_enough(server, session, monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, server.token("write"))
    session.persist(server.url, name="Kiln 4711")
    listed = sessions(server.url)
    assert list(listed.columns) == [
        "id", "name", "rows", "results", "variables", "created", "last_change",
    ]  # fmt: skip
    [line] = listed[listed["name"] == "Kiln 4711"].to_dict("records")
    assert (line["id"], line["rows"], line["results"], line["variables"]) == (session.id, 1, 1, 1)
    assert OptimizationSession.attach(server.url, "Kiln 4711") is session
    with pytest.raises(OptwidgetsError, match=r"no sessions named 'Oven'; there is: .*Kiln 4711"):
        OptimizationSession.attach(server.url, "Oven")
    twin = OptimizationSession(name="Kiln 4711")
    twin.persist(server.url)
    with pytest.raises(OptwidgetsError, match="2 sessions named 'Kiln 4711'"):
        OptimizationSession.attach(server.url, "Kiln 4711")
    twin.close()


def test_a_list_that_is_longer_than_a_page_is_read_to_its_end(server, session, monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, server.token("write"))
    session.persist(server.url)
    monkeypatch.setattr(listing, "PAGE", 1)
    assert session.id in set(sessions(server.url)["id"])
    assert sessions(server.url)["id"].is_unique


RESTARTED = """
import sys
import optwidgets.lab
session = optwidgets.lab.reopen(sys.argv[1], sys.argv[2])
again = optwidgets.OptimizationSession.attach(sys.argv[1])
print(session.url, len(session.state.table), again is session)
"""


def test_after_a_restart_of_the_kernel_the_sidebar_attaches_again(server, session, monkeypatch):
    token = server.token("write")
    url = session.persist(server.url, token=token)
    told = lab._describe(session)
    assert told == {"id": session.id, "name": "Reactor", "location": url}
    assert token not in str(told)
    command = [sys.executable, "-c", RESTARTED, told["location"], told["id"]]
    without = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "wants a token" in without.stderr.splitlines()[-1]
    monkeypatch.setenv(TOKEN_VARIABLE, token)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == [url, "1", "True"], done.stderr


def test_a_server_that_is_away_cannot_be_reopened_and_says_so():
    with pytest.raises(JournalError, match="No server can be reached"):
        lab.reopen(f"http://127.0.0.1:{free_port()}/s/abc", "abc")
