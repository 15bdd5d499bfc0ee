"""The work queue and staged experiments, over the wire."""

from __future__ import annotations

import pytest

from optwidgets.journal.changes import ExtrasSet

E = "/sessions/{session_id}/experiments"
Q = E + "/queue"
ITEM = Q + "/{item_id}"
STAGED = E + "/staged"


@pytest.fixture
def items(api, session_id):
    sent = [
        {"inputs": {"T": 30, "c": "A"}, "reason": "LogEI"},
        {"inputs": {"T": 40, "c": "B"}},
        {"inputs": {"T": 50, "c": "A", "WholePlot": 1, "RunOrder": 3}},
    ]
    return api("POST", Q, session_id=session_id, json={"items": sent}).json()["items"]


def test_an_item_lives_from_pending_to_done(api, session_id, items):
    first, second, third = items
    assert (first["status"], first["inputs"], first["reason"]) == (
        "pending",
        {"T": 30, "c": "A"},
        "LogEI",
    )
    assert third["plot"] == {"WholePlot": 1, "RunOrder": 3}
    where = {"session_id": session_id, "item_id": first["id"]}
    started = api("POST", ITEM + "/start", **where).json()
    assert started["status"] == "running"
    assert started["started_at"]
    done = api("POST", ITEM + "/complete", **where, json={"outputs": [1.5], "noise": [0.1]}).json()
    assert (done["status"], done["output"], done["noise"], done["dataset_ref"]) == (
        "done",
        1.5,
        0.1,
        0,
    )
    assert done["started_at"] == started["started_at"]
    assert api("GET", ITEM, **where).json() == done
    failed = api(
        "POST", ITEM + "/fail", session_id=session_id, item_id=second["id"], json={"error": "leak"}
    ).json()
    assert (failed["status"], failed["error"], failed["output"]) == ("failed", "leak", None)
    listed = api("GET", Q, session_id=session_id).json()
    assert [listed[f"n_{name}"] for name in ("pending", "running", "done", "failed")] == [
        1,
        0,
        1,
        1,
    ]
    only = api("GET", Q, session_id=session_id, params={"status": "done"}).json()
    assert [item["id"] for item in only["items"]] == [first["id"]]
    assert only["n_failed"] == 1
    assert api("POST", Q + "/purge", session_id=session_id).json()["n_purged"] == 2
    assert [i["id"] for i in api("GET", Q, session_id=session_id).json()["items"]] == [third["id"]]
    [row] = api("GET", E, session_id=session_id).json()["experiments"]
    assert (row["Output"], row["Reason"]) == (1.5, "LogEI")


@pytest.mark.parametrize(
    ("then", "body"),
    [("/start", None), ("/complete", {"outputs": [1]}), ("/fail", {"error": "x"}), ("", None)],
)
def test_a_step_from_the_wrong_state_is_a_conflict(api, session_id, items, then, body):
    where = {"session_id": session_id, "item_id": items[0]["id"]}
    api("POST", ITEM + "/complete", **where, json={"outputs": [1.5]})
    method = "POST" if then else "DELETE"
    refused = api(method, ITEM + then, ok=False, **where, json=body)
    assert refused.status_code == 409
    lost = api(method, ITEM + then, ok=False, session_id=session_id, item_id="none", json=body)
    assert lost.status_code == 404


def test_a_pending_item_is_deleted_with_its_row(api, session_id, items, server):
    left = api("DELETE", ITEM, session_id=session_id, item_id=items[1]["id"]).json()
    assert [item["id"] for item in left["items"]] == [items[0]["id"], items[2]["id"]]


def test_staging_is_all_or_none(api, session_id):
    sent = [{"inputs": {"T": 30, "c": "A"}}, {"inputs": {"T": 30}}]
    refused = api("POST", Q, ok=False, session_id=session_id, json={"items": sent})
    assert refused.status_code == 400
    assert "Item 2" in refused.json()["detail"]
    assert api("GET", Q, session_id=session_id).json()["items"] == []
    assert api("POST", Q, session_id=session_id, json={"items": []}).json()["items"] == []


def test_wrong_numbers_of_results_are_refused(api, session_id, items):
    where = {"session_id": session_id, "item_id": items[0]["id"]}
    for body in ({"outputs": []}, {"outputs": [1, 2]}, {"outputs": [1], "noise": [1, 2]}):
        assert api("POST", ITEM + "/complete", ok=False, **where, json=body).status_code == 400
    assert api("GET", ITEM, **where).json()["status"] == "pending"


