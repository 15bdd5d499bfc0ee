"""Sessions, their details, their files and their audit log, over the wire."""

from __future__ import annotations

import json

import pytest

from optwidgets import OptimizationSession
from support.alchemist_api import FIXTURES

S = "/sessions/{session_id}"


def add_row(api, session_id, T=60, c="A", output=1.5, **more):
    body = {"inputs": {"T": T, "c": c}, "output": output, **more}
    return api("POST", S + "/experiments", session_id=session_id, json=body).json()


def test_a_session_is_made_described_and_deleted(api, session_id):
    add_row(api, session_id)
    info = api("GET", S, session_id=session_id).json()
    assert info["metadata"]["name"] == "Reactor"
    assert info["search_space"]["variables"][0]["bounds"] == [20, 100]
    assert info["data"]["target_stats"] == {"min": 1.5, "max": 1.5, "mean": 1.5, "std": None}
    assert info["model"] is None
    state = api("GET", S + "/state", session_id=session_id).json()
    assert (state["n_variables"], state["n_experiments"], state["model_trained"]) == (2, 1, False)
    assert api("POST", S + "/save", session_id=session_id).json()
    api("DELETE", S, session_id=session_id)
    gone = api("GET", S, session_id=session_id, ok=False)
    assert (gone.status_code, gone.json()["error_type"]) == (404, "SessionNotFoundError")


def test_a_session_needs_no_body(api):
    created = api("POST", "/sessions").json()
    assert created["session_id"]
    assert created["created_at"]


def test_details_change_one_by_one(api, session_id):
    path = S + "/metadata"
    changed = api("PATCH", path, session_id=session_id, json={"tags": ["a"], "author": "Ann"})
    assert changed.json()["name"] == "Reactor"
    again = api("GET", path, session_id=session_id).json()
    assert (again["tags"], again["author"], again["description"]) == (["a"], "Ann", "")


@pytest.mark.parametrize("name", ["single_objective", "two_objectives"])
@pytest.mark.parametrize("path", ["/sessions/upload", "/sessions/import"])
def test_a_file_of_alchemist_comes_in_whole_and_goes_out_again(api, server, name, path):
    content = (FIXTURES / f"{name}.json").read_bytes()
    theirs = json.loads(content)
    created = api("POST", path, files={"file": ("s.json", content)}).json()["session_id"]
    rows = api("GET", S + "/experiments", session_id=created).json()["experiments"]
    columns = theirs["experiments"]["target_columns"]
    assert [[row[c] for c in columns] for row in rows] == [
        [row[c] for c in columns] for row in theirs["experiments"]["data"]
    ]
    for way in ("/export", "/download"):
        ours = api("GET", S + way, session_id=created).json()
        assert ours["experiments"]["data"] == theirs["experiments"]["data"]
        assert ours["search_space"]["variables"] == theirs["search_space"]["variables"]
        assert ours["control"]["requested"] == "run"


def test_a_file_goes_down_and_opens_in_a_notebook(api, session_id, tmp_path):
    add_row(api, session_id)
    queue = api(
        "POST",
        S + "/experiments/queue",
        session_id=session_id,
        json={"items": [{"inputs": {"T": 70, "c": "B"}, "reason": "try"}]},
    ).json()
    item = queue["items"][0]["id"]
    path = S + "/experiments/queue/{item_id}"
    api(
        "POST",
        path + "/complete",
        session_id=session_id,
        item_id=item,
        json={"outputs": [2.5], "actual_inputs": {"T": 71, "c": "B"}},
    )
    answer = api("GET", S + "/download", session_id=session_id)
    assert answer.headers["content-disposition"] == "attachment; filename=Reactor.json"
    file = tmp_path / "s.json"
    file.write_bytes(answer.content)
    session = OptimizationSession.load_session(file)
    assert [row.inputs["T"] for row in session.state.table] == [60, 71]
    # and up again: the same queue, with the same ids
    again = api("POST", "/sessions/upload", files={"file": answer.content}).json()["session_id"]
    items = api("GET", S + "/experiments/queue", session_id=again).json()["items"]
    assert [(i["id"], i["status"], i["inputs"]["T"]) for i in items] == [(item, "done", 70)]


def test_a_file_that_is_sent_again_with_its_key_is_one_session(api):
    content = (FIXTURES / "single_objective.json").read_bytes()
    made = [
        api("POST", "/sessions/upload", files={"file": ("s.json", content)},
            headers={"Idempotency-Key": "upload"}).json()["session_id"]
        for _ in range(2)
    ]  # fmt: skip
    assert made[0] == made[1]
    other = api("POST", "/sessions/upload", ok=False, headers={"Idempotency-Key": "upload"},
                files={"file": ("s.json", content.replace(b"Screening", b"Other"))})  # fmt: skip
    assert other.status_code == 422


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"version": "9"}',
        b"[" * 100_000,
        b'{"search_space": 1e999}',
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(api, content):
    refused = api("POST", "/sessions/upload", ok=False, files={"file": ("s.json", content)})
    assert refused.status_code == 400


