"""Training runs and experiments of runs: sigopt 8.8.3 against our server, and the wire itself."""

from __future__ import annotations

import base64
import hashlib
import json

import httpx
import pytest

X = {"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}
START = """
    import json, os, warnings
    import sigopt
    from sigopt import SigOptFactory, Connection
    conn = Connection(client_token=os.environ["SIGOPT_API_TOKEN"])
    factory = SigOptFactory("runs", connection=conn)
    try:
        factory.create_project(name="Runs")
    except Exception as error:
        assert "Conflict" in type(error).__name__, error
"""


@pytest.fixture
def client_8(run_client, server):
    """Run code with sigopt 8.8.3, its module functions set up for our server."""

    def run(code: str):
        token = server.token("write")
        return run_client("8.8.3", START + code, SIGOPT_API_URL=server.url, SIGOPT_API_TOKEN=token)

    return run


@pytest.fixture
def web(server):
    with server.client("write") as client:
        client.post("/v1/clients/1/projects", json={"id": "wire", "name": "Wire"})
        yield client


RUNS = "/v1/clients/1/projects/wire/training_runs"
AI = "/v1/clients/1/projects/wire/aiexperiments"


def experiment(web, **changed):
    body = {
        "name": "Runs",
        "parameters": [X],
        "metrics": [{"name": "accuracy", "objective": "maximize"}],
        "budget": 3,
    }
    response = web.post(AI, json={**body, **changed})
    assert response.status_code == 200, response.text
    return response.json()


def merge(web, run, body, **headers):
    return web.request("MERGE", f"/v1/training_runs/{run['id']}", json=body, headers=headers)


# ------------------------------------------------------------ the published client


def test_a_run_of_the_published_client_logs_everything(client_8, server):
    found = client_8("""
    with factory.create_run(name="first") as run:
        run.params.learning_rate = 0.1
        run.params.setdefaults({"layers": 3, "optimizer": "adam"})
        run.set_parameter_meta("layers", {"source": "defaults"})
        run.log_model("network")
        run.log_dataset("iris")
        run.log_metadata("team", "ours")
        run.log_metadata("size", 12)
        run.log_sys_metadata("feature_importances", {"scores": {"a": 1.5}})
        run.log_source_code(content="print(1)", hash="abc")
        run.set_logs({"stdout": "epoch 1"})
        run.log_checkpoint({"accuracy": 0.5})
        run.log_checkpoint({"accuracy": 0.75})
        run.log_metric("accuracy", 0.9, stddev=0.01)
        run.log_metrics(loss=0.1)
    fetched = factory.get_run(run.id)
    points = list(conn.training_runs(run.id).checkpoints().fetch().iterate_pages())
    print(json.dumps([fetched.to_json(), [p.values[0].value for p in points]]))
    """)
    run, points = found
    assert run["assignments"] == {"learning_rate": 0.1, "layers": 3, "optimizer": "adam"}
    assert run["values"]["accuracy"]["value"] == 0.9
    assert run["values"]["accuracy"]["value_stddev"] == 0.01
    assert run["values"]["loss"]["value"] == 0.1
    assert run["metadata"] == {"team": "ours", "size": 12}
    assert run["sys_metadata"] == {"feature_importances": {"scores": {"a": 1.5}}}
    assert run["source_code"] == {"content": "print(1)", "hash": "abc"}
    assert run["logs"] == {"stdout": {"content": "epoch 1"}}
    assert (run["state"], run["finished"]) == ("completed", True)
    assert (run["name"], run["project"], run["model"]) == ("first", "runs", {"type": "network"})
    assert run["checkpoint_count"] == 2
    assert points == [0.75, 0.5]


def test_an_experiment_of_the_published_client_runs_to_its_budget(client_8, server):
    found = client_8("""
    experiment = factory.create_experiment(
        name="Tuning", metrics=[{"name": "accuracy", "objective": "maximize"}], budget=4,
        parameters=[{"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}])
    seen = []
    try:
        for run in experiment.loop():
            with run:
                seen.append(run.params.x)
                if len(seen) == 2:
                    raise RuntimeError("out of memory")
                run.log_metric("accuracy", 1 - (run.params.x - 0.3) ** 2)
    except RuntimeError:
        pass
    for run in experiment.loop(name="again"):
        with run:
            seen.append(run.params.x)
            run.log_metric("accuracy", 1 - (run.params.x - 0.3) ** 2)
    runs = list(experiment.get_runs())
    best = list(experiment.get_best_runs())
    experiment.refresh()
    observed = list(conn.experiments(experiment.id).observations().fetch().iterate_pages())
    factory.archive_experiment(experiment.id, include_runs=True)
    left = len(list(experiment.get_runs()))
    print(json.dumps([experiment.id, seen, [r.state for r in runs], len(best),
        best[0].values["accuracy"].value, experiment.progress.finished_run_count,
        [(o.assignments["x"], o.failed) for o in observed], experiment.project, left]))
    """)
    number, seen, states, count, best, finished, observed, project, left = found
    assert len(seen) == 4
    assert sorted(states) == ["completed", "completed", "completed", "failed"]
    assert (count, finished, project, left) == (1, 4, "runs", 0)
    assert best == pytest.approx(max(1 - (x - 0.3) ** 2 for x in seen[:1] + seen[2:]))
    assert observed[::-1] == [[x, place == 1] for place, x in enumerate(seen)]
    with server.client("read") as web:
        rows = web.get(f"/v1/experiments/{number}").json()["progress"]["observation_count"]
    assert rows == 4, "an experiment of runs is a session: its results stand there"


def test_runs_that_were_done_elsewhere_are_uploaded(client_8):
    found = client_8("""
    made = factory.upload_runs([
        {"name": f"run {n}", "assignments": {"x": n}, "values": {"loss": {"value": n * 2}},
         "state": "completed"} for n in range(3)])
    client = conn.tokens("self").fetch().client
    runs = conn.clients(client).projects("runs").training_runs()
    filters = [{"field": "values.loss.value", "operator": ">=", "value": 2},
               {"field": "name", "operator": "!=", "value": "first"}]
    good = list(runs.fetch(filters=json.dumps(filters), limit=1).iterate_pages())
    factory.archive_run(good[0].id)
    rest = list(runs.fetch(filters=json.dumps(filters)).iterate_pages())
    factory.unarchive_run(good[0].id)
    print(json.dumps([len(made), [run.name for run in good], [run.name for run in rest],
        conn.clients(client).projects("runs").fetch().to_json()["training_run_count"] >= 3]))
    """)
    assert found == [3, ["run 2", "run 1"], ["run 1"], True]


# ------------------------------------------------------------ the wire


def test_merge_merges_at_every_depth_and_put_replaces(web):
    run = web.post(RUNS, json={"name": "a", "metadata": {"one": 1, "two": 2}}).json()
    skipped = merge(
        web, run, {"metadata": {"one": None, "three": 3}}, **{"X-Response-Content": "skip"}
    )
    assert (skipped.status_code, skipped.content) == (204, b"")
    merge(web, run, {"sys_metadata": {"a": {"b": 1}}})
    merged = merge(web, run, {"sys_metadata": {"a": {"c": 2}}}).json()
    assert merged["metadata"] == {"two": 2, "three": 3}
    assert merged["sys_metadata"] == {"a": {"b": 1, "c": 2}}
    replaced = web.put(f"/v1/training_runs/{run['id']}", json={"metadata": {"four": 4}}).json()
    assert replaced["metadata"] == {"four": 4}
    assert replaced["sys_metadata"] == {"a": {"b": 1, "c": 2}}, "what is not given stays"


def test_a_run_that_fails_after_it_was_completed_is_a_failed_observation(web):
    number = experiment(web)["id"]
    run = web.post(f"/v1/aiexperiments/{number}/training_runs", json={}).json()
    assert run["assignments"].keys() == {"x"}
    assert (run["suggestion"], run["observation"]) != (None, None)
    done = merge(web, run, {"values": {"accuracy": {"value": 0.5}}, "state": "completed"}).json()
    assert done["observation"] == run["suggestion"]
    here = f"/v1/experiments/{number}/observations/{done['observation']}"
    assert web.get(here).json()["values"][0]["value"] == 0.5
    merge(web, run, {"values": {"accuracy": {"value": 0.75}}})
    assert web.get(here).json()["values"][0]["value"] == 0.75
    merge(web, run, {"state": "failed"})
    assert web.get(here).json()["failed"] is True
    assert web.get(f"/v1/experiments/{number}/observations").json()["count"] == 1


def test_a_run_without_its_metric_is_not_completed(web):
    number = experiment(web)["id"]
    run = web.post(f"/v1/aiexperiments/{number}/training_runs").json()
    answer = merge(web, run, {"values": {"loss": {"value": 1}}, "state": "completed"})
    assert answer.status_code == 400
    assert "no value of accuracy" in answer.json()["message"]
    after = web.get(f"/v1/training_runs/{run['id']}").json()
    assert (after["state"], after["values"]) == ("active", {})


def test_what_the_experiment_chose_is_not_changed_by_the_run(web):
    number = experiment(web)["id"]
    run = web.post(f"/v1/aiexperiments/{number}/training_runs").json()
    assert merge(web, run, {"assignments": {"seed": 3}}).status_code == 200
    answer = merge(web, run, {"assignments": {"x": 7}})
    assert answer.status_code == 400
    assert "chose x" in answer.json()["message"]


def test_runs_that_go_on_count_against_the_budget(web):
    number = experiment(web)["id"]
    for _ in range(2):
        web.post(f"/v1/aiexperiments/{number}/training_runs")
    progress = web.get(f"/v1/aiexperiments/{number}").json()["progress"]
    assert progress == {
        "object": "progress",
        "finished_run_count": 0,
        "active_run_count": 2,
        "total_run_count": 2,
        "remaining_budget": 1,
    }


def test_a_result_that_was_typed_into_the_grid_is_replaced_by_the_run(web, server):
    number = experiment(web)["id"]
    run = web.post(f"/v1/aiexperiments/{number}/training_runs").json()
    row = int(run["suggestion"])

    def type_in(tx):
        cards = tx.connection.exec_driver_sql(
            f"SELECT session_id FROM sigopt_experiments WHERE id = {number}"
        )
        session = tx.session(cards.scalar())
        session.experiment_manager.edit(row, {"accuracy": 0.1})
        return session.id

    session_id = server.host.writer.submit(type_in).result(10)
    merge(web, run, {"values": {"accuracy": {"value": 0.9}}, "state": "completed"})
    rows = server.host.writer.submit(lambda tx: tx.session(session_id).state.table.rows).result(10)
    assert [dict(item.outputs) for item in rows.values()] == [{"accuracy": 0.9}]


def test_a_suggested_row_that_was_deleted_comes_back_with_its_result(web):
    number = experiment(web)["id"]
    run = web.post(f"/v1/aiexperiments/{number}/training_runs").json()
    web.delete(f"/v1/experiments/{number}/suggestions/{run['suggestion']}")
    done = merge(web, run, {"values": {"accuracy": {"value": 0.9}}, "state": "completed"}).json()
    observed = web.get(f"/v1/experiments/{number}/observations/{done['observation']}").json()
    assert observed["assignments"] == run["assignments"]


def test_a_key_begins_one_run(web):
    number = experiment(web)["id"]
    made = [
        web.post(
            f"/v1/aiexperiments/{number}/training_runs",
            json={"name": "once"},
            headers={"Idempotency-Key": "k1"},
        ).json()
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert web.get(f"/v1/experiments/{number}/suggestions").json()["count"] == 1
    listed = web.get(f"/v1/aiexperiments/{number}/training_runs").json()
    assert listed["count"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"nmae": "x"},
        {"name": 3},
        {"state": "done"},
        {"values": {"accuracy": 0.5}},
        {"values": {"accuracy": {"value": "high"}}},
        {"values": {"accuracy": {"value": 1, "value_stddev": -1}}},
        {"assignments": {"x": [1]}},
        {"metadata": {"a": {"b": 1}}},
        {"logs": {"stdout": "text"}},
        {"tags": "x"},
        {"source_code": {"content": 3}},
        {"metadata": []},
    ],
)
def test_what_a_run_cannot_log_is_refused(web, body):
    assert web.post(RUNS, json=body).status_code == 400
    run = web.post(RUNS, json={}).json()
    for answer in (merge(web, run, body), web.put(f"/v1/training_runs/{run['id']}", json=body)):
        assert answer.status_code == 400
        assert set(answer.json()) == {"message", "status"}


