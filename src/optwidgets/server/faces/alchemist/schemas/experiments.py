"""Rows with results, staged points, provenance."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from optwidgets.server.faces.alchemist.schemas.common import (
    MAX_ITEMS,
    Inputs,
    Integer,
    JsonObject,
    Number,
    Text,
)

#: One result; with several objectives, which ALchemist's API has no form for, one per name.
Output = Number | dict[str, Number]


class AddExperimentRequest(BaseModel):
    """One row with its result."""

    inputs: Inputs
    output: Output
    noise: Number | None = None
    iteration: Integer | None = None
    reason: Text | None = None


class AddExperimentsBatchRequest(BaseModel):
    """Several rows, all or none."""

    experiments: Annotated[list[AddExperimentRequest], Field(max_length=MAX_ITEMS)]


class Trained(BaseModel):
    """Whether a model was trained on the way."""

    model_trained: bool = False
    training_metrics: JsonObject | None = None


class ExperimentResponse(Trained):
    """How many rows with results there are now."""

    message: str = "Experiment added successfully"
    n_experiments: int


class ExperimentsListResponse(BaseModel):
    """All rows with results."""

    experiments: list[JsonObject]
    n_experiments: int


class ExperimentsSummaryResponse(BaseModel):
    """Counts, and the range of the first objective."""

    n_experiments: int
    has_data: bool
    has_noise: bool | None = None
    target_stats: dict[str, float | None] | None = None
    feature_names: list[str] | None = None


class PreviewResponse(BaseModel):
    """Columns of a CSV file, before it is uploaded."""

    columns: list[str]
    available_targets: list[str]
    has_output: bool
    recommended_target: str | None
    n_rows: int


class UploadResponse(BaseModel):
    """How many rows a file brought."""

    message: str
    n_experiments: int


class StageExperimentRequest(BaseModel):
    """A point that is to be run."""

    inputs: Inputs
    reason: Text | None = None


class StageExperimentsBatchRequest(BaseModel):
    """Points that are to be run, for one reason."""

    experiments: Annotated[list[Inputs], Field(max_length=MAX_ITEMS)]
    reason: Text | None = None


class CompleteStagedExperimentsRequest(BaseModel):
    """Results of all staged points, in their order."""

    outputs: Annotated[list[Number], Field(max_length=MAX_ITEMS)]
    noises: list[Number] | None = None
    iteration: Integer | None = None
    reason: Text | None = None


class StagedExperimentResponse(BaseModel):
    """How many points wait now."""

    message: str = "Experiment staged successfully"
    n_staged: int
    staged_inputs: JsonObject


class StagedExperimentsListResponse(BaseModel):
    """Points that wait."""

    experiments: list[JsonObject]
    n_staged: int
    reason: str | None = None
    reasons: list[str | None] | None = None
    ids: list[str] = Field(default_factory=list)


class StagedExperimentsClearResponse(BaseModel):
    """How many points went."""

    message: str = "Staged experiments cleared"
    n_cleared: int


class StagedExperimentsCompletedResponse(Trained):
    """How many points have their result now."""

    message: str = "Staged experiments completed and added to dataset"
    n_added: int
    n_experiments: int


class RecordResultEntry(AddExperimentRequest):
    """A result, of a point of the queue if `item_id` says which."""

    item_id: Text | None = None


class RecordResultsBatchRequest(BaseModel):
    """Several results, all or none."""

    entries: Annotated[list[RecordResultEntry], Field(min_length=1, max_length=MAX_ITEMS)]


class RecordResultsBatchResponse(Trained):
    """What was recorded."""

    message: str = "Results recorded"
    n_added: int
    n_experiments: int
    completed_item_ids: list[str] = Field(default_factory=list)


class ProvenanceRecordResponse(BaseModel):
    """What was suggested against what was done."""

    id: str
    iteration: int | None = None
    strategy: str
    acq_params: JsonObject = Field(default_factory=dict)
    suggested: JsonObject | None = None
    actual: JsonObject
    delta: JsonObject = Field(default_factory=dict)
    output: Any = None
    noise: Any = None
    timestamp: str | None = None


class ProvenanceListResponse(BaseModel):
    """All records."""

    records: list[ProvenanceRecordResponse]
    n_records: int


class SetObjectiveMetadataRequest(BaseModel):
    """Label and unit of objectives, to be shown."""

    metadata: dict[str, dict[str, Text | None]]


class ObjectiveMetadataResponse(BaseModel):
    """Label and unit of all objectives that have one."""

    metadata: dict[str, JsonObject]
