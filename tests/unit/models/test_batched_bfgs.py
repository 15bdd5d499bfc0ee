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


@pytest.mark.parametrize("start", np.random.default_rng(0).random((8, 1, 2)))
def test_hard_valleys_are_followed_from_every_start(start):
    points, values = maximise(rosenbrock, start, max_steps=200)
    assert points == pytest.approx(np.full((1, 2), 0.75), abs=1e-3)
    assert values == pytest.approx(np.zeros(1), abs=1e-5)


@pytest.mark.parametrize("seed", range(8))
def test_of_several_starts_the_best_is_followed_to_its_end(seed):
    starts = np.random.default_rng(seed).random((8, 2))
    points, values = maximise(rosenbrock, starts, max_steps=200)
    assert points[values.argmax()] == pytest.approx([0.75, 0.75], abs=1e-3)
    assert values.max() == pytest.approx(0.0, abs=1e-5)


def two_hills(width):
    """Hill at 0.25 and a higher, narrower one at 0.75, beside each level of the last column."""

    def objective(X):
        x, level = X[:, 0], X[:, 1]
        low = np.exp(-(((x - 0.25) / 0.2) ** 2))
        high = 2 * np.exp(-(((x - 0.75) / width) ** 2))
        gradient = np.zeros_like(X)
        gradient[:, 0] = -2 * (x - 0.25) / 0.2**2 * low - 2 * (x - 0.75) / width**2 * high
        return low + high + level, gradient

    return objective


def test_starts_that_cannot_end_best_are_given_up():
    priced = []

    def objective(X):
        priced.append(len(X))
        return rosenbrock(X)

    starts = np.random.default_rng(0).random((8, 2))
    for start in starts:
        maximise(objective, start[None], max_steps=200)
    alone = sum(priced)
    priced.clear()
    maximise(objective, starts, max_steps=200)
    assert sum(priced) < 0.8 * alone


def test_a_start_without_a_value_stops_no_other():
    def objective(X):
        value, gradient = rosenbrock(X)
        lost = X[:, 0] < 0.1
        return np.where(lost, np.nan, value), np.where(lost[:, None], np.nan, gradient)

    points, values = maximise(objective, np.array([[0.05, 0.5], [0.3, 0.9]]), max_steps=200)
    assert np.isnan(values[0])
    assert points[1] == pytest.approx([0.75, 0.75], abs=1e-3)


def test_a_start_beside_another_level_climbs_a_hill_of_its_own():
    starts = np.array([[0.74, 0.50], [0.73, 0.51]])
    points, values = maximise(two_hills(0.1), starts)
    assert points == pytest.approx(np.array([[0.75, 0.50], [0.75, 0.51]]), abs=1e-3)
    assert values.argmax() == 1


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
