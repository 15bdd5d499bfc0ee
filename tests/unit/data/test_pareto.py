from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from optwidgets.data.pareto import fronts, hypervolume, infer_reference_point, is_non_dominated


def outcomes(max_m: int = 4, max_n: int = 7) -> st.SearchStrategy[np.ndarray]:
    # Small whole numbers: ties and repeats come up all the time.
    return st.integers(1, max_m).flatmap(
        lambda m: arrays(
            float,
            st.tuples(st.integers(1, max_n), st.just(m)),
            elements=st.integers(-2, 5).map(float),
        )
    )


def by_inclusion_exclusion(Y: np.ndarray, reference: np.ndarray) -> float:
    gains = np.maximum(Y - reference, 0.0)
    total = 0.0
    for size in range(1, len(gains) + 1):
        for chosen in combinations(range(len(gains)), size):
            total += (-1) ** (size + 1) * float(np.prod(gains[list(chosen)].min(axis=0)))
    return total


@given(outcomes())
def test_hypervolume_is_that_of_inclusion_and_exclusion(Y: np.ndarray) -> None:
    reference = np.zeros(Y.shape[1])
    assert hypervolume(Y, reference) == pytest.approx(by_inclusion_exclusion(Y, reference))


@given(outcomes(max_m=5, max_n=6), st.randoms(use_true_random=False))
def test_hypervolume_depends_on_neither_order_nor_names(Y: np.ndarray, random: object) -> None:
    rng = np.random.default_rng(random.randrange(1000))  # type: ignore[attr-defined]
    reference = rng.integers(-3, 2, Y.shape[1]).astype(float)
    columns = rng.permutation(Y.shape[1])
    again = hypervolume(Y[rng.permutation(len(Y))][:, columns], reference[columns])
    assert again == pytest.approx(hypervolume(Y, reference))


def test_hypervolume_of_many_points_agrees_with_monte_carlo() -> None:
    rng = np.random.default_rng(3)
    for m in (3, 4, 5):
        Y = np.abs(rng.normal(size=(40, m)))
        Y /= np.linalg.norm(Y, axis=1, keepdims=True)
        draws = rng.random((100_000, m))
        share = np.zeros(len(draws), dtype=bool)
        for y in Y:
            share |= (draws <= y).all(axis=1)
        assert hypervolume(Y, np.zeros(m)) == pytest.approx(share.mean(), abs=0.008)


@given(outcomes(max_n=12))
def test_non_dominated_is_what_its_definition_says(Y: np.ndarray) -> None:
    expected = [not any((other >= y).all() and (other > y).any() for other in Y) for y in Y]
    assert is_non_dominated(Y).tolist() == expected


def test_dominated_by_less_than_rounding_of_the_sum() -> None:
    Y = np.array([[1e16, 0.0], [1e16, 1.0]])
    assert is_non_dominated(Y).tolist() == [False, True]


@given(outcomes(max_n=10))
def test_fronts_peel(Y: np.ndarray) -> None:
    ranks = fronts(Y)
    for rank in range(int(ranks.max()) + 1):
        left = ranks >= rank
        assert ((ranks == rank)[left] == is_non_dominated(Y[left])).all()


@given(outcomes())
def test_reference_point_lies_below_the_front(Y: np.ndarray) -> None:
    reference = infer_reference_point(Y)
    front = Y[is_non_dominated(Y)]
    assert (front > reference).all()
    assert hypervolume(Y, reference) > 0


def test_empty_covers_nothing() -> None:
    assert hypervolume(np.empty((0, 3)), np.zeros(3)) == 0.0
