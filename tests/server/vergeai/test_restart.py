"""What a server takes up that another one left."""

from __future__ import annotations

import asyncio
import threading

import pytest
import sqlalchemy as sa

from optwidgets.server.faces.vergeai.running import Running
from optwidgets.server.faces.vergeai.tables import blobs, parts
from support.optwidgets_server import running
from support.vergeai_requests import VergeAI
from support.vergeai_team import Team, make_team
from support.waiting import until


def moved(team: Team, server) -> Team:
    """The same team, on the server that was started again."""
    return Team(server, VergeAI(server.url, team.owner.api_key), team.project_id)


def test_clocks_go_on_and_half_written_models_are_swept(tmp_path):
    with running(tmp_path / "lab.db") as server:
        team = make_team(server)
        team.devices(1)
        experiment = team.experiment()
        soon = [{"type": "DurationTerminationCriteria", "max_duration_sec": 1}]
        job = team.job(experiment, termination_criteria=soon).data["ID"]
        assert team.get_job(job)["status"] == "IN_PROGRESS"
        with server.database.writing() as connection:
            half = {"id": "half", "project_id": "p", "size": 3, "sha256": "", "kept": False}
            connection.execute(sa.insert(blobs).values(half))
            part = {"blob": "half", "number": 0, "content": b"a"}
            connection.execute(sa.insert(parts).values(part))
    with running(tmp_path / "lab.db") as server:
        team = moved(team, server)
        until(lambda: team.get_job(job)["status"] == "CANCELLED")
        with server.database.reading() as connection:
            assert not connection.execute(sa.select(parts).where(parts.c.blob == "half")).all()
        experiment = team.get(experiment)
        assert experiment["start_model"]["size"], "a model that is kept is not swept"


def test_models_that_were_not_averaged_yet_are(tmp_path, monkeypatch):
    async def never(self, placed, job):
        await asyncio.Event().wait()

    async def no_wait(self, job_id):
        return

    with running(tmp_path / "lab.db") as server:
        monkeypatch.setattr(Running, "_average", never)
        monkeypatch.setattr(Running, "averaged", no_wait)
        team = make_team(server)
        devices = team.devices(2)
        job = team.job(team.experiment({"w": 0}), 2).data["ID"]
        for value, (device_id, device) in zip((1, 2), devices.items(), strict=True):
            assert team.hand_in(device, device_id, job, {"w": value}).status_code == 204
        assert team.get_job(job)["status"] == "AGGREGATION_IN_PROGRESS"
    monkeypatch.undo()
    with running(tmp_path / "lab.db") as server:
        team = moved(team, server)
        until(lambda: team.get_job(job)["status"] == "COMPLETED")
        ids = {"project_id": team.project_id, "job_id": job}
        assert team.owner.fetch("job/aggregate_model", **ids).data == {"w": 1.5}


def test_an_average_that_fails_is_tried_again(server, monkeypatch, caplog):
    from optwidgets.server.faces.vergeai import running as module

    work, failures = module.work, []

    async def failing(*arguments):
        if not failures:
            failures.append(1)
            raise MemoryError
        return await work(*arguments)

    monkeypatch.setattr(module, "work", failing)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    team = make_team(server)
    ((device_id, device),) = team.devices(1).items()
    job = team.job(team.experiment()).data["ID"]
    assert team.hand_in(device, device_id, job).status_code == 204
    until(lambda: team.get_job(job)["status"] == "COMPLETED")
    assert failures


def test_a_job_cancelled_while_it_is_averaged_stays_cancelled(server, monkeypatch):
    from optwidgets.server.faces.vergeai import running as module

    work, go_on = module.work, threading.Event()

    async def slow(*arguments):
        await asyncio.to_thread(go_on.wait, 10)
        return await work(*arguments)

    monkeypatch.setattr(module, "work", slow)
    monkeypatch.setattr(Running, "averaged", lambda self, job_id: asyncio.sleep(0))
    team = make_team(server)
    ((device_id, device),) = team.devices(1).items()
    experiment = team.experiment()
    job = team.job(experiment).data["ID"]
    later = team.job(experiment).data["ID"]
    assert team.hand_in(device, device_id, job).status_code == 204
    assert team.owner.post("job/cancel", job_id=job).status_code == 200
    go_on.set()

    def kept() -> list[bool]:
        with server.database.reading() as connection:
            mine = sa.select(blobs.c.kept).where(blobs.c.project_id == team.project_id)
            return sorted(connection.scalars(mine))

    until(lambda: kept() == [True, True])
    assert team.get(experiment)["current_job"] == later
    assert team.get_job(later)["start_model"]["entity_id"] == experiment


@pytest.mark.parametrize("size", [0, 1])
def test_the_smallest_models(server, size):
    team = make_team(server)
    model = {"w": 1} if size else {}
    ((device_id, device),) = team.devices(1).items()
    job = team.job(team.experiment(model)).data["ID"]
    assert team.hand_in(device, device_id, job, model).status_code == 204
    ids = {"project_id": team.project_id, "job_id": job}
    assert team.owner.fetch("job/aggregate_model", **ids).data == model
