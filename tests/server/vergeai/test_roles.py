"""Every route with every kind of caller, and what is said to those who may not."""

from __future__ import annotations

import pytest

from support.vergeai_requests import VergeAI, web
from support.vergeai_team import make_team

READ, WRITE, ADMIN, OWNER = 1, 5, 10, 100
JOB = {
    "num_devices": 1,
    "num_buffer_devices": 0,
    "device_selection_strategy": "RANDOM",
    "termination_criteria": [],
}
#: Route -> (method, ids that it takes, other arguments, lowest level, devices that may).
ROUTES = {
    "project/get": ("get", "p", {}, READ, set()),
    "project/active_jobs": ("get", "p", {}, READ, {"chosen", "spare"}),
    "project/delete": ("post", "p", {}, ADMIN, set()),
    "project/link": ("post", "p", {"session_id": None}, ADMIN, set()),
    "project/members": ("post", "p", {"user": "new", "permission_level": 1}, ADMIN, set()),
    "device/create": ("post", "p", {}, WRITE, set()),
    "device/register": ("post", "p", {}, WRITE, set()),
    "device/is_active": ("get", "pjd", {}, READ, {"chosen"}),
    "device/submit_model_update": ("post", "pjd", {}, None, {"chosen"}),
    "experiment/create": ("post", "p", {}, WRITE, set()),
    "experiment/delete": ("post", "pn", {}, ADMIN, set()),
    "experiment/get": ("get", "pe", {}, READ, set()),
    "experiment/list": ("get", "p", {}, READ, set()),
    "experiment/set_hyperparameters": ("post", "pn", {"hyperparameters": {}}, WRITE, set()),
    "experiment/submit_start_model": ("post", "pn", {}, WRITE, set()),
    "job/create": ("post", "pe", JOB, WRITE, set()),
    "job/get": ("get", "pj", {}, READ, set()),
    "job/list": ("get", "pe", {}, READ, set()),
    "job/cancel": ("post", "pj", {}, WRITE, set()),
    "job/report": ("post", "pj", {"metrics": {"loss": 1.0}}, WRITE, {"chosen"}),
    "job/start_model": ("get", "pj", {}, READ, {"chosen"}),
    "job/aggregate_model": ("get", "pc", {}, READ, set()),
}
LEVELS = {"stranger": 0, "reader": READ, "writer": WRITE, "admin": ADMIN, "owner": OWNER}


@pytest.fixture
def scene(team):
    """A project with all roles; one job that runs and one that is completed."""
    devices = team.devices(1)
    done_in = team.experiment()
    done = team.job(done_in).data["ID"]
    ((first, key),) = devices.items()
    team.hand_in(key, first, done)
    experiment = team.experiment()
    job = team.job(experiment).data["ID"]
    spare = team.devices(1)
    new = team.experiment(model=None)
    people = {"owner": team.owner, "stranger": team.person("stranger")}
    for name in ("reader", "writer", "admin"):
        people[name] = team.person(name)
        answer = team.owner.post(
            "project/members",
            project_id=team.project_id,
            user=name,
            permission_level=LEVELS[name],
        )
        assert answer.status_code == 200
    people["chosen"] = key
    people["spare"] = next(iter(spare.values()))
    ids = {
        "p": {"project_id": team.project_id},
        "e": {"experiment_id": experiment},
        "n": {"experiment_id": new},
        "j": {"job_id": job},
        "c": {"job_id": done},
        "d": {"device_id": first},
    }
    return people, ids


@pytest.mark.parametrize("route", ROUTES)
def test_who_may_call_a_route(scene, route):
    people, ids = scene
    method, takes, more, lowest, devices = ROUTES[route]
    arguments = {key: value for name in takes for key, value in ids[name].items()}

    def ask(name: str) -> int:
        answer = getattr(people[name], method)(route, **arguments, **more)
        if answer.status_code == 403:
            assert set(answer.data) == {"error_msg"}
        return answer.status_code

    refused = [name for name, level in LEVELS.items() if lowest is None or level < lowest]
    refused += [name for name in ("chosen", "spare") if name not in devices]
    for name in refused:
        assert ask(name) == 403, name
    # Those who may, from the lowest: what they do may happen once only.
    allowed = [name for name in LEVELS if name not in refused] + sorted(devices)
    if route == "device/submit_model_update":
        allowed = ["chosen"]
    for place, name in enumerate(allowed):
        status = ask(name)
        assert status == 200 or (place and status == 400), name


def test_every_route_of_the_face_is_in_the_table():
    from optwidgets.server.faces.vergeai import face

    paths = {
        "/".join(route.path.split("/")[2:4]) for router in face.routers for route in router.routes
    }
    assert paths == set(ROUTES) | {
        "auth/create",
        "project/create",
        "model/upload",
        "model/download",
    }


def test_a_token_that_only_reads_does_not_write_for_its_owner(team):
    reading = team.person("owner", "read")
    assert reading.get("project/get", project_id=team.project_id).status_code == 200
    answer = reading.post("experiment/create", project_id=team.project_id)
    assert answer.status_code == 403
    key = reading.post("auth/create").data["key"]
    answer = team.caller(key).post("experiment/create", project_id=team.project_id)
    assert answer.status_code == 403, "a new key is good for no more than the one it came from"


