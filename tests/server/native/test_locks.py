"""A lock binds every API: only who has its token changes the session while it is held."""

from __future__ import annotations

import json
import time
import uuid

import httpx
import pytest

from optwidgets.server import steady
from optwidgets.server.faces.native.events import _patience
from optwidgets.server.locks import Lock
from support.vergeai_team import make_team

HEADER = "X-Lock-Token"


@pytest.fixture
def session_id(server):
    def begin(tx):
        session = tx.create_session("Reactor")
        session.add_variable("x", "real", bounds=(0, 1))
        session.add_experiment({"x": 0.25}, output=1.0)
        return session.id

    return server.host.writer.submit(begin).result(10)


@pytest.fixture
def api(server, session_id):
    """Somebody's client; each request has a key of its own."""
    with server.client("write") as client:

        def ask(method, path="", *, ok=True, base=f"/api/v1/sessions/{session_id}", **options):
            headers = {"Idempotency-Key": uuid.uuid4().hex, **options.pop("headers", {})}
            answer = client.request(method, base + path, headers=headers, **options)
            assert answer.is_success or not ok, answer.text
            return answer

        yield ask


@pytest.fixture
def token(server, session_id):
    """The lock, taken by an instrument with a token of its own for the server."""
    return lock(server, session_id)["lock_token"]


def lock(server, session_id, **body):
    with server.client("write") as client:
        path = f"/api/v1/sessions/{session_id}/lock"
        taken = client.post(path, json={"locked_by": "Flow reactor 3", **body})
        assert taken.is_success, taken.text
        return taken.json()


def revision(server, session_id):
    return server.host.writer.submit(lambda tx: tx.session(session_id).revision).result(10)


