from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from optwidgets.models import ModelConfig, Validation, cross_validate, fit_model, quality_words
from support.engine import training


def test_metrics_are_those_of_scikit_learn():
    model = fit_model(training(25, noise=0.2), ModelConfig())
    found = cross_validate(model)
    mean, sd = model.leave_one_out()
    y = model.data.y
    assert found.rmse == pytest.approx(root_mean_squared_error(y, mean))
    assert found.mae == pytest.approx(mean_absolute_error(y, mean))
    assert found.r2 == pytest.approx(r2_score(y, mean))
    assert found.coverage == np.mean(np.abs(y - mean) <= 1.959964 * sd)
    assert 0.8 <= found.coverage <= 1.0


def test_noise_alone_explains_nothing():
    rng = np.random.default_rng(1)
    data = dataclasses.replace(training(40, 3), y=rng.standard_normal(40))
    found = cross_validate(fit_model(data, ModelConfig()))
    assert found.r2 < 0.1
    assert "do not trust" in quality_words(found, 40)


def test_equal_results_have_no_share_to_explain():
    data = dataclasses.replace(training(8), y=np.full(8, 0.1))
    found = cross_validate(fit_model(data, ModelConfig()))
    assert found.r2 == 0.0
    assert found.rmse == pytest.approx(0.0, abs=1e-9)
    assert quality_words(found, 8) == "Explains nothing yet, do not trust"


def test_huge_outputs_do_not_overflow():
    data = dataclasses.replace(training(8), y=np.linspace(-1e200, 1e200, 8))
    assert all(
        np.isfinite(v) for v in cross_validate(fit_model(data, ModelConfig())).metrics().values()
    )


@pytest.mark.parametrize(
    ("r2", "coverage", "n", "words"),
    [
        (0.999, 1.0, 30, "Explains over 99 %, trust intervals"),
        (0.6, 0.95, 30, "Explains 60 %, trust intervals"),
        (0.59, 0.95, 30, "Explains 59 %, do not trust yet"),
        (0.9, 0.9, 20, "Explains 90 %, trust intervals"),
        (0.9, 0.8, 20, "Explains 90 %, intervals too narrow"),
        (float("nan"), 1.0, 20, "Explains nothing yet, do not trust"),
        (0.9, 1.0, 4, "Too few results to judge the model"),
    ],
)
def test_words(r2, coverage, n, words):
    none = np.empty(0)
    assert quality_words(Validation(1.0, 1.0, r2, coverage, none, none), n) == words
