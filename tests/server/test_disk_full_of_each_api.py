"""A full disk, in the words of each API: 507 and a sentence, and its clients can go on after it."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable

import httpx
import pytest

from support.full_disk import full_disk
from support.optwidgets_server import RunningServer, running
from support.vergeai_team import make_team

SPACE = [{"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}]
#: A few of these fill a page.
LONG = "x" * 400
TRIES = 300
FULL = "The disk is full: nothing was recorded. Free some space and repeat."


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("full") / "lab.db") as started:
        yield started


def until_full(write: Callable[[int], httpx.Response]) -> httpx.Response:
    """Write until it is refused."""
    for number in range(TRIES):
        answer = write(number)
        if not answer.is_success:
            return answer
    pytest.fail(f"the disk is full, and {TRIES} writes were acknowledged")


def native(server: RunningServer, http: httpx.Client):
    session_id = http.post("/api/v1/sessions", json={}).json()["session_id"]
    path = f"/api/v1/sessions/{session_id}"
    added = {"name": "x", "type": "real", "min": 0, "max": 1}
    http.post(f"{path}/variables", json=added).raise_for_status()

    def write(number: int) -> httpx.Response:
        row = {"inputs": {"x": 0.5}, "outputs": 1.0, "note": LONG}
        key = {"Idempotency-Key": f"{number}-{id(row)}"}
        return http.post(f"{path}/rows", json={"rows": [row]}, headers=key)

    def count() -> int:
        return http.get(f"{path}/rows").json()["total"]

    return write, count, {"detail": FULL, "error_type": "Full", "status_code": 507}


def alchemist(server: RunningServer, http: httpx.Client):
    session_id = http.post("/api/v1/sessions", json={}).json()["session_id"]
    path = f"/api/v1/sessions/{session_id}"
    added = {"name": "x", "type": "real", "min": 0, "max": 1}
    http.post(f"{path}/variables", json=added).raise_for_status()

    def write(_: int) -> httpx.Response:
        row = {"inputs": {"x": 0.5}, "output": 1.0, "reason": LONG}
        return http.post(f"{path}/experiments", json=row)

    def count() -> int:
        return http.get(f"{path}/experiments").json()["n_experiments"]

    return write, count, {"detail": FULL, "error_type": "Full", "status_code": 507}


def sigopt_v0(server: RunningServer, http: httpx.Client):
    who = {"user_token": server.token("write"), "client_token": server.token("write")}
    data = json.dumps({"name": "e", "parameters": SPACE})
    made = http.post("/v0/experiments/create", data={**who, "client_id": "1", "data": data})
    path = f"/v0/experiments/{made.json()['response']['experiment']['id']}"

    def write(_: int) -> httpx.Response:
        report = '{"assignments": {"x": 0.5}, "value": 1}'
        return http.post(f"{path}/report", data={**who, "data": report})

    def count() -> int:
        return http.get(f"{path}/history", params=who).json()["response"]["observations"]["count"]

    return write, count, {"error": {"message": FULL}}


def sigopt_v1(server: RunningServer, http: httpx.Client):
    asks = {"auth": (server.token("write"), "")}
    body = {"name": "e", "parameters": SPACE, "metrics": [{"name": "y"}]}
    path = f"/v1/experiments/{http.post('/v1/experiments', json=body, **asks).json()['id']}"

    def write(_: int) -> httpx.Response:
        seen = {"assignments": {"x": 0.5}, "values": [{"name": "y", "value": 1}]}
        body = {**seen, "metadata": {"note": LONG}}
        return http.post(f"{path}/observations", json=body, **asks)

    def count() -> int:
        return http.get(f"{path}/observations", params={"limit": 0}, **asks).json()["count"]

    return write, count, {"message": FULL, "status": 507}


def vergeai(server: RunningServer, http: httpx.Client):
    asks = {"headers": {"Authorization": server.token("write", "owner")}}
    made = http.post("/v1/project/create", json={"project_name": "p"}, **asks)
    project_id = made.json()["project_id"]

    def write(_: int) -> httpx.Response:
        body = {"project_id": project_id, "hyperparameters": {"note": LONG}}
        return http.post("/v1/experiment/create", json=body, **asks)

    def count() -> int:
        found = http.get(f"/v1/project/get/{project_id}", **asks).json()
        return len(found["experiments"])

    return write, count, {"error_msg": FULL}


@pytest.mark.parametrize("api", [native, alchemist, sigopt_v0, sigopt_v1, vergeai])
def test_a_full_disk_is_said_in_the_form_of_each_api(server, api):
    with server.client(limits=httpx.Limits(max_keepalive_connections=1)) as http:
        write, count, expected = api(server, http)
        assert write(-1).is_success
        with full_disk(server.database):
            refused = until_full(write)
            assert refused.status_code == 507
            assert refused.json() == expected
            before = count()
            assert until_full(write).status_code == 507
            assert count() == before, "what is refused is not kept, and reading goes on"
        assert write(TRIES).is_success
        assert count() == before + 1


def test_an_upload_that_finds_no_room_is_no_fault_of_ours(server, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    team = make_team(server)
    experiment = team.experiment(model=None)
    monkeypatch.setattr("tempfile.SpooledTemporaryFile.write", full)
    with server.client() as http:
        answer = http.post("/api/v1/sessions/import", files={"file": ("a.json", b"{}")})
    assert answer.status_code == 507
    assert "disk" in answer.json()["detail"]
    assert team.start(experiment).status_code == 507
    monkeypatch.undo()
    assert team.start(experiment).status_code == 204
