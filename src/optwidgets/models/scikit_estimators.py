"""What ``backend='sklearn'`` fits: Gaussian processes of scikit-learn, forests of scikit-optimize.

All work on features (numbers of the unit cube, categories one-hot) and standardised
results. A fitted one can be fitted again to other results without a new search of its
hyperparameters: that is how lies about pending points are told.

Sources
-------
Rasmussen & Williams 2006, algorithm 2.1 and section 5.4.2 (leave-one-out).
L. Breiman, "Random Forests", Mach. Learn. 45 (2001) 5 (out-of-bag predictions);
P. Geurts, D. Ernst, L. Wehenkel, "Extremely randomized trees", Mach. Learn. 63 (2006) 3;
F. Hutter, L. Xu, H. H. Hoos, K. Leyton-Brown, Artif. Intell. 206 (2014) 79, section 4.3.2
(the standard deviation of a forest).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)
from skopt.learning import ExtraTreesRegressor, RandomForestRegressor

from optwidgets.models.linear_algebra import invert_lower, safe_cholesky

Array = NDArray[np.float64]
Tick = Callable[[], None]

# Limits of the search, for features of the unit cube and standardised results.
_LENGTHSCALES, _SCALES, _NOISES = (1e-2, 1e2), (1e-2, 1e2), (1e-6, 1e1)
_MIN_VARIANCE = 1e-12
_JITTER = 1e-10
_N_TREES, _MIN_LEAF, _FOLDS = 100, 3, 5
# Trees compute in single precision.
_LARGEST_FEATURE = 1e30


class Estimator(Protocol):
    """A regression that knows how unsure it is, in standardised units."""

    @property
    def noise(self) -> float:
        """Variance of a measurement beside the uncertainty of `moments`."""
        ...

    @property
    def size(self) -> int:
        """Number of results that it was fitted to."""
        ...

    @property
    def results(self) -> Array:
        """The standardised results, (n,)."""
        ...

    def moments(self, F: Array) -> tuple[Array, Array]:
        """Mean and standard deviation (m,), (m,) at features F (m x k)."""
        ...

    def leave_one_out(self) -> tuple[Array, Array]:
        """Mean and sd (n,), (n,) of each result from the others, noise included."""
        ...

    def refitted(self, F: Array, z: Array) -> Estimator:
        """Return it fitted to results z (p,) at F (p x k), hyperparameters kept."""
        ...

    def first(self, n: int) -> Estimator:
        """Return it as it would be after the first `n` of its results."""
        ...

    def plus(self, F: Array, z: Array) -> Estimator:
        """Return it with further results z (p,) at F (p x k)."""
        ...

    def describe(self, features: list[str]) -> dict[str, Any]:
        """Hyperparameters as plain numbers."""
        ...


class _OfResults:
    """What is the same for every estimator that keeps the standardised results."""

    z: Array

    @property
    def size(self) -> int:
        """Number of results."""
        return len(self.z)

    @property
    def results(self) -> Array:
        """The standardised results."""
        return self.z


@dataclass(frozen=True, eq=False)
class GaussianEstimator(_OfResults):
    """A fitted Gaussian process with mean zero.

    Parameters
    ----------
    kernel
        Kernel of scikit-learn with its fitted parameters, without the noise.
    F, z
        Features (n x k) and standardised results (n,).
    noises
        Noise variances of the results, (n,).
    log_likelihood
        Log marginal likelihood that the search reached.
    """

    kernel: Any
    F: Array
    z: Array
    noises: Array
    log_likelihood: float

    @property
    def noise(self) -> float:
        """Noise variance of a measurement: the mean one."""
        return float(self.noises.mean())

    @cached_property
    def _inverse(self) -> Array:
        covariance = self.kernel(self.F)
        covariance.flat[:: self.size + 1] += self.noises + _JITTER
        return invert_lower(safe_cholesky(covariance))

    @cached_property
    def _alpha(self) -> Array:
        return np.asarray(self._inverse.T @ (self._inverse @ self.z))

    def moments(self, F: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of the function without noise."""
        cross = self.kernel(F, self.F)
        whitened = cross @ self._inverse.T
        prior = self.kernel.diag(F)
        variance = prior - np.einsum("ij,ij->i", whitened, whitened)
        return cross @ self._alpha, np.sqrt(np.maximum(variance, _MIN_VARIANCE * prior))

    def leave_one_out(self) -> tuple[Array, Array]:
        """In closed form, hyperparameters kept."""
        variance = 1.0 / np.einsum("ij,ij->j", self._inverse, self._inverse)
        return self.z - self._alpha * variance, np.sqrt(variance)

    def refitted(self, F: Array, z: Array) -> GaussianEstimator:
        """Return it fitted to other results, all with the mean noise."""
        return replace(self, F=F, z=z, noises=np.full(len(z), self.noise))

    def first(self, n: int) -> GaussianEstimator:
        """Return it after the first `n` results."""
        return replace(self, F=self.F[:n], z=self.z[:n], noises=self.noises[:n])

    def plus(self, F: Array, z: Array) -> GaussianEstimator:
        """Return it with further results, which have the mean noise."""
        noises = np.append(self.noises, np.full(len(z), self.noise))
        return replace(self, F=np.vstack([self.F, F]), z=np.append(self.z, z), noises=noises)

    def describe(self, features: list[str]) -> dict[str, Any]:
        """``lengthscales`` by feature, ``outputscale``, ``log_likelihood``; ``alpha`` where it is."""
        scale, shape = self.kernel.k1, self.kernel.k2
        lengths = np.broadcast_to(np.atleast_1d(shape.length_scale), (len(features),))
        return {
            "lengthscales": {n: float(v) for n, v in zip(features, lengths, strict=True)},
            "outputscale": float(scale.constant_value),
            "log_likelihood": self.log_likelihood,
        } | ({"alpha": float(shape.alpha)} if hasattr(shape, "alpha") else {})


