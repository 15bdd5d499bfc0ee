"""What answers hold, for the description of the API."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from optwidgets.server.declaring import refusal


class Nothing(BaseModel):
    """An empty object: done."""


class Failed(BaseModel):
    """Why it was refused."""

    error_msg: str


class Key(BaseModel):
    """A new key; it is shown once."""

    key: str


class ProjectId(BaseModel):
    """The id of a new project."""

    project_id: str


class ProjectShape(BaseModel):
    """A project."""

    name: str
    ID: str
    devices: dict[str, dict[str, str]]
    experiments: dict[str, ExperimentShape]
    members: dict[str, dict[str, int]]
    billing: dict[str, Any]


class JobIds(BaseModel):
    """Ids of jobs."""

    job_ids: list[str]


class DeviceKey(BaseModel):
    """A new device; its key is shown once."""

    device_id: str
    device_api_key: str


class IsActive(BaseModel):
    """Whether a device owes its model."""

    is_device_active: bool


class ExperimentShape(BaseModel):
    """An experiment: exactly these keys."""

    ID: str
    jobs: list[str]
    hyperparameters: dict[str, Any]
    current_job: str
    start_model: dict[str, str]
    current_model: dict[str, str]
    is_active: bool


class JobShape(BaseModel):
    """A job: exactly these keys."""

    ID: str
    status: str
    devices: list[str]
    aggregate_model: dict[str, str]
    start_model: dict[str, str]
    configuration: dict[str, Any]
    models: dict[str, dict[str, str]]
    created_on: str
    billable_size: str
    project_id: str
    experiment_id: str


class Form(BaseModel):
    """Where and with which form fields a model is sent."""

    url: str
    fields: dict[str, str]


class UploadAt(BaseModel):
    """A grant to send a model."""

    model_url: Form


class DownloadAt(BaseModel):
    """A grant to fetch a model."""

    model_url: str


class Reported(BaseModel):
    """All metrics of a job, and the row of the session that holds them, if there is one."""

    job_id: str
    metrics: dict[str, float]
    row: int | None


class ExperimentList(BaseModel):
    """A page of experiments; `next` is where the next one begins."""

    experiments: list[ExperimentShape]
    next: str | None


class JobList(BaseModel):
    """The jobs of an experiment."""

    jobs: list[JobShape]


#: Answers that every route may give besides its own.
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: refusal(Failed, "Bad or missing argument, unknown id, wrong state"),
    401: {"description": "No key"},
    403: {"description": "Wrong key, or not allowed"},
}
