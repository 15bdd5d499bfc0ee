"""The calls of the published client, from the first project to the second mean."""

from __future__ import annotations

import json
import re
import time

import pytest
import sqlalchemy as sa

from optwidgets.runs.averaging import average
from support.vergeai_requests import VergeAI, web
from support.vergeai_team import make_team

EXPERIMENT_KEYS = [
    "ID",
    "jobs",
    "hyperparameters",
    "current_job",
    "start_model",
    "current_model",
    "is_active",
]
JOB_KEYS = [
    "ID",
    "status",
    "devices",
    "aggregate_model",
    "start_model",
    "configuration",
    "models",
    "created_on",
    "billable_size",
    "project_id",
    "experiment_id",
]


def test_a_new_experiment_has_seven_keys(team):
    made = team.owner.post("experiment/create", project_id=team.project_id)
    assert made.status_code == 200
    assert list(made.data) == EXPERIMENT_KEYS
    assert re.fullmatch("[0-9a-f]{32}", made.data.pop("ID"))
    assert made.data == {
        "jobs": [],
        "hyperparameters": {},
        "current_job": "NONE",
        "start_model": {},
        "current_model": {},
        "is_active": False,
    }


def test_hyperparameters_that_are_given_are_kept(team):
    given = {"learning_rate": 0.01, "layers": [8, 8], "name": "größer"}
    made = team.owner.post(
        "experiment/create", project_id=team.project_id, hyperparameters=given, block=True
    )
    assert team.get(made.data["ID"])["hyperparameters"] == given


def test_a_start_model_is_part_of_the_experiment_when_its_upload_is_answered(team):
    experiment = team.experiment(model=None)
    answer = team.start(experiment, {"w": [1.0]}, block=True)
    assert (answer.status_code, answer.data) == (204, {})
    model = {
        "entity_id": experiment,
        "name": f"{team.project_id}/{experiment}/start_model",
        "size": str(len(json.dumps({"w": [1.0]}))),
    }
    assert team.get(experiment)["start_model"] == model
    assert team.get(experiment)["current_model"] == model
    again = team.start(experiment)
    assert again.status_code == 400
    assert again.data == {
        "error_msg": "Cannot submit model to this experiment because it is not in "
        "initialization state"
    }


def test_a_project_as_the_client_reads_it(team):
    experiment = team.experiment(model=None)
    (device,) = team.devices(1)
    project = team.owner.get("project/get", project_id=team.project_id).data
    registered = project["devices"][device].pop("registered_on")
    assert abs(float(registered) - time.time()) < 60
    assert project == {
        "name": "MNIST",
        "ID": team.project_id,
        "devices": {device: {"ID": device}},
        "experiments": {experiment: team.get(experiment)},
        "members": {"owner": {"permission_level": 100}},
        "billing": {},
    }


