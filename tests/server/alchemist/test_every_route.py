"""Every operation of ALchemist's OpenAPI document: its success, and who may not."""

from __future__ import annotations

import json

import pytest

from support.alchemist_api import Client, operations

#: Built with models; their tests are those of designs, model, acquisition and figures.
ELSEWHERE = ("-design", "/model", "/acquisition/", "/visualizations/", "/llm/")
ROW = {"inputs": {"T": 60, "c": "A"}, "output": 1.5}
TABLE = {"files": {"file": b"T,c,Output\n30,A,1.5\n"}}
SPACE = {
    "files": {"file": json.dumps([{"name": "x", "type": "real", "min": 0, "max": 1}]).encode()}
}
RULE = {"constraint_type": "inequality", "coefficients": {"T": 1}, "rhs": 90, "name": "warm"}
#: What a request of an operation carries, where it carries anything.
REQUESTS = {
    "POST /sessions/{session_id}/audit/lock": {"json": {"lock_type": "data"}},
    "POST /sessions/{session_id}/audit/event": {"json": {"entry_type": "calibrated"}},
    "POST /sessions/{session_id}/lock": {"json": {"locked_by": "robot"}},
    "PUT /sessions/{session_id}/control": {"json": {"requested": "pause"}},
    "PATCH /sessions/{session_id}/metadata": {"json": {"author": "Ann"}},
    "POST /sessions/{session_id}/variables": {"json": {"name": "x", "min": 0, "max": 1}},
    "POST /sessions/{session_id}/variables/load": SPACE,
    "PUT /sessions/{session_id}/variables/{variable_name}": {
        "json": {"name": "T", "min": 0, "max": 1}
    },
    "POST /sessions/{session_id}/constraints": {"json": {**RULE, "name": "cold"}},
    "POST /sessions/{session_id}/experiments": {"json": ROW},
    "POST /sessions/{session_id}/experiments/batch": {"json": {"experiments": [ROW]}},
    "POST /sessions/{session_id}/experiments/record-batch": {"json": {"entries": [ROW]}},
    "POST /sessions/{session_id}/experiments/preview": TABLE,
    "POST /sessions/{session_id}/experiments/upload": TABLE,
    "POST /sessions/{session_id}/experiments/queue": {"json": {"items": [ROW]}},
    "POST /sessions/{session_id}/experiments/queue/{item_id}/complete": {"json": {"outputs": [1]}},
    "POST /sessions/{session_id}/experiments/queue/{item_id}/fail": {"json": {"error": "leak"}},
    "POST /sessions/{session_id}/experiments/staged": {"json": ROW},
    "POST /sessions/{session_id}/experiments/staged/batch": {"json": {"experiments": []}},
    "POST /sessions/{session_id}/experiments/staged/complete": {"json": {"outputs": [1]}},
    "PUT /sessions/{session_id}/objective-metadata": {"json": {"metadata": {}}},
}
OURS = [
    f"{method} {path.removeprefix('/api/v1')}"
    for path, method, _ in operations()
    if path.startswith("/api/") and not any(part in path for part in ELSEWHERE)
]


@pytest.fixture(scope="module")
def prepared(api):
    """A session with a row, an item and a constraint, as a file; and what stands in paths."""
    created = api("POST", "/sessions").json()["session_id"]
    at = {"session_id": created, "variable_name": "T", "constraint_name": "warm"}
    variables = [
        {"name": "T", "type": "real", "min": 20, "max": 100},
        {"name": "c", "type": "categorical", "values": ["A", "B"]},
    ]
    space = {"variables": variables, "constraints": [{**RULE, "type": RULE["constraint_type"]}]}
    api(
        "POST",
        "/sessions/{session_id}/variables/load",
        **at,
        files={"file": json.dumps(space).encode()},
    )
    api("POST", "/sessions/{session_id}/experiments", **at, json=ROW)
    queue = "/sessions/{session_id}/experiments/queue"
    items = api("POST", queue, **at, json={"items": [ROW]}).json()["items"]
    return api("GET", "/sessions/{session_id}/export", **at).content, {
        **at,
        "item_id": items[0]["id"],
    }


