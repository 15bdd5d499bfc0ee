"""A server with something of every kind in it, so that made-up requests find what they name."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from support.optwidgets_server import RunningServer
from support.vergeai_team import make_team

SESSIONS = 8
ROWS = 4
TEAMS = 3


@dataclass
class Lab:
    """Names of what is there, by the parameter of a path that takes them.

    Parameters
    ----------
    ids
        For ALchemist's, SigOpt's and our own paths.
    vergeai
        For VergeAI's, whose parameters have the same names.
    spared
        Operation to parameters that lead it elsewhere: what it takes away or locks, others need.
    """

    ids: dict[str, list[str | int]] = field(default_factory=dict)
    vergeai: dict[str, list[str | int]] = field(default_factory=dict)
    spared: dict[str, dict[str, str]] = field(default_factory=dict)


def fill(server: RunningServer) -> Lab:
    """Make sessions with rows, experiments with suggestions, runs and jobs; return their names."""
    lab = Lab()
    lab.ids["session_id"] = [
        server.host.writer.submit(_campaign).result(30) for _ in range(SESSIONS)
    ]
    lab.ids |= {
        "row": list(range(1, ROWS + 2)),
        "variable_name": ["T", "c"],
        "name": ["Yield", "Cost"],
        "constraint_name": ["warm"],
        "client_id": ["1"],
        "organization_id": ["1"],
        "user_id": ["1"],
    }
    with server.client() as http:
        http.auth = (http.headers.pop("Authorization").split()[1], "")
        _sigopt(http, lab)
    lab.vergeai = {"project_id": [], "experiment_id": [], "job_id": [], "device_id": []}
    for _ in range(TEAMS):
        team = make_team(server)
        experiment = team.experiment()
        lab.vergeai["project_id"].append(team.project_id)
        lab.vergeai["experiment_id"].append(experiment)
        lab.vergeai["device_id"] += team.devices(1)
        lab.vergeai["job_id"].append(team.job(experiment).data["ID"])
    spare = {"path.session_id": server.host.writer.submit(_campaign).result(30)}
    lab.spared = dict.fromkeys(
        (
            "DELETE /api/v1/sessions/{session_id}",
            "POST /api/v1/sessions/{session_id}/lock",
            "POST /api/v1/sessions/{session_id}/audit/lock",
            "PUT /api/v1/sessions/{session_id}/control",
        ),
        spare,
    )
    other = {"path.experiment_id": str(lab.ids["experiment_id"].pop())}
    for name in ("DELETE /v1/experiments/{}", "DELETE /v1/aiexperiments/{}"):
        lab.spared[name.format("{experiment_id}")] = other
    lab.spared["POST /v0/experiments/{experiment_id}/delete"] = other
    lab.spared["POST /v1/project/delete"] = {"body.project_id": make_team(server).project_id}
    spare_team = make_team(server)
    lab.spared["POST /v1/experiment/delete"] = {
        "body.project_id": spare_team.project_id,
        "body.experiment_id": spare_team.experiment(),
    }
    return lab


def _campaign(tx) -> str:
    session = tx.create_session("Reactor")
    session.add_variable("T", "real", bounds=(20, 100))
    session.add_variable("c", "categorical", categories=["A", "B"])
    session.add_objective("Yield")
    session.add_objective("Cost", "minimize")
    for number in range(ROWS):
        results = {"Yield": float(number), "Cost": 2.0}
        session.add_experiment({"T": 20.0 * (number + 1), "c": "A"}, results)
    session.add_staged_experiment({"T": 50.0, "c": "B"})
    return session.id


def _sigopt(http: httpx.Client, lab: Lab) -> None:
    def made(path: str, body: dict) -> str:
        answer = http.post(path, json=body)
        assert answer.is_success, (path, answer.text)
        return str(answer.json()["id"])

    parameters = [{"name": "a", "type": "double", "bounds": {"min": 0, "max": 1}}]
    experiments = [
        made("/v1/experiments", {"name": "E", "parameters": parameters}) for _ in range(4)
    ]
    first = f"/v1/experiments/{experiments[0]}"
    values = [{"value": 1.0}]
    lab.ids |= {
        "experiment_id": list(experiments),
        "suggestion_id": [made(f"{first}/suggestions", {"assignments": {"a": 0.5}})],
        "observation_id": [
            made(f"{first}/observations", {"assignments": {"a": 0.1}, "values": values})
            for _ in range(2)
        ],
        "project_id": ["any"],
    }
    assert http.post("/v1/clients/1/projects", json={"id": "any", "name": "Any"}).is_success
    runs = "/v1/clients/1/projects/any/training_runs"
    lab.ids["run_id"] = [made(runs, {}) for _ in range(3)]
