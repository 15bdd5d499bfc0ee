"""Large models are read and averaged in a process of their own."""

from __future__ import annotations

import io
import json

import pytest

from optwidgets.runs import apart
from optwidgets.server.faces.vergeai import heavy
from support.vergeai_requests import send_form
from support.vergeai_team import make_team


@pytest.fixture
def all_apart(monkeypatch):
    monkeypatch.setattr(heavy, "SMALL_BYTES", -1)


def test_a_job_with_models_that_are_worked_on_apart(server, all_apart):
    team = make_team(server)
    devices = team.devices(2)
    job = team.job(team.experiment({"w": [0, 0]}), 2).data["ID"]
    (first, key), (second, other) = devices.items()
    where = key.post(
        "device/submit_model_update", project_id=team.project_id, job_id=job, device_id=first
    ).data["model_url"]
    refused = send_form(where, b'{"w": [1]}')
    assert refused.status_code == 400
    assert "'w' has the shapes" in refused.json()["error_msg"]
    assert team.hand_in(key, first, job, {"w": [1, 2]}).status_code == 204
    assert team.hand_in(other, second, job, {"w": [2, 4]}).status_code == 204
    ids = {"project_id": team.project_id, "job_id": job}
    assert team.owner.fetch("job/aggregate_model", **ids).data == {"w": [1.5, 3.0]}


def test_no_model_is_said_by_the_process_too(server, all_apart):
    team = make_team(server)
    where = team.owner.post(
        "experiment/submit_start_model",
        project_id=team.project_id,
        experiment_id=team.experiment(model=None),
    ).data["model_url"]
    refused = send_form(where, b"[1]")
    assert (refused.status_code, "state dict" in refused.json()["error_msg"]) == (400, True)


def test_a_process_that_takes_too_long_or_dies_is_said(server, all_apart, monkeypatch):
    team = make_team(server)
    experiment = team.experiment(model=None)
    monkeypatch.setattr(heavy, "SECONDS", 0.0)
    assert team.start(experiment, {"w": 1}).status_code == 503
    monkeypatch.undo()
    monkeypatch.setattr(heavy, "SMALL_BYTES", -1)
    monkeypatch.setattr(heavy, "PYTHON", "/bin/false")
    assert team.start(experiment, {"w": 1}).status_code == 503
    assert team.get(experiment)["start_model"] == {}


def test_memory_that_runs_out_is_a_sentence(monkeypatch):
    def hungry(models, samples):
        raise MemoryError

    monkeypatch.setitem(apart.TASKS, "check", hungry)
    line = {"task": "check", "sizes": [2], "samples": []}
    answer = io.BytesIO()
    apart.serve(io.BytesIO(json.dumps(line).encode() + b"\n{}"), answer)
    assert json.loads(answer.getvalue())["error"] == apart.OUT_OF_MEMORY
