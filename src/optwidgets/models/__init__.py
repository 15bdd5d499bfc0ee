"""Models of the objective: Gaussian processes, their fit and their validation."""

from __future__ import annotations

from optwidgets.models.base import (
    BACKENDS,
    Model,
    ModelConfig,
    TrainingData,
    fit_model,
    training_data,
)
from optwidgets.models.correlation import KERNELS
from optwidgets.models.validation import Validation, cross_validate, quality_words

__all__ = [
    "BACKENDS",
    "KERNELS",
    "Model",
    "ModelConfig",
    "TrainingData",
    "Validation",
    "cross_validate",
    "fit_model",
    "quality_words",
    "training_data",
]