@dataclass(frozen=True, eq=False)
class ForestEstimator(_OfResults):
    """A fitted forest of trees.

    Parameters
    ----------
    forest
        Regressor of scikit-optimize, fitted.
    F, z
        Features (n x k) and standardised results (n,).
    """

    forest: Any
    F: Array
    z: Array

    @property
    def noise(self) -> float:
        """Zero: the scatter within the leaves is part of the standard deviation."""
        return 0.0

    def moments(self, F: Array) -> tuple[Array, Array]:
        """Mean of the trees; scatter within their leaves and between them."""
        # As ``forest.predict(F, return_std=True)``, which checks the input once per tree.
        bounded = _bounded(F)
        total, square = np.zeros(len(F)), np.zeros(len(F))
        for tree, values, scatter in self._trees:
            leaves = tree.apply(bounded)
            value = values[leaves]
            total += value
            square += value * value + scatter[leaves]
        mean, square = total / len(self._trees), square / len(self._trees)
        return mean, np.sqrt(np.maximum(square - mean * mean, _MIN_VARIANCE))

    @cached_property
    def _trees(self) -> list[tuple[Any, Array, Array]]:
        trees = [estimator.tree_ for estimator in self.forest.estimators_]
        return [(tree, tree.value[:, 0, 0].copy(), tree.impurity.copy()) for tree in trees]

    def leave_one_out(self) -> tuple[Array, Array]:
        """Out-of-bag where the trees saw samples with repeats, else from five folds."""
        return self._out_of_bag() if self.forest.bootstrap else self._folds()

    def _out_of_bag(self) -> tuple[Array, Array]:
        F, n = _bounded(self.F), self.size
        count, mean, square = np.zeros(n), np.zeros(n), np.zeros(n)
        for (tree, values, scatter), seen in zip(
            self._trees, self.forest.estimators_samples_, strict=True
        ):
            out = np.setdiff1d(np.arange(n), seen)
            leaves = tree.apply(F[out])
            value = values[leaves]
            count[out] += 1
            mean[out] += value
            square[out] += value**2 + scatter[leaves]
        never = count == 0
        safe = np.maximum(count, 1)
        mean, square = mean / safe, square / safe
        deviation = np.sqrt(np.maximum(square - mean**2, _MIN_VARIANCE))
        # A result that every tree saw (tables of one or two rows): the plain average of all.
        mean[never], deviation[never] = float(self.z.mean()), float(self.z.std()) or 1.0
        return mean, deviation

    def _folds(self) -> tuple[Array, Array]:
        n = self.size
        mean = np.full(n, float(self.z.mean()))
        deviation = np.full(n, float(self.z.std()) or 1.0)
        if n < 3:
            return mean, deviation
        place = np.random.default_rng(0).permutation(n) % min(_FOLDS, n)
        for fold in range(min(_FOLDS, n)):
            out = place == fold
            other = self.refitted(self.F[~out], self.z[~out])
            mean[out], deviation[out] = other.moments(self.F[out])
        return mean, deviation

    def refitted(self, F: Array, z: Array) -> ForestEstimator:
        """Return the same forest grown on other results."""
        return ForestEstimator(clone(self.forest).fit(_bounded(F), z), F, z)

    def first(self, n: int) -> ForestEstimator:
        """Return the forest grown on the first `n` results."""
        return self.refitted(self.F[:n], self.z[:n])

    def plus(self, F: Array, z: Array) -> ForestEstimator:
        """Return the forest grown on further results, too."""
        return self.refitted(np.vstack([self.F, F]), np.append(self.z, z))

    def describe(self, features: list[str]) -> dict[str, Any]:
        """Give ``importances`` by feature (shares of the explained variance) and the trees' sizes."""
        trees = self.forest.estimators_
        return {
            "importances": {
                name: float(value)
                for name, value in zip(features, self.forest.feature_importances_, strict=True)
            },
            "n_trees": len(trees),
            "min_samples_leaf": int(self.forest.min_samples_leaf),
            "mean_leaves": float(np.mean([tree.get_n_leaves() for tree in trees])),
        }


