"""Even points for a first look."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from optwidgets.acquisition.lattice import even_points


@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_they_are_more_even_than_chance(d):
    rng = np.random.default_rng(0)
    even = qmc.discrepancy(even_points(256, d, rng), method="L2-star")
    chance = np.mean([qmc.discrepancy(rng.random((256, d)), method="L2-star") for _ in range(20)])
    assert even < 0.8 * chance


@pytest.mark.parametrize("d", [1, 7, 40])
def test_they_lie_in_the_cube_and_follow_the_seed(d):
    one = even_points(50, d, np.random.default_rng(3))
    assert one.shape == (50, d)
    assert ((one >= 0) & (one < 1)).all()
    assert (one == even_points(50, d, np.random.default_rng(3))).all()
    assert not (one == even_points(50, d, np.random.default_rng(4))).any()


def test_a_suggestion_does_not_load_scipy_stats():
    import subprocess
    import sys

    program = """
import sys
from optwidgets import OptimizationSession
session = OptimizationSession()
session.add_variable("x", "real", bounds=(0, 1))
for x in (0.1, 0.4, 0.6, 0.9):
    session.add_experiment({"x": x}, output=x)
session.suggest_next("EI")
print(sorted({"scipy.stats", "torch", "plotly", "sklearn", "skopt"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
