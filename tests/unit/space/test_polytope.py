"""Points of a polytope: inside, evenly drawn, and truly the nearest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from optwidgets.space.polytope import Polytope


def random_polytope(seed, thin=False):
    rng = np.random.default_rng(seed)
    d, k = int(rng.integers(1, 7)), int(rng.integers(0, 4))
    n_equal = int(rng.integers(0, min(3, d)))
    inside = rng.random(d)
    G, E = rng.normal(size=(k, d)), rng.normal(size=(n_equal, d))
    h = G @ inside + (0.0 if thin else rng.random(k) * 0.3)
    if thin and k:  # the opposite limit leaves no thickness
        G, h = np.vstack([G, -G[:1]]), np.append(h, -h[0])
    return Polytope(G, h, E, E @ inside), rng


def excess(polytope, X):
    return max(
        float((X @ polytope.R.T - polytope.r).max(initial=0.0)),
        float(np.abs(X @ polytope.E.T - polytope.e).max(initial=0.0)),
    )


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.booleans())
def test_every_drawn_and_every_nearest_point_is_inside(seed, thin):
    polytope, rng = random_polytope(seed, thin)
    drawn = polytope.walk(16, rng)
    assert drawn.shape == (16, polytope.d)
    assert excess(polytope, drawn) < 1e-9
    nearest, found = polytope.nearest(rng.random((16, polytope.d)) * 2 - 0.5)
    assert found.all()
    assert excess(polytope, nearest) < 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_the_nearest_point_is_that_of_a_general_solver(seed):
    polytope, rng = random_polytope(seed)
    y = rng.random(polytope.d) * 2 - 0.5
    nearest = polytope.nearest(y[None])[0][0]
    rules = [{"type": "ineq", "fun": lambda x: polytope.r - polytope.R @ x}]
    if len(polytope.E):
        rules.append({"type": "eq", "fun": lambda x: polytope.E @ x - polytope.e})
    found = minimize(lambda x: ((x - y) ** 2).sum(), nearest, constraints=rules, method="SLSQP")
    assert ((nearest - y) ** 2).sum() <= found.fun + 1e-6


def test_walks_fill_a_simplex_evenly():
    d = 5
    simplex = Polytope(np.empty((0, d)), np.empty(0), np.ones((1, d)), np.ones(1))
    X = simplex.walk(2000, np.random.default_rng(1))
    assert np.allclose(X.mean(axis=0), 1 / d, atol=0.015)
    # Dirichlet(1, ..., 1): variance (1/d) (1 - 1/d) / (d + 1).
    assert np.allclose(X.var(axis=0), (1 / d) * (1 - 1 / d) / (d + 1), rtol=0.15)


def test_fixed_columns_stay_and_what_is_impossible_is_told():
    simplex = Polytope(np.empty((0, 3)), np.empty(0), np.ones((1, 3)), np.ones(1))
    Y = np.array([[0.5, 0.9, 0.9], [1.5, 0.0, 0.0]])
    fixed = np.array([[True, False, False], [True, True, True]])
    X, found = simplex.nearest(Y, fixed)
    assert found.tolist() == [True, False]
    assert X[0] == pytest.approx([0.5, 0.25, 0.25])
    assert simplex.fix(fixed[0], Y[0]).centre == pytest.approx([0.25, 0.25])


def test_an_empty_polytope_has_no_centre():
    far = Polytope(np.array([[-1.0, -1.0]]), np.array([-3.0]), np.empty((0, 2)), np.empty(0))
    assert far.centre is None
    assert len(far.walk(5, np.random.default_rng(0))) == 0
    corner = Polytope(np.array([[-1.0, -1.0]]), np.array([-2.0]), np.empty((0, 2)), np.empty(0))
    assert corner.walk(3, np.random.default_rng(0)) == pytest.approx(np.ones((3, 2)))
    nothing = Polytope(np.zeros((1, 2)), np.array([-1.0]), np.empty((0, 2)), np.empty(0))
    assert nothing.centre is None
