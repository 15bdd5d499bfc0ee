"""Our fitted Gaussian process as an object of botorch. The only module here that imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from botorch.models.gp_regression import SingleTaskGP
from botorch.models.gp_regression_mixed import MixedSingleTaskGP
from botorch.models.transforms.outcome import Standardize
from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior
from gpytorch.constraints import GreaterThan
from gpytorch.kernels import Kernel as TorchKernel
from gpytorch.kernels import MaternKernel

from optwidgets.models.kernels import CategoricalKernel, MixedKernel
from optwidgets.models.priors import MIN_INFERRED_NOISE, MIN_LENGTHSCALE

if TYPE_CHECKING:
    from optwidgets.models.base import ModelConfig, TrainingData
    from optwidgets.models.gaussian_process import GaussianProcess


def unfitted(config: ModelConfig, data: TrainingData) -> SingleTaskGP:
    """Botorch's model of `data` before any fit: kernel, priors and transform as in `config`.

    Parameters
    ----------
    config
        Kernel and noise model.
    data
        n results of d variables.

    Returns
    -------
    SingleTaskGP
        A ``MixedSingleTaskGP`` when there are categorical variables.
    """
    X = torch.as_tensor(data.X, dtype=torch.double)
    y = torch.as_tensor(data.y, dtype=torch.double).unsqueeze(-1)
    variances = None
    if config.noise == "known" and data.noise is not None:
        variances = torch.as_tensor(data.noise, dtype=torch.double).unsqueeze(-1)
    return _build(config, sorted(data.encoding.categorical_dims), X, y, variances, Standardize(m=1))


def to_botorch(model: GaussianProcess) -> SingleTaskGP:
    """Botorch model with the hyperparameters of `model`, in evaluation mode.

    It takes inputs in the unit cube, as ``model.predict`` does, and answers in output
    units.
    """
    data = model.data
    X = torch.as_tensor(data.X, dtype=torch.double)
    z = torch.as_tensor(model.standardised, dtype=torch.double).unsqueeze(-1)
    variances = None
    if model.config.noise == "known":
        variances = torch.as_tensor(model.noise, dtype=torch.double).unsqueeze(-1)
    categorical = sorted(data.encoding.categorical_dims)
    result = _build(model.config, categorical, X, z, variances, None)
    with torch.no_grad():
        _write(result, model)
    # Written, not trained: for one result or equal ones our scale differs from botorch's.
    transform = Standardize(m=1)
    scale = torch.full((1, 1), model.scale, dtype=torch.double)
    transform.load_state_dict({
        "means": torch.full((1, 1), model.location, dtype=torch.double),
        "stdvs": scale,
        "_stdvs_sq": scale.square(),
        "_is_trained": torch.tensor(True),
    })  # fmt: skip
    result.outcome_transform = transform.to(X)
    result.eval()
    return result


def _build(
    config: ModelConfig,
    categorical: list[int],
    X: torch.Tensor,
    y: torch.Tensor,
    variances: torch.Tensor | None,
    transform: Standardize | None,
) -> SingleTaskGP:
    def numeric(batch_shape: Any, ard_num_dims: int, active_dims: Any) -> TorchKernel:
        template = get_covar_module_with_dim_scaled_prior(
            ard_num_dims=ard_num_dims, active_dims=active_dims, batch_shape=batch_shape
        )
        if config.kernel == "RBF":
            return template
        prior = template.lengthscale_prior
        return MaternKernel(
            nu=config.nu, ard_num_dims=ard_num_dims, active_dims=active_dims,
            lengthscale_prior=prior,
            lengthscale_constraint=GreaterThan(
                MIN_LENGTHSCALE, transform=None, initial_value=prior.mode
            ),
        )  # fmt: skip

    if categorical:
        return MixedSingleTaskGP(
            X, y, cat_dims=categorical, train_Yvar=variances,
            cont_kernel_factory=numeric, outcome_transform=transform,
        )  # fmt: skip
    return SingleTaskGP(
        X,
        y,
        train_Yvar=variances,
        covar_module=numeric(None, X.shape[-1], None),
        outcome_transform=transform,
    )


def _write(target: SingleTaskGP, model: GaussianProcess) -> None:
    kernel, theta, covariance = model.kernel, model.theta, target.covar_module
    if isinstance(kernel, MixedKernel):
        p = kernel.split(theta)
        total, product = covariance.kernels
        numbers, categories = total.base_kernel.kernels
        _set_lengthscale(numbers, p["sum_x"])
        _set_lengthscale(categories.base_kernel, p["sum_h"])
        categories.outputscale = _number(np.exp(p["scale_h"][0]))
        total.outputscale = _number(np.exp(p["scale_sum"][0]))
        _set_lengthscale(product.base_kernel.kernels[0], p["product_x"])
        _set_lengthscale(product.base_kernel.kernels[1], p["product_h"])
        product.outputscale = _number(np.exp(p["scale_product"][0]))
    elif isinstance(kernel, CategoricalKernel):
        _set_lengthscale(covariance.base_kernel, theta[:-1])
        covariance.outputscale = _number(np.exp(theta[-1]))
    else:
        _set_lengthscale(covariance, theta)
    if model.config.noise == "infer":
        target.likelihood.noise = _number(max(model.noise[0], MIN_INFERRED_NOISE))
    target.mean_module.constant = _number(model.posterior.mean)


def _number(value: float) -> torch.Tensor:
    # A plain float would pass through torch's default type and lose half of its digits.
    return torch.tensor(float(value), dtype=torch.double)


def _set_lengthscale(kernel: TorchKernel, logs: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    # exp(log(limit)) may lie one rounding below the limit, which gpytorch refuses.
    lowest = float(kernel.raw_lengthscale_constraint.lower_bound)
    kernel.lengthscale = torch.as_tensor(np.maximum(np.exp(logs), lowest)).unsqueeze(0)
