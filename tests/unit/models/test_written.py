from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, fit_model, gaussian_process, large, scikit
from optwidgets.models.written import can_be_written, read_model, write_model
from support.engine import random_points, training


def through_json(model, data, config):
    return read_model(json.loads(json.dumps(write_model(model))), data, config)


@pytest.mark.parametrize(
    ("config", "categories", "variances"),
    [
        (ModelConfig(), 0, None),
        (ModelConfig(outcome="yeo-johnson"), 1, None),
        (ModelConfig(kernel="RBF", noise="replicates"), 0, None),
        (ModelConfig(kernel="RationalQuadratic"), 1, None),
        (ModelConfig(kernel="IBNN", depth=2), 0, None),
        (ModelConfig(inputs="warped"), 1, None),
        (ModelConfig(noise="known"), 0, np.linspace(0.01, 0.2, 24)),
        (ModelConfig("sklearn", "Matern", nu=1.5), 1, None),
        (ModelConfig("sklearn", "RBF", noise="known"), 0, np.linspace(0.01, 0.2, 24)),
        (ModelConfig("sklearn", "RationalQuadratic"), 0, None),
    ],
)
def test_a_model_that_was_written_predicts_the_same(config, categories, variances):
    data = training(24, 2, categories, seed=3, variances=variances)
    if config.noise == "replicates":
        data = replace(data, X=data.X[np.arange(24) // 2])
    model = fit_model(data, config, seed=1)
    again = through_json(model, data, config)
    points = random_points(data, 30)
    for name in ("predict", "leave_one_out"):
        arguments = (points,) if name == "predict" else ()
        found, expected = getattr(again, name)(*arguments), getattr(model, name)(*arguments)
        assert all(a == pytest.approx(b, rel=1e-8) for a, b in zip(found, expected, strict=True))
    assert again.hyperparameters.keys() == model.hyperparameters.keys()
    assert again.hyperparameters.get("lengthscales") == model.hyperparameters.get("lengthscales")
    assert again.hyperparameters["noise"] == model.hyperparameters["noise"]
    assert again.config == model.config


def test_a_model_of_many_results_is_written_too(monkeypatch):
    monkeypatch.setattr(gaussian_process, "MAX_EXACT", 60)
    monkeypatch.setattr(large, "N_FITTED", 40)
    monkeypatch.setattr(large, "N_INDUCING", 50)
    data = training(70, 2, 1, seed=4)
    model = fit_model(data, ModelConfig())
    again = through_json(model, data, ModelConfig())
    points = random_points(data, 30)
    assert again.predict(points)[0] == pytest.approx(model.predict(points)[0], rel=1e-7)
    assert again.part.predict(points)[1] == pytest.approx(model.part.predict(points)[1], rel=1e-6)
    assert again.approximation == model.approximation


def test_a_model_of_a_part_of_the_results_is_written_too(monkeypatch):
    monkeypatch.setattr(scikit, "MAX_GAUSSIAN", 60)
    monkeypatch.setattr(scikit, "N_SEEN", 40)
    data, config = training(70, 2, 1, seed=4), ModelConfig("sklearn", "RBF")
    model = fit_model(data, config)
    again = through_json(model, data, config)
    assert again.seen.tolist() == model.seen.tolist()
    assert again.leave_one_out()[0] == pytest.approx(model.leave_one_out()[0], rel=1e-7)
    assert again.approximation == model.approximation


def test_a_forest_is_grown_where_it_is_needed():
    data = training(24, 2, 0, seed=3)
    config = ModelConfig("sklearn", "RandomForest")
    assert not can_be_written(config)
    assert write_model(fit_model(data, config)) is None


@pytest.mark.parametrize(
    "spoilt",
    [
        {"form": "pickle"},
        {"theta": [0.0]},
        {"theta": ["nan", 0.0, 0.0]},
        {"theta": None},
        {"noise": [1.0, 2.0]},
        {"outcomes": {"location": 0.0, "scale": 1.0, "__class__": 1.0}},
        {"warped": True},
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(spoilt):
    data = training(8, 2, 0, seed=3)
    written = {**write_model(fit_model(data, ModelConfig())), **spoilt}
    with pytest.raises(OptwidgetsError, match="written by another version"):
        read_model(written, data, ModelConfig())
