"""A laboratory's script for ALchemist's server, as its users write them: nothing of ours in it.

Run with an address, it goes through a whole campaign and keeps what was answered, so that the
answers of two servers can be laid side by side.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import httpx

VARIABLES = [
    {"name": "temperature", "type": "real", "min": 100, "max": 500, "unit": "C"},
    {"name": "stages", "type": "integer", "min": 1, "max": 5},
    {"name": "catalyst", "type": "categorical", "categories": ["Pt", "Pd"]},
    {"name": "ratio", "type": "discrete", "allowed_values": [80.0, 120.0, 280.0]},
]


def measure(point: dict[str, Any]) -> float:
    """Stand in for the reactor."""
    far = (point["temperature"] - 320) / 100
    return 1.0 - far**2 + 0.05 * point["stages"] + 0.1 * (point["catalyst"] == "Pd")


class Answers(dict[str, Any]):
    """Status and body of each step, by its name."""

    def __init__(self, http: httpx.Client, session: str = "") -> None:
        super().__init__()
        self.http = http
        self.session = session

    def ask(self, step: str, method: str, path: str, **options: Any) -> Any:
        """Send a request below the session, keep the answer, and return its body."""
        answer = self.http.request(method, f"/api/v1/sessions/{self.session}{path}", **options)
        try:
            body = answer.json()
        except ValueError:
            body = answer.text
        self[step] = (answer.status_code, body)
        return body


def campaign(url: str, tell: Callable[[str], None] = lambda _: None) -> Answers:
    """Go through a campaign and return what was answered."""
    with httpx.Client(base_url=url, timeout=120) as http:
        created = http.post("/api/v1/sessions", json={"name": "Reactor", "tags": ["pilot"]})
        answers = Answers(http, created.json()["session_id"])
        answers["create"] = (created.status_code, created.json())
        for chapter in (_define, _begin, _model, _loop, _report, _mistakes, _leave):
            tell(chapter.__name__)
            chapter(answers.ask, answers)
        return answers


def _define(ask: Callable[..., Any], answers: Answers) -> None:
    for variable in VARIABLES:
        ask(f"variable {variable['name']}", "POST", "/variables", json=variable)
    rule = {
        "constraint_type": "inequality",
        "coefficients": {"temperature": 1.0, "stages": 10.0},
        "rhs": 530.0,
        "name": "heat",
    }
    ask("constraint", "POST", "/constraints", json=rule)
    ask("constraints", "GET", "/constraints")
    ask("variables", "GET", "/variables")
    ask("export variables", "GET", "/variables/export")
    ask("describe", "PATCH", "/metadata", json={"author": "Ann", "description": "Pilot plant"})
    ask("name objective", "PUT", "/objective-metadata",
        json={"metadata": {"Output": {"label": "Yield", "unit": "%"}}})  # fmt: skip


def _begin(ask: Callable[..., Any], answers: Answers) -> None:
    ask("lock", "POST", "/lock", json={"locked_by": "Ann", "client_id": "script"})
    ask("look at lock", "GET", "/lock")
    design = {"method": "lhs", "n_points": 9, "random_seed": 7}
    points = ask("design", "POST", "/initial-design", json=design)["points"]
    ask("classical design", "POST", "/initial-design",
        json={"method": "full_factorial", "n_levels": 2, "allow_infeasible": True})  # fmt: skip
    ask("count coefficients", "POST", "/optimal-design/info", json={"model_type": "linear"})
    ask("optimal design", "POST", "/optimal-design",
        json={"model_type": "linear", "n_points": 9, "random_seed": 7})  # fmt: skip
    rows = [{"inputs": point, "output": measure(point)} for point in points]
    ask("first result", "POST", "/experiments", json=rows[0])
    ask("results", "POST", "/experiments/batch", json={"experiments": rows[1:]})
    ask("rows", "GET", "/experiments")
    ask("summary", "GET", "/experiments/summary")


def _model(ask: Callable[..., Any], answers: Answers) -> None:
    ask("train", "POST", "/model/train", json={"kernel": "Matern", "kernel_params": {"nu": 2.5}})
    ask("train with botorch", "POST", "/model/train",
        json={"backend": "botorch", "kernel": "rbf", "output_transform": "standardize"})  # fmt: skip
    ask("model", "GET", "/model")
    ask("hyperparameters", "GET", "/visualizations/hyperparameters")
    points = [
        {"temperature": 275, "stages": 2, "catalyst": "Pt", "ratio": 80},
        {"temperature": 340, "stages": 5, "catalyst": "Pd", "ratio": 280},
    ]
    ask("predict", "POST", "/model/predict", json={"inputs": points})
    ask("contour", "POST", "/visualizations/contour",
        json={"x_var": "temperature", "y_var": "stages", "fixed_values": {"catalyst": "Pd"},
              "grid_resolution": 12})  # fmt: skip
    for figure in ("parity", "metrics", "qq-plot", "calibration-curve"):
        ask(figure, "GET", f"/visualizations/{figure}")
    ask("optimum", "POST", "/acquisition/find-optimum", json={"goal": "maximize"})


def _loop(ask: Callable[..., Any], answers: Answers) -> None:
    for turn in range(2):
        asked = {"strategy": "EI", "goal": "maximize", "hold": {"ratio": 120.0}}
        proposed = ask("suggest", "POST", "/acquisition/suggest", json=asked)
        point = proposed["suggestions"][0]
        item = {"inputs": point, "reason": f"EI {turn}"}
        queue = ask("stage", "POST", "/experiments/queue", json={"items": [item]})
        number = next(it["id"] for it in queue["items"] if it["status"] == "pending")
        ask("start", "POST", f"/experiments/queue/{number}/start")
        if turn:
            ask("fail", "POST", f"/experiments/queue/{number}/fail", json={"error": "leak"})
        else:
            ask("complete", "POST", f"/experiments/queue/{number}/complete",
                params={"auto_train": True},
                json={"outputs": [measure(point)], "actual_inputs": {**point, "stages": 2}},
                )  # fmt: skip
        ask("item", "GET", f"/experiments/queue/{number}")
    batch = {"strategy": "qEI", "n_suggestions": 2}
    points = ask("suggest several", "POST", "/acquisition/suggest", json=batch)["suggestions"]
    ask("stage several", "POST", "/experiments/staged/batch", json={"experiments": points})
    ask("staged", "GET", "/experiments/staged")
    ask("complete staged", "POST", "/experiments/staged/complete",
        json={"outputs": [measure(point) for point in points]})  # fmt: skip
    ask("queue", "GET", "/experiments/queue")
    ask("purge", "POST", "/experiments/queue/purge")


def _report(ask: Callable[..., Any], answers: Answers) -> None:
    ask("lock data", "POST", "/audit/lock", json={"lock_type": "data", "notes": "round 1"})
    ask("audit", "GET", "/audit")
    ask("audit text", "GET", "/audit/export")
    ask("changes", "GET", "/audit/config-changes")
    ask("provenance", "GET", "/experiments/provenance")
    ask("state", "GET", "/state")
    ask("session", "GET", "")
    ask("control", "PUT", "/control", json={"requested": "pause", "requested_by": "Ann"})


def _mistakes(ask: Callable[..., Any], answers: Answers) -> None:
    ask("wrong category", "POST", "/experiments",
        json={"inputs": {**answers["predict"][1]["predictions"][0]["inputs"], "catalyst": "Au"},
              "output": 1.0})  # fmt: skip
    ask("no output", "POST", "/experiments", json={"inputs": {}})
    ask("unknown item", "GET", "/experiments/queue/none")
    ask("unknown axis", "POST", "/visualizations/contour", json={"x_var": "x", "y_var": "stages"})
    ask("impossible bounds", "POST", "/variables", json={"name": "z", "min": 2, "max": 1})


def _leave(ask: Callable[..., Any], answers: Answers) -> None:
    token = answers["lock"][1]["lock_token"]
    document = ask("download", "GET", "/download")
    ask("unlock", "DELETE", "/lock", params={"lock_token": token})
    ask("delete", "DELETE", "")
    ask("gone", "GET", "")
    # The file goes up again, as another session.
    import json

    files = {"file": ("session.json", json.dumps(document).encode(), "application/json")}
    answer = answers.http.post("/api/v1/sessions/upload", files=files)
    answers["upload"] = (answer.status_code, answer.json())
    answers.session = answer.json()["session_id"]
    ask("rows of the copy", "GET", "/experiments")


if __name__ == "__main__":
    for step, (status, _) in campaign(sys.argv[1], print).items():
        print(f"{status} {step}")