def gaussian_kernel(name: str, nu: float, n_features: int) -> Any:
    """Return the kernel of a Gaussian process where its search begins, without noise.

    Parameters
    ----------
    name, nu
        ``"RBF"``, ``"Matern"`` with its order, or ``"RationalQuadratic"``.
    n_features
        Number of features.
    """
    lengths = np.full(n_features, 0.5)
    shapes = {
        "RBF": lambda: RBF(lengths, _LENGTHSCALES),
        "Matern": lambda: Matern(lengths, _LENGTHSCALES, nu=nu),
        # scikit-learn has it with one lengthscale for all features.
        "RationalQuadratic": lambda: RationalQuadratic(0.5, 1.0, _LENGTHSCALES, (1e-2, 1e3)),
    }
    return ConstantKernel(1.0, _SCALES) * shapes[name]()


def fit_gaussian(
    name: str, nu: float, F: Array, z: Array, known: Array | None, seed: int, tick: Tick
) -> GaussianEstimator:
    """Fit a Gaussian process of scikit-learn by maximum marginal likelihood.

    Parameters
    ----------
    name, nu
        ``"RBF"``, ``"Matern"`` with its order, or ``"RationalQuadratic"``.
    F, z
        Features (n x k) and standardised results (n,).
    known
        Noise variances (n,), or None to infer one.
    seed
        Seed of the further starts of the search.
    tick
        Called before each evaluation; it may raise to cancel.
    """
    kernel = gaussian_kernel(name, nu, F.shape[1])
    if known is None:
        kernel = kernel + WhiteKernel(1e-2, _NOISES)
    n = len(z)
    found: list[float] = []

    def search(objective: Any, start: Array, bounds: Array) -> tuple[Array, float]:
        def ticking(theta: Array) -> Any:
            tick()
            return objective(theta)

        best = minimize(ticking, start, jac=True, method="L-BFGS-B", bounds=bounds)
        found.append(-float(best.fun))
        return best.x, float(best.fun)

    process = GaussianProcessRegressor(
        kernel,
        alpha=_JITTER if known is None else known,
        optimizer=search,
        n_restarts_optimizer=3 if n <= 50 else 1 if n <= 200 else 0,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a parameter at its limit is no news to the user
        process.fit(F, z)
    fitted = process.kernel_
    noises = np.full(n, fitted.k2.noise_level) if known is None else known
    signal = fitted.k1 if known is None else fitted
    return GaussianEstimator(signal, F, z, noises, max(found))


_FORESTS: dict[str, Callable[..., Any]] = {
    "RandomForest": RandomForestRegressor,
    "ExtraTrees": ExtraTreesRegressor,
}


def fit_forest(name: str, F: Array, z: Array, seed: int) -> ForestEstimator:
    """Grow the forest of scikit-optimize that `name` means, as its ``cook_estimator`` does."""
    forest = _FORESTS[name](
        n_estimators=_N_TREES, min_samples_leaf=_MIN_LEAF, random_state=seed, n_jobs=1
    )
    return ForestEstimator(forest.fit(_bounded(F), z), F, z)


def _bounded(F: Array) -> NDArray[np.float32]:
    return np.clip(F, -_LARGEST_FEATURE, _LARGEST_FEATURE).astype(np.float32)
