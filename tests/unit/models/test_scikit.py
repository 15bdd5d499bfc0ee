from __future__ import annotations

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import WhiteKernel

from optwidgets.errors import OptwidgetsError
from optwidgets.models import KERNELS, ModelConfig, cross_validate, fit_model
from optwidgets.models import scikit as module
from optwidgets.models.correlation import kernels_of
from support.engine import random_points, training

NAMES = kernels_of("sklearn")
PROCESSES = [name for name in NAMES if not KERNELS[name].is_forest]


def fitted(data, kernel, seed=0, **options):
    return fit_model(data, ModelConfig("sklearn", kernel, **options), seed=seed)


@pytest.mark.parametrize("kernel", NAMES)
def test_a_fit_explains_a_smooth_function_and_is_the_same_again(kernel):
    data = training(60, 2, 1, seed=3)
    model = fitted(data, kernel)
    assert cross_validate(model).r2 > (0.5 if KERNELS[kernel].is_forest else 0.97)
    points = random_points(data, 30)
    mean, sd = model.predict(points)
    again = fitted(data, kernel).predict(points)
    assert np.array_equal(mean, again[0])
    assert np.array_equal(sd, again[1])
    assert (sd > 0).all()
    assert (model.predict(points, observation_noise=True)[1] >= sd).all()


@pytest.mark.parametrize("kernel", PROCESSES)
@pytest.mark.parametrize("variances", [None, "known"])
def test_predictions_are_those_of_scikit_learn(kernel, variances):
    known = None if variances is None else np.linspace(0.01, 0.2, 25)
    data = training(25, 2, 1, variances=known)
    model = fitted(data, kernel, noise="known" if variances else "infer")
    estimator = model.posterior.estimator
    whole = estimator.kernel if variances else estimator.kernel + WhiteKernel(estimator.noise)
    twin = GaussianProcessRegressor(
        whole, alpha=estimator.noises if variances else 1e-10, optimizer=None
    ).fit(estimator.F, estimator.z)
    points = random_points(data, 20)
    mean, sd = twin.predict(model.posterior.features(points), return_std=True)
    ours = model.predict(points, observation_noise=variances is None)
    assert ours[0] == pytest.approx(model.outcomes.location + model.outcomes.scale * mean, abs=1e-9)
    assert ours[1] == pytest.approx(model.outcomes.scale * sd, rel=1e-6)


@pytest.mark.parametrize("kernel", PROCESSES)
def test_leaving_one_out_is_what_a_model_without_the_row_predicts(kernel):
    data = training(12, 2)
    model = fitted(data, kernel)
    mean, sd = model.leave_one_out()
    estimator = model.posterior.estimator
    for row in (0, 7):
        others = np.arange(12) != row
        alone = estimator.refitted(estimator.F[others], estimator.z[others])
        m, s = alone.moments(estimator.F[[row]])
        assert mean[row] == pytest.approx(
            model.outcomes.location + model.outcomes.scale * m[0], abs=1e-6
        )
        assert sd[row] == pytest.approx(
            model.outcomes.scale * np.hypot(s[0], np.sqrt(alone.noise)), rel=1e-5
        )


@pytest.mark.parametrize("nu", [0.5, 1.5, 2.5])
def test_matern_has_the_order_that_was_asked_for(nu):
    model = fitted(training(15), "Matern", nu=nu)
    assert model.posterior.estimator.kernel.k2.nu == nu


@pytest.mark.parametrize("kernel", ["RandomForest", "ExtraTrees"])
def test_a_forest_predicts_as_scikit_optimize_says(kernel):
    data = training(30, 2, 1)
    model = fitted(data, kernel)
    points = random_points(data, 40)
    features = model.posterior.features(points)
    mean, sd = model.posterior.estimator.forest.predict(features, return_std=True)
    ours = model.posterior.moments(points)
    assert ours[0] == pytest.approx(mean, abs=1e-9)
    assert ours[1] == pytest.approx(sd, abs=1e-7)


def test_out_of_bag_results_were_not_seen():
    data = training(40, 2)
    honest = fitted(data, "RandomForest").leave_one_out()[0]
    fitted_values = fitted(data, "RandomForest").predict(data.X)[0]
    assert np.abs(honest - data.y).mean() > 1.2 * np.abs(fitted_values - data.y).mean()


@pytest.mark.parametrize("kernel", NAMES)
def test_hyperparameters_are_numbers_by_feature(kernel):
    found = fitted(training(20, 2, 1), kernel).hyperparameters
    by_feature = found["importances" if KERNELS[kernel].is_forest else "lengthscales"]
    assert list(by_feature) == ["x0", "x1", "c0=A", "c0=B", "c0=C"]
    numbers = [v for v in found.values() if not isinstance(v, dict)] + list(by_feature.values())
    assert all(isinstance(value, (int, float)) for value in numbers)
    assert ("alpha" in found) == (kernel == "RationalQuadratic")


@pytest.mark.parametrize("kernel", NAMES)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_small_and_equal_tables_train(kernel, n):
    data = training(n, 2)
    for y in (data.y, np.full(n, 1e12), np.zeros(n)):
        model = fitted(type(data)(data.encoding, data.X, y, None, data.rows), kernel)
        for values in (*model.predict(random_points(data, 5)), *model.leave_one_out()):
            assert np.isfinite(values).all()


def test_repeated_rows_and_far_rows_train():
    data = training(20, 2)
    X = data.X.copy()
    X[5:10] = X[4]
    X[0] = 1e40
    for kernel in NAMES:
        model = fitted(type(data)(data.encoding, X, data.y, None, data.rows), kernel)
        assert np.isfinite(model.predict(X)[0]).all()


def test_of_many_results_a_gaussian_process_sees_a_part_and_says_so(monkeypatch):
    monkeypatch.setattr(module, "MAX_GAUSSIAN", 100)
    monkeypatch.setattr(module, "N_SEEN", 60)
    data = training(150, variances=[0.01] * 150)
    model = fitted(data, "RBF", noise="known")
    assert "150 results are too many" in model.approximation
    assert "saw 60 of them" in model.approximation
    assert {int(data.y.argmin()), int(data.y.argmax())} <= set(model.seen.tolist())
    assert len(model.standardised) == len(model.data) == 150
    mean, sd = model.leave_one_out()
    unseen = np.setdiff1d(np.arange(150), model.seen)
    again, _ = model.predict(data.X[unseen])
    assert mean[unseen] == pytest.approx(again)
    assert np.corrcoef(mean, data.y)[0, 1] > 0.9
    assert (sd > 0).all()
    # What is left out of a fit is left out for the seen ones only.
    assert not np.allclose(mean[model.seen], model.predict(data.X[model.seen])[0])
    assert fitted(data, "ExtraTrees").approximation == ""


def test_a_fit_can_be_cancelled():
    def stop(*_):
        raise KeyboardInterrupt

    for kernel in ("Matern", "RandomForest"):
        with pytest.raises(KeyboardInterrupt):
            fit_model(training(10), ModelConfig("sklearn", kernel), progress=stop)


def test_kernels_of_the_other_backend_are_refused_in_words():
    with pytest.raises(OptwidgetsError, match=r"needs backend 'sklearn'.*Matern"):
        ModelConfig("botorch", "extratrees")
