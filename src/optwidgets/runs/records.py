"""Experiments as JSON values and back: how they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from immutables import Map

from optwidgets.runs.experiments import Experiment
from optwidgets.runs.jobs import (
    DurationCriterion,
    Job,
    JobSetup,
    JobState,
    ModelFile,
    Submission,
)


def encode_experiment(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as JSON values.

    Examples
    --------
    >>> decode_experiment(encode_experiment(Experiment("e1"))) == Experiment("e1")
    True
    """
    return {
        "id": experiment.id,
        "hyperparameters": dict(experiment.hyperparameters),
        "jobs": [_encode_job(job) for job in experiment.jobs],
        "current_job": experiment.current_job,
        "start_model": _encode_model(experiment.start_model),
        "current_model": _encode_model(experiment.current_model),
        "row": experiment.row,
    }


def decode_experiment(data: Mapping[str, Any]) -> Experiment:
    """Return the experiment in JSON values; the reverse of `encode_experiment`."""
    return Experiment(
        id=data["id"],
        hyperparameters=Map(data["hyperparameters"]),
        jobs=tuple(_decode_job(job) for job in data["jobs"]),
        current_job=data["current_job"],
        start_model=_decode_model(data["start_model"]),
        current_model=_decode_model(data["current_model"]),
        row=data["row"],
    )


def _encode_model(model: ModelFile | None) -> dict[str, Any] | None:
    return None if model is None else asdict(model)


def _decode_model(data: Mapping[str, Any] | None) -> ModelFile | None:
    return None if data is None else ModelFile(**data)


def _encode_job(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "setup": {
            "num_devices": job.setup.num_devices,
            "num_buffer_devices": job.setup.num_buffer_devices,
            "strategy": job.setup.strategy,
            "criteria": [asdict(criterion) for criterion in job.setup.criteria],
        },
        "devices": list(job.devices),
        "created_at": job.created_at,
        "state": job.state.value,
        "started_at": job.started_at,
        "start_model": _encode_model(job.start_model),
        "aggregate_model": _encode_model(job.aggregate_model),
        "submissions": {
            device: {"model": _encode_model(given.model), "samples": given.samples}
            for device, given in job.submissions.items()
        },
        "billable_size": job.billable_size,
        "metrics": dict(job.metrics),
    }


def _decode_job(data: Mapping[str, Any]) -> Job:
    setup = data["setup"]
    return Job(
        **{
            **data,
            "setup": JobSetup(
                **{
                    **setup,
                    "criteria": tuple(DurationCriterion(**one) for one in setup["criteria"]),
                }
            ),
            "devices": tuple(data["devices"]),
            "state": JobState(data["state"]),
            "start_model": _decode_model(data["start_model"]),
            "aggregate_model": _decode_model(data["aggregate_model"]),
            "submissions": Map(
                {
                    device: Submission(ModelFile(**given["model"]), given["samples"])
                    for device, given in data["submissions"].items()
                }
            ),
            "metrics": Map(data["metrics"]),
        }
    )
