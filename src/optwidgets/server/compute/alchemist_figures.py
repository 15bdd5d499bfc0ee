"""The numbers behind ALchemist's figures: maps, parity, learning curve, calibration.

Where ALchemist predicts a result from folds, each result is predicted from all others here, in
closed form: the numbers on the wire mean the same and do not depend on how folds fall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from optwidgets.campaign.fitting import config_of, seed_of, settled
from optwidgets.errors import OptwidgetsError
from optwidgets.models.base import Model, fit_model
from optwidgets.models.validation import Validation, calibrate, cross_validate
from optwidgets.server.compute.computations import computation
from optwidgets.space.text import short

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.session import OptimizationSession
    from optwidgets.space.base import Variable

Array = NDArray[np.float64]

_AXES = ("real", "integer")
_FIRST_SIZE = 5
#: Numbers of results at which the learning curve is drawn, at most: each is a fit.
MOST_SIZES = 30
_NOMINAL = tuple(share / 100 for share in range(10, 100, 5))
_TINY = 1e-9


# ---------------------------------------------------------------- maps


@computation("alchemist-contour", "Drawing a map")
def contour(
    session: OptimizationSession,
    x_var: str,
    y_var: str,
    fixed_values: Mapping[str, Any] | None = None,
    grid_resolution: int = 50,
    *,
    include_experiments: bool = True,
    include_suggestions: bool = False,
) -> dict[str, Any]:
    """Predict the first objective over two variables, the others held.

    A variable without a value in ``fixed_values`` is held at its middle, a categorical one at
    its first category, as on the wire. Whole numbers are predicted where they are whole.
    """
    state = session.state
    model = _newest(session)
    one, two = (_axis(state, name) for name in (x_var, y_var))
    if x_var == y_var:
        raise OptwidgetsError("X and Y must be two different variables.", field="y_var")
    x, y = (_spread(axis, grid_resolution) for axis in (one, two))
    space = model.data.encoding.space
    held = {**_middle(space), **_fixed(space, fixed_values or {}, (x_var, y_var))}
    points = np.repeat(model.data.encoding.encode([held]), grid_resolution**2, axis=0)
    grid_x, grid_y = np.meshgrid(x, y)
    for axis, grid in ((one, grid_x), (two, grid_y)):
        points[:, space.index(axis.name)] = axis.snap(axis.to_unit(grid.ravel().tolist()))
    mean, std = (part.reshape(grid_x.shape) for part in model.predict(points))
    return {
        "x_var": x_var,
        "y_var": y_var,
        "x_grid": grid_x,
        "y_grid": grid_y,
        "predictions": mean,
        "uncertainties": std,
        "experiments": _measured(state, x_var, y_var) if include_experiments else None,
        "suggestions": _suggested(state, x_var, y_var) if include_suggestions else None,
        "x_bounds": [x[0], x[-1]],
        "y_bounds": [y[0], y[-1]],
        "colorbar_bounds": [mean.min(), mean.max()],
        "output_range": _range(state),
    }


def _spread(axis: Variable, n: int) -> Array:
    low, high = axis.bounds
    return np.linspace(float(low), float(high), n)


def _axis(state: SessionState, name: str) -> Variable:
    if name not in state.space:
        raise OptwidgetsError(f"There is no variable {short(name)} in the search space.")
    variable = state.space[name]
    if variable.kind not in _AXES:
        raise OptwidgetsError(
            f"Axes are real or integer variables; {short(name)} is {variable.kind}. Hold it at a "
            "value instead."
        )
    return variable


def _middle(space: Sequence[Variable] | Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable in space:
        levels = variable.bounds if variable.kind == "categorical" else None
        choices = getattr(variable, "allowed_values", None) if variable.kind == "discrete" else None
        if levels is not None:
            found[variable.name] = levels[0]
        elif choices:
            found[variable.name] = choices[len(choices) // 2]
        else:
            found[variable.name] = variable.from_unit([0.5])[0]
    return found


def _fixed(space: Any, given: Mapping[str, Any], axes: tuple[str, str]) -> dict[str, Any]:
    """Check what is held; names that are no variables are left out, as on the wire."""
    return {
        name: space[name].check(value)
        for name, value in given.items()
        if name in space and name not in axes
    }


def _measured(state: SessionState, x: str, y: str) -> dict[str, list[Any]] | None:
    target = state.table.target_names[0]
    rows = [
        (row.inputs[x], row.inputs[y], row.outputs[target])
        for row in state.table.done()
        if x in row.inputs and y in row.inputs and target in row.outputs
    ]
    return _columns(("x", "y", "output"), rows)


def _suggested(state: SessionState, x: str, y: str) -> dict[str, list[Any]] | None:
    points = [row.inputs for row in state.table if row.state == "suggested"]
    both = [(point[x], point[y]) for point in points if x in point and y in point]
    return _columns(("x", "y"), both)


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]] | None:
    return {name: [row[i] for row in rows] for i, name in enumerate(names)} if rows else None


def _range(state: SessionState) -> list[float] | None:
    target = state.table.target_names[0]
    values = [row.outputs[target] for row in state.table.done() if target in row.outputs]
    return [min(values), max(values)] if values and min(values) < max(values) else None


# ---------------------------------------------------------------- held-out predictions


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Each result of an objective, predicted from the others.

    Parameters
    ----------
    y, mean, sd
        Results, predictions and their standard deviations, (n,) each.
    validation
        The quality of the model.
    calibrated
        Whether `sd` was scaled so that intervals hold what they say.
    """

    y: Array
    mean: Array
    sd: Array
    validation: Validation
    calibrated: bool

    @property
    def z(self) -> Array:
        """Errors in standard deviations, (n,)."""
        return np.asarray((self.y - self.mean) / self.sd)


