"""Whether inputs are warped: the fit of the warped model, and what speaks for it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.base import ModelConfig, TrainingData
from optwidgets.models.fitting import Mode, refined
from optwidgets.models.marginal_likelihood import MarginalLikelihood
from optwidgets.models.warping import CONCENTRATION_PRIOR, WarpedKernel, warped_dims

Array = NDArray[np.float64]

# Results for each variable from which a warp is worth a look (Cowen-Rivers et al., HEBO, 2022).
_ROWS_PER_VARIABLE = 4
# A warped model has to be so much likelier (natural logarithm) than a plain one.
_CONVINCING = 2.0


def warped_if_likelier(
    config: ModelConfig,
    objective: MarginalLikelihood,
    data: TrainingData,
    mode: Mode,
) -> tuple[MarginalLikelihood, Mode]:
    """Fit the model again with warped inputs, and keep it if the configuration or the data say so.

    Parameters
    ----------
    config
        ``inputs`` is ``warped`` or ``auto``.
    objective, mode
        The plain model's objective, and where it is greatest.
    data
        What it was fitted to.

    Returns
    -------
    tuple
        Objective and mode of the model that is kept.
    """
    n, kernel = len(data), objective.kernel
    dims = warped_dims(data.encoding)
    inside = bool(((data.X > -1e-9) & (data.X < 1.0 + 1e-9)).all())
    few = n < _ROWS_PER_VARIABLE * len(data.encoding)
    if not dims or (config.inputs == "auto" and (few or not inside)):
        return objective, mode
    other = objective.with_kernel(WarpedKernel(kernel, dims), data.X)
    cut = kernel.size
    start = np.concatenate([mode.theta[:cut], np.zeros(2 * len(dims)), mode.theta[cut:]])
    warped = refined(other, Mode(start, mode.value))
    evidence = n * (warped.value - mode.value)
    evidence += _unbiased(warped.theta[cut : cut + 2 * len(dims)])
    if config.inputs == "warped" or evidence > _CONVINCING:
        return other, warped
    return objective, mode


def _unbiased(logs: Array) -> float:
    """Return what makes the prior of no warp cost nothing.

    The density is taken with respect to the logarithm, in which data that say nothing of a
    parameter leave the evidence as it is, whatever the width of its prior.
    """
    spread = CONCENTRATION_PRIOR.scale * math.sqrt(2.0 * math.pi)
    return logs.size * math.log(spread) + float(logs.sum())
