"""What requests hold: the names of VergeAI's client, other keywords are passed over."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
MAX_PARAMETERS_BYTES = 64 << 10


def _printable(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("it must hold printable characters")
    return text


def _plain_json(value: dict[str, Any]) -> dict[str, Any]:
    try:
        # As it is answered, so that half of a surrogate pair is refused here and not there.
        size = len(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())
    except (ValueError, RecursionError):
        raise ValueError("it must hold finite numbers, text and lists of these") from None
    if size > MAX_PARAMETERS_BYTES:
        raise ValueError(f"it may have up to {MAX_PARAMETERS_BYTES >> 10} KiB")
    return value


Text = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
Parameters = Annotated[dict[str, Any], AfterValidator(_plain_json)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Body(BaseModel):
    """A JSON object with the keyword arguments of a call."""

    model_config = ConfigDict(strict=True)


class ProjectToCreate(Body):
    """`session_id` links the project to a session (an extension)."""

    project_name: Text
    session_id: Id | None = None


class OfProject(Body):
    """Names a project."""

    project_id: Id


class Link(OfProject):
    """Links a project to a session, or to none."""

    session_id: Id | None


class Member(OfProject):
    """Sets the role of a user in a project; without a level the user is removed."""

    user: Annotated[str, Field(max_length=100), AfterValidator(_printable)]
    permission_level: StrictInt | None = None


class ExperimentToCreate(OfProject):
    """`hyperparameters` are kept as they are (an extension)."""

    hyperparameters: Parameters | None = None


class OfExperiment(OfProject):
    """Names an experiment."""

    experiment_id: Id


class HyperparametersToSet(OfExperiment):
    """New hyperparameters for an experiment without jobs."""

    hyperparameters: Parameters


class JobToCreate(OfExperiment):
    """Describes a job; `read_setup` says what is wrong with it."""

    num_devices: StrictInt
    num_buffer_devices: StrictInt
    device_selection_strategy: str
    termination_criteria: list[dict[str, Any]]


class OfJob(Body):
    """Names a job."""

    job_id: Id
    project_id: Id | None = None


class Report(OfJob):
    """What was measured: name to number."""

    metrics: Annotated[
        dict[Annotated[str, Field(max_length=200), AfterValidator(_printable)], Finite],
        Field(min_length=1, max_length=100),
    ]


class DeviceModel(Body):
    """Names the model that a device is going to send."""

    project_id: Id
    job_id: Id
    device_id: Id
    num_samples: Annotated[StrictInt, Field(ge=1, le=10**12)] | None = None
