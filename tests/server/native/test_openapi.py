"""The OpenAPI document is complete, and true of what the server answers."""

from __future__ import annotations

import httpx
import pytest

from support.optwidgets_server import running
from support.wire_fuzz import fuzz
from support.wire_lab import fill

NATIVE = ("sessions", "rows", "steps", "tasks", "journal", "server")
CASES = 20_000


@pytest.fixture(scope="module")
def document(server):
    return httpx.get(f"{server.url}/api/openapi.json", timeout=60).json()


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_every_operation_says_who_may_and_what_it_answers(document):
    for name, operation in operations(document):
        if name in ("GET /", "GET /api"):
            continue
        if set(operation.get("tags", ())) & set(NATIVE) and "/health" not in name:
            assert operation["security"], name
            assert {"401", "403"} <= set(operation["responses"]) or name == "GET /metrics", name
            assert operation.get("summary"), name
            assert operation.get("description"), name


def test_every_answer_in_json_has_a_schema(document):
    """Without one, whatever is answered counts as true."""
    files = {"/metrics", "/api/v1/sessions/{session_id}/events", "/v1/model/download/{grant_id}"}
    without = [
        f"{name} {status}"
        for name, operation in operations(document)
        if not name.endswith(("/content", "/export", "/download")) and "/llm/" not in name
        for status, answer in operation["responses"].items()
        if status.startswith("2") and status != "204" and name.partition(" ")[2] not in files
        if not answer.get("content", {}).get("application/json", {}).get("schema")
    ]
    assert without == []


def test_a_write_says_that_it_needs_a_key(document):
    keyed = {
        name
        for name, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if parameter["name"].lower() == "idempotency-key" and parameter["required"]
    }
    assert "POST /api/v1/sessions/{session_id}/rows" in keyed
    assert "POST /api/v1/sessions/{session_id}/tasks" in keyed
    assert "POST /api/v1/sessions/{session_id}/experiments" not in keyed  # ALchemist's cannot


def test_what_takes_if_match_may_refuse_by_it(server):
    with server.client() as client:
        document = client.get("/api/openapi.json").json()
    taking = [
        (path, operation)
        for path, item in document["paths"].items()
        for operation in item.values()
        if any(told["name"].lower() == "if-match" for told in operation.get("parameters", ()))
    ]
    assert [path for path, operation in taking if "412" not in operation["responses"]] == []
    assert {path.startswith("/api/v1/sessions/{session_id}/audit") for path, _ in taking} == {
        True, False,
    }  # fmt: skip


def test_a_path_names_all_its_methods(server):
    with server.client() as client:
        answer = client.put("/api/v1/sessions/x/rows/1")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "DELETE, GET, PATCH"


def test_all_apis_are_what_they_say_in_short(server):
    """A few hundred cases with a fixed seed; the long form is below."""
    assert fuzz(server, "--phases", "fuzzing", "-n", "1", seconds=600, lab=fill(server)) >= 200


@pytest.mark.slow
def test_all_apis_are_what_they_say(tmp_path):
    """At least 20,000 cases over all APIs, streams and all: coverage and fuzzing, fixed seeds."""
    done = seed = 0
    while done < CASES:
        seed += 1
        with running(tmp_path / f"{seed}.db") as server:
            options = ("--phases", "coverage,fuzzing", "-n", "4")
            done += fuzz(server, *options, seed=seed, seconds=3600, lab=fill(server))
        print(f"\n{done} cases over all APIs with seeds up to {seed}", flush=True)
        assert seed < 5, "so many seeds are no case each"