def test_decisions_are_locked_into_the_audit_log(api, session_id):
    add_row(api, session_id)
    path = S + "/audit"
    locked = api(
        "POST",
        path + "/lock",
        session_id=session_id,
        json={"lock_type": "data", "notes": "first round"},
    ).json()
    assert locked["entry"]["parameters"]["n_experiments"] == 1
    refused = api(
        "POST", path + "/lock", ok=False, session_id=session_id, json={"lock_type": "model"}
    )
    assert refused.json()["error_type"] == "NoModelError"
    api("POST", path + "/lock", ok=False, session_id=session_id, json={"lock_type": "acquisition"})
    api(
        "POST",
        path + "/lock",
        session_id=session_id,
        json={
            "lock_type": "acquisition",
            "strategy": "EI",
            "parameters": {"xi": 0.01},
            "suggestions": [{"T": 60, "c": "A"}],
        },
    )
    event = api(
        "POST",
        path + "/event",
        session_id=session_id,
        json={"entry_type": "pump changed", "parameters": {"pump": 3}},
    ).json()["entry"]
    assert event["parameters"]["pump"] == 3
    entries = api("GET", path, session_id=session_id).json()
    assert [entry["entry_type"] for entry in entries["entries"]] == [
        "data_locked",
        "acquisition_locked",
        "pump changed",
    ]
    only = api("GET", path, session_id=session_id, params={"entry_type": "data_locked"}).json()
    assert only["n_entries"] == 1
    text = api("GET", path + "/export", session_id=session_id)
    assert text.headers["content-type"].startswith("text/markdown")
    assert text.text.startswith("# Audit log: Reactor")
    [change] = api("GET", path + "/config-changes", session_id=session_id).json()["changes"]
    assert (change["component"], change["new"]["strategy"]) == ("acquisition", "EI")


def test_a_backup_outlives_its_session(api, session_id):
    add_row(api, session_id)
    api("POST", S + "/backup", session_id=session_id)
    api("POST", S + "/backup", session_id=session_id)
    api("DELETE", S, session_id=session_id)
    found = api("GET", "/recovery/list").json()["recoveries"]
    mine = next(item for item in found if item["session_id"] == session_id)
    assert (mine["session_name"], mine["n_experiments"], mine["n_variables"]) == ("Reactor", 1, 2)
    assert "file_path" not in mine
    again = api("POST", "/recovery/{session_id}/restore", session_id=session_id).json()
    rows = api("GET", S + "/experiments", session_id=again["session_id"]).json()
    assert rows["n_experiments"] == 1
    assert api("DELETE", S + "/backup", session_id=session_id).json()["deleted"]
    assert not api("DELETE", S + "/backup", session_id=session_id).json()["deleted"]
    api("POST", "/recovery/{session_id}/restore", ok=False, session_id=session_id)
    api("DELETE", "/recovery/cleanup", params={"max_age_hours": 0})


def test_control_is_a_mailbox_with_two_writers(api, session_id):
    path = S + "/control"
    assert api("GET", path, session_id=session_id).json()["reported"] == "idle"
    api("PUT", path, session_id=session_id, json={"requested": "pause", "requested_by": "Ann"})
    for _ in range(3):  # a heartbeat
        api("PUT", path, session_id=session_id, json={"reported": "paused", "reported_by": "robot"})
    record = api("GET", path, session_id=session_id).json()
    assert (record["requested"], record["requested_by"], record["reported"]) == (
        "pause",
        "Ann",
        "paused",
    )
    entries = api("GET", S + "/audit", session_id=session_id).json()["entries"]
    assert [e["entry_type"] for e in entries] == ["control_requested", "control_reported"]
    for body in ({}, {"requested": "run", "reported": "idle"}):
        assert api("PUT", path, ok=False, session_id=session_id, json=body).status_code == 400
    document = api("GET", S + "/export", session_id=session_id).json()
    assert document["control"]["requested_by"] == "Ann"


def test_language_models_are_not_here(api, session_id):
    for method, path in (
        ("GET", "/llm/config"),
        ("POST", "/llm/config"),
        ("GET", "/llm/ollama/models"),
        ("POST", "/llm/suggest-effects/{session_id}"),
    ):
        answer = api(method, path, ok=False, session_id=session_id)
        assert answer.status_code == 501
        assert "effects" in answer.json()["detail"]