@pytest.mark.parametrize("text", ["{}", "[3]", '[{"field": "a"}]', "x", '[{"operator": "~"}]'])
def test_what_is_no_filter_is_refused(web, text):
    assert web.get(RUNS, params={"filters": text}).status_code == 400


def test_unknown_runs_projects_and_checkpoints(web):
    assert web.get("/v1/training_runs/999999").status_code == 404
    assert web.get("/v1/training_runs/../etc").status_code == 404
    assert web.post(RUNS.replace("wire", "none"), json={}).status_code in {400, 404}
    run = web.post(RUNS, json={}).json()
    assert web.get(f"/v1/training_runs/{run['id']}/checkpoints/1000").status_code == 404
    merge(web, run, {"state": "completed"})
    point = {"values": [{"name": "a", "value": 1}]}
    answer = web.post(f"/v1/training_runs/{run['id']}/checkpoints", json=point)
    assert (answer.status_code, "has ended" in answer.json()["message"]) == (400, True)


def test_a_guest_of_one_experiment_sees_its_runs_only(web, server):
    number = experiment(web)["id"]
    mine = web.post(f"/v1/aiexperiments/{number}/training_runs").json()
    other = web.post(RUNS, json={}).json()
    token = web.post(f"/v1/experiments/{number}/tokens").json()["token"]

    with httpx.Client(base_url=server.url, auth=(token, "")) as guest:
        assert guest.get(f"/v1/training_runs/{mine['id']}").status_code == 200
        assert guest.get(f"/v1/training_runs/{other['id']}").status_code == 403
        assert guest.get(RUNS).status_code == 403
        assert guest.get("/v1/training_runs").status_code == 403
        answer = guest.request("MERGE", f"/v1/training_runs/{mine['id']}", json={"name": "x"})
        assert answer.status_code == 403


