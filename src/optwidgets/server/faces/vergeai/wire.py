"""Objects as they travel: VergeAI's names, and its numbers as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from optwidgets.runs.experiments import Experiment
from optwidgets.runs.jobs import Job, ModelFile
from optwidgets.runs.projects import Project

NO_JOB = "NONE"


def model(file: ModelFile | None) -> dict[str, str]:
    """Return a model; an empty object where there is none yet.

    Examples
    --------
    >>> model(ModelFile("e1", "p1/e1/start_model", 403693, blob="", sha256=""))
    {'entity_id': 'e1', 'name': 'p1/e1/start_model', 'size': '403693'}
    """
    if file is None:
        return {}
    return {"entity_id": file.entity_id, "name": file.name, "size": str(file.size)}


def experiment(value: Experiment) -> dict[str, Any]:
    """Return an experiment: exactly seven keys.

    Examples
    --------
    >>> experiment(Experiment("e1"))["current_job"]
    'NONE'
    """
    return {
        "ID": value.id,
        "jobs": [job.id for job in value.jobs],
        "hyperparameters": dict(value.hyperparameters),
        "current_job": value.current_job or NO_JOB,
        "start_model": model(value.start_model),
        "current_model": model(value.current_model),
        "is_active": value.is_active,
    }


def job(value: Job, project_id: str, experiment_id: str) -> dict[str, Any]:
    """Return a job: exactly eleven keys."""
    return {
        "ID": value.id,
        "status": value.state.value,
        "devices": list(value.devices),
        "aggregate_model": model(value.aggregate_model),
        "start_model": model(value.start_model),
        "configuration": {
            "num_devices": str(value.setup.num_devices),
            "num_buffer_devices": str(value.setup.num_buffer_devices),
            "device_selection_strategy": value.setup.strategy,
            "termination_criteria": [
                {
                    "type": "DurationTerminationCriteria",
                    "max_duration_sec": _number(criterion.max_seconds),
                    "start_epoch_time": str(value.started_at or value.created_at),
                }
                for criterion in value.setup.criteria
            ],
        },
        "models": {device: model(given.model) for device, given in value.submissions.items()},
        "created_on": str(value.created_at),
        "billable_size": str(value.billable_size),
        "project_id": project_id,
        "experiment_id": experiment_id,
    }


def project(value: Project, experiments: Iterable[Experiment]) -> dict[str, Any]:
    """Return a project with its devices, experiments and members."""
    return {
        "name": value.name,
        "ID": value.id,
        "devices": {
            device.id: {"ID": device.id, "registered_on": str(device.registered_at)}
            for device in value.devices.values()
        },
        "experiments": {one.id: experiment(one) for one in experiments},
        "members": {user: {"permission_level": int(role)} for user, role in value.members.items()},
        "billing": {},
    }


def _number(value: float) -> str:
    """Return a number as text, a whole one without a point."""
    return str(int(value)) if value == int(value) else str(value)
