"""The models behind ``backend='sklearn'``: Gaussian processes and forests.

Categories enter one-hot, numbers as they lie in the unit cube, results standardised.
scikit-learn and scikit-optimize are imported only with this module.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.base import ModelConfig, TrainingData
from optwidgets.models.correlation import KERNELS
from optwidgets.models.gaussian_process import standardisation
from optwidgets.models.outcome_transforms import Standardised
from optwidgets.models.part import by_importance, some_rows
from optwidgets.models.priors import MIN_KNOWN_NOISE
from optwidgets.models.scikit_estimators import Estimator, fit_forest, fit_gaussian
from optwidgets.space.encoding import Encoding
from optwidgets.tasks import Progress

Array = NDArray[np.float64]

#: Results up to which scikit-learn's Gaussian process takes them all: it needs n³ operations
#: and n² times the number of features of memory for each step of its search.
MAX_GAUSSIAN = 2_000
#: Results that it takes where there are more.
N_SEEN = 1_000
_TYPICAL_EVALUATIONS = 60


class OneHot:
    """From the unit cube to features: numbers as they are, one column per category.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Categorical, Real
    >>> features = OneHot(Encoding(Space((Real("T", 0, 10), Categorical("c", ("A", "B"))))))
    >>> features.names, features(np.array([[0.5, 1.0]])).tolist()
    (['T', 'c=A', 'c=B'], [[0.5, 0.0, 1.0]])
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self.names: list[str] = []
        for dim, variable in enumerate(encoding.space.variables):
            if dim in encoding.categorical_dims:
                categories: Any = getattr(variable, "categories")  # noqa: B009  # kinds differ
                self.names.extend(f"{variable.name}={category}" for category in categories)
            else:
                self.names.append(variable.name)
        self.names.extend(item.name for item in encoding.space.derived)

    def __call__(self, X: Array) -> Array:
        """Features (m x k) of unit-cube inputs (m x d)."""
        points = np.asarray(X, dtype=float)
        seen = points if self._encoding.features is None else self._encoding.features(points)
        d = points.shape[1]
        codes = self._encoding.encode_categories(seen[:, :d])
        columns = []
        for dim in range(codes.shape[1]):
            column = codes[:, dim, None]
            count = self._encoding.categorical_dims.get(dim)
            columns.append(column if count is None else column == np.arange(count))
        return np.hstack([*columns, seen[:, d:]]).astype(float)


@dataclass(frozen=True, eq=False)
class ScikitPosterior:
    """What an estimator knows, over the unit cube and in standardised units.

    Parameters
    ----------
    features
        From the unit cube to the estimator's features.
    estimator
        The fitted estimator.
    """

    features: OneHot
    estimator: Estimator

    @property
    def noise(self) -> float:
        """Variance that a measurement has beside the uncertainty."""
        return self.estimator.noise

    def moments(self, points: Array) -> tuple[Array, Array]:
        """Mean and standard deviation (m,), (m,) at each of `points` (m x d)."""
        return self.estimator.moments(self.features(points))

    def with_results(self, points: Array, values: Array) -> ScikitPosterior:
        """Posterior once `values` (p,) were measured at `points` (p x d)."""
        if len(points) == 0:
            return self
        return replace(self, estimator=self.estimator.plus(self.features(points), values))

    def first(self, n: int) -> ScikitPosterior:
        """Posterior after the first `n` results, hyperparameters kept."""
        return replace(self, estimator=self.estimator.first(n))


