"""Results that clients of SigOpt's API send, in the forms of v1 and v0."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.rules import check as check_rules
from optwidgets.server.faces.sigopt_v0.params import data_of
from optwidgets.server.sigopt.experiment import Experiment
from optwidgets.server.sigopt.observing import read_batch, read_observation, record
from optwidgets.server.sigopt.reading import read_json
from optwidgets.server.sigopt.rows import observation_json
from support.fuzz.target import refused
from support.fuzz.targets.sigopt_experiment import EXPERIMENT, LINEAR, begun, told

OBSERVATION = {
    "assignments": {"x": 0.5, "n": 2, "r": 0.1, "c": "A", "k": "on", "g": 0.5},
    "values": [
        {"name": "Yield", "value": 0.5, "value_stddev": 0.1},
        {"name": "Cost", "value": 2},
        {"name": "Time", "value": 1e3},
    ],
    "metadata": {"who": "me"},
}
OF_TASK = {"assignments": {"x": 0.5, "y": 1}, "task": {"name": "cheap"}, "value": 2.5,
           "value_stddev": 0.5}  # fmt: skip


def seeds() -> Iterator[bytes]:
    for body in (OBSERVATION, OF_TASK, {"suggestion": "1", "failed": True}):
        yield json.dumps(body).encode()
    yield json.dumps({"observations": [OBSERVATION, OBSERVATION]}).encode()
    yield str([OF_TASK]).encode()


@cache
def known() -> tuple[Experiment, ...]:
    found = []
    for body, observation in ((EXPERIMENT, OBSERVATION), (LINEAR, OF_TASK)):
        experiment = begun(body)
        made = record(experiment, [read_observation(observation, experiment)])
        found.append(Experiment(1, "s", check_rules(experiment.state, made.changes)))
    return tuple(found)


def check(content: bytes) -> None:
    for read in (read_json, in_form):
        try:
            body = read(content)
        except OptwidgetsError as error:
            refused(error)
            continue
        for experiment in known():
            try:
                take(body, experiment)
            except OptwidgetsError as error:
                refused(error)


def in_form(content: bytes):
    """Read it as v0 does, from a field of a form."""
    return data_of({"data": content.decode("utf-8", "replace")})


def take(body, experiment: Experiment) -> None:
    """Record what a body reports, and tell it."""
    if isinstance(body, dict) and "observations" in body:
        observed = read_batch(body, experiment)
    else:
        items = body if isinstance(body, list) else [body]
        observed = [read_observation(item, experiment) for item in items]
    made = record(experiment, observed)
    after = Experiment(1, "s", check_rules(experiment.state, made.changes))
    told(after)
    json.dumps([observation_json(after, row) for row in after.observed()], allow_nan=False)
