"""How far a model can be trusted, from predictions of results it had not seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.base import Model

Array = NDArray[np.float64]

_Z_95 = 1.959963984540054
# Below this many results, a share explained is chance.
_MIN_RESULTS = 5
_TRUSTED_R2 = 0.6


@dataclass(frozen=True, eq=False)
class Validation:
    """Leave-one-out quality of a model.

    Parameters
    ----------
    rmse, mae
        Root mean squared and mean absolute error, in the objective's unit.
    r2
        Share of the variance explained; 0 when all results are equal, negative when
        the model is worse than the plain mean.
    coverage
        Share of results inside their own 95 % interval.
    mean, sd
        Each result predicted from the others, (n,), and its standard deviation, (n,).
    """

    rmse: float
    mae: float
    r2: float
    coverage: float
    mean: Array
    sd: Array

    def metrics(self) -> dict[str, float]:
        """Give the four numbers by name."""
        return {"rmse": self.rmse, "mae": self.mae, "r2": self.r2, "coverage": self.coverage}


def cross_validate(model: Model) -> Validation:
    """Leave-one-out cross-validation of a fitted model, in closed form.

    Parameters
    ----------
    model
        Fitted to n results; its hyperparameters are kept.

    Returns
    -------
    Validation
        Errors in the objective's unit.
    """
    return validated(model.data.y, *model.leave_one_out())


def validated(y: Array, mean: Array, sd: Array) -> Validation:
    """Judge predictions of results that were left out, each with its standard deviation, (n,).

    Examples
    --------
    >>> y = np.array([1.0, 2.0, 3.0])
    >>> validated(y, y, np.ones(3)).metrics()
    {'rmse': 0.0, 'mae': 0.0, 'r2': 1.0, 'coverage': 1.0}
    """
    size = max(float(np.abs(y).max()), float(np.abs(mean).max())) or 1.0
    errors, spread = (y - mean) / size, (y - y.mean()) / size  # no overflow for huge outputs
    total = float(spread @ spread)
    unexplained = float(errors @ errors)
    r2 = 1.0 - unexplained / total if total > 1e-24 * len(y) else 0.0
    return Validation(
        rmse=size * math.sqrt(unexplained / len(y)),
        mae=size * float(np.abs(errors).mean()),
        r2=r2,
        coverage=float((np.abs(y - mean) <= _Z_95 * sd).mean()),
        mean=mean,
        sd=sd,
    )


@dataclass(frozen=True, eq=False)
class Calibration:
    """Whether predicted intervals hold as many results as they say.

    Parameters
    ----------
    z
        Error of each result over its predicted standard deviation, (n,); standard normal
        for a calibrated model.
    nominal, observed
        Shares that central intervals should hold, (k,), and do hold, (k,).
    factor
        What standard deviations would have to be multiplied by: below 1 the model is too
        cautious, above 1 too sure of itself.
    """

    z: Array
    nominal: Array
    observed: Array
    factor: float


def calibrate(validation: Validation, y: Array) -> Calibration:
    """Calibration of a model from its leave-one-out predictions.

    Parameters
    ----------
    validation
        Of a model of n results.
    y
        The results, (n,).

    Returns
    -------
    Calibration
        At nominal shares of 5, 10, ... 95 %.

    Sources
    -------
    V. Kuleshov, N. Fenner, S. Ermon, "Accurate Uncertainties for Deep Learning Using
    Calibrated Regression", ICML 2018, arXiv 1807.00263.

    Examples
    --------
    >>> y = np.array([1.0, 2.0, 3.0, 4.0])
    >>> found = calibrate(Validation(1.0, 1.0, 0.9, 1.0, y + 1.0, np.full(4, 2.0)), y)
    >>> found.factor, found.observed[[0, -1]].tolist()
    (0.5, [0.0, 1.0])
    """
    from scipy.special import ndtri  # not needed to look at a model

    z = (y - validation.mean) / np.maximum(validation.sd, 1e-300)
    nominal = np.arange(1, 20) / 20
    inside = np.abs(z)[:, None] <= ndtri(0.5 + 0.5 * nominal)
    return Calibration(z, nominal, inside.mean(axis=0), float(np.sqrt(np.mean(z * z))))


def quality_words(validation: Validation, n: int) -> str:
    """Put the quality of a model in plain words, for `n` results.

    Intervals count as fine unless fewer results lie inside than chance allows, two
    standard deviations of a binomial share below 95 %.

    Examples
    --------
    >>> none = np.empty(0)
    >>> quality_words(Validation(1.0, 1.0, 0.9, 0.95, none, none), 21)
    'Explains 90 %, trust intervals'
    >>> quality_words(Validation(1.0, 1.0, 0.34, 0.95, none, none), 21)
    'Explains 34 %, do not trust yet'
    >>> quality_words(Validation(1.0, 1.0, 0.9, 0.6, none, none), 21)
    'Explains 90 %, intervals too narrow'
    >>> quality_words(Validation(1.0, 1.0, -0.1, 1.0, none, none), 21)
    'Explains nothing yet, do not trust'
    >>> quality_words(Validation(1.0, 1.0, 0.9, 1.0, none, none), 3)
    'Too few results to judge the model'
    """
    if n < _MIN_RESULTS:
        return "Too few results to judge the model"
    if not validation.r2 > 0.005:
        return "Explains nothing yet, do not trust"
    share = "over 99 %" if validation.r2 > 0.995 else f"{round(100 * validation.r2)} %"
    if validation.r2 < _TRUSTED_R2:
        return f"Explains {share}, do not trust yet"
    if validation.coverage < 0.95 - 2.0 * math.sqrt(0.95 * 0.05 / n):
        return f"Explains {share}, intervals too narrow"
    return f"Explains {share}, trust intervals"
