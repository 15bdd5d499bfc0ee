"""Sessions: create, describe, control, lock."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from optwidgets.server.faces.alchemist.schemas.common import NO_FLAG, JsonObject, Text


class CreateSessionRequest(BaseModel):
    """Details of a new session; all optional."""

    name: Text | None = None
    description: Text | None = None
    tags: list[Text] | None = None
    author: Text | None = None


class UpdateMetadataRequest(CreateSessionRequest):
    """Details to change; what is left out stays."""


class SessionCreateResponse(BaseModel):
    """Identity of a new session."""

    session_id: str
    created_at: str
    expires_at: str | None = None


class SessionMetadataInfo(BaseModel):
    """Details inside the information about a session."""

    name: str
    description: str = ""
    tags: list[str] = Field(default_factory=list)
    author: str = ""
    last_modified: str


class DataSummary(BaseModel):
    """Counts and range of the results."""

    n_experiments: int
    has_data: bool
    has_noise: bool = False
    target_stats: dict[str, float | None] | None = None
    feature_names: list[str] | None = None
    error: str | None = None


class ModelSummary(BaseModel):
    """The trained model in short."""

    backend: str
    hyperparameters: JsonObject
    metrics: dict[str, float]
    is_trained: bool


class SessionInfoResponse(BaseModel):
    """Everything about a session but its rows."""

    session_id: str
    created_at: str
    last_accessed: str
    expires_at: str | None = None
    metadata: SessionMetadataInfo | None = None
    target_columns: list[str] = Field(default_factory=list)
    search_space: JsonObject
    data: DataSummary
    model: ModelSummary | None


class SessionStateResponse(BaseModel):
    """How a campaign stands, for a monitor."""

    session_id: str
    n_variables: int
    n_experiments: int
    model_trained: bool
    model_backend: str | None = None
    last_suggestion: JsonObject | None = None
    last_acquisition_value: float | None = None
    last_goal: str | None = None


class SessionMetadataResponse(BaseModel):
    """Details of a session."""

    session_id: str
    name: str
    created_at: str
    last_modified: str
    description: str
    tags: list[str]
    author: str = ""


class SessionLockRequest(BaseModel):
    """Who takes the lock."""

    locked_by: Text
    client_id: Text | None = None
    seconds: Annotated[float, Field(gt=0), NO_FLAG] | None = Field(
        default=None, description="When it ends by itself, unless it is renewed."
    )


class SessionLockResponse(BaseModel):
    """How the lock stands; the token is told only to who takes it."""

    locked: bool
    locked_by: str | None = None
    locked_at: str | None = None
    lock_token: str | None = None
    expires_at: str | None = Field(default=None, description="Only of a lock that ends by itself.")


class ControlUpdateRequest(BaseModel):
    """Either half of the control record: what a human asks, or what the controller does."""

    requested: Literal["run", "pause"] | None = None
    requested_by: Text | None = None
    reported: Literal["idle", "running", "paused", "failed"] | None = None
    reported_by: Text | None = None
    detail: Text | None = None


class ControlResponse(BaseModel):
    """The control record."""

    requested: str
    requested_at: str | None = None
    requested_by: str | None = None
    reported: str
    reported_at: str | None = None
    reported_by: str | None = None
    detail: str | None = None


class RecoveryListResponse(BaseModel):
    """Backups that can be restored."""

    recoveries: list[dict[str, Any]]
    count: int