def test_a_new_key_is_good_for_as_long_and_for_the_same_sessions(team):
    short = team.person("short", "read", days=1, sessions=["reactor"])
    key = short.post("auth/create").data["key"]
    token = team.server.web.config.app.state.tokens.find(key)
    assert (token.sessions, token.scope) == (("reactor",), "read")
    assert token.expires_at is not None


def test_an_administrator_of_the_server_owns_every_project(team):
    boss = team.person("boss", "admin")
    assert boss.post("project/delete", project_id=team.project_id).status_code == 200


def test_nobody_makes_themselves_owner(team):
    admin = team.person("adam")
    members = {"project_id": team.project_id, "user": "adam"}
    assert team.owner.post("project/members", **members, permission_level=10).status_code == 200
    answer = admin.post("project/members", **members, permission_level=100)
    assert answer.status_code == 400
    assert "permission level 10" in answer.data["error_msg"]


def test_devices_of_another_project_are_strangers(team, server):
    other = make_team(server)
    ((_, device),) = other.devices(1).items()
    ((mine, _),) = team.devices(1).items()
    job = team.job(team.experiment()).data["ID"]
    ids = {"project_id": team.project_id, "job_id": job}
    assert device.get("project/active_jobs", project_id=team.project_id).status_code == 403
    assert device.get("job/start_model", **ids).status_code == 403
    assert device.get("device/is_active", **ids, device_id=mine).status_code == 403
    assert device.post("job/report", job_id=job, metrics={"loss": 1}).status_code == 403
    answer = device.post("device/submit_model_update", **ids, device_id=mine)
    assert answer.status_code == 403


def test_a_job_of_another_project_is_unknown(team, server):
    other = make_team(server)
    other.devices(1)
    job = other.job(other.experiment()).data["ID"]
    for route in ("get", "start_model", "aggregate_model"):
        answer = team.owner.get(f"job/{route}", project_id=team.project_id, job_id=job)
        assert (answer.status_code, set(answer.data)) == (400, {"error_msg"})


def test_without_a_key_and_with_a_wrong_one(team):
    answer = VergeAI(team.server.url).get("project/get", project_id=team.project_id)
    assert (answer.status_code, answer.data) == (401, {"message": "Unauthorized"})
    answer = VergeAI(team.server.url, "nobody's").post("auth/create")
    assert answer.status_code == 403
    assert answer.data["Message"].startswith("User is not authorized")


@pytest.mark.parametrize(
    "name", ["..", "../../etc/passwd", "%2e%2e%2f", "a" * 65, "a b", "a\x00b", "ä", "'; --", "."]
)
def test_strange_ids_are_bad_arguments(team, name):
    answer = team.owner.post("experiment/create", project_id=name)
    assert (answer.status_code, set(answer.data)) == (400, {"error_msg"})
    response = web.get(
        f"{team.server.url}/v1/job/get/{team.project_id}/{name.encode().hex()}",
        headers={"Authorization": team.owner.api_key},
    )
    assert response.status_code == 400
    encoded = "".join(f"%{byte:02x}" for byte in name.encode())
    for path in (f"project/get/{encoded}", f"experiment/get/{team.project_id}/{encoded}"):
        response = web.get(
            f"{team.server.url}/v1/{path}", headers={"Authorization": team.owner.api_key}
        )
        assert response.status_code == 400, path
        assert set(response.json()) == {"error_msg"}


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("project/create", {}),
        ("project/create", {"project_name": ""}),
        ("project/create", {"project_name": "a\x00b"}),
        ("project/create", {"project_name": 3}),
        ("project/create", {"project_name": "x", "session_id": "no-such-session"}),
        ("experiment/create", {"project_id": "0" * 32}),
        ("job/report", {"job_id": "0" * 32, "metrics": {"loss": 1.0}}),
        ("job/report", {"job_id": "0" * 32, "metrics": {"loss": "low"}}),
        ("device/create", {"project_id": "0" * 32}),
    ],
)
def test_bad_arguments_are_400_with_a_sentence(team, route, body):
    answer = team.owner.post(route, **body)
    assert (answer.status_code, set(answer.data)) == (400, {"error_msg"})


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff", b'{"project_id": 1e999}'])
def test_a_body_that_is_no_object_is_400(team, content):
    response = web.post(
        f"{team.server.url}/v1/experiment/create",
        content=content,
        headers={"Authorization": team.owner.api_key, "Content-Type": "application/json"},
    )
    assert (response.status_code, set(response.json())) == (400, {"error_msg"})


@pytest.mark.parametrize(
    "bad", ['{"a": NaN}', '{"a": "\\ud800"}', '{"a": ' + "[" * 5000 + "]" * 5000 + "}"]
)
def test_hyperparameters_that_could_not_be_answered_are_refused(team, bad):
    body = f'{{"project_id": "{team.project_id}", "hyperparameters": {bad}}}'
    response = web.post(
        f"{team.server.url}/v1/experiment/create",
        content=body.encode(),
        headers={"Authorization": team.owner.api_key, "Content-Type": "application/json"},
    )
    assert (response.status_code, set(response.json())) == (400, {"error_msg"})


def test_a_path_without_its_ids_is_400_and_an_unknown_one_404(team):
    assert team.owner.get("project/get").status_code == 400
    assert team.owner.get("experiment/get", project_id=team.project_id).status_code == 400
    answer = team.owner.get("experiment/paint")
    assert (answer.status_code, set(answer.data)) == (404, {"error_msg"})
