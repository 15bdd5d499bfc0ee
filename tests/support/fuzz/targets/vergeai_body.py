"""Bodies of VergeAI's API: jobs, hyperparameters and results."""

from __future__ import annotations

import json
from collections.abc import Iterator

from immutables import Map
from pydantic import ValidationError

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.experiments import Experiment
from optwidgets.runs.jobs import Job, read_setup
from optwidgets.runs.records import decode_experiment, encode_experiment
from optwidgets.server.faces.vergeai import bodies, wire
from support.fuzz.target import refused

JOB = {
    "project_id": "p1",
    "experiment_id": "e1",
    "job_id": "j1",
    "device_id": "d1",
    "num_samples": 12,
    "num_devices": 2,
    "num_buffer_devices": 1,
    "device_selection_strategy": "RANDOM",
    "termination_criteria": [{"type": "DurationTerminationCriteria", "max_duration_sec": 60}],
    "hyperparameters": {"rate": 0.5, "layers": [8, 8], "name": "relu"},
    "metrics": {"loss": 0.5, "accuracy": 1},
    "project_name": "cats",
    "user": "me",
    "permission_level": 1,
}
FORMS = (
    *(bodies.ProjectToCreate, bodies.ExperimentToCreate, bodies.HyperparametersToSet),
    *(bodies.JobToCreate, bodies.Report, bodies.DeviceModel, bodies.Member),
)


def seeds() -> Iterator[bytes]:
    yield json.dumps(JOB).encode()


def check(content: bytes) -> None:
    read = {}
    for form in FORMS:
        try:
            body = form.model_validate_json(content)
        except ValidationError as error:
            refused(OptwidgetsError(str(error.errors()[0]["msg"])))
            continue
        # What a job ends by is looked at by `read_setup`: infinity is still in it here.
        if form is not bodies.JobToCreate:
            assert form.model_validate_json(body.model_dump_json()) == body
        read[form] = body.model_dump()
    if bodies.JobToCreate not in read:
        return
    try:
        setup = read_setup(read[bodies.JobToCreate])
    except OptwidgetsError as error:
        refused(error)
        return
    job = Job(id="j1", setup=setup, devices=(), created_at=1.0)
    more = read.get(bodies.HyperparametersToSet, {}).get("hyperparameters", {})
    experiment = Experiment("e1", jobs=(job,), hyperparameters=Map(more))
    kept = json.dumps(encode_experiment(experiment), allow_nan=False)
    assert decode_experiment(json.loads(kept)) == experiment
    json.dumps([wire.experiment(experiment), wire.job(job, "p1", "e1")], allow_nan=False)
