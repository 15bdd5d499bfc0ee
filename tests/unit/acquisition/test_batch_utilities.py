from __future__ import annotations

import numpy as np
import pytest
import torch
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.sampling.normal import IIDNormalSampler
from scipy.special import ndtr

from optwidgets.acquisition.active_learning import VarianceReduction
from optwidgets.acquisition.aims import Signed
from optwidgets.acquisition.batch_utilities import (
    LogProbability,
    OverBaseline,
    PlainProbability,
    baseline,
)
from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.acquisition.joint_draws import base_samples
from optwidgets.acquisition.monte_carlo import (
    BatchAcquisition,
    LogImprovement,
    PlainImprovement,
)
from optwidgets.acquisition.suggest import suggest
from optwidgets.data.table import Table
from optwidgets.models import ModelConfig, fit_model
from support.engine import random_points, slope, training


@pytest.fixture(scope="module", params=[(2, 0), (2, 1)], ids=["numeric", "mixed"])
def model(request):
    return fit_model(training(14, *request.param, noise=0.3), ModelConfig(outcome="standardise"))


def compared_with(model, utility, pending=0, q=2, n_draws=256, sign=1):
    compared = baseline(model.posterior, Signed(sign), model.data.X)
    known = np.vstack([compared, random_points(model.data, pending, seed=3)])
    draws = base_samples(n_draws, len(known) + q, 1)
    over = OverBaseline(utility, len(compared))
    return BatchAcquisition(model.posterior, sign, over, known, draws), known, draws


def test_one_point_has_the_probability_of_the_closed_form(model):
    X = random_points(model.data, 6)
    mean, sd = model.posterior.moments(X)
    expected = ndtr((mean - 0.2) / sd)
    draws = base_samples(4096, 1, 0)
    none = X[:0]
    plain = BatchAcquisition(model.posterior, 1, PlainProbability(0.2), none, draws)
    smooth = BatchAcquisition(model.posterior, 1, LogProbability(0.2), none, draws)
    assert plain.value(X[:, None]) == pytest.approx(expected, abs=5e-3)
    assert np.exp(smooth.value(X[:, None])) == pytest.approx(expected, abs=1e-2)


@pytest.mark.parametrize("q", [1, 2])
def test_noisy_improvement_is_that_of_botorch(model, q):
    ours, known, draws = compared_with(model, LogImprovement(0.0), q=q, n_draws=4096)
    X = random_points(model.data, q, seed=8)
    sampler = IIDNormalSampler(torch.Size([32768]), seed=0)
    theirs = qLogNoisyExpectedImprovement(
        model.botorch_model, torch.as_tensor(known), sampler, prune_baseline=False,
        cache_root=False,
    )  # fmt: skip
    with torch.no_grad():
        expected = float(theirs(torch.as_tensor(X)[None]))
    found = float(ours.value(X[None])[0]) + np.log(model.outcomes.scale)
    assert found == pytest.approx(expected, abs=0.1)
    assert len(draws) == 4096


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("kind", ["probability", "noisy"])
def test_gradients(model, kind, sign):
    if kind == "noisy":
        acquisition, _, _ = compared_with(model, LogImprovement(0.0), pending=2, sign=sign)
    else:
        pending = random_points(model.data, 2, seed=3)
        acquisition = BatchAcquisition(
            model.posterior, sign, LogProbability(0.4), pending, base_samples(64, 4, 0)
        )
    X = 0.1 + 0.8 * random_points(model.data, 2, seed=5)[None]
    if X.shape[2] == 3:
        X[:, :, 2] = 0.5
    gradient = acquisition.value_and_gradient(X)[1]
    expected = slope(lambda x: float(acquisition.value(x)[0]), X, 1e-7)
    assert gradient[0, :, :2] == pytest.approx(expected[0, :, :2], rel=2e-3, abs=2e-3)


def test_measured_points_bring_no_noisy_improvement_of_their_own(model):
    acquisition, known, _ = compared_with(model, PlainImprovement(0.0), q=1)
    again = acquisition.value(known[:, None])
    elsewhere = acquisition.value(random_points(model.data, 50, seed=9)[:, None])
    assert again.max() < 0.05 * elsewhere.max() + 1e-3


def test_the_baseline_holds_what_may_be_best_and_nothing_twice(model):
    repeated = np.vstack([model.data.X, model.data.X])
    chosen = baseline(model.posterior, Signed(1), repeated, count=5)
    assert len(np.unique(chosen, axis=0)) == len(chosen) <= 5
    mean, sd = model.posterior.moments(model.data.X)
    best = model.data.X[(mean + 2 * sd).argmax()]
    assert (chosen == best).all(axis=1).any()


def test_variance_reduction_is_what_another_measurement_takes_away(model):
    posterior, places = model.posterior, random_points(model.data, 200, seed=4)
    score = VarianceReduction(posterior, places, 0.0, Feasibility())
    X = random_points(model.data, 4, seed=6)
    before = np.square(posterior.moments(places)[1]).mean()
    for x, value in zip(X, score.value(X), strict=True):
        after = np.square(posterior.append(x).moments(places)[1]).mean()
        assert np.exp(value) == pytest.approx(before - after, rel=1e-3)
    noisy = VarianceReduction(posterior, places, 0.5, Feasibility())
    assert (noisy.value(X) < score.value(X)).all()
    gradient = noisy.value_and_gradient(X)[1]
    expected = slope(lambda x: float(noisy.value(x).sum()), X)
    assert gradient[:, :2] == pytest.approx(expected[:, :2], rel=1e-4, abs=1e-5)


def test_exploring_points_lie_far_from_results_whatever_the_goal(model):
    space = model.data.encoding.space
    plan = {"strategy": "qIPV", "n": 3, "seed": 2, "options": {"n_mc_points": 128}}
    found = suggest(model, space, Table(), **plan)
    other = suggest(model, space, Table(), goal="minimize", **plan)
    assert [p.inputs for p in found] == [p.inputs for p in other]
    assert all(p.acquisition < 0 for p in found)
    distances = [p.distance for p in found]
    anywhere = suggest(model, space, Table(), strategy="TS", n=3, seed=2)
    assert min(distances) > 0.05
    assert len(anywhere) == 3
