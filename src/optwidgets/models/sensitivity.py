"""Which variables matter, by four measures of a fitted model.

All are pure functions of the model and a seed. They look at the model's mean, so they are
as good as the model is: read them beside its leave-one-out quality. Variables vary evenly
over their bounds (by their logarithm, where they are so), levels and categories equally
often; constraints between variables are not looked at.

Sources
-------
R. M. Neal, Bayesian Learning for Neural Networks, 1996 (automatic relevance
determination). A. Saltelli et al., Comput. Phys. Commun. 181 (2010) 259 and M. J. W.
Jansen, Comput. Phys. Commun. 117 (1999) 35 (Sobol' indices). L. Breiman, Mach. Learn. 45
(2001) 5 (permutation importance). J. H. Friedman, Ann. Stat. 29 (2001) 1189 (partial
dependence).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from optwidgets.errors import OptwidgetsError
from optwidgets.models.base import Model, choose

if TYPE_CHECKING:
    import pandas as pd

    from optwidgets.space.encoding import Encoding

Array = NDArray[np.float64]

_BOOTSTRAPS = 200


def relevance(model: Model, seed: int = 0) -> pd.DataFrame:  # noqa: ARG001  # as all measures
    """Share of each variable in the model's own scales, without any prediction.

    For a Gaussian process that is the inverse lengthscale: how fast the results change along
    the variable; for a forest the variance that its splits explain.

    Parameters
    ----------
    model
        Any model whose ``hyperparameters`` have ``lengthscales`` or ``importances``.
    seed
        Not used.

    Returns
    -------
    DataFrame
        Index: variable. ``relevance`` (shares, their sum is 1) and ``lengthscale`` (in units
        of the unit cube; the shortest of a one-hot variable; NaN for a forest).
    """
    import pandas as pd

    names = list(model.data.encoding.space.names)
    found = model.hyperparameters
    # Some kernels keep the scales of categories apart.
    scales: dict[str, Any] = {
        **(found.get("lengthscales") or {}),
        **(found.get("mismatch_lengthscales") or {}),
    }
    shares: dict[str, Any] = found.get("importances") or {}
    known = {key.partition("=")[0] for key in scales or shares} | set(scales or shares)
    if not known.issuperset(names):
        raise OptwidgetsError(
            f"Kernel {model.config.kernel!r} has no scale of each variable. Choose method 'sobol' "
            "or 'permutation'.",
            field="method",
        )
    rows = []
    for name in names:
        own = [key for key in (scales or shares) if key == name or key.startswith(f"{name}=")]
        if scales:
            length = min(float(scales[key]) for key in own)
            rows.append((1.0 / length, length))
        else:
            rows.append((sum(float(shares[key]) for key in own), float("nan")))
    values = np.array(rows)
    total = values[:, 0].sum() or 1.0
    return pd.DataFrame(
        {"relevance": values[:, 0] / total, "lengthscale": values[:, 1]},
        index=pd.Index(names, name="variable"),
    )


def sobol_indices(model: Model, seed: int = 0, *, n_samples: int = 1024) -> pd.DataFrame:
    """Shares of the variance of the model's mean that each variable explains.

    Parameters
    ----------
    model
        A fitted model of d variables.
    seed
        Seed of the sample and of its bootstrap.
    n_samples
        Points of the base sample, rounded up to a power of two; d + 2 times as many are
        predicted.

    Returns
    -------
    DataFrame
        Index: variable. ``first`` (alone) and ``total`` (with all its interactions), each from
        0 to 1 up to the error of the sample, and their standard errors ``first_error`` and
        ``total_error``. All zero for a constant model.
    """
    import pandas as pd

    encoding = model.data.encoding
    d = len(encoding)
    rng = np.random.default_rng(seed)
    exponent = max(3, int(n_samples - 1).bit_length())
    if 2 * d <= qmc.Sobol.MAXDIM:
        uniform = qmc.Sobol(2 * d, rng=rng).random_base2(exponent)
    else:
        uniform = rng.random((1 << exponent, 2 * d))
    A, B = _points(encoding, uniform[:, :d]), _points(encoding, uniform[:, d:])
    f_a, f_b = model.predict(A)[0], model.predict(B)[0]
    size = max(float(np.abs(f_a).max()), 1e-300)
    f_a, f_b = f_a / size, f_b / size
    mixed = np.empty((d, len(A)))
    for dim in range(d):
        swapped = A.copy()
        swapped[:, dim] = B[:, dim]
        mixed[dim] = model.predict(swapped)[0] / size
    draws = rng.integers(0, len(A), (_BOOTSTRAPS, len(A)))
    first, total = _indices(f_a, f_b, mixed)
    spread = np.array([_indices(f_a[i], f_b[i], mixed[:, i]) for i in draws]).std(axis=0)
    return pd.DataFrame(
        {"first": first, "first_error": spread[0], "total": total, "total_error": spread[1]},
        index=pd.Index(list(encoding.space.names), name="variable"),
    )


def permutation_importance(model: Model, seed: int = 0, *, repeats: int = 10) -> pd.DataFrame:
    """How much worse the model explains its results once a variable is shuffled.

    Parameters
    ----------
    model
        A fitted model with n results.
    seed
        Seed of the permutations.
    repeats
        Permutations of each variable.

    Returns
    -------
    DataFrame
        Index: variable. ``importance``: increase of the root mean squared error, in the
        objective's unit; ``error``: its standard deviation over the permutations.
    """
    import pandas as pd

    X, y = model.data.X, model.data.y
    rng = np.random.default_rng(seed)
    size = max(float(np.abs(y).max()), 1e-300)

    def rmse(inputs: Array) -> float:
        gap = (model.predict(inputs)[0] - y) / size
        return size * float(np.sqrt((gap * gap).mean()))

    base = rmse(X)
    gains = np.empty((X.shape[1], repeats))
    for dim in range(X.shape[1]):
        for repeat in range(repeats):
            shuffled = X.copy()
            shuffled[:, dim] = rng.permutation(X[:, dim])
            gains[dim, repeat] = rmse(shuffled) - base
    return pd.DataFrame(
        {"importance": gains.mean(axis=1), "error": gains.std(axis=1)},
        index=pd.Index(list(model.data.encoding.space.names), name="variable"),
    )


def partial_dependence(
    model: Model,
    seed: int = 0,
    *,
    variable: str | None = None,
    n_points: int = 25,
    n_samples: int = 256,
) -> pd.DataFrame:
    """Predicted mean along one variable, averaged over all others.

    Parameters
    ----------
    model
        A fitted model.
    seed
        Seed of the sample of the other variables.
    variable
        Name of the variable; the first one if not given.
    n_points
        Points along a number with more levels than that; categories and levels are all shown.
    n_samples
        Settings of the other variables that are averaged over.

    Returns
    -------
    DataFrame
        One row per value: the variable, ``mean``, and ``low`` and ``high``, between which nine
        of ten settings of the others lie; all in the objective's unit.
    """
    import pandas as pd

    encoding = model.data.encoding
    names = list(encoding.space.names)
    if variable is not None and variable not in names:
        raise OptwidgetsError(
            f"There is no variable {str(variable)[:60]!r}. The variables are "
            f"{', '.join(names[:10])}.",
            field="variable",
        )
    dim = 0 if variable is None else names.index(variable)
    others = _points(encoding, np.random.default_rng(seed).random((n_samples, len(names))))
    levels = encoding.levels.get(dim)
    if levels is None or (len(levels) > n_points and dim not in encoding.categorical_dims):
        levels = np.linspace(0.0, 1.0, n_points)
    along = np.repeat(others[None], len(levels), axis=0)
    along[:, :, dim] = levels[:, None]
    flat = encoding.snap(along.reshape(-1, len(names)))
    means = model.predict(flat)[0].reshape(len(levels), -1)
    low, high = np.quantile(means, [0.05, 0.95], axis=1)
    variable_of_it = encoding.space.variables[dim]
    values = variable_of_it.from_unit(variable_of_it.snap(levels))
    frame = pd.DataFrame({names[dim]: values, "mean": means.mean(axis=1), "low": low, "high": high})
    return frame.drop_duplicates(names[dim], ignore_index=True)


@dataclass(frozen=True)
class Sensitivity:
    """One entry of `SENSITIVITIES`.

    Parameters
    ----------
    name
        How users call it.
    label
        What it tells.
    compute
        From a model, a seed and its options to a DataFrame.
    options
        Names of its options.
    source
        Literature source.
    """

    name: str
    label: str
    compute: Callable[..., pd.DataFrame]
    options: tuple[str, ...]
    source: str


SENSITIVITIES: dict[str, Sensitivity] = {
    entry.name: entry
    for entry in (
        Sensitivity(
            "sobol",
            "Shares of the variance, alone and with interactions",
            sobol_indices,
            ("n_samples",),
            "A. Saltelli et al., Comput. Phys. Commun. 181 (2010) 259",
        ),
        Sensitivity(
            "relevance",
            "Inverse lengthscales, or importances of a forest",
            relevance,
            (),
            "R. M. Neal, Bayesian Learning for Neural Networks, 1996",
        ),
        Sensitivity(
            "permutation",
            "Loss of fit once a variable is shuffled",
            permutation_importance,
            ("repeats",),
            "L. Breiman, Mach. Learn. 45 (2001) 5",
        ),
        Sensitivity(
            "partial",
            "Mean along one variable, averaged over the others",
            partial_dependence,
            ("variable", "n_points", "n_samples"),
            "J. H. Friedman, Ann. Stat. 29 (2001) 1189",
        ),
    )
}

_ALIASES = {"ard": "relevance", "pdp": "partial", "partial_dependence": "partial"}
_LIMITS = {"n_samples": (8, 65_536), "repeats": (1, 1000), "n_points": (2, 1000)}


def sensitivity(model: Model, method: str = "sobol", seed: int = 0, **options: Any) -> pd.DataFrame:
    """Measure by name.

    Parameters
    ----------
    model
        A fitted model.
    method
        One of `SENSITIVITIES`; ``"ard"`` is ``"relevance"``.
    seed
        The same seed gives the same numbers.
    **options
        Options of the measure.

    Returns
    -------
    DataFrame
        As the measure says.

    Raises
    ------
    OptwidgetsError
        For an unknown measure, variable or option, or a count out of range.

    Examples
    --------
    >>> from optwidgets.models import ModelConfig, TrainingData, fit_model
    >>> from optwidgets.space.encoding import Encoding
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("a", 0, 1), Real("b", 0, 1)))
    >>> X = np.random.default_rng(0).random((20, 2))
    >>> data = TrainingData(Encoding(space), X, 3 * X[:, 0], None, tuple(range(20)))
    >>> found = sensitivity(fit_model(data, ModelConfig()), "sobol")
    >>> found["total"].round(2).to_dict()
    {'a': 1.0, 'b': 0.0}
    """
    key = str(method).strip().lower().replace("-", "_").replace(" ", "_")
    entry = SENSITIVITIES[choose("Method", _ALIASES.get(key, method), list(SENSITIVITIES))]
    for name, value in options.items():
        if name not in entry.options:
            known = ", ".join(entry.options) or "none"
            raise OptwidgetsError(
                f"Option {name[:60]!r} is not known to method {entry.name!r}, which has {known}.",
                field=name[:60],
            )
        if name in _LIMITS:
            low, high = _LIMITS[name]
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise OptwidgetsError(
                    f"{name} must be a whole number from {low} to {high:,}, not "
                    f"{str(value)[:60]!r}.",
                    field=name,
                )
    return entry.compute(model, seed, **options)


def _points(encoding: Encoding, uniform: Array) -> Array:
    """Points of the space from even numbers (m x d) in [0, 1): each level equally often."""
    points = uniform.copy()
    for dim, levels in encoding.levels.items():
        place = np.minimum((uniform[:, dim] * len(levels)).astype(int), len(levels) - 1)
        points[:, dim] = levels[place]
    return encoding.snap(points)


def _indices(f_a: Array, f_b: Array, mixed: Array) -> tuple[Array, Array]:
    """First-order and total indices, each (d,), by Jansen's estimators."""
    variance = float(np.concatenate([f_a, f_b]).var())
    if variance <= 1e-20:
        return np.zeros(len(mixed)), np.zeros(len(mixed))
    first = 1.0 - 0.5 * np.square(f_b - mixed).mean(axis=1) / variance
    total = 0.5 * np.square(f_a - mixed).mean(axis=1) / variance
    return first, total