ROW = {"rows": [{"inputs": {"x": 0.5}, "outputs": 2.0}]}
CHANGE = {"changes": [["MetadataChanged", {"fields": {"name": "Kiln"}, "removed": []}]]}
WRITES = [
    ("POST", "/journal", CHANGE),
    ("POST", "/rows", ROW),
    ("PATCH", "/rows/1", {"values": {"note": "seen"}}),
    ("POST", "/rows/delete", {"rows": [1]}),
    ("POST", "/undo", None),
    ("POST", "/objectives", {"name": "Cost", "goal": "minimize"}),
    ("POST", "/tasks", {"kind": "suggest"}),
    ("POST", "/tasks", {"kind": "train"}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=lambda v: str(v)[:30])
def test_the_native_api_is_refused_with_who_and_since_when(
    server, session_id, token, api, method, path, body
):
    before = revision(server, session_id)
    refused = api(method, path, ok=False, json=body)
    assert (refused.status_code, refused.json()["error_type"]) == (423, "Locked")
    sentence = refused.json()["detail"]
    assert sentence.startswith("Flow reactor 3 holds the lock of this session since 20")
    assert "Nothing was changed" in sentence
    assert revision(server, session_id) == before
    if path != "/tasks":  # what they compute takes seconds
        assert api(method, path, json=body, headers={HEADER: token}).status_code in {200, 201}


def test_what_records_nothing_is_computed_all_the_same(token, api):
    asked = {"kind": "predict", "arguments": {"points": [{"x": 0.5}]}}
    assert api("POST", "/tasks", json=asked).status_code == 202
    assert api("GET", "/rows").json()["total"] == 1


def test_what_was_answered_before_is_answered_again(server, session_id, api):
    key = {"Idempotency-Key": "before"}
    api("POST", "/rows", json=ROW, headers=key)
    lock(server, session_id)
    again = api("POST", "/rows", json=ROW, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_sigopt_s_clients_are_refused(server, session_id, api):
    listed = api("GET", base="/v1/experiments").json()["data"]
    number = next(item["id"] for item in listed if item["session"] == session_id)
    base = f"/v1/experiments/{number}"
    opened = api("POST", "/suggestions", base=base, json={"assignments": {"x": 0.75}}).json()
    token = lock(server, session_id)["lock_token"]
    before = revision(server, session_id)
    observation = {"assignments": {"x": 0.5}, "values": [{"name": "Output", "value": 2.0}]}
    for method, path, body in (
        ("POST", "/observations", observation),
        ("POST", "/observations/batch", {"observations": [observation]}),
        ("POST", "/suggestions", {}),
        ("POST", "/queued_suggestions", {"assignments": {"x": 0.1}}),
        ("PUT", f"/suggestions/{opened['id']}", {"metadata": {"a": 1}}),
        ("PUT", "", {"name": "Other"}),
        ("DELETE", "/observations", None),
        ("DELETE", "", None),
    ):
        refused = api(method, path, ok=False, base=base, json=body)
        assert (refused.status_code, refused.json()["status"]) == (423, 423), (method, path)
        assert "Flow reactor 3" in refused.json()["message"]
    assert revision(server, session_id) == before
    api("POST", "/observations", base=base, json=observation, headers={HEADER: token})
    with server.client("admin") as client:
        form = {"client_token": server.token("write"), "data": json.dumps(observation)}
        told = client.post(f"/v0/experiments/{number}/report", data=form)
    assert told.status_code == 423
    assert "Flow reactor 3" in told.json()["error"]["message"]


def test_vergeai_s_reports_are_refused(server, session_id):
    team = make_team(server, session_id=session_id)
    experiment = team.experiment()
    team.devices(1)
    job = team.job(experiment).data["ID"]
    token = lock(server, session_id)["lock_token"]
    report = {"job_id": job, "metrics": {"Output": 0.5}}
    refused = team.owner.post("job/report", **report)
    assert refused.status_code == 423
    assert "Flow reactor 3" in refused.data["error_msg"]
    headers = {"Authorization": team.owner.api_key, HEADER: token}
    taken = httpx.post(f"{server.url}/v1/job/report", json=report, headers=headers)
    assert taken.is_success, taken.text


def test_a_locked_session_is_not_deleted(session_id, token, api):
    assert api("DELETE", ok=False).json()["error_type"] == "SessionLockedError"
    api("DELETE", headers={HEADER: token})
    assert api("GET", "/rows", ok=False).status_code == 404


def test_a_lock_ends_by_itself_unless_it_is_renewed(server, session_id, api, monkeypatch):
    taken = lock(server, session_id, seconds=60)
    bearing = {HEADER: taken["lock_token"]}
    renewed = api("POST", "/lock/renew", json={"seconds": 3600}, headers=bearing).json()
    assert renewed["expires_at"] > taken["expires_at"]
    assert renewed["locked_at"] == taken["locked_at"]
    assert api("GET", "/lock").json()["expires_at"] == renewed["expires_at"]
    wrong = api("POST", "/lock/renew", ok=False, json={}, headers={HEADER: "wrong"})
    assert wrong.status_code == 423
    api("POST", "/rows", ok=False, json=ROW)
    # An hour and a bit later.
    monkeypatch.setattr(steady, "monotonic", lambda: time.monotonic() + 3700)
    assert api("GET", "/lock").json()["locked"] is False
    api("POST", "/rows", json=ROW)
    late = api("POST", "/rows", ok=False, json=ROW, headers=bearing)
    assert late.status_code == 423
    assert "Flow reactor 3 held ended at" in late.json()["detail"]
    ended = api("POST", "/lock/renew", ok=False, json={}, headers=bearing)
    assert ended.status_code == 404
    assert "look what others did" in ended.json()["detail"]


@pytest.mark.parametrize("seconds", [0, -1, 1e9])
def test_a_lock_of_no_sensible_length_is_refused(session_id, api, seconds):
    body = {"locked_by": "Robot", "seconds": seconds}
    assert api("POST", "/lock", ok=False, json=body).status_code in {400, 422}
    assert api("GET", "/lock").json()["locked"] is False


def test_a_person_breaks_it_for_a_reason_that_is_kept(server, session_id, token, api):
    assert api("POST", "/lock/break", ok=False, json={"reason": ""}).status_code == 422
    broken = api("POST", "/lock/break", json={"reason": "The pump leaks"})
    assert broken.json()["locked"] is False
    look = server.host.writer.submit(lambda tx: tx.session(session_id).get_audit_log()[-1])
    entry = look.result(10)
    assert entry["entry_type"] == "lock_broken"
    assert entry["parameters"]["locked_by"] == "Flow reactor 3"
    assert entry["notes"] == "The pump leaks"
    api("POST", "/rows", json=ROW)
    assert api("POST", "/lock/break", ok=False, json={"reason": "again"}).status_code == 404
    # The instrument learns of it, and may take the lock anew; other sessions are not concerned.
    late = api("POST", "/rows", ok=False, json=ROW, headers={HEADER: token})
    assert "Look what others did meanwhile" in late.json()["detail"]
    api("POST", base="/api/v1/sessions", json={"name": "Another"}, headers={HEADER: token})
    api("POST", "/lock", json={"locked_by": "Flow reactor 3"}, headers={HEADER: token})


def test_a_reader_breaks_and_renews_nothing(server, session_id, token):
    with server.client("read") as reader:
        for name, body in (("break", {"reason": "x"}), ("renew", {})):
            path = f"/api/v1/sessions/{session_id}/lock/{name}"
            assert reader.post(path, json=body).status_code == 403


def test_those_who_follow_are_told(server, session_id, api):
    taken = lock(server, session_id)
    path = f"{server.url}/api/v1/sessions/{session_id}/events"
    headers = {"Authorization": f"Bearer {server.token('read')}"}
    with httpx.stream("GET", path, headers=headers, timeout=20) as answer:
        lines = (line for line in answer.iter_lines() if line.startswith(("event:", "data:")))
        assert next(lines) == "event: lock"
        assert json.loads(next(lines)[5:])["locked_by"] == "Flow reactor 3"
        api("DELETE", "/lock", params={"lock_token": taken["lock_token"]})
        assert next(lines) == "event: lock"
        assert json.loads(next(lines)[5:]) == {
            "locked": False,
            "locked_by": None,
            "locked_at": None,
        }
        # One that ends by itself is told when it does.
        lock(server, session_id, seconds=0.2)
        told = [(next(lines), json.loads(next(lines)[5:])["locked"]) for _ in range(2)]
        assert told == [("event: lock", True), ("event: lock", False)]


def test_somebody_who_follows_is_not_left_waiting_for_the_end_of_a_lock():
    assert _patience(None) == _patience(Lock("Robot", "2026"))
    over = Lock("Robot", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.000+00:00")
    assert 0 < _patience(over) < 0.1
