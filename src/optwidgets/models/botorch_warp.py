"""Warped inputs for a model of botorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from botorch.models.transforms.input import Warp
from gpytorch.priors import LogNormalPrior

from optwidgets.models.warping import CONCENTRATION_PRIOR, EDGE

if TYPE_CHECKING:
    from botorch.models.gp_regression import SingleTaskGP

    Logs = np.ndarray[Any, np.dtype[np.float64]]


def warp_inputs(model: SingleTaskGP, dims: list[int], log_a: Logs, log_b: Logs) -> None:
    """Let a model see its inputs warped, as our `WarpedKernel` does.

    Parameters
    ----------
    model
        In training mode, with inputs that are not transformed.
    dims
        Columns that are warped, k of them.
    log_a, log_b
        Logarithms of the concentrations, (k,).
    """
    X = model.train_inputs[0]
    d = X.shape[-1]

    def prior() -> LogNormalPrior:
        return LogNormalPrior(CONCENTRATION_PRIOR.location, CONCENTRATION_PRIOR.scale)

    warp = Warp(
        d,
        dims,
        eps=EDGE,
        concentration1_prior=prior(),
        concentration0_prior=prior(),
        bounds=torch.tensor([[0.0], [1.0]], dtype=torch.double).repeat(1, d),
    ).to(X)
    # Botorch's first concentration is the outer exponent, b.
    with torch.no_grad():
        warp._set_concentration(0, torch.as_tensor(np.exp(log_b)))  # noqa: SLF001
        warp._set_concentration(1, torch.as_tensor(np.exp(log_a)))  # noqa: SLF001
    model.input_transform = warp
