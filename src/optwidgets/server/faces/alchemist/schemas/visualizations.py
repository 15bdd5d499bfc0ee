"""The numbers behind figures."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, StrictBool

from optwidgets.server.faces.alchemist.schemas.common import NO_FLAG, JsonObject, Text

Grid = list[list[float]]


class ContourDataRequest(BaseModel):
    """Two variables, and where the others are held."""

    x_var: Text
    y_var: Text
    fixed_values: JsonObject = Field(default_factory=dict)
    grid_resolution: Annotated[int, Field(ge=10, le=200), NO_FLAG] = 50
    include_experiments: StrictBool = True
    include_suggestions: StrictBool = False


class ContourDataResponse(BaseModel):
    """Predictions over a grid, with the points there are."""

    x_var: str
    y_var: str
    x_grid: Grid
    y_grid: Grid
    predictions: Grid
    uncertainties: Grid
    experiments: dict[str, list[float]] | None = None
    suggestions: dict[str, list[float]] | None = None
    x_bounds: list[float]
    y_bounds: list[float]
    colorbar_bounds: list[float]
    output_range: list[float] | None = None


class ParityDataResponse(BaseModel):
    """Each result, predicted from the others."""

    y_true: list[float]
    y_pred: list[float]
    y_std: list[float]
    metrics: dict[str, float]
    bounds: list[float]
    calibrated: bool


class MetricsDataResponse(BaseModel):
    """Errors against the number of results."""

    training_sizes: list[int]
    rmse: list[float | None]
    mae: list[float | None]
    r2: list[float | None]
    mape: list[float | None]


class QQPlotDataResponse(BaseModel):
    """Errors in standard deviations against a normal distribution."""

    theoretical_quantiles: list[float]
    sample_quantiles: list[float]
    z_mean: float
    z_std: float
    n_samples: int
    bounds: list[float]
    calibrated: bool


class CalibrationCurveDataResponse(BaseModel):
    """How many results intervals hold, against how many they should."""

    nominal_coverage: list[float]
    empirical_coverage: list[float]
    confidence_levels: list[str]
    nominal_probabilities: list[float]
    empirical_probabilities: list[float]
    n_samples: int
    calibrated: bool
    results_type: str


class HyperparametersResponse(BaseModel):
    """What was fitted, and how."""

    hyperparameters: dict[str, Any]
    backend: str
    kernel: str
    input_transform: str | None = None
    output_transform: str | None = None
    calibration_enabled: bool = False
    calibration_factor: float | None = None
