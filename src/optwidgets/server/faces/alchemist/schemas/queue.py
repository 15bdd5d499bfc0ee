"""The work queue."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, StrictBool

from optwidgets.server.faces.alchemist.schemas.common import (
    MAX_ITEMS,
    Inputs,
    Integer,
    JsonObject,
    Number,
    Text,
)


class QueueStageItem(BaseModel):
    """A point and why it is to be run."""

    inputs: Inputs
    reason: Text | None = None


class QueueStageRequest(BaseModel):
    """Points for the queue, all or none."""

    items: Annotated[list[QueueStageItem], Field(max_length=MAX_ITEMS)]


class QueueCompleteRequest(BaseModel):
    """The result of a point, and the conditions that it was really run at."""

    outputs: Annotated[list[Number], Field(max_length=100)]
    noise: list[Number] | None = None
    iteration: Integer | None = None
    actual_inputs: Inputs | None = None
    expected_objective_label: dict[str, str] | None = None
    force: StrictBool = False


class QueueFailRequest(BaseModel):
    """Why a run failed."""

    error: Text


class QueueItemResponse(BaseModel):
    """A point of the queue."""

    id: str
    inputs: JsonObject
    reason: str | None = None
    status: str
    output: Any = None
    noise: Any = None
    error: str | None = None
    dataset_ref: int | None = None
    staged_at: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    plot: dict[str, int] | None = None


class QueueListResponse(BaseModel):
    """The queue with its counts."""

    items: list[QueueItemResponse]
    n_pending: int
    n_running: int
    n_done: int
    n_failed: int


class QueuePurgeResponse(BaseModel):
    """How many finished points went."""

    message: str = "Terminal items purged"
    n_purged: int
