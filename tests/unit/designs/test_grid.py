from __future__ import annotations

import math

import numpy as np
import pytest

from optwidgets.designs.grid import LevelGrid, all_combinations, axis, axis_length, n_combinations
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

GRID = Encoding(
    Space((Integer("n", 1, 3), Discrete("d", (1, 10, 100)), Categorical("c", ("A", "B"))))
)
LONG = Encoding(Space((Integer("n", 1, 5000, log=True),)))
REAL = Encoding(Space((Integer("n", 1, 3), Real("x", 0, 1))))


def test_sizes():
    assert n_combinations(GRID) == 18
    assert n_combinations(LONG) == 5000
    assert n_combinations(REAL) == math.inf
    assert n_combinations(Encoding(Space(()))) == 1
    assert [axis_length(REAL, dim) for dim in (0, 1)] == [3, math.inf]


@pytest.mark.parametrize("encoding", [GRID, LONG])
def test_every_combination_is_listed_once_and_decodes_to_itself(encoding):
    X = all_combinations(encoding)
    assert len(np.unique(X, axis=0)) == n_combinations(encoding)
    assert encoding.encode(encoding.decode(X)) == pytest.approx(X, abs=1e-12)


def test_long_axes_are_those_of_the_encoding():
    assert axis(LONG, 0)[[0, -1]] == pytest.approx([0.0, 1.0])
    assert (np.diff(axis(LONG, 0)) > 0).all()


def test_places_are_the_middles_of_slices_and_settle_to_the_levels():
    grid = LevelGrid.of(GRID)
    X = all_combinations(GRID)
    places = grid.places(X)
    assert sorted(set(places[:, 1].round(9))) == pytest.approx([1 / 6, 1 / 2, 5 / 6])
    settled = grid.settle(places, set(), np.random.default_rng(0))
    assert settled == pytest.approx(X)


def test_repeated_points_move_to_free_ones_that_differ_little():
    grid = LevelGrid.of(GRID)
    places = np.full((18, 3), 0.1)
    settled = grid.settle(places, set(), np.random.default_rng(0))
    assert len(np.unique(settled, axis=0)) == 18
    assert (np.abs(settled[1] - settled[0]) > 1e-9).sum() == 1
