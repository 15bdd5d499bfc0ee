"""Bodies that define or change an experiment of SigOpt's API: what came of them is told as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.rules import check as check_rules
from optwidgets.journal.snapshot import state_of, state_to_json
from optwidgets.journal.state import SessionState
from optwidgets.server.sigopt.definition import read_definition
from optwidgets.server.sigopt.experiment import Experiment, experiment_json
from optwidgets.server.sigopt.reading import read_json
from optwidgets.server.sigopt.standing import best_json, progress_json, stopping_json
from optwidgets.server.sigopt.updating import read_update
from support.fuzz.target import refused

EXPERIMENT: dict[str, Any] = {
    "name": "Franke",
    "parameters": [
        {"name": "x", "type": "double", "bounds": {"min": 0, "max": 1},
         "prior": {"name": "normal", "mean": 0.5, "scale": 0.1}},
        {"name": "n", "type": "int", "bounds": {"min": 1, "max": 9}},
        {"name": "r", "type": "double", "bounds": {"min": 1e-4, "max": 1}, "transformation": "log"},
        {"name": "c", "type": "categorical", "categorical_values": ["A", {"name": "B"}]},
        {"name": "g", "type": "double", "grid": [0.1, 0.5, 2], "conditions": {"k": ["on"]}},
    ],
    "conditionals": [{"name": "k", "values": ["on", "off"]}],
    "metrics": [
        {"name": "Yield", "objective": "maximize", "strategy": "optimize"},
        {"name": "Cost", "objective": "minimize", "strategy": "constraint", "threshold": 3},
        {"name": "Time", "strategy": "store"},
    ],
    "observation_budget": 20,
    "parallel_bandwidth": 2,
    "metadata": {"team": "a", "n": 1},
    "project": "p",
}  # fmt: skip
LINEAR: dict[str, Any] = {
    "name": "Linear",
    "type": "offline",
    "parameters": [
        {"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}, "default_value": 0.25},
        {"name": "y", "type": "double", "bounds": {"min": 0, "max": 2}},
    ],
    "linear_constraints": [
        {"type": "less_than", "threshold": 1.5, "terms": [
            {"name": "x", "weight": 1}, {"name": "y", "weight": 0.5}]},
    ],
    "tasks": [{"name": "cheap", "cost": 0.2}, {"name": "full", "cost": 1}],
    "observation_budget": 20,
}  # fmt: skip
UPDATE: dict[str, Any] = {
    "name": "Other",
    "observation_budget": 30,
    "metadata": {"team": None},
    "parameters": [{"name": "x", "bounds": {"min": 0.1, "max": 2}}, {"name": "n", "type": "int"}],
    "metrics": [{"name": "Cost", "threshold": 0.75}],
}


def seeds() -> Iterator[bytes]:
    for body in (EXPERIMENT, LINEAR, UPDATE):
        yield json.dumps(body).encode()


@cache
def known() -> Experiment:
    return begun(EXPERIMENT)


def begun(body: Any) -> Experiment:
    """Return the experiment of a body, in an empty session."""
    return Experiment(1, "s", check_rules(SessionState(), read_definition(body).changes()))


def told(experiment: Experiment) -> None:
    """Say all that is said of an experiment, and keep it."""
    said = experiment_json(experiment, progress_json(experiment, {}))
    json.dumps([said, best_json(experiment, {}), stopping_json(experiment)], allow_nan=False)
    kept = json.dumps(state_to_json(experiment.state), allow_nan=False)
    assert state_of(json.loads(kept)) == experiment.state


def check(content: bytes) -> None:
    try:
        body = read_json(content)
    except OptwidgetsError as error:
        refused(error)
        return
    try:
        told(begun(body))
    except OptwidgetsError as error:
        refused(error)
    try:
        changes = read_update(body, known()).changes
        told(Experiment(1, "s", check_rules(known().state, changes)))
    except OptwidgetsError as error:
        refused(error)
