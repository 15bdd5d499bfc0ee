from __future__ import annotations

import numpy as np
import pytest
from skopt.acquisition import gaussian_ei

from optwidgets.acquisition import strategies_of
from optwidgets.acquisition.aims import Signed
from optwidgets.acquisition.balance import Weights
from optwidgets.acquisition.skopt_backend import SkoptAcquisition
from optwidgets.acquisition.suggest import suggest
from optwidgets.designs import design
from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, fit_model, training_data
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real
from support.engine import slope, space_of, table_of

MIXED = Space((
    Real("T", 60, 140), Integer("n", 1, 30), Discrete("d", (1, 2, 5)), Categorical("c", ("A", "B")),
))  # fmt: skip
QUICK = {"restarts": 3, "raw_samples": 64}


def mixed(T, n, d, c):
    return -(((T - 110) / 40) ** 2) + (c == "B") - abs(n - 9) / 9 - d / 9


def fitted(space, table, kernel="Matern"):
    return fit_model(training_data(space, table, "Output"), ModelConfig("sklearn", kernel))


@pytest.fixture(scope="module")
def campaign():
    table = table_of(design(MIXED, "lhs", 16, seed=1), mixed, design(MIXED, "lhs", 2, seed=2))
    return table, {kernel: fitted(MIXED, table, kernel) for kernel in ("RBF", "ExtraTrees")}


@pytest.mark.parametrize("kernel", ["RBF", "ExtraTrees"])
@pytest.mark.parametrize("strategy", strategies_of("sklearn"))
def test_points_are_real_different_held_not_pending_and_the_same_again(campaign, strategy, kernel):
    table, models = campaign
    options = {"strategy": strategy, "n": 3, "seed": 5, "hold": {"d": 2.0}, "options": QUICK}
    found = suggest(models[kernel], MIXED, table, **options)
    assert len(found) == 3
    assert all(p.inputs["d"] == 2.0 and not MIXED.outside(p.inputs) for p in found)
    assert all(np.isfinite(p.acquisition) and p.sd > 0 and p.gain_words for p in found)
    encoding = Encoding(MIXED)
    pending = encoding.encode([row.inputs for row in table.pending()])
    points = np.vstack([encoding.encode([p.inputs for p in found]), pending])
    apart = np.abs(points[:, None] - points[None]).max(axis=2)
    assert (apart[np.triu_indices(len(points), 1)] > 1e-4).all()
    again = suggest(models[kernel], MIXED, table, **options)
    assert [p.inputs for p in again] == [p.inputs for p in found]


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
@pytest.mark.parametrize("strategy", strategies_of("sklearn"))
def test_each_goal_is_approached(strategy, goal):
    space = space_of(1)
    table = table_of([{"x0": x / 8} for x in range(9)], lambda x0: -((x0 - 0.4) ** 2))
    (found,) = suggest(fitted(space, table), space, table, strategy=strategy, goal=goal, seed=1)
    x = found.inputs["x0"]
    assert abs(x - 0.4) < 0.1 if goal == "maximize" else x > 0.9


def test_values_are_those_of_scikit_optimize_with_its_sign_turned(campaign):
    model = campaign[1]["RBF"]
    posterior, points = model.posterior, np.random.default_rng(0).random((6, 4))

    class Twin:
        def predict(self, X, return_std):
            mean, sd = posterior.moments(X)
            return -mean, sd

    score = SkoptAcquisition("EI", posterior, Signed(1), 0.3, Weights(xi=0.1))
    assert score.value(points) == pytest.approx(gaussian_ei(points, Twin(), -0.3, 0.1))
    mean, sd = posterior.moments(points)
    bound = SkoptAcquisition("UCB", posterior, Signed(-1), 0.3, Weights(kappa=2.0))
    assert bound.value(points) == pytest.approx(-mean + 2.0 * sd)
    chance = SkoptAcquisition("PI", posterior, Signed(1), 0.3, Weights()).value(points)
    assert ((chance >= 0) & (chance <= 1)).all()


def test_gradients_are_slopes(campaign):
    posterior = campaign[1]["RBF"].posterior
    score = SkoptAcquisition("UCB", posterior, Signed(1), 0.0, Weights(kappa=1.0))
    x = np.array([[0.3, 0.4, 0.5, 1.0]])
    gradient = score.value_and_gradient(x)[1]
    expected = slope(lambda X: float(score.value(X)[0]), x, 1e-4)
    assert gradient[0, :3] == pytest.approx(expected[0, :3], abs=1e-4)


def test_liars_that_promise_more_keep_the_batch_together(campaign):
    space = space_of(1)
    table = table_of([{"x0": x / 5} for x in range(6)], lambda x0: -((x0 - 0.4) ** 2))
    model = fitted(space, table)
    spread = {}
    for liar in ("cl_min", "cl_mean", "cl_max"):
        found = suggest(model, space, table, n=3, options={"batch_strategy": liar}, seed=3)
        spread[liar] = np.ptp([p.inputs["x0"] for p in found])
    assert spread["cl_min"] <= spread["cl_max"]
    with pytest.raises(OptwidgetsError, match=r"batch_strategy 'cl_median'.*cl_min"):
        suggest(model, space, table, options={"batch_strategy": "cl_median"})


def test_a_wrong_combination_names_the_strategies_that_fit(campaign):
    table, models = campaign
    with pytest.raises(OptwidgetsError, match="EI, PI, UCB, gp_hedge"):
        suggest(models["RBF"], MIXED, table, strategy="qLogEI")
    with pytest.raises(OptwidgetsError, match="mc_samples"):
        suggest(models["RBF"], MIXED, table, options={"mc_samples": 64})