def held_out(
    session: OptimizationSession, target: str | None = None, *, calibrated: bool = False
) -> HeldOut:
    """Return each result of an objective, predicted from the others.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("x", "real", bounds=(0, 1))
    >>> for i in range(6):
    ...     _ = session.add_experiment({"x": i / 5}, output=(i / 5) ** 2)
    >>> found = held_out(session, calibrated=True)
    >>> found.y.tolist()[-1], round(float(np.mean(found.z**2)), 6)
    (1.0, 1.0)
    """
    model = _newest(session, target)
    validation = cross_validate(model)
    y = model.data.y
    sd = np.maximum(validation.sd, 1e-300)
    factor = calibrate(validation, y).factor if calibrated else 1.0
    return HeldOut(y, validation.mean, sd * (factor or 1.0), validation, calibrated)


def _newest(session: OptimizationSession, target: str | None = None) -> Model:
    """Return the model of an objective, of all results there are now."""
    if target is not None and target not in session.objective_names:
        known = ", ".join(session.objective_names)
        raise OptwidgetsError(
            f"Unknown objective {short(target)}. This session's objectives: {known}.",
            field="target",
        )
    name = target or session.objective_names[0]
    session.calibration(name)  # fits where the results are newer than the model
    model = session.model_of(name)
    assert model is not None
    return model


def errors_of(y: Array, mean: Array, validation: Validation) -> dict[str, float]:
    """Return ``rmse``, ``mae``, ``r2`` and ``mape`` (in per cent), as on the wire."""
    quality = validation.metrics()
    mape = 100.0 * float(np.mean(np.abs(y - mean) / (np.abs(y) + _TINY)))
    return {"rmse": quality["rmse"], "mae": quality["mae"], "r2": quality["r2"], "mape": mape}


@computation("alchemist-parity", "Checking the model")
def parity(
    session: OptimizationSession, target: str | None = None, *, use_calibrated: bool = False
) -> dict[str, Any]:
    """Predicted against measured, each result predicted from the others."""
    found = held_out(session, target, calibrated=use_calibrated)
    both = np.concatenate([found.y, found.mean])
    return {
        "y_true": found.y,
        "y_pred": found.mean,
        "y_std": found.sd,
        "metrics": errors_of(found.y, found.mean, found.validation),
        "bounds": [both.min(), both.max()],
        "calibrated": found.calibrated,
    }


@computation("alchemist-qq", "Checking the intervals")
def qq_plot(
    session: OptimizationSession, target: str | None = None, *, use_calibrated: bool = False
) -> dict[str, Any]:
    """Errors in standard deviations against those of a normal distribution."""
    found = held_out(session, target, calibrated=use_calibrated)
    z = np.sort(found.z)
    expected = ndtri(np.linspace(0.01, 0.99, len(z)))
    both = np.concatenate([z, expected])
    return {
        "theoretical_quantiles": expected,
        "sample_quantiles": z,
        "z_mean": z.mean(),
        "z_std": z.std(ddof=1) if len(z) > 1 else 0.0,
        "n_samples": len(z),
        "bounds": [both.min(), both.max()],
        "calibrated": found.calibrated,
    }


@computation("alchemist-calibration", "Checking the intervals")
def calibration_curve(
    session: OptimizationSession, target: str | None = None, *, use_calibrated: bool = False
) -> dict[str, Any]:
    """Tell how many results central intervals hold, against how many they should."""
    found = held_out(session, target, calibrated=use_calibrated)
    sizes = [float(ndtri((1.0 + share) / 2.0)) for share in _NOMINAL]
    inside = [float(np.mean(np.abs(found.z) <= size)) for size in sizes]
    return {
        "nominal_coverage": list(_NOMINAL),
        "empirical_coverage": inside,
        "confidence_levels": [
            f"±{size:.2f}σ ({100 * share:.0f}%)"
            for size, share in zip(sizes, _NOMINAL, strict=True)
        ],
        "nominal_probabilities": list(_NOMINAL),
        "empirical_probabilities": inside,
        "n_samples": len(found.y),
        "calibrated": found.calibrated,
        "results_type": "calibrated" if found.calibrated else "uncalibrated",
    }


@computation("alchemist-learning", "Drawing the learning curve")
def learning_curve(session: OptimizationSession) -> dict[str, Any]:
    """Errors of models of the first 5, 6, ... results, each result predicted from the others.

    With many results only `MOST_SIZES` of these sizes are fitted, evenly spread.
    """
    data = _newest(session).data
    state = session.state
    objective = state.table.objective(data.objective)
    sizes = training_sizes(len(data))
    measures: dict[str, list[float]] = {"rmse": [], "mae": [], "r2": [], "mape": []}
    for size in sizes:
        part = replace(
            data,
            X=data.X[:size],
            y=data.y[:size],
            noise=None if data.noise is None else data.noise[:size],
            rows=data.rows[:size],
        )
        config = settled(config_of(state), part, objective)
        model = fit_model(part, config, seed=seed_of(state))
        validation = cross_validate(model)
        for name, value in errors_of(part.y, validation.mean, validation).items():
            measures[name].append(value)
    return {"training_sizes": sizes, **measures}


def training_sizes(n: int) -> list[int]:
    """Return the numbers of results at which a learning curve is drawn.

    Examples
    --------
    >>> training_sizes(8)
    [5, 6, 7, 8]
    >>> len(training_sizes(1000)), training_sizes(1000)[-1]
    (30, 1000)
    >>> training_sizes(3)
    []
    """
    if n < _FIRST_SIZE:
        return []
    count = min(MOST_SIZES, n - _FIRST_SIZE + 1)
    return [int(size) for size in np.linspace(_FIRST_SIZE, n, count).round()]
