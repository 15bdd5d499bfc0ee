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
from optwidgets.models.own_kernels import forget_kernel, register_kernel
from optwidgets.models.validation import (
    Calibration,
    Validation,
    calibrate,
    cross_validate,
    quality_words,
)

__all__ = [
    "BACKENDS",
    "KERNELS",
    "Calibration",
    "Model",
    "ModelConfig",
    "TrainingData",
    "Validation",
    "calibrate",
    "cross_validate",
    "fit_model",
    "forget_kernel",
    "quality_words",
    "register_kernel",
    "training_data",
]
