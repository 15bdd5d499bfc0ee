"""Long work on the wire: begun once, followed, cancelled, and known after a restart."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import uuid

import httpx
import pytest

from support import odd_computations
from support.optwidgets_server import running


@pytest.fixture(scope="module", autouse=True)
def paths():
    assert odd_computations
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        yield


def make_session(server):
    def campaign(tx):
        session = tx.create_session("Reactor")
        session.add_variable("temperature", "real", bounds=(20, 100))
        for value in (20, 35, 50, 65, 80, 100):
            session.add_experiment({"temperature": value}, output=-((value - 60) ** 2) / 100)
        return session.id

    return server.host.writer.submit(campaign).result(10)


@pytest.fixture
def api(server):
    """A client whose addresses begin at the tasks of a session of its own."""
    session_id = make_session(server)
    with server.client("write") as client:
        client.base_url = f"{server.url}/api/v1/sessions/{session_id}"
        yield client


def begin(api, kind, key=None, deadline=None, **arguments):
    body = {"kind": kind, "arguments": arguments}
    if deadline is not None:
        body["deadline"] = deadline
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return api.post("/tasks", json=body, headers=headers)


def ended(api, task, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        task = api.get(f"/tasks/{task['id']}", params={"wait": 10}).json()
        if task["state"] not in {"pending", "running"}:
            return task
    raise AssertionError(task)


def until_state(api, task, state):
    for _ in range(2000):
        if api.get(f"/tasks/{task['id']}").json()["state"] == state:
            return
        time.sleep(0.01)
    raise AssertionError(state)


def test_a_suggestion_is_asked_for_once_and_recorded(api):
    first = begin(api, "suggest", "one", n_suggestions=2)
    again = begin(api, "suggest", "one", n_suggestions=2)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.headers["Location"].endswith(first.json()["id"])
    task = ended(api, first.json())
    assert task["state"] == "done", task
    assert task["result"]["rows"] == [7, 8]
    assert not task["fell_back"]
    assert begin(api, "suggest", "one", n_suggestions=2).json()["result"] == task["result"]
    journal = api.get("/journal", params={"after": task["revision"] - 1}).json()
    assert [entry["change"][0] for entry in journal["entries"]] == ["SuggestionsMade"]
    assert [entry["actor"] for entry in journal["entries"]] == ["tester"]
    other = begin(api, "suggest", "one", n_suggestions=3)
    assert other.status_code == 422
    assert "was used for another task" in other.json()["detail"]
    assert [task["id"] for task in api.get("/tasks").json()["tasks"]] == [task["id"]]


@pytest.mark.parametrize(
    ("kind", "arguments", "status", "sentence"),
    [
        ("pie", {}, 400, "There is no computation 'pie'"),
        ("predict", {}, 400, "needs the argument 'points'"),
        ("train", {"colour": 1}, 400, "takes no argument 'colour'"),
    ],
)
def test_a_bad_question_is_refused_at_once(api, kind, arguments, status, sentence):
    answer = begin(api, kind, **arguments)
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]
    assert api.get("/tasks").json() == {"tasks": []}


def test_a_key_is_needed_and_a_session(api, server):
    assert api.post("/tasks", json={"kind": "train"}).status_code == 400
    nobody = api.get(f"{server.url}/api/v1/sessions/nobody/tasks")
    assert nobody.status_code == 404
    assert api.get(f"/tasks/{'0' * 32}").status_code == 404
    assert api.delete(f"/tasks/{'0' * 32}").status_code == 404


def test_what_fails_says_why(api):
    task = ended(api, begin(api, "suggest", strategy="guess").json())
    assert (task["state"], task["error"]["error_type"]) == ("failed", "OptwidgetsError")
    assert "guess" in task["error"]["detail"]
    task = ended(api, begin(api, "fault").json())
    assert (task["state"], task["error"]["status_code"]) == ("failed", 500)
    assert "secret" not in json.dumps(task)


def test_cancel_answers_at_once_and_the_process_is_gone(api, server):
    task = begin(api, "deaf").json()
    until_state(api, task, "running")
    pids = server.host.computing.pool.pids
    start = time.monotonic()
    answer = api.delete(f"/tasks/{task['id']}").json()
    assert answer["state"] == "cancelled"
    assert answer["error"]["detail"] == "Cancelled by tester. Nothing was changed."
    while set(pids) & set(server.host.computing.pool.pids):
        assert time.monotonic() - start < 10, "the process is still there"
        time.sleep(0.01)
    assert api.delete(f"/tasks/{task['id']}").json()["ended_at"] == answer["ended_at"]


def test_one_that_records_waits_for_another_and_can_be_cancelled_meanwhile(api):
    first = begin(api, "late", deadline=2, word="first").json()
    until_state(api, first, "running")
    second = begin(api, "quick", word="second").json()
    third = begin(api, "quick", word="third").json()
    states = [api.get(f"/tasks/{task['id']}").json()["state"] for task in (first, second)]
    assert states == ["running", "pending"]
    assert api.delete(f"/tasks/{second['id']}").json()["state"] == "cancelled"
    assert ended(api, first)["fell_back"]
    assert ended(api, third)["state"] == "done"
    assert api.get("/tasks", params={"state": "cancelled"}).json()["tasks"][0]["id"] == second["id"]
    bodies = json.dumps(api.get("/journal").json())
    assert "second" not in bodies
    assert bodies.index('"first"') < bodies.index('"third"')


def test_who_follows_a_session_sees_its_tasks(api):
    seen, ready = [], threading.Event()

    def follow():
        with (
            httpx.Client(headers=api.headers, timeout=60) as client,
            client.stream("GET", f"{api.base_url}events") as answer,
        ):
            ready.set()
            name = None
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    seen.append((name, json.loads(line.removeprefix("data: "))))
                    if name == "task" and seen[-1][1]["state"] == "done":
                        return

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    assert ready.wait(20)
    time.sleep(0.2)
    ended(api, begin(api, "suggest").json())
    thread.join(20)
    assert not thread.is_alive()
    states = [data["state"] for name, data in seen if name == "task"]
    assert states[0] == "pending"
    assert "running" in states
    assert states[-1] == "done"
    assert any(data["progress"]["stage"] for name, data in seen if name == "task")
    assert "entries" in {name for name, _ in seen}


def test_after_a_restart_what_was_under_way_is_shown_as_cancelled(tmp_path):
    path = tmp_path / "lab.db"
    with running(path) as server, server.client() as client:
        session_id = make_session(server)
        client.base_url = f"{server.url}/api/v1/sessions/{session_id}"
        task = begin(client, "sleep", "k").json()
        until_state(client, task, "running")
    with running(path) as server, server.client() as client:
        client.base_url = f"{server.url}/api/v1/sessions/{session_id}"
        found = client.get(f"/tasks/{task['id']}").json()
        assert found["state"] == "cancelled"
        assert "The server was restarted" in found["error"]["detail"]


def test_only_so_many_wait(api):
    tasks = [begin(api, "late", deadline=60).json() for _ in range(50)]
    refused = begin(api, "late")
    assert refused.status_code == 429
    assert "50 tasks of this session wait already" in refused.json()["detail"]
    for task in reversed(tasks):
        assert api.delete(f"/tasks/{task['id']}").json()["state"] == "cancelled"
    assert begin(api, "quick").status_code == 202


def test_a_token_to_read_may_look_and_not_touch(api, server):
    task = ended(api, begin(api, "quick", word="x").json())
    with server.client("read") as reader:
        reader.base_url = api.base_url
        assert reader.get(f"/tasks/{task['id']}").json()["state"] == "done"
        assert begin(reader, "quick").status_code == 403
        assert reader.delete(f"/tasks/{task['id']}").status_code == 403
