"""Fitted models as JSON values: fitted in one process, looked at in another.

What is written is what a fit has found: log parameters, noise, how outcomes were bent. Data
and configuration are not written: whoever reads has them, and no fit is needed to go on from there.
Only numbers are read, so that nothing that comes in can execute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.models.base import Model, ModelConfig, TrainingData, settled_noise
from optwidgets.models.correlation import KERNELS
from optwidgets.models.feature_kernel import kernel_over
from optwidgets.models.gaussian_process import GaussianProcess, standardisation
from optwidgets.models.kernel_base import Kernel
from optwidgets.models.large import LargeGaussianProcess
from optwidgets.models.linear_algebra import inverse_factor_by_numpy
from optwidgets.models.outcome_transforms import Outcomes, Standardised, YeoJohnson
from optwidgets.models.own_kernels import is_own
from optwidgets.models.part import some_rows
from optwidgets.models.warping import WarpedKernel, warped_dims

Array = NDArray[np.float64]
Written = Mapping[str, Any]


def can_be_written(config: ModelConfig) -> bool:
    """Return whether models of a configuration can.

    A forest is grown faster than it is sent; a registered kernel is known to one process.

    Examples
    --------
    >>> can_be_written(ModelConfig()), can_be_written(ModelConfig("sklearn", "ExtraTrees"))
    (True, False)
    """
    return not (KERNELS[config.kernel].is_forest or is_own(config.kernel))


def write_model(model: Model) -> dict[str, Any] | None:
    """Return a fitted model as JSON values, or None for a kind that cannot be written.

    Examples
    --------
    >>> import json
    >>> from optwidgets.models import fit_model
    >>> from optwidgets.space.encoding import Encoding
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> X = np.linspace(0, 1, 6)[:, None]
    >>> y = np.sin(3 * X[:, 0])
    >>> data = TrainingData(Encoding(Space((Real("a", 0, 1),))), X, y, None, tuple(range(6)))
    >>> model = fit_model(data, ModelConfig())
    >>> again = read_model(json.loads(json.dumps(write_model(model))), data, ModelConfig())
    >>> bool(np.allclose(again.predict(X)[0], model.predict(X)[0]))
    True
    """
    for name, form in FORMS.items():
        if form.is_of(model):
            return {"form": name, **form.write(model)}
    return None


def read_model(written: Written, data: TrainingData, config: ModelConfig) -> Model:
    """Return the model that `write_model` wrote, without fitting anything.

    Parameters
    ----------
    written
        What was written.
    data, config
        What the model was fitted to, and how; the same as there.

    Raises
    ------
    OptwidgetsError
        When it was written by a version with other models, or for other data.
    """
    try:
        form = FORMS[written["form"]]
        return form.read(written, *settled_noise(data, config))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise OptwidgetsError(
            "The model was written by another version, or for other results. Fit it here."
        ) from error


class ReadGaussianProcess(GaussianProcess):
    """A model that was fitted elsewhere: to look at it NumPy is enough."""

    _inverse_factor = staticmethod(inverse_factor_by_numpy)


class ReadLargeGaussianProcess(LargeGaussianProcess):
    """The same for many results."""

    _inverse_factor = staticmethod(inverse_factor_by_numpy)


@dataclass(frozen=True)
class Form:
    """How models of one kind are known, written and read."""

    is_of: Callable[[Model], bool]
    write: Callable[[Any], dict[str, Any]]
    read: Callable[[Written, TrainingData, ModelConfig], Model]


def _write_exact(model: GaussianProcess) -> dict[str, Any]:
    return {
        "theta": model.theta.tolist(),
        "warped": isinstance(model.kernel, WarpedKernel),
        "noise": _level(model.noise).tolist(),
        "outcomes": asdict(model.outcomes),  # type: ignore[call-overload]
        "log_posterior": model.log_posterior,
    }


def _read_exact(written: Written, data: TrainingData, config: ModelConfig) -> GaussianProcess:
    kernel = _kernel(written, data, config)
    return ReadGaussianProcess(
        config,
        data,
        kernel,
        numbers(written["theta"], (kernel.size,)),
        np.broadcast_to(numbers(written["noise"]), (len(data),)).copy(),
        _outcomes(written["outcomes"]),
        float(written["log_posterior"]),
    )


def _write_large(model: LargeGaussianProcess) -> dict[str, Any]:
    place = {row: place for place, row in enumerate(model.data.rows)}
    return {
        **_write_exact(model),
        "inducing": model.inducing.tolist(),
        "part": _write_exact(model.part),
        "part_places": [place[row] for row in model.part.data.rows],
    }


def _read_large(written: Written, data: TrainingData, config: ModelConfig) -> GaussianProcess:
    whole = _read_exact(written, data, config)
    places = np.array(written["part_places"], dtype=np.intp)
    inducing = numbers(written["inducing"])
    return ReadLargeGaussianProcess(
        config,
        data,
        whole.kernel,
        whole.theta,
        whole.noise,
        whole.outcomes,
        whole.log_posterior,
        inducing=inducing.reshape(-1, data.X.shape[1]),
        part=_read_exact(written["part"], some_rows(data, places), config),
    )


def _is_gaussian_of_scikit(model: Model) -> bool:
    return model.config.backend == "sklearn" and can_be_written(model.config)


def _write_scikit(model: Any) -> dict[str, Any]:
    estimator = model.posterior.estimator
    return {
        "theta": estimator.kernel.theta.tolist(),
        "noise": _level(estimator.noises).tolist(),
        "log_likelihood": estimator.log_likelihood,
        "seen": None if model.seen is None else model.seen.tolist(),
    }


def _read_scikit(written: Written, data: TrainingData, config: ModelConfig) -> Model:
    from optwidgets.models import scikit
    from optwidgets.models.scikit_estimators import GaussianEstimator, gaussian_kernel

    features = scikit.OneHot(data.encoding)
    outcomes = Standardised(*standardisation(data.y))
    seen = None if written["seen"] is None else np.array(written["seen"], dtype=np.intp)
    taken = data if seen is None else some_rows(data, seen)
    begun = gaussian_kernel(config.kernel, config.nu, len(features.names))
    theta = numbers(written["theta"], begun.theta.shape)
    noises = np.broadcast_to(numbers(written["noise"]), (len(taken),)).copy()
    estimator = GaussianEstimator(
        begun.clone_with_theta(theta),
        features(taken.X),
        outcomes.forward(taken.y),
        noises,
        float(written["log_likelihood"]),
    )
    posterior = scikit.ScikitPosterior(features, estimator)
    return scikit.SklearnModel(config, data, posterior, outcomes, seen)


def _level(noise: Array) -> Array:
    """Return the noise of all results as one number, where it is the same."""
    return noise[:1] if (noise == noise[0]).all() else noise


def _kernel(written: Written, data: TrainingData, config: ModelConfig) -> Kernel:
    kernel = kernel_over(config, data.encoding)
    return WarpedKernel(kernel, warped_dims(data.encoding)) if written["warped"] else kernel


def _outcomes(written: Written) -> Outcomes:
    kind = YeoJohnson if "power" in written else Standardised
    return kind(**{name: float(value) for name, value in written.items()})


def numbers(values: Any, shape: tuple[int, ...] | None = None) -> Array:
    """Return numbers that came from elsewhere; a ValueError if they are none, or of another shape."""
    found = np.array(values, dtype=np.float64)
    if not np.isfinite(found).all() or (shape is not None and found.shape != shape):
        raise ValueError(f"{found.shape} numbers instead of {shape}")
    return found


#: By name.
FORMS: dict[str, Form] = {
    "exact": Form(lambda model: type(model) is GaussianProcess, _write_exact, _read_exact),
    "large": Form(lambda model: type(model) is LargeGaussianProcess, _write_large, _read_large),
    "scikit": Form(_is_gaussian_of_scikit, _write_scikit, _read_scikit),
}
