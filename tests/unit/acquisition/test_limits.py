"""Limits of outcomes and failed rows, in every strategy and for both goals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optwidgets.acquisition import STRATEGIES
from optwidgets.acquisition.analytic import UpperConfidenceBound
from optwidgets.acquisition.feasibility import Feasibility, KeepsLimits
from optwidgets.acquisition.joint_draws import base_samples
from optwidgets.acquisition.joint_feasibility import JointFeasibility
from optwidgets.acquisition.limits import Limit
from optwidgets.acquisition.monte_carlo import (
    BatchAcquisition,
    BatchUpperBound,
    LogImprovement,
    PlainImprovement,
)
from optwidgets.acquisition.suggest import suggest
from optwidgets.data.table import Objective, Row, Table
from optwidgets.designs.space_filling import design
from optwidgets.models import ModelConfig, fit_model
from optwidgets.models.base import training_data
from support.engine import slope, space_of, training

SPACE = space_of(2)
SINGLE = [name for name, known in STRATEGIES.items() if "botorch" in known.backends]


def rows_of(sign, failing=False, n=24):
    rows = []
    for i, point in enumerate(design(SPACE, "sobol", n, seed=0), start=1):
        y = -sign * ((point["x0"] - 0.8) ** 2 + (point["x1"] - 0.3) ** 2)
        limited = point["x0"]
        if failing and point["x0"] > 0.5:
            rows.append(Row(i, point, {}, state="failed"))
        else:
            rows.append(Row(i, point, {"Output": y, "C": limited}, state="done"))
    return Table().with_rows(rows)


def model_of(table, name="Output"):
    return fit_model(training_data(SPACE, table, name), ModelConfig())


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
@pytest.mark.parametrize("strategy", [s for s in SINGLE if s != "qNIPV"])  # which has no goal
def test_a_limit_is_kept_where_the_optimum_is_beyond_it(strategy, goal):
    table = rows_of(1 if goal == "maximize" else -1)
    limit = Limit(Objective("C", upper=0.5), model_of(table, "C"))
    options = {"strategy": strategy, "goal": goal, "n": 2, "seed": 1, "balance": 0.9}
    if strategy == "TS":
        del options["balance"]
    free = suggest(model_of(table), SPACE, table, **options)
    kept = suggest(model_of(table), SPACE, table, limits=[limit], **options)
    assert free[0].feasible is None
    assert free[0].inputs["x0"] > 0.6
    for proposal in kept:
        assert proposal.inputs["x0"] < 0.56
        assert math.isfinite(proposal.acquisition)
        assert "feasible" in proposal.gain_words
    assert kept[0].feasible > 0.4
    assert math.dist((kept[0].inputs["x0"], kept[0].inputs["x1"]), (0.5, 0.3)) < 0.25


@pytest.mark.parametrize("strategy", SINGLE)
def test_a_limit_that_is_never_near_changes_nothing(strategy):
    table = rows_of(1)
    limit = Limit(Objective("C", upper=60.0), model_of(table, "C"))
    free = suggest(model_of(table), SPACE, table, strategy=strategy, seed=1)[0]
    kept = suggest(model_of(table), SPACE, table, strategy=strategy, seed=1, limits=[limit])[0]
    assert kept.feasible == pytest.approx(1.0)
    if strategy != "UCB":  # its soft floor moves the value a little
        assert kept.acquisition == pytest.approx(free.acquisition, abs=1e-3)
    assert kept.inputs == pytest.approx(free.inputs, abs=0.02)


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
@pytest.mark.parametrize("strategy", SINGLE)
def test_failed_rows_keep_suggestions_away(strategy, goal):
    table = rows_of(1 if goal == "maximize" else -1, failing=True)
    found = suggest(model_of(table), SPACE, table, strategy=strategy, goal=goal, n=2, seed=1)
    for proposal in found:
        assert proposal.inputs["x0"] < 0.66
        assert 0 < proposal.feasible < 1


def test_while_nothing_is_feasible_the_chance_decides():
    table = rows_of(1)
    table = table.without_rows([row.id for row in table if row.outputs["C"] < 0.5])
    limit = Limit(Objective("C", upper=0.3), model_of(table, "C"))
    found = suggest(model_of(table), SPACE, table, strategy="LogEI", limits=[limit], seed=2)[0]
    assert found.inputs["x0"] < 0.4


def test_the_incumbent_is_the_best_feasible_result():
    table = rows_of(1)
    limit = Limit(Objective("C", upper=0.5), model_of(table, "C"))
    feasible = [row.outputs["Output"] for row in table if row.outputs["C"] <= 0.5]
    found = suggest(model_of(table), SPACE, table, strategy="EI", limits=[limit])[0]
    assert found.gain < max(row.outputs["Output"] for row in table) - max(feasible) + 0.1
    assert found.gain > 0
    assert max(feasible) < max(row.outputs["Output"] for row in table)


def test_a_failed_point_is_not_proposed_again_in_a_finite_space():
    table = rows_of(1, n=6)
    again = table.with_rows([Row(99, {"x0": 0.8, "x1": 0.3}, state="failed")])
    found = suggest(model_of(table), SPACE, again, strategy="EI", balance=1.0, seed=3)[0]
    assert math.dist((found.inputs["x0"], found.inputs["x1"]), (0.8, 0.3)) > 1e-3


@pytest.mark.parametrize("utility", [LogImprovement(0.2), BatchUpperBound(1.0, -2.0)])
@pytest.mark.parametrize("shape", [(2, 0), (2, 1)], ids=["numeric", "mixed"])
def test_batch_gradients_with_feasibility(utility, shape):
    model = fit_model(training(12, *shape), ModelConfig())
    feasibility = Feasibility(((model.posterior, KeepsLimits(-0.5, 0.8)),))
    rng = np.random.default_rng(0)
    d = model.data.X.shape[1]
    pending, batch = rng.random((2, d)), rng.random((3, d))
    if shape[1]:
        pending[:, 2:], batch[:, 2:] = model.data.X[:2, 2:], model.data.X[:3, 2:]
    draws = base_samples(16, 5, seed=1)
    chances = JointFeasibility(feasibility, pending, 3, 16, seed=2)
    found = BatchAcquisition(model.posterior, 1, utility, pending, draws, chances)
    _, gradient = found.value_and_gradient(batch[None])

    def value(flat):
        moved = batch.copy()
        moved[:, :2] = flat.reshape(3, 2)
        return float(found.value(moved[None])[0])

    expected = slope(value, batch[:, :2].ravel())
    assert gradient[0, :, :2].ravel() == pytest.approx(expected, rel=2e-3, abs=2e-5)


def test_batch_values_weigh_each_point_by_its_own_chance():
    mean, spread = np.array([[1.0, 2.0]]), np.zeros((1, 4, 2))
    chance = np.log(np.array([[[0.9, 0.1]]]))
    value, *_ = PlainImprovement(0.0).weighed(mean, spread, chance)
    assert value == pytest.approx([0.9])
    value, *_ = LogImprovement(0.0).weighed(mean, spread, chance)
    assert np.exp(value) == pytest.approx([0.9], rel=0.02)
    value, *_ = BatchUpperBound(1.0, -1.0).weighed(mean, spread, chance)
    assert value == pytest.approx([-1.0 + 2.0 * 0.9])
    assert UpperConfidenceBound(1.0)(mean[0], mean[0])[0].tolist() == [2.0, 4.0]


# A forest once, with the strategy that asks all others.
@pytest.mark.parametrize(
    ("strategy", "kernel"),
    [
        *((n, "Matern") for n, s in STRATEGIES.items() if "sklearn" in s.backends),
        ("gp_hedge", "RandomForest"),
    ],
)
def test_limits_and_failures_with_backend_sklearn(strategy, kernel):
    config = ModelConfig(backend="sklearn", kernel=kernel)
    table = rows_of(1)
    models = [fit_model(training_data(SPACE, table, name), config) for name in ("Output", "C")]
    limit = Limit(Objective("C", upper=0.5), models[1])
    found = suggest(models[0], SPACE, table, strategy=strategy, limits=[limit], n=2, seed=1)
    assert found[0].inputs["x0"] < 0.6
    assert 0 < found[0].feasible <= 1
    table = rows_of(1, failing=True)
    model = fit_model(training_data(SPACE, table, "Output"), config)
    found = suggest(model, SPACE, table, strategy=strategy, n=2, seed=1)
    assert found[0].inputs["x0"] < 0.7


def test_a_limit_beyond_any_result_leaves_finite_suggestions():
    rows = [
        Row(i, point, {"Output": 1e-200 * point["x0"]}, state="done")
        for i, point in enumerate(design(SPACE, "sobol", 8, seed=0), start=1)
    ]
    table = Table().with_rows(rows)
    model = model_of(table)
    limit = Limit(Objective("Output", upper=-1.0), model)
    for strategy in ("EI", "qLogEI", "UCB", "TS"):
        found = suggest(model, SPACE, table, strategy=strategy, n=2, limits=[limit], seed=1)
        assert all(math.isfinite(proposal.acquisition) for proposal in found)
        assert [proposal.feasible for proposal in found] == [0.0, 0.0]
