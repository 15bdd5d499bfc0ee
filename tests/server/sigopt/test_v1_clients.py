"""sigopt-python 1.1.1 and sigopt 8.8.3 against our server."""

from __future__ import annotations

import time

import pytest

OLD = """
    import json, os
    from sigopt.interface import Connection
    from sigopt.exception import ApiException

    conn = Connection(client_token=os.environ["TOKEN"])
    conn.api_url = os.environ["URL"]
    X = {'name': 'x', 'type': 'double', 'bounds': {'min': 0, 'max': 1}}
    def refused(call):
        try:
            call()
        except ApiException as error:
            return [error.status_code, str(error)]
"""
NEW = OLD.replace(
    "from sigopt.interface import Connection", "from sigopt import Connection"
).replace(
    'conn = Connection(client_token=os.environ["TOKEN"])\n    conn.api_url = os.environ["URL"]',
    'conn = Connection(client_token=os.environ["TOKEN"], api_url=os.environ["URL"])',
)


@pytest.fixture
def v1(run_client, server):
    def run(version: str, code: str, scope: str = "write"):
        start = OLD if version == "1.1.1" else NEW
        return run_client(version, start + code, URL=server.url, TOKEN=server.token(scope))

    return run


LOOP = """
    def quadratic(x):
        return -(x - 0.3) ** 2
    experiment = conn.experiments().create(name='Franke', parameters=[X])
    here = conn.experiments(experiment.id)
    for _ in range(2):
        suggestion = here.suggestions().create()
        value = quadratic(suggestion.assignments['x'])
        here.observations().create(suggestion=suggestion.id, VALUE)
    experiment = here.fetch()
    best = experiment.progress.best_observation
    listed = here.observations().fetch()
    first = here.observations().fetch(limit=1)
    second = here.observations().fetch(limit=1, before=first.paging.before)
    open_ones = here.suggestions().create()
    state = here.suggestions(open_ones.id).fetch().state
    here.suggestions().delete(state='open')
    left = here.suggestions().fetch(state='open').count
    gone = refused(lambda: here.suggestions(open_ones.id).fetch())
    here.observations(listed.data[0].id).update(VALUE_CHANGED)
    changed = here.observations(listed.data[0].id).fetch()
    here.observations(listed.data[0].id).delete()
    rest = here.observations().fetch().count
    renamed = here.update(name='Renamed').name
    here.delete()
    print(json.dumps([experiment.progress.observation_count, FIRST(best), listed.count,
        [len(first.data), len(second.data), second.paging.before], state, left, gone[0],
        FIRST(changed), rest, renamed, here.fetch().state,
        refused(lambda: here.suggestions().create())]))
"""


@pytest.mark.parametrize(
    ("version", "value", "changed", "first"),
    [
        ("1.1.1", "value=value, value_stddev=0.1", "value=7.5", "(lambda o: o.value)"),
        (
            "8.8.3",
            "values=[{'value': value}]",
            "values=[{'value': 7.5}]",
            "(lambda o: o.values[0].value)",
        ),
    ],
)
def test_the_loop_of_every_readme(v1, version, value, changed, first):
    code = LOOP.replace("VALUE_CHANGED", changed).replace("VALUE", value).replace("FIRST", first)
    found = v1(version, code)
    count, best, listed, pages, state, left, gone, new, rest, renamed, deleted, no = found
    assert (count, listed, pages) == (2, 2, [1, 1, None])
    assert best <= 0
    assert (state, left, gone) == ("open", 0, 404)
    assert (new, rest, renamed, deleted) == (7.5, 1, "Renamed", "deleted")
    assert no[0] == 400
    assert "was deleted" in no[1]