def test_experiments_of_runs_are_listed_apart(web):
    made = {experiment(web)["id"] for _ in range(2)}
    plain = web.post("/v1/experiments", json={"name": "p", "parameters": [X], "project": "wire"})
    listed = web.get(AI).json()
    ids = {item["id"] for item in listed["data"]}
    assert made <= ids
    assert plain.json()["id"] not in ids
    assert all(item["object"] == "aiexperiment" for item in listed["data"])
    assert json.dumps(listed).count('"budget": 3') >= 2


# ------------------------------------------------------------ files


def announce(web, content: bytes, **changed):
    run = web.post(RUNS, json={}).json()
    body = {
        "name": "loss",
        "filename": "loss.svg",
        "content_type": "image/svg+xml",
        "content_length": len(content),
        "content_md5": base64.b64encode(hashlib.md5(content).digest()).decode(),
    }
    return run, web.post(f"/v1/training_runs/{run['id']}/files", json={**body, **changed})


def send(upload, content: bytes, **headers):
    return httpx.request(
        upload["method"], upload["url"], content=content, headers={**upload["headers"], **headers}
    )


def test_an_image_of_the_published_client_comes_back_and_is_shown_by_no_browser(client_8, web):
    run, number = client_8("""
    with open("picture.svg", "w") as file:
        file.write("<svg onload='alert(1)'/>")
    with factory.create_run() as run:
        run.log_image("picture.svg", name="a picture")
    fetched = factory.get_run(run.id)
    print(json.dumps([run.id, fetched.files[0]]))
    """)
    about = web.get(f"/v1/files/{number}").json()
    assert (about["name"], about["training_run"]) == ("a picture", run)
    got = web.get(about["download"]["url"])
    assert got.content == b"<svg onload='alert(1)'/>"
    assert got.headers["content-type"] == "image/svg+xml"
    assert got.headers["content-disposition"] == "attachment"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]


