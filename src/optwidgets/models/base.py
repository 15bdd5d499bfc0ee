"""What a model is: its configuration, its data, its protocol, and who can fit it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.models.correlation import KERNELS, kernels_of
from optwidgets.models.kernels import MIXTURES
from optwidgets.models.outcome_transforms import OUTCOMES, Outcomes
from optwidgets.models.priors import LENGTHSCALE_PRIORS
from optwidgets.models.replicates import replicate_noise
from optwidgets.models.warping import INPUTS
from optwidgets.space.encoding import Encoding
from optwidgets.tasks import Progress

if TYPE_CHECKING:
    from optwidgets.data.table import Objective, Table
    from optwidgets.space.space import Space

Array = NDArray[np.float64]


#: Backend name to ``(module, what it is)``.
BACKENDS: dict[str, tuple[str, str]] = {
    "botorch": (
        "optwidgets.models.gaussian_process",
        "Gaussian process equal to botorch's SingleTaskGP or MixedSingleTaskGP",
    ),
    "sklearn": (
        "optwidgets.models.scikit",
        "Gaussian processes of scikit-learn, forests of scikit-optimize",
    ),
}
NOISE_MODELS = ("auto", "infer", "known", "replicates")
LARGEST_RESULT = 1e300  # squares of standardised results stay finite


@dataclass(frozen=True)
class ModelConfig:
    """How a model is to be fitted. Checked when made; names are case-insensitive.

    Parameters
    ----------
    backend
        One of `BACKENDS`.
    kernel
        One of `KERNELS`; each names the backends that have it.
    nu
        Order of the Matérn kernel: 0.5, 1.5 or 2.5. Ignored by RBF.
    noise
        ``infer`` one noise variance from the data, take the ``known`` one of each row, or
        estimate it for each setting from ``replicates``; ``auto`` takes the known ones where
        every row has one, and infers otherwise. Noises of rows are those of the first objective;
        for others it is inferred.
    prior
        Prior of the lengthscales: ``gamma``, or the wider ``lognormal`` of botorch.
    outcome
        How results are modelled: ``standardise``, bent towards a normal distribution
        (``yeo-johnson``), or ``auto``: the likelier of both, never bent where they are noisy.
        Results with known noise stay straight in any case: bent, it would not be one number.
    mixture
        How numbers and categories go together: ``sum+product`` as in botorch's
        ``MixedSingleTaskGP``, or their plain ``product``, which has fewer parameters and is
        the only one for kernels other than Matérn and RBF.
    depth
        Hidden layers of the IBNN kernel, 1 to 10; ignored by the others.
    inputs
        How the kernel sees the numbers: ``plain``; bent by a learned map of each
        (``warped``, with backend botorch and without derived settings); or ``auto``, the
        likelier of both, from four results for each variable on.

    Raises
    ------
    OptwidgetsError
        For a name or a value that is not one of the choices.

    Examples
    --------
    >>> ModelConfig(kernel="matern", nu=1.5)
    ModelConfig(backend='botorch', kernel='Matern', nu=1.5, noise='auto', prior='gamma', \
outcome='auto', mixture='sum+product', depth=3, inputs='plain')
    >>> ModelConfig(kernel="RandomForest")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Kernel 'RandomForest' needs backend 'sklearn'; backend \
