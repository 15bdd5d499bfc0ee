"""Locks hold, over the wire."""

from __future__ import annotations

import json

import httpx
import pytest

from support.alchemist_api import Client

S = "/sessions/{session_id}"
L = S + "/lock"
ROW = {"inputs": {"T": 60, "c": "A"}, "output": 1.5}
WRITES = [
    ("DELETE", S, None),
    ("PATCH", S + "/metadata", {"name": "x"}),
    ("PUT", S + "/control", {"requested": "pause"}),
    ("POST", S + "/audit/event", {"entry_type": "x"}),
    ("POST", S + "/audit/lock", {"lock_type": "data"}),
    ("POST", S + "/variables", {"name": "x", "min": 0, "max": 1}),
    ("DELETE", S + "/variables/T", None),
    ("POST", S + "/constraints",
     {"constraint_type": "inequality", "coefficients": {"T": 1}, "rhs": 50}),
    ("POST", S + "/experiments", ROW),
    ("POST", S + "/experiments/batch", {"experiments": [ROW]}),
    ("POST", S + "/experiments/record-batch", {"entries": [ROW]}),
    ("POST", S + "/experiments/queue", {"items": [{"inputs": ROW["inputs"]}]}),
    ("POST", S + "/experiments/queue/purge", None),
    ("POST", S + "/experiments/staged", {"inputs": ROW["inputs"]}),
    ("DELETE", S + "/experiments/staged", None),
    ("PUT", S + "/objective-metadata", {"metadata": {"Output": {"unit": "%"}}}),
]  # fmt: skip


@pytest.fixture
def robot(server, seen):
    """Another client, with a token of its own."""
    with server.client("write") as http:
        yield Client(http, seen)


def lock(client, session_id, **options):
    body = {"locked_by": "Reactor controller", "client_id": "lab-3"}
    return client("POST", L, session_id=session_id, json=body, **options)


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=lambda v: str(v)[-30:])
def test_no_write_without_the_token_while_it_is_locked(robot, api, session_id, method, path, body):
    lock(robot, session_id)
    refused = api(method, path, ok=False, session_id=session_id, json=body)
    assert (refused.status_code, refused.json()["error_type"]) == (403, "SessionLockedError")
    assert "Reactor controller" in refused.json()["detail"]
    assert api("GET", S + "/experiments", session_id=session_id).json()["n_experiments"] == 0


def test_nobody_else_trains_while_it_is_locked(robot, api, session_id):
    robot("POST", S + "/experiments", session_id=session_id, json=ROW)
    lock(robot, session_id)
    refused = api("POST", S + "/model/train", ok=False, session_id=session_id, json={})
    assert refused.json()["error_type"] == "SessionLockedError"


def test_the_token_opens_it_in_the_query_the_header_and_the_cookie(server, robot, session_id):
    token = lock(robot, session_id).json()["lock_token"]
    path = S + "/experiments"
    for count, options in enumerate(
        ({}, {"params": {"lock_token": token}}, {"headers": {"X-Lock-Token": token}}), start=1
    ):
        if options:  # the first one has the cookie of the answer, as a browser has
            robot.http.cookies.clear()
        added = robot("POST", path, session_id=session_id, json=ROW, **options).json()
        assert added["n_experiments"] == count
    robot("POST", path, ok=False, session_id=session_id, json=ROW, params={"lock_token": "wrong"})


def test_the_lock_is_seen_and_its_token_never_told(robot, api, session_id):
    token = lock(robot, session_id).json()["lock_token"]
    status = api("GET", L, session_id=session_id)
    assert status.json()["locked_by"] == "Reactor controller"
    document = api("GET", S + "/export", session_id=session_id).text
    info = api("GET", S, session_id=session_id).text
    for text in (status.text, document, info):
        assert token not in text


def test_it_is_released_and_taken_over_by_who_has_the_token(server, robot, session_id):
    lock(robot, session_id)
    with server.client("write") as http:
        other = Client(http, set())
        assert other("DELETE", L, ok=False, session_id=session_id).status_code == 403
        wrong = {"lock_token": "wrong"}
        assert other("DELETE", L, ok=False, session_id=session_id, params=wrong).status_code == 403
        assert lock(other, session_id, ok=False).status_code == 403
    lock(robot, session_id)  # its own, anew
    assert robot("DELETE", L, session_id=session_id).json()["locked"] is False
    assert robot("GET", L, session_id=session_id).json() == {
        "locked": False,
        "locked_by": None,
        "locked_at": None,
        "lock_token": None,
    }
    robot("POST", S + "/experiments", session_id=session_id, json=ROW)
    robot("DELETE", L, session_id=session_id)  # free already


def test_an_administrator_takes_it_over(robot, api, session_id):
    lock(robot, session_id)
    mine = lock(api, session_id).json()
    assert mine["lock_token"]
    robot("POST", S + "/experiments", ok=False, session_id=session_id, json=ROW)
    api("POST", S + "/experiments", session_id=session_id, json=ROW)
    api("DELETE", L, session_id=session_id)


def test_without_tokens_a_lock_still_holds(server_no_auth):
    with httpx.Client(base_url=server_no_auth.url) as http:
        api = Client(http, set())
        created = api("POST", "/sessions").json()["session_id"]
        token = lock(api, created).json()["lock_token"]
        http.cookies.clear()
        assert lock(api, created, ok=False).status_code == 403
        assert api("DELETE", L, ok=False, session_id=created).status_code == 403
        api("DELETE", L, session_id=created, params={"lock_token": token})


def test_reading_goes_on_while_it_is_locked(robot, api, session_id):
    lock(robot, session_id)
    for path in ("", "/state", "/export", "/variables", "/experiments", "/audit", "/control"):
        assert api("GET", S + path, session_id=session_id).is_success


def test_a_deleted_session_leaves_no_lock(robot, session_id, server):
    lock(robot, session_id)
    robot("DELETE", S, session_id=session_id)
    with server.database.reading() as connection:
        for table in ("session_locks", "alchemist_controls"):
            import sqlalchemy as sa

            count = connection.execute(
                sa.text(f"SELECT count(*) FROM {table} WHERE session_id = :id"), {"id": session_id}
            ).scalar()
            assert count == 0
    assert json.dumps(count) == "0"