def test_the_older_names_are_the_same_queue(api, session_id):
    one = api(
        "POST", STAGED, session_id=session_id, json={"inputs": {"T": 30, "c": "A"}, "reason": "EI"}
    ).json()
    assert one["n_staged"] == 1
    more = api(
        "POST",
        STAGED + "/batch",
        session_id=session_id,
        json={"experiments": [{"T": 40, "c": "B"}, {"T": 50, "c": "A"}], "reason": "qEI"},
    ).json()
    assert (more["n_staged"], len(more["ids"])) == (3, 2)
    listed = api("GET", STAGED, session_id=session_id).json()
    assert listed["reasons"] == ["EI", "qEI", "qEI"]
    assert listed["experiments"][0] == {"T": 30, "c": "A"}
    assert listed["ids"] == [i["id"] for i in api("GET", Q, session_id=session_id).json()["items"]]
    wrong = api(
        "POST", STAGED + "/complete", ok=False, session_id=session_id, json={"outputs": [1]}
    )
    assert wrong.status_code == 400
    done = api(
        "POST",
        STAGED + "/complete",
        session_id=session_id,
        json={"outputs": [1, 2, 3], "noises": [0.1, 0.2, 0.3], "iteration": 4},
    ).json()
    assert (done["n_added"], done["n_experiments"]) == (3, 3)
    rows = api("GET", E, session_id=session_id).json()["experiments"]
    assert [(r["Output"], r["Noise"], r["Iteration"], r["Reason"]) for r in rows] == [
        (1, 0.1, 4, "EI"),
        (2, 0.2, 4, "qEI"),
        (3, 0.3, 4, "qEI"),
    ]
    empty = api("POST", STAGED + "/complete", session_id=session_id, json={"outputs": []}).json()
    assert empty["n_added"] == 0
    api("POST", STAGED, session_id=session_id, json={"inputs": {"T": 30, "c": "A"}})
    assert api("DELETE", STAGED, session_id=session_id).json()["n_cleared"] == 1


def test_a_running_item_stops_completion_by_order(api, session_id, items):
    api("POST", ITEM + "/start", session_id=session_id, item_id=items[0]["id"])
    refused = api(
        "POST", STAGED + "/complete", ok=False, session_id=session_id, json={"outputs": [1, 2]}
    )
    assert refused.status_code == 409


def test_a_round_is_recorded_at_once(api, session_id, items):
    entries = [
        {"item_id": items[0]["id"], "inputs": {"T": 31, "c": "A"}, "output": 1},
        {"inputs": {"T": 80, "c": "B"}, "output": 2, "reason": "Manual"},
    ]
    path = E + "/record-batch"
    for wrong in (
        [*entries, {"inputs": {"T": 1}, "output": 1}],
        [*entries, entries[0]],
        [*entries, {"item_id": "none", "inputs": {"T": 1, "c": "A"}, "output": 1}],
    ):
        refused = api("POST", path, ok=False, session_id=session_id, json={"entries": wrong})
        assert "Entry 3" in refused.json()["detail"]
        assert "Nothing was recorded" in refused.json()["detail"]
        assert api("GET", E, session_id=session_id).json()["n_experiments"] == 0
    done = api("POST", path, session_id=session_id, json={"entries": entries}).json()
    assert (done["n_added"], done["n_experiments"]) == (2, 2)
    assert done["completed_item_ids"] == [items[0]["id"]]
    rows = api("GET", E, session_id=session_id).json()["experiments"]
    assert [(r["T"], r["Iteration"]) for r in rows] == [(31, 0), (80, 0)]


def test_what_a_notebook_suggests_is_in_the_queue(api, session_id, server):
    import asyncio

    def suggest(transaction):
        session = transaction.session(session_id)
        session.add_staged_experiment({"T": 66, "c": "A"})

    work = server.host.write(suggest)
    asyncio.run_coroutine_threadsafe(work, server.host._loop).result(10)
    [item] = api("GET", Q, session_id=session_id).json()["items"]
    assert (item["status"], item["inputs"]["T"]) == ("pending", 66)
    api(
        "POST", ITEM + "/complete", session_id=session_id, item_id=item["id"], json={"outputs": [1]}
    )
    [done] = api("GET", Q, session_id=session_id).json()["items"]
    assert (done["id"], done["status"]) == (item["id"], "done")


def test_a_suggestion_is_in_the_queue_once_it_is_staged(api, session_id, server):
    import asyncio

    from optwidgets.server.faces.alchemist import queueing

    def suggest(transaction):
        session = transaction.session(session_id)
        hidden = session.add_staged_experiment({"T": 66, "c": "A"})
        session.commit([ExtrasSet(queueing.hiding([hidden]))])

    work = server.host.write(suggest)
    asyncio.run_coroutine_threadsafe(work, server.host._loop).result(10)
    assert api("GET", Q, session_id=session_id).json()["items"] == []
    sent = {"items": [{"inputs": {"T": 66.0, "c": "A"}, "reason": "LogEI"}]}
    [item] = api("POST", Q, session_id=session_id, json=sent).json()["items"]
    assert (item["status"], item["reason"]) == ("pending", "LogEI")
    document = api("GET", "/sessions/{session_id}/export", session_id=session_id).json()
    assert [i["id"] for i in document["staged_experiments"]] == [item["id"]]


def test_a_suggestion_that_a_client_rounded_is_staged_as_it_was_sent(api, session_id, server):
    import asyncio

    from optwidgets.server.faces.alchemist import queueing

    def suggest(transaction):
        session = transaction.session(session_id)
        hidden = session.add_staged_experiment({"T": 66.0000123, "c": "A"})
        session.commit([ExtrasSet(queueing.hiding([hidden]))])

    work = server.host.write(suggest)
    asyncio.run_coroutine_threadsafe(work, server.host._loop).result(10)
    sent = {"items": [{"inputs": {"T": 66.00001, "c": "A"}}]}
    [item] = api("POST", Q, session_id=session_id, json=sent).json()["items"]
    assert item["inputs"] == sent["items"][0]["inputs"]
    where = {"session_id": session_id, "item_id": item["id"]}
    api("POST", Q + "/{item_id}/complete", **where, json={"outputs": [1.5]})
    path = "/sessions/{session_id}/experiments"
    rows = api("GET", path, session_id=session_id).json()["experiments"]
    assert [(row["T"], row["Reason"]) for row in rows] == [(66.00001, "Staged")]
