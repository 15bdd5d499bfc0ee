from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from optwidgets.acquisition.multi_objective.boxes import boxes_above, stacked_boxes
from optwidgets.data.pareto import hypervolume


def added(low: np.ndarray, high: np.ndarray, y: np.ndarray) -> float:
    return float(np.maximum(np.minimum(y, high) - low, 0.0).prod(axis=1).sum())


def cases(max_n: int = 7) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    numbers = st.integers(-2, 6).map(float)
    return st.integers(2, 4).flatmap(
        lambda m: st.tuples(
            arrays(float, st.tuples(st.integers(0, max_n), st.just(m)), elements=numbers),
            arrays(float, m, elements=numbers),
        )
    )


@settings(max_examples=300)
@given(cases())
def test_what_a_point_covers_of_the_boxes_is_the_volume_that_it_adds(case) -> None:
    Y, y = case
    reference = np.zeros(len(y))
    expected = hypervolume(np.vstack([Y, y]), reference) - hypervolume(Y, reference)
    assert added(*boxes_above(Y, reference), y) == pytest.approx(expected)


def test_boxes_do_not_overlap_and_stay_few() -> None:
    rng = np.random.default_rng(0)
    for m, most in ((2, 31), (3, 100), (4, 600)):
        Y = np.abs(rng.normal(size=(30, m)))
        Y /= np.linalg.norm(Y, axis=1, keepdims=True)
        low, high = boxes_above(Y, np.zeros(m))
        assert len(low) <= most
        at = rng.random((3000, m)) * 1.3
        inside = ((at[:, None] > low) & (at[:, None] < high)).all(axis=2).sum(axis=1)
        dominated = (at[:, None] <= Y).all(axis=2).any(axis=1)
        assert (inside == ~dominated).all()


def test_empty_boxes_of_a_stack_add_nothing() -> None:
    draws = np.array([[[1.0, 1.0], [0.5, 0.5]], [[2.0, 1.0], [1.0, 2.0]]])
    low, high = stacked_boxes(draws, np.zeros(2))
    assert low.shape == (2, 3, 2)
    y = np.array([9.0, 9.0])
    for s in range(2):
        assert added(low[s], high[s], y) == pytest.approx(81 - hypervolume(draws[s], np.zeros(2)))