'botorch' has Matern, RBF, RationalQuadratic, Linear, IBNN.
    """

    backend: str = "botorch"
    kernel: str = "Matern"
    nu: float = 2.5
    noise: str = "auto"
    prior: str = "gamma"
    outcome: str = "auto"
    mixture: str = "sum+product"
    depth: int = 3
    inputs: str = "plain"

    def __post_init__(self) -> None:
        backend = choose("Backend", self.backend, list(BACKENDS))
        kernel = _kernel(self.kernel)
        if backend not in KERNELS[kernel].backends:
            raise OptwidgetsError(
                f"Kernel {kernel!r} needs backend {' or '.join(map(repr, KERNELS[kernel].backends))}; "
                f"backend {backend!r} has {', '.join(kernels_of(backend))}.",
                field="kernel",
            )
        orders = KERNELS[kernel].orders
        if orders and self.nu not in orders:
            known = ", ".join(f"{order:g}" for order in orders)
            raise OptwidgetsError(
                f"Order nu of the {kernel} kernel is {_short(self.nu)}; choose one of {known}.",
                field="nu",
            )
        deep = kernel == "IBNN"
        if deep and (isinstance(self.depth, bool) or self.depth not in range(1, 11)):
            raise OptwidgetsError(
                f"Depth of the IBNN kernel must be a whole number from 1 to 10, not "
                f"{_short(self.depth)}.",
                field="depth",
            )
        noise = choose("Noise", self.noise, list(NOISE_MODELS))
        nu = float(self.nu) if orders else 2.5
        settled = {
            "backend": backend,
            "kernel": kernel,
            "nu": nu,
            "noise": noise,
            "prior": choose("Prior", self.prior, list(LENGTHSCALE_PRIORS)),
            "outcome": choose("Outcome", self.outcome, list(OUTCOMES)),
            "mixture": choose("Mixture", self.mixture, list(MIXTURES)),
            "depth": int(self.depth) if deep else 3,
            "inputs": choose("Inputs", self.inputs, list(INPUTS)),
        }
        if backend != "botorch":
            settled["inputs"] = "plain"
        if not KERNELS[kernel].profiles:
            settled["mixture"] = "product"
        for name, value in settled.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Results of one objective, ready to train on.

    Parameters
    ----------
    encoding
        From the space to the unit cube.
    X
        Inputs in the unit cube, n x d; outside it for rows outside the bounds.
    y
        Outcomes in the objective's unit, (n,).
    noise
        Variances of the outcomes, (n,), or None unless every row has one.
    rows
        Row numbers in the table, (n,).
    objective
        Name of the objective.
    unit
        Unit of the outcomes.
    takes_noise
        Whether noises of rows are those of this objective.
    """

    encoding: Encoding
    X: Array
    y: Array
    noise: Array | None
    rows: tuple[int, ...]
    objective: str = "Output"
    unit: str = ""
    takes_noise: bool = True

    def __len__(self) -> int:
        return len(self.y)


