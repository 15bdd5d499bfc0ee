"""Fits models to a session's state, and keeps the last ones as long as they hold true."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model, ModelConfig, TrainingData
    from optwidgets.models.validation import Validation
    from optwidgets.space.space import Space
    from optwidgets.tasks import Progress

_KEPT_FITS = 8
# What `train_model` takes by name, beside the parameters of the model.
_OWN_ARGUMENTS = ("backend", "kernel")
# Parameters that ALchemist calls otherwise.
_ALCHEMISTS = {"ibnn_depth": "depth"}
# Library to its module: what an answer may depend on.
_LIBRARIES = {
    "torch": "torch",
    "botorch": "botorch",
    "numpy": "numpy",
    "scipy": "scipy",
    "scikit-learn": "sklearn",
    "scikit-optimize": "skopt",
}


def min_results(space: Space) -> int:
    """Return how many results the first model needs: one more than variables, at least 3.

    Fewer results than that fit any plane exactly, and a model of them says nothing.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> min_results(Space((Real("a", 0, 1),)))
    3
    """
    return max(3, len(space) + 1)


def config_of(state: SessionState) -> ModelConfig:
    """Return the configuration of the last explicit training, or the default."""
    from optwidgets.models.base import ModelConfig

    record = dict(state.model or {})
    # `noise` says what was used. Before it could be asked for, only replicates were asked for.
    used = record.pop("noise", None)
    record["noise"] = record.get("noise_asked", used if used == "replicates" else "auto")
    known = {field.name for field in fields(ModelConfig)}
    return ModelConfig(**{name: record[name] for name in known if name in record})


def make_config(backend: str, kernel: str, kernel_params: Mapping[str, Any]) -> ModelConfig:
    """Return a configuration from what users write; every value is checked."""
    from optwidgets.models.base import ModelConfig

    kernel_params = {_ALCHEMISTS.get(name, name): value for name, value in kernel_params.items()}
    choices = [field.name for field in fields(ModelConfig) if field.name not in _OWN_ARGUMENTS]
    unknown = [name for name in kernel_params if name not in choices]
    if unknown:
        raise OptwidgetsError(
            f"{unknown[0]} is not a parameter of a model that can be set. Choose from "
            f"{', '.join(choices)}.",
            field="kernel_params",
        )
    return ModelConfig(backend=backend, kernel=kernel, **dict(kernel_params))


def seed_of(state: SessionState) -> int:
    """Return the session's seed (``set_config(random_state=...)``), 42 if not set."""
    return int(state.settings.get("random_state") or 0)


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model with its cross-validation."""

    model: Model
    validation: Validation
    fingerprint: str


@dataclass(frozen=True, eq=False)
class Wanted:
    """A fit that is to be had.

    Parameters
    ----------
    state, objective, asked
        The state that it is for, the name of the objective, and the configuration asked for.
    data, config, seed
        What it is a pure function of; the configuration is settled for these data.
    mark
        Fingerprint of these.
    """

    state: SessionState
    objective: str
    asked: ModelConfig
    data: TrainingData
    config: ModelConfig
    seed: int
    mark: str


#: Gets a fit from where it is computed otherwise, or None.
Elsewhere = Callable[[Wanted, "Progress"], "Fit | None"]


class Models:
    """The fits of a session, found again as long as data and configuration are the same.

    A fit is a pure function of data, configuration and seed; so its result may be
    kept, and two threads that need the same one get the same one.

    Attributes
    ----------
    elsewhere
        Asked for a fit before one is computed here; answers None if it has to be.
    """

    def __init__(self) -> None:
        self.elsewhere: Elsewhere | None = None
        self._fits: OrderedDict[str, Fit] = OrderedDict()
        self._latest: dict[str, Fit] = {}
        self._lock = threading.Lock()

    def fit(
        self,
        state: SessionState,
        objective: Objective,
        config: ModelConfig,
        progress: Progress,
    ) -> Fit:
        """Return the fit for the state as it is, computed if it is not known."""
        from optwidgets.models.base import fit_model, training_data
        from optwidgets.models.validation import cross_validate

        data = training_data(state.space, state.table, objective)
        asked, config = config, settled(config, data, objective)
        seed = seed_of(state)
        mark = fingerprint(data, config, seed)
        known = self._known(mark, objective.name)
        if known is not None:
            return known
        fit = None
        if self.elsewhere is not None:
            wanted = Wanted(state, objective.name, asked, data, config, seed, mark)
            fit = self.elsewhere(wanted, progress)
        if fit is None:
            progress(None, "Fitting the model")
            model = fit_model(data, config, seed=seed, progress=progress)
            progress(None, "Checking the model")
            fit = Fit(model, cross_validate(model), mark)
        with self._lock:
            self._fits[mark] = fit
            self._latest[objective.name] = fit
            while len(self._fits) > _KEPT_FITS:
                self._fits.popitem(last=False)
        return fit

    def latest(self, objective: str) -> Fit | None:
        """Return the newest fit of an objective, be it stale or not."""
        return self._latest.get(objective)

    def holds(self, state: SessionState, objective: Objective) -> bool:
        """Return whether the newest fit is the one for the state as it is."""
        from optwidgets.models.base import training_data

        fit = self._latest.get(objective.name)
        if fit is None:
            return False
        try:
            config = config_of(state)
        except OptwidgetsError:  # its kernel is not registered any more
            return False
        data = training_data(state.space, state.table, objective)
        return fit.fingerprint == fingerprint(
            data, settled(config, data, objective), seed_of(state)
        )

    def _known(self, mark: str, objective: str) -> Fit | None:
        with self._lock:
            fit = self._fits.get(mark)
            if fit is not None:
                self._fits.move_to_end(mark)
                self._latest[objective] = fit
            return fit


def settled(config: ModelConfig, data: TrainingData, objective: Objective) -> ModelConfig:
    """Return the configuration for these data.

    Results of a target or a band are not bent: the distance from it is what counts, and
    bending would make a step to one side longer than one to the other.
    """
    from optwidgets.models.base import settled_noise

    if objective.wanted is not None:
        config = replace(config, outcome="standardise")
    return config if config.noise == "replicates" else settled_noise(data, config)[1]


def fingerprint(data: TrainingData, config: ModelConfig, seed: int) -> str:
    """Return what identifies a fit: data, configuration and seed."""
    from optwidgets.models.correlation import KERNELS
    from optwidgets.models.own_kernels import is_own

    digest = hashlib.sha256(
        repr((config, seed, data.objective, data.rows, data.encoding.space)).encode(
            "utf-8", "surrogatepass"
        )
    )
    if data.encoding.space.derived:
        digest.update(repr(data.encoding.space.derived).encode("utf-8", "surrogatepass"))
    if is_own(config.kernel):
        digest.update(b"%d" % KERNELS[config.kernel].edition)
    for array in (data.X, data.y, data.noise):
        digest.update(b"-" if array is None else array.tobytes())
    return digest.hexdigest()


def check_enough(state: SessionState, objective: Objective) -> None:
    """Raise the sentence that says how many results the model still needs."""
    missing = results_missing(state, objective)
    if not len(state.space):
        raise OptwidgetsError("The model needs at least one variable. Add one first.")
    if missing:
        needed = min_results(state.space)
        raise OptwidgetsError(
            f"The model needs {needed} results; there are {needed - missing}. Add {missing} more, "
            "or ask for a suggestion, which then covers the space evenly."
        )


def results_missing(state: SessionState, objective: Objective) -> int:
    """Return how many results are missing until the first model."""
    from optwidgets.models.base import training_data

    have = len(training_data(state.space, state.table, objective))
    return max(0, min_results(state.space) - have)


def training_record(
    state: SessionState, config: ModelConfig, fits: dict[str, Fit]
) -> dict[str, Any]:
    """Return what the journal keeps of a training: JSON values, no weights."""
    first = next(iter(fits.values()))
    return {
        **asdict(config),
        "noise": config.noise if config.noise == "replicates" else first.model.config.noise,
        "noise_asked": config.noise,
        "seed": seed_of(state),
        "data_revision": state.revision,
        "n_results": len(first.model.data),
        "hyperparameters": {name: fit.model.hyperparameters for name, fit in fits.items()},
        "metrics": {name: fit.validation.metrics() for name, fit in fits.items()},
        "approximation": first.model.approximation,
        "fingerprints": {name: fit.fingerprint for name, fit in fits.items()},
        "versions": versions(),
    }


def training_result(record: dict[str, Any], objectives: tuple[str, ...]) -> dict[str, Any]:
    """Return what `train_model` answers; numbers, where ALchemist gives strings."""

    def pick(values: dict[str, Any]) -> Any:
        return values[objectives[0]] if len(objectives) == 1 else values

    return {
        "backend": record["backend"],
        "kernel": record["kernel"],
        "hyperparameters": pick(record["hyperparameters"]),
        "metrics": pick(record["metrics"]),
        "success": True,
        "n_objectives": len(objectives),
        "n_results": record["n_results"],
        "approximation": record["approximation"],
    }


def versions() -> dict[str, str]:
    """Return the versions of the libraries that a result depends on: those that are loaded."""
    loaded = [name for name, module in _LIBRARIES.items() if module in sys.modules]
    return {name: installed_version(name) for name in ("optwidgets", *loaded)}


# Nothing is installed anew below a running kernel, and finding it costs 2 ms for each library.
@cache
def installed_version(library: str) -> str:
    """Return the version of an installed library, ``unknown`` where there is none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return "unknown"
