"""sigopt-python 0.6.2, the client of the seed document, against our server."""

from __future__ import annotations

import pytest

SEED = """
    import json, os
    from sigopt.interface import Connection
    from sigopt.exception import ApiException

    conn = Connection(user_token=os.environ["TOKEN"], client_token=os.environ["TOKEN"])
    conn.api_url = os.environ["URL"]
    experiment = conn.experiments.create(client_id=1, data={
        'name': 'New Experiment',
        'parameters': [{'name': 'param1', 'type': 'double', 'bounds': {'min': 0, 'max': 1.0}}],
    }).experiment
"""


@pytest.fixture
def v0(run_client, server):
    def run(code: str, scope: str = "write"):
        return run_client("0.6.2", SEED + code, URL=server.url, TOKEN=server.token(scope))

    return run


def test_the_flow_of_the_seed(v0, server):
    found = v0(
        """
    suggestion = conn.experiments(experiment.id).suggest().suggestion
    conn.experiments(experiment.id).report(data={
        'assignments': suggestion.assignments.to_json(), 'value': 1.0, 'value_stddev': 0.5})
    again = conn.experiments(experiment.id).fetch().experiment
    history = conn.experiments(experiment.id).history().observations
    best = conn.experiments(experiment.id).bestobservation().observation
    print(json.dumps([experiment.id, again.name, again.parameters[0].bounds.max,
        suggestion.assignments.to_json(), suggestion.expected_improvement,
        history.count, history.data[0].value, history.paging.before,
        best.value, best.value_stddev, best.assignments.to_json()]))
    """
    )
    number, name, most, assignments, improvement, count, value, before, best, stddev, same = found
    assert (name, most, improvement) == ("New Experiment", 1.0, None)
    assert 0 <= assignments["param1"] <= 1
    assert (count, value, before) == (1, 1.0, None)
    assert (best, stddev, same) == (1.0, 0.5, assignments)

    # It is a session: it opens like any other, with one row that is done.
    with server.client() as api:
        listed = api.get(f"/v0/experiments/{number}").json()["response"]["experiment"]
    assert listed["progress"]["observation_count"] == 1


def test_everything_else_that_the_client_can_call(v0):
    found = v0(
        """
    here = conn.experiments(experiment.id)
    several = here.suggestmulti(count=3).suggestions
    reports = [{'assignments': s.assignments.to_json(), 'value': i} for i, s in enumerate(several)]
    here.reportmulti(data=reports)
    after = here.fetch().experiment.to_json()['progress']['observation_count']
    pages = []
    page = here.history(limit=2).observations
    pages.append([o.value for o in page.data])
    page = here.history(limit=2, before=page.paging.before).observations
    pages.append([o.value for o in page.data])
    renamed = here.update(data={'name': 'Renamed'}).experiment.name
    mine = [e.id for e in conn.clients(1).experiments().experiments]
    client = conn.clients(1).fetch().client
    user = conn.users(1).fetch().user
    role = conn.users(1).roles().roles[0].role
    here.reset()
    empty = here.history().observations.count
    nobest = here.bestobservation().observation
    here.delete()
    gone = [e.id for e in conn.clients(1).experiments().experiments]
    try:
        here.suggest()
    except ApiException as error:
        refused = [error.status_code, error.message]
    print(json.dumps([len(set(str(s.assignments.to_json()) for s in several)), after, pages,
        renamed, experiment.id in mine, client.id, user.id, role, empty, nobest is None,
        experiment.id in gone, refused]))
    """
    )
    different, after, pages, renamed, listed, client, user, role, empty, nobest, still, no = found
    assert (different, after, pages) == (3, 3, [[2.0, 1.0], [0.0]])
    assert (renamed, listed, client, user, role) == ("Renamed", True, "1", "1", "write")
    assert (empty, nobest, still) == (0, True, False)
    assert no[0] == 400
    assert "was deleted" in no[1]


def test_every_property_of_an_experiment_can_be_read(v0):
    found = v0(
        """
    made = conn.experiments.create(client_id=1, data={'name': 'A', 'parameters': [
        {'name': 'x', 'type': 'double', 'bounds': {'min': 1, 'max': 2}, 'transformation': 'log'},
        {'name': 'c', 'type': 'categorical', 'categorical_values': [{'name': 'u'}, {'name': 'v'}]},
    ]}).experiment
    listed = [e for e in conn.clients(1).experiments().experiments if e.id == made.id]
    fetched = conn.experiments(made.id).fetch().experiment
    updated = conn.experiments(made.id).update(data={'name': 'B'}).experiment
    print(json.dumps([sorted(
        [p.name, p.type, p.bounds and [p.bounds.min, p.bounds.max],
         [value.name for value in p.categorical_values], p.transformation]
        for p in e.parameters) for e in [made, fetched, updated, *listed]]))
    """
    )
    assert found == 4 * [
        [["c", "categorical", None, ["u", "v"], None], ["x", "double", [1, 2], [], "log"]]
    ]


