"""Rows with results, uploads, provenance and objectives, over the wire."""

from __future__ import annotations

import json

import pytest

E = "/sessions/{session_id}/experiments"
M = "/sessions/{session_id}/objective-metadata"


def body(T=60, c="A", output=1.5, **more):
    return {"inputs": {"T": T, "c": c}, "output": output, **more}


def rows_of(api, session_id):
    return api("GET", E, session_id=session_id).json()["experiments"]


def test_one_row_is_added_and_listed(api, session_id):
    added = api("POST", E, session_id=session_id, json=body(reason="LogEI", noise=0.1)).json()
    assert added == {
        "message": "Experiment added successfully",
        "n_experiments": 1,
        "model_trained": False,
        "training_metrics": None,
    }
    [row] = rows_of(api, session_id)
    assert (row["T"], row["c"], row["Output"], row["Iteration"]) == (60, "A", 1.5, 0)
    assert (row["Reason"], row["Noise"]) == ("LogEI", 0.1)
    assert row["ProvenanceId"]


def test_the_same_row_twice_is_two_rows(api, session_id):
    for count in (1, 2):
        added = api("POST", E, session_id=session_id, json=body()).json()
        assert added["n_experiments"] == count


def test_one_request_with_a_key_counts_once(api, session_id):
    for repeat in range(3):
        answer = api(
            "POST", E, session_id=session_id, json=body(), headers={"Idempotency-Key": "one"}
        )
        assert answer.json()["n_experiments"] == 1
        assert ("Idempotency-Replayed" in answer.headers) == (repeat > 0)
    other = api(
        "POST",
        E,
        ok=False,
        session_id=session_id,
        json=body(T=70),
        headers={"Idempotency-Key": "one"},
    )
    assert other.status_code == 422
    assert len(rows_of(api, session_id)) == 1


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (E, body(T=True)),
        (E, body(output=True)),
        (E, body(output={"Output": False})),
        (E, body(iteration=True)),
        ("/sessions/{session_id}/lock", {"locked_by": "Robot", "seconds": True}),
        (
            "/sessions/{session_id}/split-plot-design",
            {"designs": {"hard": {"method": "lhs"}}, "replicates": {"hard": True}},
        ),
    ],
)
def test_true_is_no_number(api, session_id, path, asked):
    refused = api("POST", path, ok=False, session_id=session_id, json=asked)
    assert refused.status_code == 422
    assert rows_of(api, session_id) == []


def test_a_batch_is_all_or_none_and_one_step(api, session_id, server):
    good = [body(T=30 + place, output=place) for place in range(20)]
    bad = [*good, {"inputs": {"T": 50}, "output": 1}]
    refused = api("POST", E + "/batch", ok=False, session_id=session_id, json={"experiments": bad})
    assert refused.status_code == 400
    assert "Entry 21" in refused.json()["detail"]
    assert rows_of(api, session_id) == []
    before = state_of(server, session_id).revision
    added = api("POST", E + "/batch", session_id=session_id, json={"experiments": good}).json()
    assert added["n_experiments"] == 20
    assert state_of(server, session_id).revision == before + 1
    assert [row["Iteration"] for row in rows_of(api, session_id)] == list(range(20))


def state_of(server, session_id):
    import asyncio

    future = asyncio.run_coroutine_threadsafe(server.host.state(session_id), server.host._loop)
    return future.result(10)


@pytest.mark.parametrize("wrong", [
    {"inputs": {"T": 60}, "output": 1}, {"inputs": {"T": 60, "c": "Z"}, "output": 1},
    {"inputs": {"T": "hot", "c": "A"}, "output": 1},
    {"inputs": {"T": 60, "c": "A", "z": 1}, "output": 1},
    {"inputs": {"T": 60, "c": "A"}, "output": 1, "noise": -1},
    {"inputs": {"T": 60, "c": "A"}, "output": {"Yield": 1}},
])  # fmt: skip
def test_a_row_that_does_not_fit_is_refused_in_a_sentence(api, session_id, wrong):
    refused = api("POST", E, ok=False, session_id=session_id, json=wrong)
    assert (refused.status_code, refused.json()["error_type"]) == (400, "ValueError")
    assert rows_of(api, session_id) == []


