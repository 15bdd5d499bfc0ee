"""Our fitted Gaussian process as an object of botorch. Only this and its helpers import torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from botorch.models.gp_regression import SingleTaskGP
from botorch.models.gp_regression_mixed import MixedSingleTaskGP
from botorch.models.kernels import CategoricalKernel, InfiniteWidthBNNKernel
from botorch.models.transforms.outcome import Standardize
from gpytorch.constraints import GreaterThan
from gpytorch.kernels import Kernel as TorchKernel
from gpytorch.kernels import LinearKernel, MaternKernel, RBFKernel, RQKernel
from gpytorch.priors import GammaPrior as TorchGammaPrior
from gpytorch.priors import LogNormalPrior as TorchLogNormalPrior
from gpytorch.priors import Prior as TorchPrior

from optwidgets.models.botorch_features import SeenFeatures
from optwidgets.models.botorch_outcomes import BentOutcomes
from optwidgets.models.botorch_warp import warp_inputs
from optwidgets.models.correlation import KERNELS
from optwidgets.models.feature_kernel import FeatureKernel
from optwidgets.models.kernels import CategoricalKernel as OnlyCategories
from optwidgets.models.mixed_kernels import MixedKernel, ProductKernel
from optwidgets.models.numeric_parts import SLOPE_PRIOR
from optwidgets.models.outcome_transforms import YeoJohnson
from optwidgets.models.part_kernels import PartKernel
from optwidgets.models.priors import (
    CATEGORY_PRIOR,
    LENGTHSCALE_PRIORS,
    MIN_INFERRED_NOISE,
    MIN_LENGTHSCALE,
    GammaPrior,
    LogNormalPrior,
    Prior,
)
from optwidgets.models.torch_part import TorchPart, checked_kernel
from optwidgets.models.warping import WarpedKernel, warped_dims

if TYPE_CHECKING:
    from optwidgets.models.base import ModelConfig, TrainingData
    from optwidgets.models.gaussian_process import GaussianProcess
    from optwidgets.space.encoding import Encoding

    Logs = np.ndarray[Any, np.dtype[np.float64]]


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
    result = _build(config, data.encoding, X, y, variances, Standardize(m=1))
    dims = warped_dims(data.encoding)
    if config.inputs == "warped" and dims:
        warp_inputs(result, list(dims), np.zeros(len(dims)), np.zeros(len(dims)))
    return result


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
    own = _own_part(model.kernel)
    result = _build(model.config, data.encoding, X, z, variances, None, own)
    with torch.no_grad():
        _write(result, model)
    if isinstance(model.kernel, WarpedKernel):
        _, log_a, log_b = model.kernel.split(model.theta)
        warp_inputs(result, list(model.kernel.dims), log_a, log_b)
    if isinstance(model.outcomes, YeoJohnson):
        result.outcome_transform = BentOutcomes(model.outcomes)
    else:
        # Written, not trained: for one result or equal ones our scale differs from botorch's.
        transform = Standardize(m=1)
        scale = torch.full((1, 1), model.outcomes.scale, dtype=torch.double)
        transform.load_state_dict({
            "means": torch.full((1, 1), model.outcomes.location, dtype=torch.double),
            "stdvs": scale,
            "_stdvs_sq": scale.square(),
            "_is_trained": torch.tensor(True),
        })  # fmt: skip
        result.outcome_transform = transform.to(X)
    result.eval()
    return result


def _brought(name: str, count: int) -> TorchKernel | None:
    make = KERNELS[name].make
    return None if make is None else checked_kernel(make, count)


def _own_part(kernel: Any) -> TorchPart | None:
    """Return the part of a fitted kernel that users brought, if there is one."""
    while isinstance(kernel, FeatureKernel | WarpedKernel):
        kernel = kernel.inner
    part = getattr(kernel, "numeric", None)
    return part if isinstance(part, TorchPart) else None


def _build(
    config: ModelConfig,
    encoding: Encoding,
    X: torch.Tensor,
    y: torch.Tensor,
    variances: torch.Tensor | None,
    transform: Standardize | None,
    own: TorchPart | None = None,
) -> SingleTaskGP:
    if encoding.features is not None:
        # Botorch makes the kernel for the inputs that it is given: the features first.
        seen = SeenFeatures(encoding.features)
        result: Any = _over_columns(
            config, encoding, seen.transform(X), y, variances, transform, own
        )
        result.set_train_data(X, strict=False)
        result.input_transform = seen
        twin: SingleTaskGP = result
        return twin
    return _over_columns(config, encoding, X, y, variances, transform, own)


def _over_columns(
    config: ModelConfig,
    encoding: Encoding,
    X: torch.Tensor,
    y: torch.Tensor,
    variances: torch.Tensor | None,
    transform: Standardize | None,
    own: TorchPart | None,
) -> SingleTaskGP:
    def numeric(batch_shape: Any, ard_num_dims: int, active_dims: Any) -> TorchKernel:
        prior = _torch_prior(LENGTHSCALE_PRIORS[config.prior](ard_num_dims))
        # The batch shape is there for the mixed model, which hands it over; it is empty here.
        options = {
            "batch_shape": torch.Size() if batch_shape is None else batch_shape,
            "ard_num_dims": ard_num_dims,
            "active_dims": active_dims,
            "lengthscale_prior": prior,
            "lengthscale_constraint": GreaterThan(
                MIN_LENGTHSCALE, transform=None, initial_value=prior.mode
            ),
        }
        # The fitted kernel itself: another may be known by its name by now, or none.
        brought = own.kernel() if own is not None else _brought(config.kernel, ard_num_dims)
        if brought is not None:
            brought.active_dims = None if active_dims is None else torch.tensor(active_dims)
            return brought
        return _NUMERIC[config.kernel](config, options)

    categorical = sorted(encoding.categorical_dims)
    d = X.shape[-1]
    numbers = [dim for dim in range(d) if dim not in categorical]
    if categorical and (not numbers or config.mixture == "sum+product"):
        return MixedSingleTaskGP(
            X, y, cat_dims=categorical, train_Yvar=variances,
            cont_kernel_factory=numeric, outcome_transform=transform,
        )  # fmt: skip
    covariance = numeric(None, len(numbers), numbers if categorical else None)
    if categorical:
        mismatch = CategoricalKernel(
            ard_num_dims=len(categorical),
            active_dims=categorical,
            lengthscale_prior=_torch_prior(CATEGORY_PRIOR),
            lengthscale_constraint=GreaterThan(1e-6),
        )
        covariance = covariance * mismatch
    return SingleTaskGP(
        X,
        y,
        train_Yvar=variances,
        covar_module=covariance,
        outcome_transform=transform,
    )


def _linear(_config: ModelConfig, options: dict[str, Any]) -> TorchKernel:
    return LinearKernel(
        ard_num_dims=options["ard_num_dims"],
        active_dims=options["active_dims"],
        variance_prior=_torch_prior(SLOPE_PRIOR),
    )


#: Kernel name to botorch's kernel over the numbers.
_NUMERIC: dict[str, Callable[[ModelConfig, dict[str, Any]], TorchKernel]] = {
    "Matern": lambda config, options: MaternKernel(config.nu, **options),
    "RBF": lambda _config, options: RBFKernel(**options),
    "RationalQuadratic": lambda _config, options: RQKernel(**options),
    "Linear": _linear,
    "IBNN": lambda config, options: InfiniteWidthBNNKernel(
        config.depth, active_dims=options["active_dims"]
    ),
}


def _write_rational_quadratic(target: TorchKernel, logs: Logs) -> None:
    _set_lengthscale(target, logs[:-1])
    target.alpha = _number(np.exp(logs[-1]))


def _write_linear(target: TorchKernel, logs: Logs) -> None:
    target.variance = torch.as_tensor(np.exp(logs)).reshape(1, 1, -1)


def _write_network(target: TorchKernel, logs: Logs) -> None:
    target.weight_var, target.bias_var = (_number(np.exp(value)) for value in logs)


#: Kernel name to how its parameters are written into botorch's.
_PART_WRITERS: dict[str, Callable[[TorchKernel, Logs], None]] = {
    "RationalQuadratic": _write_rational_quadratic,
    "Linear": _write_linear,
    "IBNN": _write_network,
}


def _torch_prior(prior: Prior) -> TorchPrior:
    if isinstance(prior, GammaPrior):
        return TorchGammaPrior(prior.shape, prior.rate)
    assert isinstance(prior, LogNormalPrior)
    return TorchLogNormalPrior(prior.location, prior.scale)


def _write(target: SingleTaskGP, model: GaussianProcess) -> None:
    kernel, theta, covariance = model.kernel, model.theta, target.covar_module
    if isinstance(kernel, FeatureKernel):
        kernel = kernel.inner
    if isinstance(kernel, WarpedKernel):
        theta = kernel.split(theta)[0]
        kernel = kernel.inner
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
    elif isinstance(kernel, ProductKernel):
        numbers, categories = covariance.kernels
        _set_lengthscale(numbers, theta[: kernel.numeric.size])
        _set_lengthscale(categories, theta[kernel.numeric.size :])
    elif isinstance(kernel, PartKernel):
        numbers = covariance
        if kernel.categorical is not None:
            numbers, categories = covariance.kernels
            _set_lengthscale(categories, theta[kernel.numeric.size :])
        logs = theta[: kernel.numeric.size]
        if isinstance(kernel.numeric, TorchPart):
            numbers.load_state_dict(kernel.numeric.raw_parameters(logs), strict=False)
        else:
            _PART_WRITERS[model.config.kernel](numbers, logs)
    elif isinstance(kernel, OnlyCategories):
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


def _set_lengthscale(kernel: TorchKernel, logs: Logs) -> None:
    # exp(log(limit)) may lie one rounding below the limit, which gpytorch refuses.
    lowest = float(kernel.raw_lengthscale_constraint.lower_bound)
    kernel.lengthscale = torch.as_tensor(np.maximum(np.exp(logs), lowest)).unsqueeze(0)
