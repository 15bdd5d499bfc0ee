from __future__ import annotations

import numpy as np
import pytest

from optwidgets.designs.sequences import (
    halton,
    hammersley,
    latin_hypercube,
    sobol,
    uniform,
)
from optwidgets.errors import OptwidgetsError

GENERATORS = [latin_hypercube, sobol, halton, hammersley, uniform]


def generate(generator, n, d=3, existing=None, levels=None, seed=0):
    known = np.empty((0, d)) if existing is None else existing
    return generator(n, known, levels or {}, np.random.default_rng(seed))


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize(("n", "d"), [(1, 1), (2, 3), (7, 5), (64, 2)])
def test_points_lie_in_the_cube_and_follow_the_seed(generator, n, d):
    points = generate(generator, n, d)
    assert points.shape == (n, d)
    assert ((points >= 0) & (points < 1)).all()
    assert (points == generate(generator, n, d)).all()
    assert (points != generate(generator, n, d, seed=1)).any()


def test_each_slice_of_a_latin_hypercube_has_one_point():
    points = generate(latin_hypercube, 20)
    assert (np.sort((points * 20).astype(int), axis=0) == np.arange(20)[:, None]).all()


def test_a_latin_hypercube_completes_existing_points():
    known = generate(latin_hypercube, 8, seed=5)
    both = np.vstack([known, generate(latin_hypercube, 12, existing=known)])
    for column in both.T:
        new_slices = (column[8:] * 20).astype(int)
        assert len(set(new_slices)) == 12
        assert not set(new_slices) & set((column[:8] * 20).astype(int))


def test_points_outside_the_cube_take_no_slice():
    known = np.array([[-0.4, 2.0, 0.5]])
    points = generate(latin_hypercube, 4, existing=known)
    assert ((points >= 0) & (points < 1)).all()


@pytest.mark.parametrize("n", [6, 7, 11])
def test_levels_are_used_evenly(n):
    points = generate(latin_hypercube, n, levels={1: 3})
    counts = np.bincount((points[:, 1] * 3).astype(int), minlength=3)
    assert counts.max() - counts.min() <= 1


def test_levels_of_existing_points_count():
    known = np.full((4, 3), 0.1)
    points = generate(latin_hypercube, 8, existing=known, levels={0: 3})
    assert np.bincount((points[:, 0] * 3).astype(int), minlength=3).tolist() == [0, 4, 4]


def test_many_levels_are_spread_over_their_range():
    points = generate(latin_hypercube, 10, levels={0: 1000})
    assert sorted((points[:, 0] * 10).astype(int)) == list(range(10))


@pytest.mark.parametrize("generator", [sobol, halton, hammersley])
def test_sequences_are_more_even_than_chance(generator):
    # Of 64 points each half, quarter and eighth of each column holds close to its share.
    points = generate(generator, 64)
    for column in points.T:
        counts = np.bincount((column * 8).astype(int), minlength=8)
        assert abs(counts - 8).max() <= 2


def test_the_first_column_of_a_hammersley_set_is_a_ladder():
    points = generate(hammersley, 9)
    assert np.diff(points[:, 0]) == pytest.approx(1 / 9)


def test_too_many_columns_for_sobol_are_refused():
    with pytest.raises(OptwidgetsError, match="Choose 'lhs' or 'random'"):
        generate(sobol, 2, d=30_000)
