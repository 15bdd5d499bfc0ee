from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, TrainingData, cross_validate, fit_model
from optwidgets.models.base import LARGEST_RESULT
from optwidgets.models.gaussian_process import standardisation
from optwidgets.space.encoding import Encoding
from support.engine import random_points, space_of, training


def with_outputs(data, y):
    return dataclasses.replace(data, y=np.asarray(y, dtype=float))


def assert_sound(model):
    """Finite predictions everywhere, and finite validation."""
    X = np.vstack([random_points(model.data, 20), model.data.X])
    for noise in (False, True):
        mean, sd = model.predict(X, observation_noise=noise)
        assert np.isfinite(mean).all()
        assert np.isfinite(sd).all()
        assert (sd >= 0).all()
    assert np.isfinite(list(cross_validate(model).metrics().values())).all()
    assert all(np.isfinite(v) for v in _numbers(model.hyperparameters))


def _numbers(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from _numbers(inner)
    else:
        yield value


def test_the_same_data_and_seed_give_the_same_model():
    first, second = (fit_model(training(30), ModelConfig(), seed=3) for _ in range(2))
    assert (first.theta == second.theta).all()
    assert first.hyperparameters == second.hyperparameters


def test_a_clean_function_is_learned():
    data = training(40, noise=0.0)
    model = fit_model(data, ModelConfig())
    test = training(50, seed=9, noise=0.0)
    mean, sd = model.predict(test.X)
    assert np.abs(mean - test.y).max() < 0.05
    assert (np.abs(mean - test.y) < 4 * sd).mean() > 0.9


def test_noise_is_found():
    data = training(150, noise=0.3)
    model = fit_model(data, ModelConfig())
    assert model.hyperparameters["noise_sd"] == pytest.approx(0.3, rel=0.25)
    _, latent = model.predict(data.X)
    _, measured = model.predict(data.X, observation_noise=True)
    assert measured**2 - latent**2 == pytest.approx(model.hyperparameters["noise_sd"] ** 2)


def test_known_noise_weighs_the_rows():
    X = np.array([[0.3], [0.3], [0.9]])
    variances = np.array([1e-6, 4.0, 1e-6])
    data = TrainingData(Encoding(space_of(1)), X, np.array([1.0, 5.0, 2.0]), variances, (1, 2, 3))
    mean, _ = fit_model(data, ModelConfig(noise="known")).predict(np.array([[0.3]]))
    assert mean[0] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("factor", [1e-12, 1e12])
def test_units_of_the_output_do_not_matter(factor):
    data = training(20, variances=np.full(20, 0.01))
    other = dataclasses.replace(data, y=factor * data.y + 3 * factor, noise=data.noise * factor**2)
    X = random_points(data, 10)
    for noise in ("infer", "known"):
        config = ModelConfig(noise=noise)
        mean, sd = fit_model(data, config).predict(X)
        new_mean, new_sd = fit_model(other, config).predict(X)
        assert (new_mean / factor - 3) == pytest.approx(mean, abs=1e-4)
        assert new_sd / factor == pytest.approx(sd, abs=1e-4)


def test_leave_one_out_is_the_refit_without_the_row():
    model = fit_model(training(14, 2, 1), ModelConfig())
    mean, sd = model.leave_one_out()
    post, z = model.posterior, model.standardised
    K = post.kernel.cross(post.theta, post.X, post.X)[0] + np.diag(model.noise)
    for i in range(14):
        rest = np.delete(np.arange(14), i)
        inverse = np.linalg.inv(K[np.ix_(rest, rest)])
        ones = np.ones(13)
        constant = ones @ inverse @ z[rest] / (ones @ inverse @ ones)
        k = K[i, rest]
        expected = constant + k @ inverse @ (z[rest] - constant)
        doubt = (1 - k @ inverse @ ones) ** 2 / (ones @ inverse @ ones)
        variance = K[i, i] - k @ inverse @ k + doubt
        assert mean[i] == pytest.approx(
            model.outcomes.location + model.outcomes.scale * expected, abs=1e-7
        )
        assert sd[i] == pytest.approx(model.outcomes.scale * np.sqrt(variance), abs=1e-7)


@pytest.mark.parametrize("noise", ["infer", "known"])
@pytest.mark.parametrize("mixed", [0, 1])
@pytest.mark.parametrize(
    "y",
    [[0.0], [1e12], [3.0, 3.0], [1.0, 2.0], [5e-324, 0.0], [1e300, -1e300], [7.0] * 6],
    ids=str,
)
def test_tiny_and_constant_tables_give_a_finite_model(y, mixed, noise):
    data = with_outputs(training(len(y), 2, mixed, variances=np.zeros(len(y))), y)
    assert_sound(fit_model(data, ModelConfig(noise=noise)))


def test_one_result_says_what_it_is_and_doubts_in_its_own_size():
    data = with_outputs(training(1), [1e12])
    mean, sd = fit_model(data, ModelConfig()).predict(np.array([[0.9, 0.1]]))
    assert mean[0] == pytest.approx(1e12)
    assert 1e11 < sd[0] < 1e13


@pytest.mark.parametrize("kernel", ["Matern", "RBF"])
def test_repeated_collinear_and_constant_columns(kernel):
    X = np.repeat(np.linspace(0, 1, 5)[:, None], 3, axis=1)
    X[:, 2] = 0.4
    X = np.vstack([X, X, X])
    y = np.concatenate([X[:5, 0], X[:5, 0] + 0.1, X[:5, 0] - 0.1])
    data = TrainingData(Encoding(space_of(3)), X, y, None, tuple(range(15)))
    model = fit_model(data, ModelConfig(kernel=kernel))
    assert_sound(model)
    mean, _ = model.predict(X[:5])
    assert mean == pytest.approx(X[:5, 0], abs=0.1)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 3),
    categories=st.integers(0, 2),
    data=st.data(),
)
def test_any_finite_table_gives_a_finite_model_or_a_sentence(rows, columns, categories, data):
    units = st.sampled_from([0.0, 1e-9, 0.1, 0.1000000001, 0.5, 1.0, 1.5, -3.0, 1e6])
    outputs = st.one_of(
        st.floats(allow_nan=False, allow_infinity=False, width=64),
        st.sampled_from([0.0, 1.0, 1.0 + 1e-15, 1e12, -1e12, 1e-300]),
    )
    d = columns + categories
    X = np.array(
        data.draw(st.lists(st.lists(units, min_size=d, max_size=d), min_size=rows, max_size=rows))
    )
    X[:, columns:] = np.rint(np.clip(X[:, columns:], 0, 1) * 2) / 2
    y = data.draw(st.lists(outputs, min_size=rows, max_size=rows))
    noise = data.draw(st.sampled_from(["infer", "known"]))
    kernel = data.draw(st.sampled_from([("RBF", 2.5), ("Matern", 0.5), ("Matern", 2.5)]))
    table = TrainingData(
        Encoding(space_of(columns, categories)), X, np.array(y), np.abs(np.array(y)) % 1e6,
        tuple(range(rows)),
    )  # fmt: skip
    try:
        model = fit_model(table, ModelConfig(kernel=kernel[0], nu=kernel[1], noise=noise))
    except OptwidgetsError as refused:
        too_large = np.abs(table.y).max() > LARGEST_RESULT
        assert ("too large" if too_large else "orders of magnitude") in str(refused)  # noqa: PT017
        return
    mean, sd = model.predict(np.vstack([X, np.full((1, d), 0.5)]))
    assert np.isfinite(mean).all()
    assert np.isfinite(sd).all()


@pytest.mark.parametrize(
    ("y", "expected"),
    [([1.0, 3.0], (2.0, 2**0.5)), ([4.0], (4.0, 4.0)), ([0.0, 0.0], (0.0, 1.0))],
)
def test_standardisation(y, expected):
    assert standardisation(np.array(y)) == pytest.approx(expected)


def test_fitting_numbers_needs_no_torch():
    code = (
        "import sys, numpy as np\n"
        "from support.engine import training, space_of, table_of\n"
        "from optwidgets.models import ModelConfig, fit_model, training_data, cross_validate\n"
        "from optwidgets.acquisition.suggest import suggest\n"
        "points = [{'x0': i / 7, 'x1': (3 * i % 8) / 7} for i in range(8)]\n"
        "space, table = space_of(2), table_of(points, lambda x0, x1: x0 - x1)\n"
        "model = fit_model(training_data(space, table, 'Output'), ModelConfig())\n"
        "cross_validate(model)\n"
        "for name in ('EI', 'qLogEI', 'TS'):\n"
        "    suggest(model, space, table, strategy=name)\n"
        "heavy = {'torch', 'botorch', 'gpytorch', 'sklearn', 'plotly'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True
    )
    assert run.returncode == 0, run.stderr.decode()
