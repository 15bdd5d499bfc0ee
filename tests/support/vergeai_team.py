"""A project, and who takes part in it."""

from __future__ import annotations

from dataclasses import dataclass

from support.optwidgets_server import RunningServer
from support.vergeai_requests import VergeAI

MODEL = {"layer.weight": [[0.5, -1.0], [2.0, 0.25]], "layer.bias": [0.0, 1.0]}


@dataclass
class Team:
    """A project with a start, made by an owner; devices as they are asked for."""

    server: RunningServer
    owner: VergeAI
    project_id: str

    def experiment(self, model=MODEL) -> str:
        made = self.owner.post("experiment/create", project_id=self.project_id)
        assert made.status_code == 200
        if model is not None:
            assert self.start(made.data["ID"], model).status_code == 204
        return made.data["ID"]

    def start(self, experiment_id: str, model=MODEL, **options):
        return self.owner.submit(
            "experiment/submit_start_model",
            model,
            project_id=self.project_id,
            experiment_id=experiment_id,
            **options,
        )

    def devices(self, count: int) -> dict[str, VergeAI]:
        made = [
            self.owner.post("device/create", project_id=self.project_id).data for _ in range(count)
        ]
        return {one["device_id"]: self.caller(one["device_api_key"]) for one in made}

    def job(self, experiment_id: str, num_devices: int = 1, **changed):
        body = {
            "project_id": self.project_id,
            "experiment_id": experiment_id,
            "num_devices": num_devices,
            "num_buffer_devices": 0,
            "device_selection_strategy": "RANDOM",
            "termination_criteria": [],
        }
        return self.owner.post("job/create", **{**body, **changed})

    def get_job(self, job_id: str):
        return self.owner.get("job/get", project_id=self.project_id, job_id=job_id).data

    def get(self, experiment_id: str):
        answer = self.owner.get(
            "experiment/get", project_id=self.project_id, experiment_id=experiment_id
        )
        assert answer.status_code == 200
        return answer.data

    def hand_in(self, device: VergeAI, device_id: str, job_id: str, model=MODEL, **options):
        return device.submit(
            "device/submit_model_update",
            model,
            project_id=self.project_id,
            job_id=job_id,
            device_id=device_id,
            **options,
        )

    def caller(self, key: str | None) -> VergeAI:
        return VergeAI(self.server.url, key)

    def person(self, name: str, scope: str = "write", **options) -> VergeAI:
        return self.caller(self.server.token(scope, name, **options))


def make_team(server: RunningServer, **options) -> Team:
    owner = VergeAI(server.url, server.token("write", "owner"))
    made = owner.post("project/create", project_name="MNIST", **options)
    assert made.status_code == 200, made
    assert set(made.data) == {"project_id"}
    return Team(server, owner, made.data["project_id"])