class PointPosterior(Protocol):
    """What is known of the objective, point by point, in standardised units."""

    @property
    def noise(self) -> float:
        """Noise variance that a further observation would have."""
        ...

    def moments(self, points: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of the function at each of `points` (m x d)."""
        ...


class Model(Protocol):
    """A fitted model of one objective."""

    @property
    def config(self) -> ModelConfig:
        """How it was fitted."""
        ...

    @property
    def data(self) -> TrainingData:
        """What it was fitted to."""
        ...

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Fitted values as plain numbers, lists and dicts of them."""
        ...

    def predict(self, X: Array, *, observation_noise: bool = False) -> tuple[Array, Array]:
        """Mean and standard deviation (m,), (m,) at unit-cube inputs (m x d), in output units."""
        ...

    def leave_one_out(self) -> tuple[Array, Array]:
        """Mean and sd (n,), (n,) of each result, predicted from all others, noise included."""
        ...

    @property
    def posterior(self) -> PointPosterior:
        """The standardised posterior: what the acquisition search of the backend works on."""
        ...

    @property
    def approximation(self) -> str:
        """How the model is less than exact, in a sentence; empty when it is exact."""
        ...

    @property
    def standardised(self) -> Array:
        """Outcomes as they are modelled, (n,)."""
        ...

    @property
    def outcomes(self) -> Outcomes:
        """How outcomes in the objective's unit became those that are modelled."""
        ...


def choose(field: str, value: object, choices: list[str]) -> str:
    """Find the one of `choices` that `value` names, whatever its case.

    Examples
    --------
    >>> choose("Goal", "MAXIMIZE", ["maximize", "minimize"])
    'maximize'
    """
    for choice in choices:
        if isinstance(value, str) and value.strip().lower() == choice.lower():
            return choice
    names = ", ".join(map(repr, choices))
    raise OptwidgetsError(
        f"{field} {_short(value)} is not known. Choose one of {names}.", field=field.lower()
    )


def training_data(space: Space, table: Table, objective: Objective | str) -> TrainingData:
    """Results that can train a model of `objective`.

    Rows count when they are done, have a finite value of the objective and a value
    of every variable. Rows outside the bounds count too: they are true results.

    Parameters
    ----------
    space
        Variables, d of them.
    table
        Experiments.
    objective
        Objective or its name.

    Returns
    -------
    TrainingData
        With n rows, in the order of the table; n may be 0.
    """
    name = objective if isinstance(objective, str) else objective.name
    unit = "" if isinstance(objective, str) else objective.unit
    encoding = Encoding(space)
    rows = [
        row
        for row in table.done()
        if math.isfinite(row.outputs.get(name, math.nan)) and encoding.can_encode(row.inputs)
    ]
    # A row has one noise, in the squared unit of the first objective: of another it says nothing.
    takes_noise = len(table.objectives) < 2 or name == table.objectives[0].name
    noises = [row.noise for row in rows if row.noise is not None and takes_noise]
    return TrainingData(
        encoding=encoding,
        X=encoding.encode([row.inputs for row in rows]),
        y=np.array([row.outputs[name] for row in rows], dtype=float),
        noise=np.array(noises, dtype=float) if rows and len(noises) == len(rows) else None,
        rows=tuple(row.id for row in rows),
        objective=name,
        unit=unit,
        takes_noise=takes_noise,
    )


def fit_model(
    data: TrainingData, config: ModelConfig, *, seed: int = 0, progress: Progress | None = None
) -> Model:
    """Fit a model; the same for the same data, configuration and seed.

    Parameters
    ----------
    data
        At least one result.
    config
        Backend, kernel and noise model.
    seed
        Seed of the random starts of the search.
    progress
        Called before every evaluation of the objective.

    Returns
    -------
    Model
        Ready to predict.

    Raises
    ------
    OptwidgetsError
        When there are no results or no variables, when known noise is asked for and
        missing, or when the table is too large for the kernel that was asked for.
    """
    if len(data.encoding) == 0:
        raise OptwidgetsError("The model needs at least one variable. Add one first.")
    if len(data) == 0:
        raise OptwidgetsError(
            f"There is no result for {data.objective!r} yet. Record at least one result first."
        )
    if float(np.abs(data.y).max()) > LARGEST_RESULT:
        raise OptwidgetsError(
            f"{data.objective} has a result beyond {LARGEST_RESULT:g}, too large to compute with. "
            "Correct it or use another unit.",
            column=data.objective,
        )
    if config.noise == "known" and data.noise is None and data.takes_noise:
        raise OptwidgetsError(
            "Known noise needs a noise variance in every row with a result. "
            "Fill in the column Noise or let the noise be inferred.",
            field="noise",
        )
    fit: Callable[..., Model] = import_module(BACKENDS[config.backend][0]).fit
    return fit(*settled_noise(data, config), seed=seed, progress=progress)


def settled_noise(data: TrainingData, config: ModelConfig) -> tuple[TrainingData, ModelConfig]:
    """Return data and configuration as a backend sees them: noise is inferred or known by then."""
    if config.noise == "auto" or (config.noise == "known" and not data.takes_noise):
        return data, replace(config, noise="infer" if data.noise is None else "known")
    if config.noise != "replicates":
        return data, config
    known = replace(data, noise=replicate_noise(data.X, data.y))
    return known, replace(config, noise="known")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _kernel(name: object) -> str:
    try:
        return choose("Kernel", name, list(KERNELS))
    except OptwidgetsError as error:
        raise OptwidgetsError(
            f"{error} One of your own has to be registered first.",
            field="kernel",
        ) from None