@pytest.mark.parametrize("text", [
    '{"inputs": {"T": 60, "c": "A"}, "output": NaN}', '{"inputs": {"T": NaN, "c": "A"}, "output": 1}',
    '{"inputs": {"T": 60, "c": "A"}, "output": 1e999}', '{"output": 1}', "{", "", "[]",
    '{"inputs": {"T": 60, "c": "A"}, "output": 1, "iteration": ' + "9" * 5000 + "}",
])  # fmt: skip
def test_what_is_no_number_is_refused(api, session_id, text):
    headers = {"Content-Type": "application/json"}
    refused = api("POST", E, ok=False, session_id=session_id, content=text, headers=headers)
    assert refused.status_code in (400, 422)
    assert rows_of(api, session_id) == []


def test_without_variables_nothing_can_be_recorded(api):
    empty = api("POST", "/sessions").json()["session_id"]
    for path, sent in (
        (E, body()),
        (E + "/batch", {"experiments": [body()]}),
        (E + "/staged", {"inputs": {}}),
        (E + "/queue", {"items": []}),
    ):
        refused = api("POST", path, ok=False, session_id=empty, json=sent)
        assert refused.json()["error_type"] == "NoVariablesError"
    summary = api("GET", E + "/summary", session_id=empty).json()
    assert (summary["n_experiments"], summary["has_data"]) == (0, False)


def test_a_csv_file_takes_the_place_of_the_results(api, session_id):
    api("POST", E, session_id=session_id, json=body(T=99))
    text = b"T,c,Yield,Cost,Iteration\n30,A,1.5,10,0\n40,B,2.5,20,1\n"
    seen = api("POST", E + "/preview", session_id=session_id, files={"file": text}).json()
    assert (seen["n_rows"], seen["has_output"], seen["recommended_target"]) == (2, False, "Yield")
    refused = api("POST", E + "/upload", ok=False, session_id=session_id, files={"file": text})
    assert "Output" in refused.json()["detail"]
    assert len(rows_of(api, session_id)) == 1
    loaded = api(
        "POST",
        E + "/upload",
        session_id=session_id,
        files={"file": text},
        params={"target_columns": "Yield,Cost"},
    ).json()
    assert loaded["n_experiments"] == 2
    assert [(r["T"], r["Yield"], r["Cost"]) for r in rows_of(api, session_id)] == [
        (30, 1.5, 10),
        (40, 2.5, 20),
    ]
    info = api("GET", "/sessions/{session_id}", session_id=session_id).json()
    assert info["target_columns"] == ["Yield", "Cost"]
    # several objectives, for which ALchemist's API has no form: an object
    api("POST", E, session_id=session_id, json=body(output={"Yield": 3, "Cost": 30}))
    refused = api("POST", E, ok=False, session_id=session_id, json=body(output=3))
    assert "Yield" in refused.json()["detail"]


def test_rows_of_a_file_that_names_no_round_begin_the_session(api, session_id):
    api("POST", E, session_id=session_id, json=body(T=99, iteration=7))
    text = b"T,c,Output\n30,A,1.5\n40,B,2.5\n"
    api("POST", E + "/upload", session_id=session_id, files={"file": text})
    told = {(row["Iteration"], row["Reason"]) for row in rows_of(api, session_id)}
    assert told == {(0, "Initial Design")}
    text = b"T,c,Output,Reason,Iteration\n30,A,1.5,LogEI,3\n"
    api("POST", E + "/upload", session_id=session_id, files={"file": text})
    assert [(r["Iteration"], r["Reason"]) for r in rows_of(api, session_id)] == [(3, "LogEI")]


@pytest.mark.parametrize(
    ("way", "sent"),
    [
        ("", {}),
        ("/batch", "experiments"),
        ("/record-batch", "entries"),
    ],
)
def test_a_result_without_an_id_leaves_the_staged_item_alone(api, session_id, way, sent):
    point = {"T": 66, "c": "A"}
    queue = {"items": [{"inputs": point, "reason": "EI"}]}
    item = api("POST", E + "/queue", session_id=session_id, json=queue).json()["items"][0]["id"]
    result = {"inputs": point, "output": 1.5}
    sent = {sent: [result]} if sent else result
    api("POST", E + way, session_id=session_id, json=sent)
    where = {"session_id": session_id, "item_id": item}
    assert api("GET", E + "/queue/{item_id}", **where).json()["status"] == "pending"
    # A replicate measured before the item itself: both count.
    api("POST", E + "/queue/{item_id}/complete", **where, json={"outputs": [2.5]})
    assert [row["Output"] for row in rows_of(api, session_id)] in ([1.5, 2.5], [2.5, 1.5])