def test_an_address_of_a_file_is_good_once_for_what_was_announced(web):
    run, announced = announce(web, b"picture")
    upload = announced.json()["upload"]
    assert send(upload, b"another").status_code == 400
    assert send(upload, b"picture", **{"X-Optwidgets-Signature": "forged"}).status_code == 403
    assert send({**upload, "url": upload["url"] + "0"}, b"picture").status_code == 403
    assert web.get(f"/v1/training_runs/{run['id']}").json()["files"] == []
    assert send(upload, b"picture").status_code == 204
    assert send(upload, b"picture").status_code == 403
    assert len(web.get(f"/v1/training_runs/{run['id']}").json()["files"]) == 1


def test_an_address_of_a_file_is_good_for_a_time(web, monkeypatch):
    from optwidgets.server.sigopt.training import files

    monkeypatch.setattr(files, "UPLOAD_SECONDS", -1.0)
    _, announced = announce(web, b"picture")
    assert send(announced.json()["upload"], b"picture").status_code == 403


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"content_md5": "x"}, 400),
        ({"content_md5": None}, 400),
        ({"content_length": -1}, 400),
        ({"content_length": None}, 400),
        ({"content_length": 1 << 30}, 413),
        ({"content_type": "text/html\r\nX-A: b"}, 400),
        ({"filename": 3}, 400),
    ],
)
def test_a_file_that_cannot_be_announced(web, changed, status):
    _, answer = announce(web, b"picture", **changed)
    assert answer.status_code == status
    assert set(answer.json()) == {"message", "status"}


