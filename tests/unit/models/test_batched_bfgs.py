from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from optwidgets.models.batched_bfgs import maximise


def rosenbrock(X):
    """Negated Rosenbrock function of 4 X - 2, its gradient, for rows of X."""
    z = 4 * X - 2
    a, b = z[:, :-1], z[:, 1:]
    value = -(100 * (b - a**2) ** 2 + (1 - a) ** 2).sum(axis=1)
    gradient = np.zeros_like(z)
    gradient[:, :-1] += 400 * a * (b - a**2) + 2 * (1 - a)
    gradient[:, 1:] -= 200 * (b - a**2)
    return value, 4 * gradient


def test_hard_valleys_are_followed_from_every_start():
    starts = np.random.default_rng(0).random((8, 2))
    points, values = maximise(rosenbrock, starts, max_steps=200)
    assert points == pytest.approx(np.full((8, 2), 0.75), abs=1e-3)
    assert values == pytest.approx(np.zeros(8), abs=1e-5)


def test_optima_on_the_border_are_those_of_scipy():
    rng = np.random.default_rng(1)
    a = rng.normal(size=(4, 4))
    curvature, centre = a @ a.T + np.eye(4), rng.normal(0.5, 1.0, 4)

    def objective(X):
        g = (X - centre) @ curvature
        return -0.5 * ((X - centre) * g).sum(axis=1), -g

    found, values = maximise(objective, rng.random((5, 4)))
    peer = minimize(
        lambda x: -objective(x[None])[0][0], np.full(4, 0.5), bounds=[(0, 1)] * 4, tol=1e-12
    )
    assert ((found == 0) | (found == 1)).any()
    assert values == pytest.approx(np.full(5, -peer.fun), abs=1e-6)


def test_values_never_fall_and_points_stay_inside():
    starts = np.random.default_rng(2).random((20, 3))
    before = rosenbrock(starts)[0]
    points, values = maximise(rosenbrock, starts, max_steps=2)
    assert (values >= before).all()
    assert ((points >= 0) & (points <= 1)).all()
    assert values == pytest.approx(rosenbrock(points)[0])


def test_finished_starts_are_not_priced_again():
    sizes = []

    def objective(X):
        sizes.append(len(X))
        return -((X - 0.5) ** 2).sum(axis=1), -2 * (X - 0.5)

    maximise(objective, np.array([[0.5, 0.5], [0.9, 0.1], [0.5, 0.5]]))
    assert sizes[0] == 3
    assert sizes[-1] == 1


def test_nan_and_flat_objectives_leave_the_starts():
    starts = np.array([[0.2], [0.7]])

    def broken(X):
        return np.where(X[:, 0] == 0.2, 1.0, np.nan), np.full_like(X, np.nan)

    points, _ = maximise(broken, starts)
    assert (points == starts).all()
    points, _ = maximise(lambda X: (np.zeros(len(X)), np.zeros_like(X)), starts)
    assert (points == starts).all()


def test_columns_without_gradient_stay():
    starts = np.random.default_rng(3).random((6, 3))

    def objective(X):
        gradient = -2 * (X - 0.3)
        gradient[:, 1] = 0.0
        return -((X[:, [0, 2]] - 0.3) ** 2).sum(axis=1), gradient

    points, _ = maximise(objective, starts)
    assert (points[:, 1] == starts[:, 1]).all()
    assert points[:, [0, 2]] == pytest.approx(np.full((6, 2), 0.3), abs=1e-4)


def test_no_columns_at_all():
    points, values = maximise(lambda X: (np.ones(len(X)), X), np.empty((2, 0)))
    assert points.shape == (2, 0)
    assert values.tolist() == [1.0, 1.0]
