from __future__ import annotations

import numpy as np
import pytest
from sklearn.gaussian_process.kernels import RBF, Matern

from optwidgets.models.correlation import KERNELS, matern12, matern32, matern52, rbf
from support.engine import slope

PROFILES = {"rbf": rbf, "matern12": matern12, "matern32": matern32, "matern52": matern52}


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("rbf", RBF(1.0)),
        ("matern12", Matern(1.0, nu=0.5)),
        ("matern32", Matern(1.0, nu=1.5)),
        ("matern52", Matern(1.0, nu=2.5)),
    ],
)
def test_values_are_those_of_scikit_learn(name, peer):
    r = np.linspace(0, 8, 41)[:, None]
    expected = peer(r, np.zeros((1, 1)))[:, 0]
    value, _ = PROFILES[name](r[:, 0] ** 2)
    assert value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", PROFILES)
def test_slopes_are_the_derivatives(name):
    squared = np.array([1e-3, 0.1, 1.0, 7.0, 40.0])
    _, derivative = PROFILES[name](squared)
    for s, expected in zip(squared, derivative, strict=True):
        numeric = slope(lambda x: float(PROFILES[name](x)[0][0]), np.array([s]), 1e-5 * s)
        assert numeric[0] == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("name", PROFILES)
def test_coincident_and_far_points_are_finite(name):
    value, derivative = PROFILES[name](np.array([0.0, 1e300]))
    assert value == pytest.approx([1.0, 0.0], abs=1e-7)
    assert np.isfinite(derivative).all()


def test_the_registry_gives_each_order_its_profile():
    assert KERNELS["Matern"].orders == (0.5, 1.5, 2.5)
    assert KERNELS["Matern"].profile(1.5) is matern32
    assert KERNELS["RBF"].profile(0.5) is rbf
    assert all(choice.source for choice in KERNELS.values())
