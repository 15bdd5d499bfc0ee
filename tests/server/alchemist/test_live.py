"""The WebSocket tells what happens, to those who may know."""

from __future__ import annotations

import base64
import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from optwidgets.server.auth import revoke_token

S = "/sessions/{session_id}"
ROW = {"inputs": {"T": 60, "c": "A"}, "output": 1.5}


def address(server, session_id):
    return f"{server.url.replace('http', 'ws')}/api/v1/ws/sessions/{session_id}"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def listening(server, session_id):
    headers = bearer(server.token("read"))
    with connect(address(server, session_id), additional_headers=headers) as socket:
        hello = json.loads(socket.recv(5))
        assert (hello["event"], hello["session_id"]) == ("connected", session_id)
        yield socket


def until(socket, event):
    """Return the messages up to one of a kind."""
    found = []
    for _ in range(50):
        found.append(json.loads(socket.recv(5)))
        if found[-1]["event"] == event:
            return found
    raise AssertionError(found)


def test_rows_and_items_are_told(api, session_id, listening):
    api("POST", S + "/experiments", session_id=session_id, json=ROW)
    assert until(listening, "experiments_updated")[-1] == {
        "event": "experiments_updated", "n_experiments": 1}  # fmt: skip
    queue = S + "/experiments/queue"
    sent = {"items": [{"inputs": ROW["inputs"], "reason": "EI"}]}
    item = api("POST", queue, session_id=session_id, json=sent).json()["items"][0]["id"]
    until(listening, "queue_updated")
    path = queue + "/{item_id}"
    api("POST", path + "/start", session_id=session_id, item_id=item)
    told = until(listening, "queue_item_updated")[-1]
    assert told == {"event": "queue_item_updated", "item_id": item, "status": "running",
                    "reason": "EI", "output": None, "error": None}  # fmt: skip
    until(listening, "queue_updated")
    api("POST", path + "/complete", session_id=session_id, item_id=item, json={"outputs": [2]})
    told = until(listening, "queue_item_updated")[-1]
    assert (told["status"], told["output"]) == ("done", 2)
    assert until(listening, "experiments_updated")[-1]["n_experiments"] == 2


def test_staging_is_not_told_as_results(api, session_id, listening):
    api("POST", S + "/experiments", session_id=session_id, json=ROW)
    until(listening, "experiments_updated")
    queue = S + "/experiments/queue"
    sent = {"items": [{"inputs": ROW["inputs"]}]}
    item = api("POST", queue, session_id=session_id, json=sent).json()["items"][0]["id"]
    where = {"session_id": session_id, "item_id": item}
    api("POST", queue + "/{item_id}/start", **where)
    api("POST", queue + "/{item_id}/fail", **where, json={"error": "leak"})
    api("POST", S + "/experiments/staged", session_id=session_id, json={"inputs": ROW["inputs"]})
    api("DELETE", S + "/experiments/staged", session_id=session_id)
    api("PUT", S + "/control", session_id=session_id, json={"reported": "running"})
    told = {message["event"] for message in until(listening, "control_changed")}
    assert told == {"queue_updated", "queue_item_updated", "control_changed"}


def test_results_that_go_are_told(api, session_id, server, listening):
    api("POST", S + "/experiments", session_id=session_id, json=ROW)
    until(listening, "experiments_updated")
    server.host.writer.submit(lambda tx: tx.session(session_id).undo()).result(10)
    assert until(listening, "experiments_updated")[-1]["n_experiments"] == 0


def test_locks_and_control_are_told_but_no_token(api, session_id, listening):
    body = {"locked_by": "robot"}
    token = api("POST", S + "/lock", session_id=session_id, json=body).json()["lock_token"]
    told = until(listening, "lock_status_changed")[-1]
    assert (told["locked"], told["locked_by"]) == (True, "robot")
    assert token not in json.dumps(told)
    api("DELETE", S + "/lock", session_id=session_id)
    assert until(listening, "lock_status_changed")[-1]["locked"] is False
    api("PUT", S + "/control", session_id=session_id, json={"reported": "running"})
    told = until(listening, "control_changed")[-1]
    assert told["control"]["reported"] == "running"


def test_what_a_notebook_changes_is_told_as_well(api, server, session_id, listening):
    headers = {"Idempotency-Key": f"notebook-{session_id}"}
    row = {"id": 1, "inputs": {"T": 60.0, "c": "A"}, "outputs": {"Output": 1.5}, "state": "done"}
    answer = api.http.post(f"/api/v1/sessions/{session_id}/journal", headers=headers,
                           json={"changes": [["RowsAdded", {"rows": [row]}]]})  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert until(listening, "experiments_updated")[-1]["n_experiments"] == 1


def test_a_token_that_was_revoked_hears_no_more(api, server, session_id, monkeypatch):
    monkeypatch.setattr("optwidgets.server.auth.CACHE_SECONDS", 0.0)
    headers = bearer(server.token("read", name="leaver"))
    with connect(address(server, session_id), additional_headers=headers) as socket:
        api("POST", S + "/experiments", session_id=session_id, json=ROW)
        until(socket, "experiments_updated")
        revoke_token(server.database, "leaver")
        api("POST", S + "/experiments", session_id=session_id, json=ROW)
        with pytest.raises(ConnectionClosed):
            socket.recv(5)


def test_what_a_client_sends_is_ignored(api, session_id, listening):
    listening.send("{")
    listening.send(b"\x00\xff")
    api("POST", S + "/experiments", session_id=session_id, json=ROW)
    until(listening, "experiments_updated")


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("wrong", 401), ("other", 403)])
def test_strangers_are_refused_before_anything_is_said(server, session_id, token, status):
    text = server.token("read", sessions=["another"]) if token == "other" else token
    headers = bearer(text) if text else {}
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(address(server, session_id), additional_headers=headers),
    ):
        pass
    assert refused.value.response.status_code == status


def test_an_unknown_session_is_refused(server):
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(address(server, "missing"), additional_headers=bearer(server.token("read"))),
    ):
        pass
    assert refused.value.response.status_code == 404
    assert json.loads(refused.value.response.body)["error_type"] == "SessionNotFoundError"


def test_pages_of_other_origins_are_refused(server, session_id):
    with (
        pytest.raises(InvalidStatus),
        connect(address(server, session_id), origin="https://evil.example",
                additional_headers=bearer(server.token("read"))),
    ):  # fmt: skip
        pass


def test_a_token_comes_as_the_user_name_of_basic_too(server, session_id):
    user = base64.b64encode(f"{server.token('read')}:".encode()).decode()
    headers = {"Authorization": f"Basic {user}"}
    with connect(address(server, session_id), additional_headers=headers) as socket:
        assert json.loads(socket.recv(5))["event"] == "connected"