def test_more_than_was_announced_is_not_taken(web):
    _, announced = announce(web, b"picture")
    assert send(announced.json()["upload"], b"x" * (9 << 20)).status_code == 413


def test_a_file_that_has_not_come_is_not_there(web):
    _, announced = announce(web, b"picture")
    assert web.get(f"/v1/files/{announced.json()['id']}").status_code == 404
    assert web.get("/v1/files/77777").status_code == 404


def test_calls_of_8_8_3_that_name_a_run_by_its_experiment_or_all_of_something(client_8):
    found = client_8(
        """
    def refused(call):
        try:
            call()
        except Exception as error:
            return error.status_code
        return None
    bounds = {'min': 0, 'max': 1}
    x = {'name': 'x', 'type': 'double', 'bounds': bounds}
    metrics = [{'name': 'f', 'objective': 'maximize'}]
    before = conn.aiexperiments().fetch().count
    made = conn.aiexperiments().create(name='Anywhere', parameters=[x], metrics=metrics, budget=9)
    after = conn.aiexperiments().fetch()
    plain = conn.experiments().create(name='Plain', parameters=[x], metrics=metrics)
    here = conn.experiments(plain.id)
    run = here.training_runs().create(name='first')
    one = here.training_runs(run.id)
    one.update(name='renamed')
    other = conn.experiments(made.id).training_runs(run.id)
    strange = [refused(other.fetch), refused(lambda: other.update(name='x')), refused(other.delete)]
    name = one.fetch().name
    one.delete()
    for value in (0.1, 0.2):
        here.queued_suggestions().create(assignments={'x': value})
    queued = here.queued_suggestions().fetch().count
    here.queued_suggestions().delete()
    left = [here.queued_suggestions().fetch().count, here.suggestions().fetch(state='open').count]
    print(json.dumps([after.count - before, after.data[0].name, name, strange,
        one.fetch().deleted, queued, left, conn.organizations().fetch().count]))
    """
    )
    more, newest, name, strange, deleted, queued, left, organizations = found
    assert (more, newest) == (1, "Anywhere")
    assert (name, deleted) == ("renamed", True)
    assert strange == [404, 404, 404]
    # The run's own suggestion stays open.
    assert (queued, left) == (2, [0, 1])
    assert organizations == 1