def test_a_batch_that_names_an_item_which_is_not_there_is_a_conflict(api, session_id):
    entries = {"entries": [{"item_id": "missing", **body()}]}
    refused = api("POST", E + "/record-batch", ok=False, session_id=session_id, json=entries)
    assert refused.status_code == 409
    assert rows_of(api, session_id) == []


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 100, b"T,c,Output\n1,A", b"PK\x03\x04zip"])
def test_a_file_that_is_no_table_is_refused(api, session_id, content):
    for way in ("/preview", "/upload"):
        answer = api.http.post(
            f"/api/v1/sessions/{session_id}/experiments{way}", files={"file": ("a.csv", content)}
        )
        assert answer.status_code in (200, 400), answer.text


def test_where_a_row_came_from_can_be_asked(api, session_id):
    api("POST", E, session_id=session_id, json=body())
    queue = api(
        "POST",
        E + "/queue",
        session_id=session_id,
        json={"items": [{"inputs": {"T": 70, "c": "B"}, "reason": "LogEI"}]},
    ).json()
    item = queue["items"][0]["id"]
    api(
        "POST",
        E + "/queue/{item_id}/complete",
        session_id=session_id,
        item_id=item,
        json={"outputs": [2.5], "actual_inputs": {"T": 71.5, "c": "B"}},
    )
    found = api("GET", E + "/provenance", session_id=session_id).json()
    manual, suggested = found["records"]
    assert (manual["strategy"], manual["suggested"]) == ("Manual", None)
    assert suggested["id"] == item
    assert suggested["suggested"] == {"T": 70, "c": "B"}
    assert suggested["delta"] == {"T": 1.5, "c": "unchanged"}
    assert suggested["strategy"] == "LogEI"
    assert [row["ProvenanceId"] for row in rows_of(api, session_id)] == [manual["id"], item]
    path = E + "/provenance/{provenance_id}"
    one = api("GET", path, session_id=session_id, provenance_id=item).json()
    assert one == suggested
    api("GET", path, ok=False, session_id=session_id, provenance_id="none")


def test_objectives_have_labels(api, session_id):
    assert api("GET", M, session_id=session_id).json() == {"metadata": {}}
    api("PUT", M, session_id=session_id, json={"metadata": {"Output": {"label": "Yield"}}})
    both = api(
        "PUT",
        M,
        session_id=session_id,
        json={"metadata": {"Output": {"unit": "%"}, "Purity": {"label": "P"}}},
    ).json()["metadata"]
    assert both == {"Output": {"label": "Yield", "unit": "%"}, "Purity": {"label": "P"}}
    queue = api(
        "POST",
        E + "/queue",
        session_id=session_id,
        json={"items": [{"inputs": {"T": 70, "c": "B"}}]},
    ).json()
    item = queue["items"][0]["id"]
    path = E + "/queue/{item_id}/complete"
    stale = {"outputs": [1], "expected_objective_label": {"Output": "Selectivity"}}
    refused = api("POST", path, ok=False, session_id=session_id, item_id=item, json=stale)
    assert refused.status_code == 409
    fresh = {"outputs": [1], "expected_objective_label": {"Output": "Yield"}}
    api("POST", path, session_id=session_id, item_id=item, json=fresh)


def test_a_session_file_has_what_the_wire_has(api, session_id):
    api("POST", E, session_id=session_id, json=body(noise=0.25))
    document = api("GET", "/sessions/{session_id}/export", session_id=session_id).json()
    [row] = rows_of(api, session_id)
    [saved] = document["experiments"]["data"]
    assert saved == {key: value for key, value in row.items() if key != "ProvenanceId"}
    assert json.loads(json.dumps(document)) == document
