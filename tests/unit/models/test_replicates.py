from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, TrainingData, fit_model, replicates
from optwidgets.models.replicates import replicate_noise
from optwidgets.space.encoding import Encoding
from support.engine import space_of


def noisy_on_the_right(n_settings=12, repeats=4, seed=0):
    rng = np.random.default_rng(seed)
    x = np.repeat(np.linspace(0, 1, n_settings), repeats)
    y = np.sin(4 * x) + np.where(x > 0.5, 0.5, 0.02) * rng.standard_normal(len(x))
    return TrainingData(Encoding(space_of(1)), x[:, None], y, None, tuple(range(1, len(x) + 1)))


def test_settings_that_scatter_more_get_more_noise():
    data = noisy_on_the_right()
    found = replicate_noise(data.X, data.y)
    left, right = data.X[:, 0] < 0.5, data.X[:, 0] > 0.5
    assert found[left].max() < found[right].mean()
    assert found[right].mean() == pytest.approx(0.25, rel=0.5)


def test_a_setting_without_repeats_takes_the_noise_of_its_neighbours():
    data = noisy_on_the_right()
    X = np.vstack([data.X, [[0.1]], [[0.95]]])
    found = replicate_noise(X, np.append(data.y, [0.0, 0.0]))
    assert found[-2] < found[-1]


@given(st.floats(1e-150, 1e150), st.floats(-5, 5))
def test_the_unit_of_the_results_does_not_matter(scale, shift):
    X = np.array([[0.0], [0.0], [1.0], [1.0], [0.4]])
    y = np.array([1.0, 1.3, -2.0, 0.5, 0.2]) + shift
    found = replicate_noise(X, scale * y) / scale / scale
    assert found == pytest.approx(replicate_noise(X, y), rel=1e-6)


def test_the_model_trusts_quiet_settings_more():
    data = noisy_on_the_right()
    model = fit_model(data, ModelConfig(noise="replicates"))
    assert model.noise[0] < model.noise[-1]
    _, quiet = model.predict(np.array([[0.1]]))
    _, loud = model.predict(np.array([[0.9]]))
    assert quiet[0] < loud[0]


def test_without_any_repeat_it_says_what_to_do():
    with pytest.raises(OptwidgetsError, match="Repeat an experiment"):
        replicate_noise(np.array([[0.0], [1.0]]), np.array([1.0, 2.0]))


def test_a_session_keeps_the_choice_and_replays_it():
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(0, 1))
    data = noisy_on_the_right(5, 2)
    for x, y in zip(data.X[:, 0], data.y, strict=True):
        session.add_experiment({"T": float(x)}, output=float(y))
    session.train_model(kernel_params={"noise": "replicates"})
    session.add_experiment({"T": 0.3}, output=1.0)
    session.suggest_next("LogEI")
    assert session.state.model["noise"] == "replicates"
    assert session.replay()["equal"].all()


def test_many_settings_are_weighed_in_parts(monkeypatch):
    rng = np.random.default_rng(0)
    X = np.vstack([np.tile(rng.random((40, 2)), (2, 1)), rng.random((30, 2))])
    y = rng.standard_normal(len(X))
    whole = replicate_noise(X, y)
    monkeypatch.setattr(replicates, "_PAIRS", 100)
    assert replicate_noise(X, y) == pytest.approx(whole)
