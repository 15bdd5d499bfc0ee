from __future__ import annotations

import math

import numpy as np
import pytest

from optwidgets.acquisition.region import Region, Taken
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real
from support.engine import space_of

MIXED = Encoding(Space((
    Real("x", 0, 10), Integer("n", 1, 4), Discrete("d", (1, 10, 100)), Categorical("c", ("A", "B")),
)))  # fmt: skip


def test_held_values_are_in_every_point():
    region = Region(MIXED, {"x": 2.5, "c": "B"})
    rng = np.random.default_rng(0)
    for X in (
        region.points(),
        region.sample(20, rng),
        region.around(np.full((2, 4), 0.5), 18, rng),
    ):
        assert (X[:, 0] == 0.25).all()
        assert (X[:, 3] == 1.0).all()
    assert region.size == 12
    assert region.moving == []
    assert region.level_dims == [1, 2]


@pytest.mark.parametrize(
    ("hold", "sentence"),
    [
        ({"T": 1}, "'T': there is no such variable. The variables are x, n, d, c"),
        ({"x": 12}, "x cannot be held at 12.*: the space allows 0 . 10"),
        ({"d": 20}, "d cannot be held at 20"),
        ({"c": "Q"}, "Q"),
        ({"x": float("nan")}, "x"),
        ({"x": "hot"}, "x"),
    ],
)
def test_what_cannot_be_held(hold, sentence):
    with pytest.raises(OptwidgetsError, match=sentence):
        Region(MIXED, hold)


def test_samples_are_points_of_the_space_and_use_levels_evenly():
    X = Region(MIXED, {}).sample(96, np.random.default_rng(1))
    assert MIXED.encode(MIXED.decode(X)) == pytest.approx(X, abs=1e-12)
    for dim, levels in MIXED.levels.items():
        _, counts = np.unique(X[:, dim], return_counts=True)
        assert len(counts) == len(levels)
        assert counts.max() - counts.min() <= 10


def test_clouds_lie_round_their_centres_and_inside():
    centre = np.array([[1.0, 1.0, 0.0, 0.0]])
    X = Region(MIXED, {}).around(centre, 300, np.random.default_rng(2))
    assert MIXED.snap(X) == pytest.approx(X)
    assert (np.abs(X[:, 0] - 1.0) < 0.02).mean() > 0.3
    assert set(X[:, 3]) == {0.0, 1.0}


def test_small_grids_are_tried_in_full_and_reals_stay():
    region = Region(MIXED, {})
    X = np.array([[0.123, 0.0, 0.0, 0.0], [0.9, 1.0, 1.0, 1.0]])
    neighbours, owners = region.neighbours(X)
    assert len(neighbours) == 2 * 24
    assert (neighbours[owners == 0, 0] == 0.123).all()
    assert len(np.unique(neighbours[owners == 1], axis=0)) == 24


def test_large_grids_are_tried_one_variable_at_a_time():
    encoding = Encoding(space_of(reals=1, categories=3, integers=3))
    region = Region(encoding, {})
    X = region.sample(1, np.random.default_rng(0))
    neighbours, _ = region.neighbours(X)
    assert len(neighbours) == 3 * 2 + 3 * 8
    assert ((np.abs(neighbours - X) > 1e-9).sum(axis=1) == 1).all()


def test_long_ladders_are_climbed_in_growing_steps():
    encoding = Encoding(Space((Real("x", 0, 1), Integer("n", 1, 1000))))
    region = Region(encoding, {})
    neighbours, _ = region.neighbours(np.array([[0.5, encoding.levels[1][500]]]))
    steps = np.rint((neighbours[:, 1] - encoding.levels[1][500]) * 999).astype(int)
    assert {1, -1, 2, -2, 256, -256} <= set(steps)
    assert len(steps) < 25
    assert region.moving == [0, 1]
    assert region.rounds


def test_sizes():
    assert Region(MIXED, {}).size == math.inf
    assert Region(MIXED, {"x": 1}).size == 24
    assert Region(Encoding(Space((Integer("n", 1, 10**9),))), {}).size == 1e9
    everything = Region(MIXED, {"x": 1, "n": 2, "d": 10, "c": "A"})
    assert everything.size == 1
    assert MIXED.decode(everything.points()) == [{"x": 1.0, "n": 2, "d": 10.0, "c": "A"}]


def test_taken_points_and_their_tolerances():
    taken = Taken(np.array([[0.5, 0.5]]), 1e-3, Taken(np.array([[0.1, 0.1]]), 1e-6))
    X = np.array([[0.5, 0.5009], [0.5, 0.5011], [0.1, 0.1], [0.1, 0.10001]])
    assert taken(X).tolist() == [True, False, True, False]
    assert taken.plus(X[1])(X).tolist() == [True, True, True, False]
    assert Taken(np.empty((0, 2)), 1.0)(X).tolist() == [False] * 4
    assert taken(np.empty((0, 2))).tolist() == []