def test_everything_that_8_8_3_can_call_of_an_experiment(v1):
    found = v1(
        "8.8.3",
        """
    experiment = conn.experiments().create(
        name='All', project=None, observation_budget=30, parallel_bandwidth=2,
        metadata={'team': 'a'},
        conditionals=[{'name': 'opt', 'values': ['adam', 'sgd']}],
        parameters=[
            X,
            {'name': 'rate', 'type': 'double', 'bounds': {'min': 0.001, 'max': 1},
             'transformation': 'log'},
            {'name': 'n', 'type': 'int', 'bounds': {'min': 1, 'max': 5}},
            {'name': 'm', 'type': 'double', 'bounds': {'min': 0, 'max': 1},
             'conditions': {'opt': ['sgd']}},
            {'name': 'c', 'type': 'categorical', 'categorical_values': ['a', 'b']},
        ],
        metrics=[{'name': 'f', 'objective': 'maximize'}, {'name': 'g', 'objective': 'minimize'},
                 {'name': 'cost', 'objective': 'minimize', 'strategy': 'constraint',
                  'threshold': 5},
                 {'name': 'note', 'strategy': 'store'}],
    )
    here = conn.experiments(experiment.id)
    def values(f, g, cost=1):
        return [{'name': 'f', 'value': f}, {'name': 'g', 'value': g, 'value_stddev': 0.1},
                {'name': 'cost', 'value': cost}, {'name': 'note', 'value': 0}]
    here.queued_suggestions().create(assignments={
        'x': 0.5, 'rate': 0.01, 'n': 2, 'opt': 'adam', 'c': 'a'})
    queue = here.queued_suggestions().fetch().count
    queued = here.suggestions().create(metadata={'host': 'h1'})
    left = here.queued_suggestions().fetch().count
    kinds = [type(queued.assignments[k]).__name__ for k in ('x', 'rate', 'n', 'opt', 'c')]
    done = here.observations().create(suggestion=queued.id, values=values(1, 1),
                                      metadata={'seed': 3})
    batch = here.observations().create_batch(observations=[
        {'assignments': {'x': i / 10, 'rate': 0.1, 'n': 1, 'opt': 'sgd', 'm': 0.5, 'c': 'b'},
         'values': values(i, i, i)} for i in range(3)] + [
        {'assignments': {'x': 0.9, 'rate': 0.1, 'n': 1, 'opt': 'adam', 'c': 'b'},
         'failed': True}])
    wrong = refused(lambda: here.observations().create_batch(observations=[
        {'assignments': {'x': 1}, 'failed': True}]))
    best = here.best_assignments().fetch()
    pages = [o.id for o in here.observations().fetch(limit=2).iterate_pages()]
    sorted_ = [o.values[0].value for o in here.observations().fetch(
        sort='value-f', ascending=False).data if not o.failed]
    stop = here.stopping_criteria().fetch()
    token = here.tokens().create()
    guest = Connection(client_token=token.token, api_url=os.environ["URL"])
    seen = guest.experiments(experiment.id).fetch().name
    others = [e.id for e in guest.experiments().fetch().data]
    closed = refused(lambda: guest.experiments(experiment.id).suggestions().create())
    print(json.dumps([queue, left, kinds, 'm' in queued.assignments, queued.metadata.to_json(),
        done.values[1].value_stddev, done.metadata.to_json(), batch.count, batch.data[3].failed,
        wrong, sorted(b.id for b in best.data), len(pages), sorted_, stop.should_stop,
        token.experiment == experiment.id, seen, others == [experiment.id], closed[0]]))
    """,
    )
    (
        queue, left, kinds, active, label, stddev, seed, batch, failed, wrong, best, pages,
        order, stop, good_for, seen, others, closed,
    ) = found  # fmt: skip
    assert (queue, left, kinds, active) == (1, 0, ["float", "float", "int", "str", "str"], False)
    assert (label, stddev, seed) == ({"host": "h1"}, 0.1, {"seed": 3})
    assert (batch, failed) == (4, True)
    assert wrong[0] == 400
    assert "Error in observation 1/1: " in wrong[1]
    assert (best, pages, order) == (["1", "2", "3", "4"], 5, [2.0, 1.0, 1.0, 0.0])
    assert (stop, good_for, seen, others, closed) == (False, True, "All", True, 403)