@pytest.fixture
def where(api, prepared):
    """Values for the braces of any path, of a session of its own."""
    content, at = prepared
    fresh = api("POST", "/sessions/upload", files={"file": content}).json()["session_id"]
    return {**at, "session_id": fresh}


def asked(operation, session_file=b""):
    method, path = operation.split(" ", 1)
    if path in ("/sessions/import", "/sessions/upload"):
        return method, path, {"files": {"file": session_file}}
    return method, path, REQUESTS.get(operation, {})


@pytest.mark.parametrize("operation", OURS)
def test_a_success_has_the_form_that_alchemist_documents(api, where, prepared, operation):
    if operation == "DELETE /sessions/{session_id}/variables/{variable_name}":
        api("DELETE", "/sessions/{session_id}/constraints/{constraint_name}", **where)
    if operation.startswith("POST /recovery"):
        api("POST", "/sessions/{session_id}/backup", **where)
    method, path, options = asked(operation, prepared[0])
    if "{provenance_id}" in path:
        found = api("GET", "/sessions/{session_id}/experiments/provenance", **where).json()
        where["provenance_id"] = found["records"][0]["id"]
    api(method, path, **where, **options)


def test_nobody_gets_in_without_a_token_or_writes_with_one_for_reading(server):
    where = {"session_id": "s", "variable_name": "T", "constraint_name": "c", "item_id": "i",
             "provenance_id": "p"}  # fmt: skip
    with server.client("read") as http:
        reader = Client(http, set())
        for operation in OURS:
            method, path, options = asked(operation, b"{}")
            if method != "GET" and not path.endswith(("/preview", "/save")):
                refused = reader(method, path, ok=False, **where, **options)
                assert refused.status_code == 403, operation
        http.headers.pop("Authorization")
        for operation in OURS:
            method, path, options = asked(operation, b"{}")
            refused = reader(method, path, ok=False, **where, **options)
            assert refused.status_code == 401, operation
            assert "token" in refused.json()["detail"]


HOSTILE = [
    "..%2F..%2Fetc%2Fpasswd",
    "%2e%2e",
    "a%00b",
    "%F0%9F%98%80",
    "' OR 1=1 --",
    "*",
    "x" * 300,
    "%ff%fe",
    "<script>",
]


@pytest.mark.parametrize("name", ["missing", *HOSTILE])
@pytest.mark.parametrize(
    "path",
    [
        "/sessions/{session_id}/state",
        "/sessions/{session_id}/export",
        "/sessions/{session_id}/experiments/queue",
    ],
)
def test_an_id_is_an_id_and_nothing_else(api, path, name):
    refused = api("GET", path, ok=False, session_id=name)
    assert refused.status_code in (404, 422)
    if name == "missing":
        assert refused.json()["error_type"] == "SessionNotFoundError"


def test_a_token_for_one_session_reaches_no_other(server, api, session_id):
    other = api("POST", "/sessions").json()["session_id"]
    for created in (session_id, other):
        api("POST", "/sessions/{session_id}/backup", session_id=created)
    token = server.token("write", sessions=[session_id])
    headers = {"Authorization": f"Bearer {token}"}
    with server.client("read") as http:
        http.headers.update(headers)
        mine = Client(http, set())
        assert mine("GET", "/sessions/{session_id}", session_id=session_id).is_success
        refused = mine("GET", "/sessions/{session_id}", ok=False, session_id=other)
        assert refused.status_code == 403
        assert mine("POST", "/sessions", ok=False).status_code == 403
        found = mine("GET", "/recovery/list").json()["recoveries"]
        assert [backup["session_id"] for backup in found] == [session_id]
        admin = server.token("admin", sessions=[session_id])
        http.headers["Authorization"] = f"Bearer {admin}"
        assert mine("DELETE", "/recovery/cleanup", ok=False).status_code == 403
    found = api("GET", "/recovery/list").json()["recoveries"]
    assert {backup["session_id"] for backup in found} >= {session_id, other}


def test_a_token_comes_as_the_user_name_of_basic_too(server, session_id):
    import httpx

    address = server.url.replace("http://", f"http://{server.token('read')}:@")
    assert httpx.get(f"{address}/api/v1/sessions/{session_id}").is_success
