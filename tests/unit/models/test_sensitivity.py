from __future__ import annotations

import math

import numpy as np
import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, TrainingData, fit_model
from optwidgets.models.sensitivity import SENSITIVITIES, sensitivity
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real
from support.engine import training


class Known:
    """A model whose mean is a known function of the unit cube."""

    def __init__(self, function, space, n=50):
        rng = np.random.default_rng(0)
        encoding = Encoding(space)
        X = encoding.snap(rng.random((n, len(space))))
        self._function = function
        self.data = TrainingData(encoding, X, function(X), None, tuple(range(n)))
        self.config = ModelConfig()
        self.hyperparameters = {"lengthscales": dict.fromkeys(space.names, 0.5)}

    def predict(self, X, *, observation_noise=False):
        return self._function(X), np.ones(len(X))


def ishigami(X):
    x = math.pi * (2.0 * X - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


REALS = Space(tuple(Real(name, 0, 1) for name in "abc"))
MIXED = Space((Real("T", 1, 100, log=True), Integer("n", 1, 4), Categorical("c", ("A", "B", "C"))))


def test_sobol_indices_are_those_known_for_ishigami():
    found = sensitivity(Known(ishigami, REALS), "sobol", n_samples=8192)
    assert found["first"].to_numpy() == pytest.approx([0.314, 0.442, 0.0], abs=0.02)
    assert found["total"].to_numpy() == pytest.approx([0.558, 0.442, 0.244], abs=0.02)
    errors = found[["first_error", "total_error"]].to_numpy()
    assert (errors > 0).all()
    assert (errors < 0.02).all()


def test_sobol_indices_do_not_depend_on_unit_or_offset():
    plain = sensitivity(Known(ishigami, REALS))
    other = sensitivity(Known(lambda X: 1e200 * (ishigami(X) + 1.0), REALS))
    assert other["total"].to_numpy() == pytest.approx(plain["total"].to_numpy(), abs=0.01)


def test_a_constant_has_no_sensitivity():
    model = Known(lambda X: np.full(len(X), 3.0), REALS)
    assert not sensitivity(model, "sobol").to_numpy().any()
    assert not sensitivity(model, "permutation").to_numpy().any()


def test_categories_and_whole_numbers_vary_over_their_levels_only():
    seen = []

    def function(X):
        seen.append(X)
        return X[:, 2]

    found = sensitivity(Known(function, MIXED), "sobol")
    assert found.loc["c", "first"] == pytest.approx(1.0, abs=0.05)
    X = np.vstack(seen)
    assert set(np.unique(X[:, 2]).tolist()) == {0.0, 0.5, 1.0}
    assert len(np.unique(X[:, 1])) == 4


def test_permutation_finds_the_variable_that_carries_the_results():
    found = sensitivity(Known(lambda X: 5.0 * X[:, 1], REALS), "permutation", repeats=5)
    assert found["importance"].idxmax() == "b"
    assert found.loc["a", "importance"] == 0.0
    assert found.loc["b", "importance"] == pytest.approx(5.0 * math.sqrt(1 / 6), rel=0.3)


def test_partial_dependence_is_the_average_over_the_others():
    model = Known(lambda X: 2.0 * X[:, 0] + 0.5 * X[:, 2], REALS)
    found = sensitivity(model, "partial", variable="a", n_points=5, n_samples=4096)
    assert found["a"].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert found["mean"].to_numpy() == pytest.approx(2.0 * found["a"] + 0.25, abs=0.02)
    assert (found["high"] - found["low"]).to_numpy() == pytest.approx(0.45, abs=0.02)


def test_partial_dependence_shows_every_level():
    model = Known(lambda X: X[:, 0], MIXED)
    assert sensitivity(model, "partial", variable="c")["c"].tolist() == ["A", "B", "C"]
    assert sensitivity(model, "partial", variable="n")["n"].tolist() == [1, 2, 3, 4]
    assert sensitivity(model, "partial")["T"].iloc[[0, -1]].tolist() == [1.0, 100.0]


@pytest.mark.parametrize("kernel", ["Matern", "RBF"])
def test_relevance_of_a_fitted_model_is_high_where_the_results_bend(kernel):
    data = Known(lambda X: np.sin(9.0 * X[:, 1]), REALS).data
    found = sensitivity(fit_model(data, ModelConfig(kernel=kernel)), "ARD")
    assert found["relevance"].idxmax() == "b"
    assert found["relevance"].sum() == pytest.approx(1.0)
    assert found["lengthscale"].idxmin() == "b"


def test_one_hot_columns_and_forests_count_by_variable():
    model = Known(lambda X: X[:, 0], MIXED)
    model.hyperparameters = {
        "importances": {"T": 0.2, "n": 0.3, "c=A": 0.1, "c=B": 0.4, "c=C": 0.0}
    }
    assert sensitivity(model, "relevance")["relevance"].tolist() == pytest.approx([0.2, 0.3, 0.5])
    model.hyperparameters = {}
    with pytest.raises(OptwidgetsError, match="Choose method 'sobol'"):
        sensitivity(model, "relevance")


def test_the_same_seed_gives_the_same_numbers_and_mistakes_are_sentences():
    model = Known(ishigami, REALS, n=20)
    for name in SENSITIVITIES:
        assert sensitivity(model, name, 3).equals(sensitivity(model, name, 3))
        assert SENSITIVITIES[name].source
    for options, words in (
        ({"method": "shap"}, "Choose one of 'sobol'"),
        ({"method": "sobol", "repeats": 3}, "which has n_samples"),
        ({"method": "sobol", "n_samples": 0}, "from 8 to 65,536"),
        ({"method": "partial", "variable": "A"}, "The variables are a, b, c"),
    ):
        with pytest.raises(OptwidgetsError, match=words):
            sensitivity(model, **options)


def test_relevance_counts_categories_beside_any_kernel_or_says_why_not():
    data = training(14, 1, 1)
    found = sensitivity(fit_model(data, ModelConfig(kernel="RationalQuadratic")), "relevance")
    assert found["relevance"].sum() == pytest.approx(1.0)
    assert (found["lengthscale"] > 0).all()
    with pytest.raises(OptwidgetsError, match="'Linear' has no scale of each variable"):
        sensitivity(fit_model(data, ModelConfig(kernel="Linear")), "relevance")