def test_two_jobs_in_sequence_from_the_start_model_to_the_second_mean(team):
    devices = team.devices(2)
    experiment = team.experiment({"w": [0.0, 0.0]})
    first = team.job(experiment, 2).data
    second = team.job(experiment, 1).data
    assert list(first) == JOB_KEYS
    assert (first["status"], second["status"]) == ("IN_PROGRESS", "INITIALIZED")
    assert first["start_model"]["entity_id"] == experiment
    assert second["start_model"] == {}
    assert set(first["devices"]) == set(devices)
    assert first["configuration"] == {
        "num_devices": "2",
        "num_buffer_devices": "0",
        "device_selection_strategy": "RANDOM",
        "termination_criteria": [],
    }
    where = team.get(experiment)
    assert (where["current_job"], where["is_active"]) == (first["ID"], True)
    active = {"job_ids": [first["ID"]]}
    assert team.owner.get("project/active_jobs", project_id=team.project_id).data == active

    for number, (device_id, device) in enumerate(devices.items()):
        job = {"project_id": team.project_id, "job_id": first["ID"]}
        assert device.get("project/active_jobs", project_id=team.project_id).data == active
        assert device.fetch("job/start_model", **job).data == {"w": [0.0, 0.0]}
        trained = {"w": [1.0 + number, 4.0 * number]}
        answer = team.hand_in(device, device_id, first["ID"], trained, block=True)
        assert (answer.status_code, answer.data) == (204, {})
        once_more = team.hand_in(device, device_id, first["ID"], trained)
        assert once_more.status_code == 400

    done = team.get_job(first["ID"])
    assert done["status"] == "COMPLETED"
    assert set(done["models"]) == set(devices)
    assert done["aggregate_model"]["entity_id"] == first["ID"]
    sizes = [done["aggregate_model"], *done["models"].values()]
    assert done["billable_size"] == str(sum(int(one["size"]) for one in sizes))
    ids = {"project_id": team.project_id, "job_id": first["ID"]}
    assert team.owner.fetch("job/aggregate_model", **ids).data == {"w": [1.5, 2.0]}

    running = team.get_job(second["ID"])
    assert running["status"] == "IN_PROGRESS"
    assert running["start_model"] == done["aggregate_model"]
    (last,) = running["devices"]
    team.hand_in(devices[last], last, second["ID"], {"w": [9.0, 9.0]})
    where = team.get(experiment)
    assert where["jobs"] == [first["ID"], second["ID"]]
    assert (where["current_job"], where["is_active"]) == (second["ID"], False)
    assert where["current_model"] == team.get_job(second["ID"])["aggregate_model"]
    assert where["start_model"]["entity_id"] == experiment


def test_numbers_of_samples_weigh_the_mean(team):
    devices = team.devices(2)
    job = team.job(team.experiment({"w": 0}), 2).data["ID"]
    for samples, (device_id, device) in zip((3, 1), devices.items(), strict=True):
        team.hand_in(device, device_id, job, {"w": 8 if samples == 1 else 0}, num_samples=samples)
    ids = {"project_id": team.project_id, "job_id": job}
    assert team.owner.fetch("job/aggregate_model", **ids).data == {"w": 2.0}


def test_a_model_of_another_shape_is_refused_and_the_device_may_try_again(team):
    devices = team.devices(2)
    job = team.job(team.experiment({"w": [0.0, 0.0]}), 2).data["ID"]
    device_id, device = next(iter(devices.items()))
    asked = device.post(
        "device/submit_model_update",
        project_id=team.project_id,
        job_id=job,
        device_id=device_id,
    ).data["model_url"]
    response = web.post(asked["url"], data=asked["fields"], files={"file": ("x", b'{"w": [1.0]}')})
    assert response.status_code == 400
    assert "'w' has the shapes" in response.json()["error_msg"]
    assert team.hand_in(device, device_id, job, {"w": [1.0, 2.0]}).status_code == 204


def test_cancelling_a_waiting_job_does_not_move_the_experiment_on(team):
    team.devices(1)
    experiment = team.experiment()
    first, waiting, third = (team.job(experiment).data["ID"] for _ in range(3))
    before = team.get(experiment)
    assert team.owner.post("job/cancel", job_id=waiting).data == {}
    assert team.get(experiment) == before
    assert team.owner.post("job/cancel", project_id=team.project_id, job_id=first).data == {}
    after = team.get(experiment)
    assert (after["current_job"], after["is_active"]) == (third, True)
    assert after["current_model"] == before["current_model"]
    assert team.get_job(waiting)["status"] == "CANCELLED"


def test_a_completed_job_is_not_cancelled(team):
    devices = team.devices(1)
    job = team.job(team.experiment()).data["ID"]
    ((device_id, device),) = devices.items()
    team.hand_in(device, device_id, job)
    answer = team.owner.post("job/cancel", job_id=job)
    assert answer.status_code == 400
    assert "completed" in answer.data["error_msg"]


