"""Training and prediction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from optwidgets.server.faces.alchemist.schemas.common import MAX_ITEMS, Inputs, JsonObject, Text


class TrainModelRequest(BaseModel):
    """What is trained; transforms and optimizer are checked, see the route."""

    backend: Literal["sklearn", "botorch"] = "sklearn"
    kernel: Text = "Matern"
    kernel_params: JsonObject | None = None
    input_transform: Text | None = None
    output_transform: Text | None = None
    calibration_enabled: StrictBool = False
    optimizer: Text | None = None


class TrainModelResponse(BaseModel):
    """What was trained, and how good it is."""

    success: bool
    backend: str
    kernel: str
    hyperparameters: JsonObject
    metrics: dict[str, float]
    message: str = "Model trained successfully"


class ModelInfoResponse(BaseModel):
    """The last training; all null before the first one."""

    backend: str | None
    hyperparameters: JsonObject | None
    metrics: dict[str, float] | None
    is_trained: bool
    training_config: JsonObject | None = None


class PredictionRequest(BaseModel):
    """Points."""

    inputs: Annotated[list[Inputs], Field(max_length=MAX_ITEMS)]


class PredictionResult(BaseModel):
    """A point and what the first objective is expected to be there."""

    inputs: JsonObject
    prediction: float
    uncertainty: float


class PredictionResponse(BaseModel):
    """Predictions in the order of the points."""

    predictions: list[PredictionResult]
    n_predictions: int