def test_clients_projects_and_tokens(v1):
    found = v1(
        "8.8.3",
        """
    me = conn.tokens('self').fetch()
    client = conn.clients(me.client)
    project = client.projects().create(id='my-project', name='Mine', metadata={'a': 1})
    twice = refused(lambda: client.projects().create(id='my-project', name='Mine'))
    made = client.experiments().create(name='In it', project='my-project', parameters=[X])
    conn.experiments().create(name='Outside', parameters=[X])
    inside = [e.name for e in client.projects('my-project').experiments().fetch().iterate_pages()]
    found = [e.name for e in client.experiments().fetch(search='IN IT').data]
    renamed = client.projects('my-project').update(name='Yours').name
    count = client.projects('my-project').fetch().to_json()['experiment_count']
    nowhere = refused(lambda: conn.experiments().create(name='A', project='no', parameters=[X]))
    print(json.dumps([me.client, me.permissions, me.token == os.environ['TOKEN'],
        client.fetch().id, project.id, twice[0], made.project, inside, found, renamed, count,
        nowhere, conn.organizations(1).fetch().id]))
    """,
    )
    *same, nowhere, organization = found
    assert same == [
        "1", "write", True, "1", "my-project", 409, "my-project", ["In it"], ["In it"], "Yours", 1,
    ]  # fmt: skip
    assert nowhere[0] == 400
    assert "There is no project no." in nowhere[1]
    assert organization == "1"


def test_a_suggestion_comes_from_the_model_and_importances_too(v1):
    found = v1(
        "8.8.3",
        """
    Y = dict(X, name='y')
    experiment = conn.experiments().create(name='Franke', parameters=[X, Y])
    here = conn.experiments(experiment.id)
    here.observations().create_batch(observations=[
        {'assignments': {'x': i / 8, 'y': (3 * i % 8) / 8}, 'values': [{'value': -(i / 8 - 0.3) ** 2}]}
        for i in range(8)])
    suggestion = here.suggestions().create()
    shares = here.metric_importances().fetch().data[0].importances.to_json()
    print(json.dumps([suggestion.to_json(), shares]))
    """,
    )
    suggestion, shares = found
    assert (suggestion["source"], suggestion["fallback"]) == ("EI", False)
    assert abs(suggestion["assignments"]["x"] - 0.3) < 0.2
    assert shares["x"] > 0.8
    assert shares["y"] < 0.2


