"""Variables and constraints, over the wire."""

from __future__ import annotations

import json

import pytest

V = "/sessions/{session_id}/variables"
C = "/sessions/{session_id}/constraints"

KINDS = [
    {"name": "x", "type": "real", "min": 0, "max": 1, "unit": "bar", "description": "pressure"},
    {"name": "n", "type": "integer", "min": 1, "max": 5},
    {"name": "k", "type": "categorical", "categories": ["β<b>", "B"]},
    {"name": "d", "type": "discrete", "allowed_values": [280, 80]},
    {"name": "humidity", "type": "real", "role": "observed", "min": 0, "max": 100},
    {"name": "ambient", "type": "real", "role": "observed"},
    {"name": "oven", "type": "real", "min": 0, "max": 1, "changes": "very_hard"},
    {"name": "a b/c".replace("/", "%2F"), "type": "real", "min": 0, "max": 1},
]


@pytest.mark.parametrize("body", KINDS, ids=lambda body: body["name"])
def test_each_kind_is_added_listed_changed_and_removed(api, session_id, body):
    added = api("POST", V, session_id=session_id, json=body).json()["variable"]
    assert added["name"] == body["name"]
    listed = api("GET", V, session_id=session_id).json()["variables"][-1]
    assert listed["role"] == body.get("role", "controllable")
    assert listed["changes"] == body.get("changes", "easy")
    if listed["type"] in ("real", "integer"):
        assert listed["bounds"] == ([body["min"], body["max"]] if "min" in body else None)
    assert listed["categories"] == body.get("categories")
    assert listed.get("unit") == body.get("unit")
    changed = body | {"description": "changed"}
    one = V + "/{variable_name}"
    name = body["name"].replace("%", "%25").replace(" ", "%20")
    answer = api("PUT", one, session_id=session_id, variable_name=name, json=changed).json()
    assert answer["variable"]["description"] == "changed"
    assert api("DELETE", one, session_id=session_id, variable_name=name).json()["n_variables"] == 2


def test_a_change_of_what_somebody_else_has_changed_is_refused_if_that_is_asked_for(
    api, session_id
):
    seen = api.http.get(f"/api/v1/sessions/{session_id}/journal").headers["ETag"]
    one = {"session_id": session_id, "variable_name": "T"}
    body = {"name": "T", "min": 20, "max": 90}
    put = ("PUT", V + "/{variable_name}")
    first = api(*put, **one, json=body, headers={"If-Match": seen})
    assert first.is_success
    late = api(*put, **one, ok=False, json={**body, "max": 80}, headers={"If-Match": seen})
    assert late.status_code == 412
    assert late.json()["error_type"] == "ConflictError"
    listed = api("GET", V, session_id=session_id).json()["variables"]
    assert next(item for item in listed if item["name"] == "T")["bounds"] == [20, 90]
    assert api(*put, **one, json={**body, "max": 80}).is_success, "its own clients send none"


@pytest.mark.parametrize("content", [b"{}", b'{"name": "package"}', b'"text"', b"7", b"null"])
def test_a_file_of_something_else_takes_no_variable_away(api, session_id, content):
    files = {"file": content}
    refused = api("POST", V + "/load", ok=False, session_id=session_id, files=files)
    assert refused.status_code == 400
    assert "'variables'" in refused.json()["detail"]
    assert api("GET", V, session_id=session_id).json()["n_variables"] == 2


def test_the_kind_follows_from_the_body(api, session_id):
    for body, kind in (
        ({"name": "p", "min": 0, "max": 1}, "real"),
        ({"name": "q", "categories": ["A", "B"]}, "categorical"),
        ({"name": "r", "allowed_values": [1, 2]}, "discrete"),
    ):
        assert api("POST", V, session_id=session_id, json=body).json()["variable"]["type"] == kind


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../..", "a\\b", "x" * 300])
def test_a_name_that_cannot_stand_in_a_url_is_refused(api, session_id, name):
    body = {"name": name, "min": 0, "max": 1}
    refused = api("POST", V, ok=False, session_id=session_id, json=body)
    assert refused.status_code == 422
    file = json.dumps([body | {"type": "real"}]).encode()
    refused = api("POST", V + "/load", ok=False, session_id=session_id, files={"file": file})
    assert refused.status_code == 400
    assert api("GET", V, session_id=session_id).json()["n_variables"] == 2


