from __future__ import annotations

import numpy as np
import pytest

from optwidgets.models.correlation import KERNELS
from optwidgets.models.fitting import maximise_posterior, n_searches, starting_points
from optwidgets.models.kernels import make_kernel
from optwidgets.models.marginal_likelihood import MarginalLikelihood
from support.engine import training

PROFILE = KERNELS["Matern"].profile(2.5)


def objective_of(data):
    z = (data.y - data.y.mean()) / data.y.std(ddof=1)
    categorical = list(data.encoding.categorical_dims)
    return MarginalLikelihood(make_kernel(data.X.shape[1], categorical, PROFILE), data.X, z, None)


@pytest.mark.parametrize("categories", [0, 2])
def test_the_end_is_stationary_or_at_a_limit(categories):
    objective = objective_of(training(25, 2, categories, noise=0.1))
    theta, value = maximise_posterior(objective, 25, seed=0)
    low, high = np.array(objective.limits()).T
    _, gradient = objective(theta)
    inside = (theta > low + 1e-6) & (theta < high - 1e-6)
    assert np.abs(gradient[inside]).max() < 1e-3
    assert value == pytest.approx(-objective(theta)[0])


def test_more_starts_never_end_lower_than_the_first_alone(monkeypatch):
    for seed in range(5):
        objective = objective_of(training(10, 2, 1, seed=seed, noise=0.3))
        several = maximise_posterior(objective, 10, seed=0)[1]
        monkeypatch.setattr("optwidgets.models.fitting.n_searches", lambda _: 1)
        alone = maximise_posterior(objective, 10, seed=0)[1]
        monkeypatch.undo()
        assert several >= alone - 1e-4


def test_starts_follow_the_seed_and_keep_to_the_limits():
    objective = objective_of(training(10, 2, 1))
    low, high = np.array(objective.limits()).T
    starts = starting_points(objective, 10, 0)
    assert (starts[0] == objective.start()).all()
    assert ((starts >= low) & (starts <= high)).all()
    assert (starts == starting_points(objective, 10, 0)).all()
    assert (starts != starting_points(objective, 10, 1)).any()


def test_large_tables_get_fewer_searches():
    counts = [n_searches(n) for n in (1, 50, 51, 150, 151, 500, 501, 5000)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1
    assert counts[-1] == 1