def test_a_job_out_of_time_is_cancelled_and_the_next_one_starts(team):
    team.devices(1)
    experiment = team.experiment()
    soon = [{"type": "DurationTerminationCriteria", "max_duration_sec": 0.3}]
    first = team.job(experiment, termination_criteria=soon).data
    second = team.job(experiment).data["ID"]
    (echoed,) = first["configuration"]["termination_criteria"]
    assert echoed["max_duration_sec"] == "0.3"
    assert abs(float(echoed["start_epoch_time"]) - time.time()) < 60
    until = time.monotonic() + 10
    while team.get_job(first["ID"])["status"] != "CANCELLED":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert team.get(experiment)["current_job"] == second


def test_a_waiting_job_has_no_models_to_fetch(team):
    team.devices(1)
    experiment = team.experiment()
    running, waiting = (team.job(experiment).data["ID"] for _ in range(2))
    for route, job in (("start_model", waiting), ("aggregate_model", running)):
        answer = team.owner.get(f"job/{route}", project_id=team.project_id, job_id=job)
        assert answer.status_code == 400
        assert set(answer.data) == {"error_msg"}


def test_experiments_of_one_project_run_side_by_side(team):
    team.devices(1)
    jobs = {team.job(team.experiment()).data["ID"] for _ in range(2)}
    active = team.owner.get("project/active_jobs", project_id=team.project_id).data
    assert set(active["job_ids"]) == jobs


def test_a_job_before_the_start_model_or_without_devices_is_refused(team):
    assert "asks for 1 devices" in team.job(team.experiment()).data["error_msg"]
    team.devices(2)
    refused = team.job(team.experiment(), 2, num_buffer_devices=1)
    assert (refused.status_code, "asks for 3" in refused.data["error_msg"]) == (400, True)
    refused = team.job(team.experiment(model=None))
    assert (refused.status_code, "no start model" in refused.data["error_msg"]) == (400, True)


def test_a_deleted_project_is_gone_with_its_jobs(team):
    team.devices(1)
    experiment = team.experiment()
    job = team.job(experiment).data["ID"]
    assert team.owner.post("project/delete", project_id=team.project_id).data == {}
    for answer in (
        team.owner.get("project/get", project_id=team.project_id),
        team.owner.get("job/get", project_id=team.project_id, job_id=job),
        team.owner.post("job/cancel", job_id=job),
    ):
        assert (answer.status_code, set(answer.data)) == (400, {"error_msg"})


COUNTED = {
    "vergeai_blobs": "project_id = :id",
    "vergeai_parts": "blob IN (SELECT id FROM vergeai_blobs WHERE project_id = :id)",
}


def test_a_deleted_experiment_is_gone_with_its_jobs_and_models(team):
    ((device_id, device),) = team.devices(1).items()
    kept, gone = team.experiment(), team.experiment()
    job = team.job(gone).data["ID"]
    team.hand_in(device, device_id, job)
    waiting = team.job(gone).data["ID"]
    named = {"project_id": team.project_id, "experiment_id": gone}
    writer = team.person("writer")
    team.owner.post(
        "project/members", project_id=team.project_id, user="writer", permission_level=5
    )
    assert writer.post("experiment/delete", **named).status_code == 403
    other = make_team(team.server)
    strange = {"project_id": other.project_id, "experiment_id": gone}
    assert other.owner.post("experiment/delete", **strange).status_code == 400
    assert team.owner.post("experiment/delete", **named).data == {}
    for answer in (
        team.owner.get("experiment/get", **named),
        team.owner.get("job/get", project_id=team.project_id, job_id=job),
        team.owner.post("job/cancel", job_id=waiting),
        team.owner.post("experiment/delete", **named),
    ):
        assert (answer.status_code, set(answer.data)) == (400, {"error_msg"})
    assert team.owner.get("project/active_jobs", project_id=team.project_id).data == {"job_ids": []}
    assert team.get(kept)["start_model"] != {}
    with team.server.database.reading() as connection:
        for table in ("vergeai_blobs", "vergeai_parts"):
            where = COUNTED[table]
            count = connection.execute(
                sa.text(f"SELECT count(*) FROM {table} WHERE {where}"), {"id": team.project_id}
            ).scalar()
            # The start model of the experiment that is kept.
            assert count == 1, table