@pytest.mark.parametrize("body", [
    {"name": "x"}, {"name": "x", "min": 1}, {"name": "x", "type": "vector"}, {}, [], "x", None,
    {"name": "x", "type": "discrete", "allowed_values": [1]}, {"name": "x", "type": 3},
    {"name": "x", "type": "integer", "min": 0.5, "max": 2},
])  # fmt: skip
def test_a_body_that_is_none_is_refused_field_by_field(api, session_id, body):
    refused = api("POST", V, ok=False, session_id=session_id, json=body)
    assert (refused.status_code, refused.json()["error_type"]) == (422, "ValidationError")
    assert refused.json()["errors"]


@pytest.mark.parametrize("body", [
    {"name": "x", "min": 1, "max": 0}, {"name": "T", "min": 0, "max": 1},
    {"name": "Output", "min": 0, "max": 1}, {"name": "x", "min": 0, "max": 1e308},
    {"name": "x", "type": "categorical", "categories": ["A", "A"]},
])  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(api, session_id, body):
    if body["name"] == "x" and body.get("max") == 1e308:
        body = body | {"min": -1.7e308, "max": 1.7e308}
    refused = api("POST", V, ok=False, session_id=session_id, json=body)
    assert (refused.status_code, refused.json()["error_type"]) == (400, "ValueError")


def test_an_unknown_variable_is_not_found(api, session_id):
    one = V + "/{variable_name}"
    body = {"name": "z", "min": 0, "max": 1}
    for method, options in (("PUT", {"json": body}), ("DELETE", {})):
        answer = api(method, one, ok=False, session_id=session_id, variable_name="z", **options)
        assert answer.status_code == 404
    wrong = api("PUT", one, ok=False, session_id=session_id, variable_name="T", json=body)
    assert wrong.status_code == 400


def test_a_space_goes_down_and_up(api, session_id):
    api("POST", V, session_id=session_id, json={"name": "x", "min": 0, "max": 1})
    rule = {"constraint_type": "inequality", "coefficients": {"T": 1, "x": 10}, "rhs": 50}
    api("POST", C, session_id=session_id, json=rule)
    way = V + "/export"
    bare = api("GET", way, session_id=session_id).json()
    whole = api("GET", way, session_id=session_id, params={"include_constraints": True}).json()
    assert whole["variables"] == bare
    assert len(whole["constraints"]) == 1
    other = api("POST", "/sessions").json()["session_id"]
    path = V + "/load"
    loaded = api("POST", path, session_id=other, files={"file": json.dumps(whole).encode()}).json()
    assert (loaded["n_variables"], loaded["n_constraints"]) == (3, 1)
    assert api("GET", way, session_id=other, params={"include_constraints": True}).json() == whole
    refused = api(
        "POST", path, ok=False, session_id=other, files={"file": json.dumps(bare).encode()}
    )
    assert refused.status_code == 400  # they are there already; nothing is left behind
    assert api("GET", V, session_id=other).json()["n_variables"] == 3
    third = api("POST", "/sessions").json()["session_id"]
    assert (
        api("POST", path, session_id=third, files={"file": json.dumps(bare).encode()}).json()[
            "n_variables"
        ]
        == 3
    )


def test_constraints_have_names(api, session_id):
    api("POST", V, session_id=session_id, json={"name": "x", "min": 0, "max": 1})
    rule = {
        "constraint_type": "equality",
        "coefficients": {"T": 1, "x": 1},
        "rhs": 50,
        "name": "sum",
    }
    added = api("POST", C, session_id=session_id, json=rule).json()["constraint"]
    assert (added["type"], added["rhs"], added["name"]) == ("equality", 50, "sum")
    assert api("POST", C, ok=False, session_id=session_id, json=rule).status_code == 400
    assert api("GET", C, session_id=session_id).json()["n_constraints"] == 1
    # A variable that a constraint speaks of stays: without it the constraint would be another.
    one = V + "/{variable_name}"
    refused = api("DELETE", one, ok=False, session_id=session_id, variable_name="x")
    assert "sum" in refused.json()["detail"]
    path = C + "/{constraint_name}"
    api("DELETE", path, session_id=session_id, constraint_name="sum")
    gone = api("DELETE", path, ok=False, session_id=session_id, constraint_name="sum")
    assert gone.status_code == 404
