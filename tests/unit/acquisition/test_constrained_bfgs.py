"""Gradient searches within linear limits: as good as a general solver, and never outside."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from optwidgets.acquisition.constrained_bfgs import maximise_within


def bowl(rng, d):
    A = rng.normal(size=(d, d))
    Q, top = A @ A.T / d + 0.1 * np.eye(d), rng.random(d) * 2 - 0.5

    def objective(X):
        gap = X - top
        return -0.5 * np.einsum("ri,ij,rj->r", gap, Q, gap), -gap @ Q

    return objective


@pytest.mark.parametrize("seed", range(12))
def test_the_maximum_is_that_of_a_general_solver(seed):
    rng = np.random.default_rng(seed)
    d, k, n_equal = int(rng.integers(2, 8)), int(rng.integers(0, 4)), int(rng.integers(0, 2))
    start = rng.random((3, d))
    start[:] = start[0]
    G, E = rng.normal(size=(k, d)), rng.normal(size=(n_equal, d))
    R = np.vstack([G, np.eye(d), -np.eye(d)])
    r = np.concatenate([G @ start[0] + 0.1 * rng.random(k), np.ones(d), np.zeros(d)])
    objective = bowl(rng, d)
    points, values = maximise_within(objective, start, R, r - start @ R.T, E)
    assert (points @ R.T - r).max() < 1e-10
    assert np.abs((points - start) @ E.T).max(initial=0.0) < 1e-10
    rules = [{"type": "ineq", "fun": lambda x: r - R @ x}]
    if n_equal:
        rules.append({"type": "eq", "fun": lambda x: E @ (x - start[0])})
    found = minimize(
        lambda x: -objective(x[None])[0][0], start[0], constraints=rules, method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 300},
    )  # fmt: skip
    assert values == pytest.approx(-found.fun, abs=1e-5)


def test_columns_that_do_not_move_stay_and_values_never_fall():
    rng = np.random.default_rng(3)
    objective = bowl(rng, 4)
    start = np.array([[0.2, 0.3, 0.4, 0.1], [0.7, 0.1, 0.1, 0.1]])
    R, E = np.vstack([np.eye(4), -np.eye(4)]), np.ones((1, 4))
    room = np.hstack([1 - start, start])
    points, values = maximise_within(objective, start, R, room, E, moving=np.array([0, 2]))
    assert np.array_equal(points[:, [1, 3]], start[:, [1, 3]])
    assert points.sum(axis=1) == pytest.approx(start.sum(axis=1), abs=1e-12)
    assert (values >= objective(start)[0]).all()


def test_points_that_are_not_accepted_are_not_gone_to():
    def objective(X):
        return X.sum(axis=1), np.ones_like(X)

    start = np.array([[0.1, 0.1]])
    R = np.vstack([np.eye(2), -np.eye(2)])
    points, _ = maximise_within(
        objective, start, R, np.hstack([1 - start, start]), np.empty((0, 2)),
        accept=lambda X: (X**2).sum(axis=1) <= 0.5,
    )  # fmt: skip
    assert 0.4 < (points**2).sum() <= 0.5
