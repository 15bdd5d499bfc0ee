"""What experiments of SigOpt can have, on the wire; the rules themselves are tested without it."""

from __future__ import annotations

import asyncio

import pytest

from optwidgets.server.errors import Unavailable
from optwidgets.server.host import Host

X = {"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}
Y = {**X, "name": "y"}


@pytest.fixture
def api(server):
    with server.client("write") as found:
        yield found


@pytest.fixture
def make(api):
    def begin(*parameters, **more):
        body = {"name": "A", "parameters": list(parameters) or [X], **more}
        answer = api.post("/v1/experiments", json=body)
        assert answer.status_code == 200, answer.text
        return f"/v1/experiments/{answer.json()['id']}"

    return begin


@pytest.fixture
def without_model(monkeypatch):
    """Computations fail, as they do when memory runs out or the machine is busy."""
    asked = []

    async def broken(self, session_id, name, arguments, **more):
        asked.append(arguments)
        raise Unavailable("No process is free.")

    monkeypatch.setattr(Host, "compute", broken)
    return asked


def history(api, path, n=6):
    given = [{"assignments": {"x": i / n, "y": (i * 5 % n) / n}, "value": i} for i in range(n)]
    assert api.post(f"{path}/observations/batch", json={"observations": given}).status_code == 200


def test_without_a_model_there_is_still_a_suggestion_and_it_says_so(api, make, without_model):
    path = make(X, Y)
    history(api, path)
    found = api.post(f"{path}/suggestions").json()
    assert without_model[0]["n_suggestions"] == 1
    assert (found["source"], found["fallback"]) == ("space-filling", True)


def test_several_suggestions_of_v0_are_asked_for_as_one_batch(api, make, without_model):
    path = make(X, Y)
    history(api, path)
    asked = api.post(f"{path.replace('v1', 'v0')}/suggestmulti", data={"count": "3"}).json()
    assert without_model[0]["n_suggestions"] == 3
    found = [str(item["assignments"]) for item in asked["response"]["suggestions"]]
    assert len(set(found)) == 3


def test_a_model_that_never_answers_is_not_waited_for(api, make, server, monkeypatch):
    async def hanging(self, *more, **options):
        await asyncio.sleep(60)

    monkeypatch.setattr(Host, "compute", hanging)
    monkeypatch.setattr("optwidgets.server.sigopt.suggesting.GRACE", 0.1)
    object.__setattr__(server.host.settings, "deadline_seconds", 0.1)
    try:
        path = make(X, Y)
        history(api, path)
        assert api.post(f"{path}/suggestions").json()["fallback"] is True
    finally:
        object.__setattr__(server.host.settings, "deadline_seconds", 60.0)


def test_workers_that_ask_at_once_get_different_points(server, make, without_model):
    from concurrent.futures import ThreadPoolExecutor

    path = make(X, {"name": "c", "type": "categorical", "categorical_values": ["a", "b"]})
    with server.client("write") as api, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: api.post(f"{path}/suggestions").json(), range(16)))
    assert len({str(item["assignments"]) for item in found}) == 16
    assert len({item["id"] for item in found}) == 16


def test_linear_constraints_are_kept_by_suggestions(api, make):
    rule = {"type": "less_than", "threshold": 0.5, "terms": [{"name": "x", "weight": 1},
                                                               {"name": "y", "weight": 1}]}  # fmt: skip
    path = make(X, Y, linear_constraints=[rule])
    for _ in range(4):
        found = api.post(f"{path}/suggestions").json()["assignments"]
        assert found["x"] + found["y"] <= 0.5 + 1e-9
    outside = api.post(f"{path}/suggestions", json={"assignments": {"x": 1, "y": 1}})
    assert outside.status_code == 400
    shown = api.get(path).json()["linear_constraints"]
    assert shown == [rule | {"threshold": 0.5}]


def test_a_conditional_parameter_is_absent_where_it_plays_no_part(api, make):
    path = make(
        X, {**Y, "conditions": {"opt": ["sgd"]}},
        conditionals=[{"name": "opt", "values": ["adam", "sgd"]}],
    )  # fmt: skip
    for _ in range(6):
        found = api.post(f"{path}/suggestions").json()["assignments"]
        assert ("y" in found) == (found["opt"] == "sgd")
    told = {"assignments": {"x": 0.5, "opt": "adam"}, "value": 1}
    assert api.post(f"{path}/observations", json=told).status_code == 200


def test_tasks_on_the_wire(api, make):
    path = make(
        tasks=[{"name": "cheap", "cost": 0.1}, {"name": "full", "cost": 1}], observation_budget=5
    )
    suggestion = api.post(f"{path}/suggestions").json()
    assert suggestion["task"] == {"object": "task", "name": "cheap", "cost": 0.1}
    api.post(f"{path}/observations", json={"suggestion": suggestion["id"], "value": 1})
    assert api.get(f"{path}/best_assignments").json()["count"] == 0
    told = {"assignments": {"x": 0.5}, "value": 2, "task": "full"}
    assert api.post(f"{path}/observations", json=told).json()["task"]["cost"] == 1
    assert api.get(f"{path}/best_assignments").json()["data"][0]["value"] == 2
    progress = api.get(path).json()["progress"]
    assert progress["observation_budget_consumed"] == pytest.approx(1.1)


