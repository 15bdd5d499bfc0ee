"""A long fit that is cancelled on the server: its process is gone, and the next question answered."""

from __future__ import annotations

import os
import sys
import time
import uuid
from pathlib import Path

import pytest

from support import odd_computations
from support.optwidgets_server import running

ROUNDS = 20
GONE_WITHIN = 5.0  # on a busy machine; the goal is a second, and what it took is printed


@pytest.fixture
def server(tmp_path):
    assert odd_computations
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        with running(tmp_path / "lab.db", children=1) as started:
            yield started


def campaign(tx):
    """A session with so many results that a fit takes a minute."""
    session = tx.create_session("Reactor")
    for name in "abcdef":
        session.add_variable(name, "real", bounds=(0, 1))
    for number in range(1500):
        inputs = {name: (number * (place + 7) % 1009) / 1009 for place, name in enumerate("abcdef")}
        session.add_experiment(inputs, output=sum(inputs.values()) ** 2)
    return session.id


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def begin(http, kind):
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    answer = http.post("/tasks", json={"kind": kind, "arguments": {}}, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()["id"]


def wait(http, task, states):
    until = time.monotonic() + 60
    while (state := http.get(f"/tasks/{task}").json()["state"]) not in states:
        assert time.monotonic() < until, state
        time.sleep(0.05)
    return state


@pytest.mark.slow
def test_twenty_cancelled_fits_leave_no_process(server):
    """Every second one is deaf to being asked to go."""
    session_id = server.host.writer.submit(campaign).result(120)
    pool, took = server.host.computing.pool, []
    with server.client() as http:
        http.base_url = f"{server.url}/api/v1/sessions/{session_id}"
        for number in range(ROUNDS):
            task = begin(http, "train" if number % 2 else "deaf")
            until = time.monotonic() + 120
            while not http.get(f"/tasks/{task}").json()["progress"]["stage"]:  # its process works
                assert time.monotonic() < until
                time.sleep(0.05)
            busy, began = pool.pids, time.monotonic()
            headers = {"Idempotency-Key": uuid.uuid4().hex}
            assert http.delete(f"/tasks/{task}", headers=headers).is_success
            while all(is_alive(pid) for pid in busy):
                assert time.monotonic() - began < GONE_WITHIN, number
                time.sleep(0.01)
            took.append(time.monotonic() - began)
            assert wait(http, task, {"cancelled", "done", "failed"}) == "cancelled"
        look = begin(http, "look")
        assert wait(http, look, {"cancelled", "done", "failed"}) == "done"
    took.sort()
    print(f"\n{ROUNDS} cancels: gone after {took[ROUNDS // 2]:.2f} s, at most {took[-1]:.2f} s")