def test_each_worker_keeps_its_suggestion_until_it_reports(v0):
    found = v0(
        """
    def worker(name):
        c = Connection(user_token=os.environ["TOKEN"], client_token=os.environ["TOKEN"],
                       worker_id=name)
        c.api_url = os.environ["URL"]
        return c.experiments(experiment.id)
    a, b = worker('a'), worker('b')
    first = [a.suggest().suggestion.assignments.to_json() for _ in range(3)]
    other = b.suggest().suggestion.assignments.to_json()
    held = sorted(w.id for w in a.workers().workers)
    a.report(data={'assignments': first[0], 'value': 2.0})
    second = a.suggest().suggestion.assignments.to_json()
    b.releaseworker()
    free = [w.id for w in a.workers().workers]
    third = b.suggest().suggestion.assignments.to_json()
    print(json.dumps([first, other, held, second, free, third]))
    """
    )
    first, other, held, second, free, third = found
    assert first[0] == first[1] == first[2]
    assert len({str(point) for point in (first[0], other, second, third)}) == 4
    assert held == ["a", "b"]
    assert free == ["a"]


def test_which_token_serves_which_call(run_client, server):
    found = run_client(
        "0.6.2",
        """
    import json, os
    from sigopt.interface import Connection
    from sigopt.exception import ApiException

    def tried(call):
        try:
            call()
            return None
        except ApiException as error:
            return [error.status_code, error.message]

    data = {'name': 'A', 'parameters': [
        {'name': 'x', 'type': 'double', 'bounds': {'min': 0, 'max': 1}}]}
    user = Connection(user_token=os.environ["TOKEN"]); user.api_url = os.environ["URL"]
    client = Connection(client_token=os.environ["TOKEN"]); client.api_url = os.environ["URL"]
    wrong = Connection(user_token="ow_wrong", client_token="ow_wrong")
    wrong.api_url = os.environ["URL"]
    number = user.experiments.create(client_id=1, data=data).experiment.id
    print(json.dumps([
        tried(lambda: user.experiments(number).suggest()),
        tried(lambda: client.experiments.create(client_id=1, data=data)),
        tried(lambda: client.experiments(number).suggest()),
        tried(lambda: wrong.experiments(number).suggest()),
        tried(lambda: wrong.experiments(number).fetch()),
        tried(lambda: user.experiments(99999).fetch()),
    ]))
    """,
        URL=server.url,
        TOKEN=server.token("write"),
    )
    no_client, no_user, fine, wrong, wrong_too, missing = found
    assert no_client == [401, "This call needs the client_token. Give it to the Connection."]
    assert no_user == [401, "This call needs the user_token. Give it to the Connection."]
    assert fine is None
    assert wrong[0] == wrong_too[0] == 401
    assert missing == [404, "There is no experiment 99999."]


def test_bytes_of_the_readme_are_answered_as_the_client_expects(server):
    token = server.token("write")
    data = (
        '{"name": "New Experiment", "parameters": [{"name": "param1", "type": "double", '
        '"bounds": {"min": 0, "max": 1.0}}]}'
    )
    with server.client() as api:
        del api.headers["Authorization"]
        tokens = {"user_token": token, "client_token": token}
        made = api.post(
            "/v0/experiments/create", data={**tokens, "client_id": "1", "data": data}
        ).json()
        number = made["response"]["experiment"]["id"]
        python = "[{'assignments': {'param1': 0.25}, 'value': 1.5}]"
        listed = api.post(f"/v0/experiments/{number}/reportmulti", data={**tokens, "data": python})
        broken = api.post(f"/v0/experiments/{number}/report", data={**tokens, "data": "{'value'"})
        hostile = api.post(
            f"/v0/experiments/{number}/reportmulti",
            data={**tokens, "data": "['a'.__class__]"},
        )
        bare = api.get(f"/v0/experiments/{number}")
    assert made["response"]["experiment"]["metric"]["name"] is None
    assert listed.json() == {"response": {}}
    assert (broken.status_code, set(broken.json())) == (400, {"error"})
    assert "neither JSON nor a list" in hostile.json()["error"]["message"]
    assert bare.status_code == 401


def test_tokens_in_queries_and_forms_never_reach_the_log(server, caplog):
    caplog.set_level("DEBUG")
    token = server.token("write", name="robot")
    with server.client() as api:
        del api.headers["Authorization"]
        caplog.clear()
        api.get("/v0/experiments/1", params={"user_token": token})
        api.get("/v0/experiments/1", params={"user_token": "ow_secret"})
        api.post("/v0/experiments/1/suggest", data={"client_token": token})
    # pytest listens to uvicorn's log of requests, which nobody else does.
    assert server.web.config.access_log is False
    ours = [record for record in caplog.records if record.name.startswith("optwidgets")]
    assert any("/v0/experiments/1" in record.getMessage() for record in ours)
    for record in ours:
        assert token not in record.getMessage()
        assert "ow_secret" not in record.getMessage()
