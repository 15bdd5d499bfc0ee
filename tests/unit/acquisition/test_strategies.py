from __future__ import annotations

import numpy as np
import pytest

from optwidgets.acquisition import find_strategy, strategies_of
from optwidgets.acquisition.aims import Signed
from optwidgets.acquisition.analytic import expected_improvement, probability_of_improvement
from optwidgets.acquisition.balance import Weights
from optwidgets.acquisition.one_by_one import criterion_of, reported
from optwidgets.acquisition.problem import Problem
from optwidgets.acquisition.region import Region, Taken
from optwidgets.acquisition.search import Effort
from optwidgets.acquisition.strategies import choose_batch
from optwidgets.models import ModelConfig, fit_model
from support.engine import random_points, training

MEAN, SD = np.array([0.2, -1.0, 0.9]), np.array([0.5, 0.1, 1e-3])


def problem_of(model, **changes):
    d = model.data.X.shape[1]
    known = {
        "posterior": model.posterior, "aim": Signed(1), "best": 0.5, "weights": Weights(),
        "region": Region(model.data.encoding, {}), "taken": Taken(np.empty((0, d)), 1e-3),
        "pending": np.empty((0, d)), "centres": model.data.X[:2], "effort": Effort(4, 64, 20),
        "mc_samples": 32, "candidates": 256, "seed": 3, "tick": lambda: None,
    }  # fmt: skip
    return Problem(**(known | changes))


@pytest.fixture(scope="module", params=[(2, 0), (1, 1)], ids=["numeric", "mixed"])
def model(request):
    return fit_model(training(10, *request.param), ModelConfig())


def test_what_is_reported_are_the_textbook_values():
    def value(name):
        strategy = find_strategy(name)
        return reported(strategy, criterion_of(strategy, Signed(1), 0.3, Weights())(MEAN, SD)[0])

    assert value("EI") == pytest.approx(expected_improvement(MEAN, SD, 0.3))
    assert np.exp(value("LogEI")[:1]) == pytest.approx(value("EI")[:1])
    assert value("PI") == pytest.approx(probability_of_improvement(MEAN, SD, 0.3))
    assert np.exp(value("LogPI")) == pytest.approx(value("PI"))
    assert value("UCB") == pytest.approx(MEAN + np.sqrt(0.5) * SD)


def test_the_first_point_of_a_batch_is_the_single_one(model):
    for name in ("EI", "PI", "UCB"):
        one, _ = choose_batch(find_strategy(name), problem_of(model), 1)
        three, _ = choose_batch(find_strategy(name), problem_of(model), 3)
        assert (one[0] == three[0]).all()


@pytest.mark.parametrize("name", strategies_of("botorch"))
def test_no_point_is_better_than_the_chosen_one(model, name):
    """Of random points none beats the search by more than a little."""
    strategy = find_strategy(name)
    if name == "TS" or strategy.monte_carlo:
        return  # their values depend on the draws; the batch has a test of its own
    points, values = choose_batch(strategy, problem_of(model), 1)
    others = random_points(model.data, 3000, seed=8)
    mean, sd = model.posterior.moments(others)
    rivals = reported(strategy, criterion_of(strategy, Signed(1), 0.5, Weights())(mean, sd)[0])
    assert values[0] >= rivals.max() - 1e-6 * abs(rivals.max())
    assert len(points) == 1


def test_thompson_draws_differ_and_favour_good_regions(model):
    points, _ = choose_batch(find_strategy("TS"), problem_of(model), 12)
    assert len(np.unique(points, axis=0)) == 12
    chosen, _ = model.posterior.moments(points)
    anywhere, _ = model.posterior.moments(random_points(model.data, 400, seed=2))
    assert chosen.mean() > np.quantile(anywhere, 0.7)


@pytest.mark.parametrize("name", strategies_of("botorch"))
def test_when_everything_is_taken_nothing_is_chosen(name):
    model = fit_model(training(6, 0, 1), ModelConfig())
    region = Region(model.data.encoding, {})
    full = Taken(region.points(), 1e-6)
    points, values = choose_batch(find_strategy(name), problem_of(model, taken=full), 2)
    assert points.shape == (0, 1)
    assert values.shape == (0,)
