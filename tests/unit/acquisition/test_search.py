from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from optwidgets.acquisition.region import Region, Taken
from optwidgets.acquisition.search import Effort, find_best
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real


@dataclass
class Bowl:
    """Highest at `centre`, with a bonus per category."""

    centre: np.ndarray
    bonus: dict[float, float] | None = None
    calls: int = 0

    def value(self, X):
        return self.value_and_gradient(X)[0]

    def value_and_gradient(self, X):
        self.calls += 1
        value = -((X - self.centre) ** 2).sum(axis=1)
        if self.bonus:
            value = value + np.array([self.bonus[x] for x in X[:, -1]])
        return value, -2 * (X - self.centre)


def best(score, space, taken=None, hold=None, tick=lambda: None, seed=0):
    encoding = Encoding(space)
    free = Taken(np.empty((0, len(encoding))), 1e-6) if taken is None else taken
    return find_best(
        score, Region(encoding, hold or {}), free, np.empty((0, len(encoding))),
        Effort(4, 64), np.random.default_rng(seed), tick,
    )  # fmt: skip


def test_reals_are_found_to_many_digits():
    space = Space((Real("a", 0, 1), Real("b", 0, 1)))
    assert best(Bowl(np.array([0.3217, 1.4])), space) == pytest.approx([0.3217, 1.0], abs=1e-4)


def test_mixed_points_are_the_true_optimum_and_feasible():
    space = Space((
        Real("a", 0, 1), Integer("n", 1, 50), Integer("big", 1, 100_000), Categorical("c", ("A", "B", "C")),
    ))  # fmt: skip
    bonus = {0.0: 0.0, 0.5: 9.0, 1.0: 0.1}
    point = best(Bowl(np.array([0.2, 0.61, 0.123456, 0.5]), bonus), space)
    decoded = Encoding(space).decode(point[None])[0]
    assert decoded["a"] == pytest.approx(0.2, abs=1e-4)
    assert decoded["n"] == 31
    assert abs(decoded["big"] - 12_346) <= 1
    assert decoded["c"] == "B"


def test_finite_spaces_are_searched_exhaustively():
    space = Space((Integer("n", 1, 40), Integer("m", 1, 40)))
    rng = np.random.default_rng(0)
    prices = dict(zip(itertools.product(range(40), range(40)), rng.random(1600), strict=True))

    class Lottery:
        def value(self, X):
            return np.array([prices[tuple(x)] for x in np.rint(X * 39).astype(int)])

    point = best(Lottery(), space)
    assert tuple(np.rint(point * 39).astype(int)) == max(prices, key=prices.get)


def test_taken_points_are_passed_over():
    space = Space((Integer("n", 1, 3), Categorical("c", ("A", "B"))))
    encoding = Encoding(space)
    score = Bowl(np.array([0.0, 0.0]))
    taken, seen = Taken(np.empty((0, 2)), 1e-6), []
    for _ in range(6):
        point = best(score, space, taken)
        seen.append(tuple(encoding.decode(point[None])[0].values()))
        taken = taken.plus(point)
    assert seen[0] == (1, "A")
    assert len(set(seen)) == 6
    assert best(score, space, taken) is None


def test_a_corner_that_is_taken_gives_a_point_nearby():
    space = Space((Real("a", 0, 1), Real("b", 0, 1)))
    corner = np.array([1.0, 1.0])
    point = best(Bowl(corner + 1), space, Taken(corner[None], 1e-3))
    assert np.abs(point - corner).max() > 1e-3
    assert np.linalg.norm(point - corner) < 0.4


def test_held_columns_stay():
    space = Space((Real("a", 0, 1), Real("b", 0, 1), Categorical("c", ("A", "B", "C"))))
    point = best(
        Bowl(np.array([0.9, 0.4, 0.0]), {0.0: 1.0, 0.5: 0.0, 1.0: 5.0}),
        space,
        hold={"a": 0.2, "c": "B"},
    )
    assert point == pytest.approx([0.2, 0.4, 0.5], abs=1e-4)


def test_values_that_are_nan_never_win():
    class Holes(Bowl):
        def value_and_gradient(self, X):
            value, gradient = super().value_and_gradient(X)
            return np.where(X[:, 0] > 0.5, np.nan, value), gradient

    space = Space((Real("a", 0, 1), Real("b", 0, 1)))
    point = best(Holes(np.array([0.9, 0.5])), space)
    assert point[0] <= 0.5
    assert point[0] > 0.4


def test_every_pricing_can_be_cancelled():
    class StopError(Exception):
        pass

    ticks = itertools.count()

    def stop():
        if next(ticks) == 3:
            raise StopError

    space = Space((Real("a", 0, 1), Integer("n", 1, 5)))
    score = Bowl(np.array([0.5, 0.5]))
    with pytest.raises(StopError):
        best(score, space, tick=stop)
    assert score.calls <= 4
