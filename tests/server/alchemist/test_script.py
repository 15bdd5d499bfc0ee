"""Scripts written for ALchemist's server run unchanged against ours: a laboratory's, and its own.

``answers-0.4.0.json`` holds what the real server 0.4.0 answered to the same script: the status
of each step and the kinds of the values under each name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import httpx
import pytest

from support.alchemist_api import FIXTURES
from support.alchemist_script import campaign
from support.alchemist_server import ensure_alchemist

RECORDED = json.loads((FIXTURES / "answers-0.4.0.json").read_text())
#: Where ours answers otherwise, each with its reason.
OTHERWISE = {
    "no output.errors[].input": "what was sent may be large or secret, and is not repeated",
    "download.audit_log.search_space": "the space stands in the file once",
    "download.audit_log.experiment_data": "the rows stand in the file once",
    "download.config.verbose": "a switch of that program",
    "download.config.auto_train": "a switch of that program",
    "download.config.auto_train_threshold": "a switch of that program",
    "download.config.initial_design_method": "a design that is only planned is not recorded",
    "download.config.initial_design_n_points": "a design that is only planned is not recorded",
}
OTHERWISE |= dict.fromkeys(
    ("download.experiments.data[].ProvenanceId", "download.provenance[]"),
    "the journal holds where a row came from; the file does not repeat it",
)
#: Names whose values are those of another implementation.
OWN = ("hyperparameters", "training_config", "model_config")


def kind(value):
    """Return what sort of JSON a value is: of a list its last item, of an object each value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return [kind(value[-1])] if value else []
        case _:
            return {name: kind(inner) for name, inner in value.items()}


def lacks(recorded, ours, at):
    """Yield where an answer has not what the recorded one has; more than that is welcome."""
    if recorded == "null" or at.rpartition(".")[2] in OWN:
        return
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for name, inner in recorded.items():
            if name in ours:
                yield from lacks(inner, ours[name], f"{at}.{name}")
            elif inner != "null":
                yield f"{at}.{name}"
    elif isinstance(recorded, list) and isinstance(ours, list):
        if recorded and ours:
            yield from lacks(recorded[0], ours[0], f"{at}[]")
        elif recorded:
            yield f"{at}[]"
    elif recorded != ours:
        yield f"{at}: {ours} instead of {recorded}"


@pytest.fixture(scope="module")
def answers(server_no_auth):
    return campaign(server_no_auth.url)


def test_every_step_is_answered_as_by_alchemist(answers):
    recorded = {step: answer["status"] for step, answer in RECORDED.items()}
    ours = {step: status for step, (status, _) in answers.items() if step in recorded}
    assert ours == recorded


def test_every_answer_holds_what_alchemist_s_holds(answers):
    missing = [
        place
        for step, answer in RECORDED.items()
        for place in lacks(answer["body"], kind(answers[step][1]), step)
        if place not in OTHERWISE
    ]
    assert not missing, "\n".join(missing)


def test_the_campaign_went_as_the_script_wanted(answers):
    assert answers["rows"][1]["n_experiments"] == 9
    assert answers["complete"][1]["status"] == "done"
    assert answers["fail"][1]["error"] == "leak"
    assert answers["rows of the copy"][1]["n_experiments"] == 12
    heat = [
        row["temperature"] + 10 * row["stages"]
        for row in answers["suggest several"][1]["suggestions"]
    ]
    assert max(heat) <= 530 + 1e-6
    assert all(row["ratio"] == 120 for row in answers["suggest"][1]["suggestions"])
    found = answers["optimum"][1]
    assert found["predicted_value"] > 0.9
    assert 200 < found["optimum"]["temperature"] < 450


RUN_EXAMPLE = """
import sys
from api import example_client
example_client.BASE_URL = sys.argv[1] + "/api/v1"
example_client.main()
"""


def test_the_example_client_of_alchemist_s_package_runs(server_no_auth, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", RUN_EXAMPLE, server_no_auth.url],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ensure_alchemist())},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Workflow complete!" in done.stdout
    session = done.stdout.partition("Session ID: ")[2].split()[0]
    held = httpx.get(f"{server_no_auth.url}/api/v1/sessions/{session}", timeout=60).json()
    assert held["data"]["n_experiments"] == 8
    assert held["model"]["backend"] == "botorch"