def test_what_is_wrong_is_said_with_the_status_that_clients_know(server):
    with server.client("write") as api:
        made = api.post("/v1/experiments", json={"name": "A", "parameters": [_x()]}).json()
        number = made["id"]
        path = f"/v1/experiments/{number}"

        def status(answer):
            body = answer.json()
            assert body["status"] == answer.status_code
            assert body["message"]
            return answer.status_code

        assert status(api.post("/v1/experiments", content='{"name": "A", "name": "B"}')) == 400
        assert status(api.post("/v1/experiments", content='{"name": NaN}')) == 400
        assert status(api.post("/v1/experiments", content="[]")) == 400
        assert status(api.post("/v1/experiments", json={"name": "A", "nmae": 1})) == 400
        assert status(api.get("/v1/experiments/abc")) == 404
        assert status(api.get("/v1/experiments/12345678")) == 404
        assert status(api.get("/v1/experiments/99999999999999999999")) == 404
        assert status(api.get(f"{path}/observations/7")) == 404
        assert status(api.get(f"{path}/nothing")) == 404
        assert status(api.patch(path)) == 405
        assert api.options(f"{path}/observations/batch").headers["Allow"] == "POST"
        assert api.options(f"{path}/observations/1").headers["Allow"] == "DELETE, GET, PUT"
        assert status(api.get(f"{path}/observations?before=")) == 400
        assert status(api.get(f"{path}/observations?limit=5000")) == 400
        assert status(api.get(f"{path}/metric_importances")) == 422
        # A body without a content type, as curl sends it, and none at all.
        fine = api.post(
            f"{path}/suggestions",
            content="{}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert fine.status_code == 200
        assert api.post(f"{path}/suggestions").status_code == 200
        skipped = api.get(path, headers={"X-Response-Content": "skip"})
        assert (skipped.status_code, skipped.content) == (204, b"")


def test_tokens_are_told_apart(server):
    with server.client() as api:
        del api.headers["Authorization"]
        bare = api.get("/v1/experiments")
        unknown = api.get("/v1/experiments", auth=("ow_unknown", ""))
        reader = server.token("read")
        weak = api.post(
            "/v1/experiments", auth=(reader, ""), json={"name": "A", "parameters": [_x()]}
        )
        old = server.token("write", name="old")
        new = api.put("/v1/tokens/self", auth=(old, ""), json={"token": "rotate"}).json()
        assert api.get("/v1/experiments", auth=(new["token"], "")).status_code == 200
        others = api.get(f"/v1/tokens/{reader}", auth=(new["token"], ""))
    assert (bare.status_code, unknown.status_code, weak.status_code) == (401, 403, 403)
    assert weak.json()["token_status"] == "invalid_permissions"
    assert others.status_code == 404


def test_a_token_can_be_renewed_and_given_back(server):
    with server.client() as api:
        del api.headers["Authorization"]

        def ask(method: str, token: str, body: dict | None = None):
            return api.request(method, "/v1/tokens/self", auth=(token, ""), json=body)

        boss = server.token("admin", days=1)
        end = ask("PUT", boss, {"expires": "renew"}).json()["expires"]
        both = ask("PUT", boss, {"expires": "renew", "token": "rotate"}).json()
        lasting = server.token("admin", name="lasting")
        assert ask("PUT", lasting, {"expires": "renew"}).json()["expires"] is None
        # Whoever gave a token an end meant it.
        robot = server.token("write", days=1)
        assert ask("PUT", robot, {"expires": "renew"}).status_code == 403
        for wrong in ({}, {"token": "keep"}, {"expires": "never"}, {"other": 1}):
            assert ask("PUT", robot, wrong).status_code == 400, wrong
        assert ask("DELETE", robot).json() == {}
        assert ask("GET", robot).status_code == 403
        assert ask("GET", boss).status_code == 403
    assert end > time.time() + 29 * 86400
    assert both["expires"] >= end
    assert both["token"] != boss


def test_lists_of_experiments_take_their_arguments(server):
    mine = "/v1/clients/77"  # other tests make experiments, too
    with server.client("write") as api:

        def make(name: str) -> str:
            body = {"name": name, "parameters": [_x()]}
            return api.post(f"{mine}/experiments", json=body).json()["id"]

        def names(query: str, path: str = "experiments") -> list[str]:
            answer = api.get(f"{mine}/{path}?{query}").json()
            assert answer["count"] == len(answer["data"]), answer
            return [item["name"] for item in answer["data"]]

        first, _ = make("First"), make("Second")
        api.post(f"{mine}/projects", json={"id": "runs", "name": "Runs"})
        api.post(
            f"{mine}/projects/runs/aiexperiments",
            json={"name": "Runs", "parameters": [_x()], "metrics": [{"name": "f"}], "budget": 5},
        )
        assert names("") == ["Second", "First"]
        assert names("", "projects/runs/aiexperiments") == ["Runs"]
        with_runs = api.get(f"{mine}/experiments?include_ai=true").json()["data"]
        assert [item["object"] for item in with_runs] == [
            "aiexperiment", "experiment", "experiment",
        ]  # fmt: skip
        api.put(f"/v1/experiments/{first}", json={"metadata": {"note": "changed"}})
        assert names("sort=recent") == ["First", "Second"]
        assert names("sort=recent&ascending=true") == ["Second", "First"]
        assert names("search=%20SEC ") == ["Second"]
        assert names("user=1") == ["Second", "First"]
        assert names("user=2") == []
        made = api.get(f"/v1/experiments/{first}").json()["created"]
        assert names(f"period_end={made}") == []
        assert names(f"period_start={made}&period_end={made + 3600}") == ["Second", "First"]
        assert names(f"period_start={made + 3600}") == []
        for wrong in ("sort=name", "state=gone", "period_start=x", "period_start=2&period_end=1"):
            answer = api.get(f"/v1/experiments?{wrong}")
            assert answer.status_code == 400, wrong
            assert wrong.split("=")[0] in answer.json()["message"]


def _x() -> dict:
    return {"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}


def test_a_repeated_request_counts_once(server):
    with server.client("write") as api:
        keys = [{"Idempotency-Key": f"k{place}"} for place in range(3)]
        body = {"name": "Once", "parameters": [_x()]}
        made = [
            api.post("/v1/experiments", json=body, headers=keys[0]).json()["id"] for _ in range(3)
        ]
        path = f"/v1/experiments/{made[0]}"
        asked = [
            api.post(f"{path}/suggestions", json={}, headers=keys[1]).json()["id"] for _ in range(3)
        ]
        told = [
            api.post(
                f"{path}/observations",
                json={"suggestion": asked[0], "value": 1},
                headers=keys[2],
            ).json()["id"]
            for _ in range(3)
        ]
        count = api.get(f"{path}/observations").json()["count"]
        other = api.post(
            f"{path}/observations", json={"suggestion": asked[0], "value": 2}, headers=keys[2]
        )
    assert len(set(made)) == len(set(asked)) == len(set(told)) == count == 1
    assert other.status_code == 422


def test_what_one_side_writes_the_other_reads(server):
    with server.client() as api:
        body = {"name": "Shared", "parameters": [_x()]}
        number = api.post("/v1/experiments", json=body).json()["id"]
        suggestion = api.post(f"/v1/experiments/{number}/suggestions", json={}).json()

        # The notebook types a result into the suggested row.
        from sqlalchemy import select

        from optwidgets.server.sigopt.tables import experiments_table

        query = select(experiments_table.c.session_id).where(experiments_table.c.id == int(number))
        with server.database.reading() as connection:
            session_id = connection.execute(query).scalar()
        edit = {
            "row": int(suggestion["id"]),
            "fields": {"outputs": {"Output": 3.5}, "state": "done"},
        }
        answer = api.post(
            f"/api/v1/sessions/{session_id}/journal",
            headers={"Idempotency-Key": "typed"},
            json={"changes": [["RowsEdited", {"edits": [edit]}]]},
        )
        assert answer.status_code == 201
        closed = api.get(f"/v1/experiments/{number}/suggestions/{suggestion['id']}").json()
        seen = api.get(f"/v1/experiments/{number}/observations").json()["data"]
        assert closed["state"] == "closed"
        assert [(item["suggestion"], item["value"]) for item in seen] == [(suggestion["id"], 3.5)]

        # A session that another API made is an experiment, too.
        made = {"created_at": "2026-01-01T00:00:00.000+00:00", "entries": []}
        assert api.put("/api/v1/sessions/by-hand/journal", json=made).status_code == 201
        found = {item["name"]: item for item in api.get("/v1/experiments").json()["data"]}
    assert found[""]["parameters"] == []


def test_lists_leave_out_what_was_not_asked_for(server):
    body = {
        "name": "A",
        "parameters": [{"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}],
    }
    with server.client() as api:
        made = api.post("/v1/experiments", json=body).json()["id"]
        here = f"/v1/experiments/{made}/suggestions"
        api.post(here, json={"assignments": {"x": 0.5}})

        def count(path: str, **asked: str) -> int:
            return api.get(path, params=asked).json()["count"]

        assert count("/v1/experiments", user="1") >= 1
        assert count("/v1/experiments", user="2") == 0
        assert count("/v1/experiments", development="true") == 0
        assert count("/v1/experiments", development="false") >= 1
        assert (count(here), count(here, deleted="false"), count(here, deleted="true")) == (1, 1, 0)