@dataclass(frozen=True, eq=False)
class SklearnModel:
    """A fitted model of scikit-learn or scikit-optimize; follows the `Model` protocol.

    Parameters
    ----------
    config, data
        How and to what it was fitted.
    posterior
        The fitted estimator over the unit cube, standardised.
    outcomes
        How outcomes in the objective's unit became those that are modelled.
    seen
        Places of the results that the estimator was fitted to, in their order; None for all.
    """

    config: ModelConfig
    data: TrainingData
    posterior: ScikitPosterior
    outcomes: Standardised
    seen: NDArray[np.intp] | None = None

    @property
    def approximation(self) -> str:
        """Which results the estimator saw, in a sentence; empty when these are all."""
        if self.seen is None:
            return ""
        return (
            f"{len(self.data):,} results are too many for a Gaussian process of scikit-learn: it "
            f"saw {len(self.seen):,} of them, the highest, the lowest and others drawn at random."
        )

    @cached_property
    def standardised(self) -> Array:
        """Outcomes as they are modelled, (n,)."""
        return self.outcomes.forward(self.data.y)

    def predict(self, X: Array, *, observation_noise: bool = False) -> tuple[Array, Array]:
        """Mean and standard deviation in output units.

        Parameters
        ----------
        X
            Inputs in the unit cube, m x d.
        observation_noise
            Whether the deviation is that of a new measurement. A forest's one always is:
            it holds the scatter of the results within its leaves.

        Returns
        -------
        tuple
            Means (m,), standard deviations (m,).
        """
        mean, deviation = self.posterior.moments(np.atleast_2d(np.asarray(X, dtype=float)))
        if observation_noise:
            deviation = np.sqrt(deviation**2 + self.posterior.noise)
        return self.outcomes.moments(mean, deviation)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Each result predicted from others: closed form, out-of-bag, or five folds.

        Gaussian processes keep their hyperparameters and leave out one result at a time;
        a random forest asks, for each result, the trees that have not seen it; extra
        trees see all results, so they are grown again without each fifth of them. A result
        that the estimator never saw is predicted as any other point.

        Returns
        -------
        tuple
            Means (n,) and standard deviations (n,), observation noise included.
        """
        mean, deviation = self.posterior.estimator.leave_one_out()
        if self.seen is not None:
            found = self.posterior.moments(self.data.X)
            others = np.stack([found[0], np.sqrt(found[1] ** 2 + self.posterior.noise)])
            others[:, self.seen] = mean, deviation
            mean, deviation = others
        return self.outcomes.moments(mean, deviation)

    @cached_property
    def hyperparameters(self) -> dict[str, Any]:
        """Fitted values as plain numbers.

        Gaussian processes: ``lengthscales`` by feature, ``outputscale``, ``log_likelihood``
        and, for the rational quadratic, ``alpha``. Forests: ``importances`` by feature,
        ``n_trees``, ``min_samples_leaf``, ``mean_leaves``. Both: ``noise`` (variance of the
        standardised outcome), ``noise_sd``, ``output_mean``, ``output_sd``.
        """
        return {
            **self.posterior.estimator.describe(self.posterior.features.names),
            "noise": self.posterior.noise,
            "noise_sd": self.outcomes.scale * float(np.sqrt(self.posterior.noise)),
            "output_mean": self.outcomes.location,
            "output_sd": self.outcomes.scale,
        }


def fit(
    data: TrainingData, config: ModelConfig, *, seed: int = 0, progress: Progress | None = None
) -> SklearnModel:
    """Fit the estimator of `config`; see `optwidgets.models.base.fit_model`.

    Outcomes are standardised only. Known noise enters a Gaussian process; forests have no place for it.
    """
    outcomes = Standardised(*standardisation(data.y))
    forest, seen = KERNELS[config.kernel].is_forest, None
    if len(data) > MAX_GAUSSIAN and not forest:
        places = by_importance(data.y, N_SEEN, np.random.default_rng(seed))
        seen = np.sort(places[:N_SEEN])
    taken = data if seen is None else some_rows(data, seen)
    n = len(taken)
    features = OneHot(data.encoding)
    z = outcomes.forward(taken.y)
    F = features(taken.X)
    evaluations = 0

    def tick() -> None:
        nonlocal evaluations
        if progress is not None:
            share = evaluations / (evaluations + _TYPICAL_EVALUATIONS)
            progress(share, f"Fitting the model to {n} results")
        evaluations += 1

    tick()
    estimator: Estimator
    if forest:
        estimator = fit_forest(config.kernel, F, z, seed)
    else:
        known = None
        if config.noise == "known" and taken.noise is not None:
            known = np.clip(taken.noise / outcomes.scale / outcomes.scale, MIN_KNOWN_NOISE, 1e12)
        estimator = fit_gaussian(config.kernel, config.nu, F, z, known, seed, tick)
    return SklearnModel(config, data, ScikitPosterior(features, estimator), outcomes, seen)