def test_experiments_are_listed_in_pages(team):
    made = [team.experiment(model=None) for _ in range(3)]
    url = f"{team.server.url}/v1/experiment/list/{team.project_id}"
    headers = {"Authorization": team.owner.api_key}
    first = web.get(url, params={"limit": 2}, headers=headers).json()
    rest = web.get(url, params={"after": first["next"]}, headers=headers).json()
    assert [one["ID"] for one in first["experiments"] + rest["experiments"]] == made
    assert rest["next"] is None


@pytest.mark.parametrize("route", ["auth/create", "device/create", "device/register"])
def test_a_new_key_works_and_is_not_stored(team, route):
    made = team.owner.post(route, project_id=team.project_id).data
    if route == "auth/create":
        key = made["key"]
        mine = team.caller(key).get("project/get", project_id=team.project_id)
        assert mine.data["members"] == {"owner": {"permission_level": 100}}
    else:
        key = made["device_api_key"]
        assert (len(key), made["device_id"]) == (86, key[:32])
        answer = team.caller(key).get("project/active_jobs", project_id=team.project_id)
        assert answer.data == {"job_ids": []}
    secret = key[32:].encode()
    stored = team.server.database.path
    wal = stored.with_name(stored.name + "-wal")
    assert all(secret not in file.read_bytes() for file in (stored, wal) if file.exists())


def test_a_model_as_large_as_the_published_one_comes_back_byte_for_byte(team):
    weights = [round(0.001 * number, 6) for number in range(48_000)]
    content = json.dumps({"conv.weight": weights, "step": 3}).encode()
    content += b" " * (403_693 - len(content))
    assert len(content) == 403_693
    devices = team.devices(1)
    experiment = team.experiment(model=None)
    asked = team.owner.post(
        "experiment/submit_start_model", project_id=team.project_id, experiment_id=experiment
    ).data["model_url"]
    sent = web.post(asked["url"], data=asked["fields"], files={"file": ("model", content)})
    assert (sent.status_code, sent.content) == (204, b"")
    assert team.get(experiment)["start_model"]["size"] == "403693"
    job = team.job(experiment).data["ID"]
    (device,) = devices.values()
    where = device.get("job/start_model", project_id=team.project_id, job_id=job).data["model_url"]
    fetched = web.get(where)
    assert fetched.content == content
    assert fetched.headers["content-type"] == "application/json"


def test_a_model_in_several_parts_and_its_mean(team):
    model = {"w": [number / 7 for number in range(120_000)]}  # more than two parts of 1 MiB
    devices = team.devices(2)
    experiment = team.experiment(model)
    job = team.job(experiment, 2).data["ID"]
    others = [{"w": [value + step for value in model["w"]]} for step in (1, 2)]
    for other, (device_id, device) in zip(others, devices.items(), strict=True):
        team.hand_in(device, device_id, job, other)
    ids = {"project_id": team.project_id, "job_id": job}
    mean = team.owner.fetch("job/aggregate_model", **ids).data
    assert mean == json.loads(average([json.dumps(other).encode() for other in others]))


def test_without_tokens_the_owner_needs_no_key_and_a_device_has_its_own(server_no_auth):
    anyone = VergeAI(server_no_auth.url)
    project = anyone.post("project/create", project_name="open").data["project_id"]
    made = anyone.post("device/create", project_id=project).data
    key = anyone.post("auth/create").data["key"]
    assert VergeAI(server_no_auth.url, key).get("project/get", project_id=project).data["name"]
    device = VergeAI(server_no_auth.url, made["device_api_key"])
    assert device.get("project/active_jobs", project_id=project).status_code == 200
    assert device.get("project/get", project_id=project).status_code == 403
    with server_no_auth.database.reading() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM tokens").scalar()
    assert count == 0, "a key made where any is good must not be good for a later server"
