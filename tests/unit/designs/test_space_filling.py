from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from optwidgets.designs import SPACE_FILLING, design
from optwidgets.designs.grid import LevelGrid
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

EVERY_KIND = Space((
    Real("T", 20, 100),
    Real("k", 1e-4, 10, log=True),
    Integer("n", 1, 6),
    Discrete("d", (1, 10, 100)),
    Categorical("c", ("A", "B")),
))  # fmt: skip
FINITE = Space((Integer("n", 1, 4), Categorical("c", ("A", "B", "C"))))


def keys(points):
    return [tuple(point.items()) for point in points]


@pytest.mark.parametrize("method", SPACE_FILLING)
def test_every_kind_gets_real_values_of_the_space(method):
    points = design(EVERY_KIND, method, 12, seed=1)
    assert len(points) == 12
    for point in points:
        assert not EVERY_KIND.outside(point)
        assert [type(value) for value in point.values()] == [float, float, int, float, str]
        assert list(point) == ["T", "k", "n", "d", "c"]
    assert len(set(keys(points))) == 12


@pytest.mark.parametrize("method", SPACE_FILLING)
def test_the_seed_decides(method):
    assert design(EVERY_KIND, method, 5, seed=2) == design(EVERY_KIND, method, 5, seed=2)
    assert design(EVERY_KIND, method, 5, seed=2) != design(EVERY_KIND, method, 5, seed=3)
    assert design(EVERY_KIND, method, 5) != design(EVERY_KIND, method, 5)


def test_levels_and_logarithms_are_covered_evenly():
    points = design(EVERY_KIND, "lhs", 12, seed=4)
    assert set(Counter(p["d"] for p in points).values()) == {4}
    assert set(Counter(p["c"] for p in points).values()) == {6}
    assert set(Counter(p["n"] for p in points).values()) == {2}
    decades = Counter(math.floor(math.log10(p["k"])) for p in points)
    assert all(2 <= decades[decade] <= 3 for decade in (-4, -3, -2, -1, 0))


@pytest.mark.parametrize("method", SPACE_FILLING)
def test_a_finite_space_can_be_exhausted_and_no_point_comes_twice(method):
    first = design(FINITE, method, 5, seed=0)
    rest = design(FINITE, method, 7, seed=1, existing=first)
    assert len(set(keys(first + rest))) == 12
    with pytest.raises(OptwidgetsError, match="All 12 combinations are in the table"):
        design(FINITE, method, 1, existing=first + rest)


def test_more_points_than_combinations_are_refused_with_the_number():
    with pytest.raises(OptwidgetsError, match=r"only 12 combinations. Ask for at most 12 points"):
        design(FINITE, "sobol", 13)
    with pytest.raises(OptwidgetsError, match=r"Only 9 of 12 combinations .* at most 9 points"):
        design(FINITE, "lhs", 10, existing=design(FINITE, "lhs", 3, seed=0))


def test_rows_outside_or_incomplete_take_no_combination():
    odd = [{"n": 9, "c": "A"}, {"n": 1}, {"n": 2, "c": "Q"}, {"n": None, "c": "A"}]
    assert len(design(FINITE, "lhs", 12, seed=0, existing=odd)) == 12


@pytest.mark.parametrize("method", ["lhs", "sobol", "halton", "hammersly"])
def test_new_points_keep_away_from_existing_ones(method):
    space = Space((Real("a", 0, 1), Real("b", 0, 1)))
    corner = design(Space((Real("a", 0, 0.5), Real("b", 0, 0.5))), "lhs", 8, seed=0)
    known = Encoding(space).encode(corner)

    def separation(points):
        X = Encoding(space).encode(points)
        return np.linalg.norm(X[:, None] - known[None], axis=2).min()

    aware = [separation(design(space, method, 8, seed=s, existing=corner)) for s in range(6)]
    blind = [separation(design(space, method, 8, seed=s)) for s in range(6)]
    assert np.median(aware) > 1.5 * np.median(blind)


def test_large_finite_spaces_give_different_points():
    space = Space((Integer("n", 1, 3000),))
    assert len(set(keys(design(space, "random", 2500, seed=0)))) == 2500


@pytest.mark.parametrize(
    ("n", "sentence"),
    [(0, "from 1"), (-3, "from 1"), (2.5, "from 1"), ("5", "from 1"), (True, "from 1"),
     (float("nan"), "from 1"), (float("inf"), "from 1"), (10**9, "at most 100,000")],
)  # fmt: skip
def test_numbers_that_are_none(n, sentence):
    with pytest.raises(OptwidgetsError, match=sentence) as refused:
        design(FINITE, "lhs", n)
    assert refused.value.field == "n_points"


def test_methods_and_spaces_that_are_none():
    with pytest.raises(
        OptwidgetsError, match=r"'sobel' is not known. Choose one of 'lhs', 'sobol'"
    ):
        design(FINITE, "sobel", 3)
    with pytest.raises(OptwidgetsError, match="at least one variable"):
        design(Space(()), "lhs", 3)
    assert design(FINITE, " Hammersley ", 3, seed=0) == design(FINITE, "hammersly", 3, seed=0)


@settings(max_examples=30, deadline=None)
@given(
    method=st.sampled_from(sorted(SPACE_FILLING)),
    n=st.integers(1, 20),
    levels=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_grid_gives_as_many_different_points_as_asked_or_a_sentence(method, n, levels, seed):
    space = Space(tuple(
        Categorical(f"c{i}", tuple(f"v{j}" for j in range(k + 1))) for i, k in enumerate(levels)
    ))  # fmt: skip
    size = math.prod(k + 1 for k in levels)
    if n > size:
        with pytest.raises(OptwidgetsError, match="at most"):
            design(space, method, n, seed=seed)
        return
    points = design(space, method, n, seed=seed)
    assert len(set(keys(points))) == n


def test_many_known_points_are_looked_through_once_for_all_draws(monkeypatch):
    """A million rows in the table must not be sorted again for each of two dozen draws."""
    space = Space((Real("T", 20, 100), Integer("n", 1, 6)))
    known = design(space, "random", 700, seed=1)
    sorted_sizes, hashed_sizes = [], []

    class Counted(cKDTree):
        def __init__(self, data):
            sorted_sizes.append(len(data))
            super().__init__(data)

    def keys(self, X, plain=LevelGrid.keys):
        hashed_sizes.append(len(X))
        return plain(self, X)

    monkeypatch.setattr("scipy.spatial.cKDTree", Counted)
    monkeypatch.setattr(LevelGrid, "keys", keys)
    points = design(space, "lhs", 4, seed=1, existing=known)
    assert len(points) == 4
    assert sorted_sizes.count(4) > 10  # draws were compared
    assert [size for size in sorted_sizes if size != 4] == [700]
    assert hashed_sizes == [700]