def test_a_grid_and_a_random_search_need_no_model(api, make, without_model):
    grid = {"name": "g", "type": "int", "grid": [1, 2]}
    path = make(grid, type="grid")
    seen = [api.post(f"{path}/suggestions").json()["assignments"]["g"] for _ in range(2)]
    assert seen == [1, 2]
    assert "complete" in api.post(f"{path}/suggestions").json()["message"]
    path = make(X, type="random")
    history_ = [{"assignments": {"x": i / 9}, "value": i} for i in range(9)]
    api.post(f"{path}/observations/batch", json={"observations": history_})
    found = api.post(f"{path}/suggestions").json()
    assert (found["source"], without_model) == ("random", [])


def test_two_metrics_and_a_search_for_constraints_ask_for_theirs(api, make, without_model):
    metrics = [
        {"name": "f"},
        {"name": "g", "objective": "minimize"},
        {"name": "s", "strategy": "store"},
    ]
    values = [{"name": "f", "value": 1}, {"name": "g", "value": 2}, {"name": "s", "value": 3}]
    path = make(metrics=metrics, observation_budget=30)
    given = [{"assignments": {"x": i / 9}, "values": values} for i in range(6)]
    api.post(f"{path}/observations/batch", json={"observations": given})
    api.post(f"{path}/suggestions")
    assert without_model[-1]["objective"] == ["f", "g"]
    limit = {"name": "c", "strategy": "constraint", "threshold": 2}
    path = make(metrics=[limit], observation_budget=30)
    given = [{"assignments": {"x": i / 9}, "values": [{"name": "c", "value": i}]} for i in range(6)]
    api.post(f"{path}/observations/batch", json={"observations": given})
    api.post(f"{path}/suggestions")
    assert without_model[-1]["objective"] == "c"
    best = api.get(f"{path}/best_assignments").json()
    assert [item["value"] for item in best["data"]] == [2.0, 3.0, 4.0, 5.0]


def test_a_token_for_one_experiment_sees_no_other(api, make, server):
    mine, other = make(), make()
    guest = (api.post(f"{mine}/tokens").json()["token"], "")
    del api.headers["Authorization"]
    assert api.get(mine, auth=guest).status_code == 200
    assert api.get(other, auth=guest).status_code == 403
    assert api.post(f"{mine}/suggestions", auth=guest).status_code == 403
    listed = api.get("/v1/experiments", auth=guest).json()
    assert [item["id"] for item in listed["data"]] == [mine.rsplit("/", 1)[1]]
    me = api.get("/v1/tokens/self", auth=guest).json()
    assert (me["permissions"], me["all_experiments"]) == ("read", False)
    assert me["experiment"] == listed["data"][0]["id"]


def test_observations_can_be_changed_in_part(api, make):
    path = make()
    made = api.post(f"{path}/observations", json={"assignments": {"x": 0.1}, "value": 1}).json()
    one = f"{path}/observations/{made['id']}"
    assert api.put(one, json={"value": 2, "value_stddev": 0.5}).json()["value_stddev"] == 0.5
    assert api.put(one, json={"assignments": {"x": 0.2}}).json()["value"] == 2
    assert api.put(one, json={"failed": True}).json()["values"] == []
    assert api.put(one, json={"failed": False}).status_code == 400
    assert api.put(one, json={"failed": False, "value": 3}).json()["value"] == 3
    assert api.put(one, json={"deleted": True}).json()["deleted"] is True
    assert api.get(f"{path}/observations").json()["count"] == 0
    assert api.get(f"{path}/observations?deleted=true").json()["count"] == 1
    assert api.put(one, json={"deleted": False, "metadata": {"a": 1}}).json()["metadata"] == {
        "a": 1
    }
    assert api.get(f"{path}/observations").json()["count"] == 1


def test_parameters_change_by_put(api, make):
    path = make(X)
    api.post(f"{path}/observations", json={"assignments": {"x": 0.1}, "value": 1})
    wide = {"name": "x", "type": "double", "bounds": {"min": -1, "max": 2}}
    new = {**Y, "default_value": 0.5}
    found = api.put(path, json={"parameters": [wide, new], "metadata": {"k": "v"}}).json()
    assert [item["name"] for item in found["parameters"]] == ["x", "y"]
    assert found["metadata"] == {"k": "v"}
    told = api.get(f"{path}/observations").json()["data"][0]
    assert told["assignments"] == {"x": 0.1, "y": 0.5}
