from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.designs.blocks import assign_blocks, run_order
from optwidgets.designs.classical import central_composite
from optwidgets.designs.model_terms import LinearModel, parse_terms
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Real


def reals(k):
    return Encoding(Space(tuple(Real(f"x{i}", -1, 1) for i in range(k))))


def factorial(k):
    return np.array(list(itertools.product((0.0, 1.0), repeat=k)))


def model_of(encoding, kind):
    return LinearModel(encoding, parse_terms(encoding, model_type=kind))


@pytest.mark.parametrize(
    ("k", "n_blocks"), [(3, 2), (4, 2), (4, 4), (5, 2), (5, 4), (6, 4), (6, 8)]
)
def test_textbook_blocks_of_two_level_factorials_cost_no_main_effect(k, n_blocks):
    # Montgomery 2012, table 7.9: such blocks exist; only (4, 4) costs an interaction of two.
    encoding = reals(k)
    X = factorial(k)
    model = model_of(encoding, "interaction")
    labels, lost = assign_blocks(model, X, n_blocks, np.random.default_rng(0))
    assert np.bincount(labels).tolist() == [2**k // n_blocks] * n_blocks
    for block in range(n_blocks):
        assert X[labels == block].mean(axis=0) == pytest.approx(np.full(k, 0.5))
    assert lost == pytest.approx(0.1 if (k, n_blocks) == (4, 4) else 0.0, abs=1e-9)


def test_blocks_that_must_cost_something_cost_interactions_first():
    X = factorial(3)
    model = model_of(reals(3), "interaction")
    labels, lost = assign_blocks(model, X, 4, np.random.default_rng(0))
    for block in range(4):  # pairs of mirror images: main effects stay clear
        assert X[labels == block].sum(axis=0).tolist() == [1, 1, 1]
    assert lost == pytest.approx(3 / 6)


def test_a_central_composite_design_falls_in_its_own_two_blocks():
    encoding = reals(3)
    made = central_composite(encoding, n_center=2)
    model = model_of(encoding, "quadratic")
    labels, lost = assign_blocks(model, made.X, 2, np.random.default_rng(0), made.parts)
    assert lost == 0.0
    assert np.array_equal(labels, made.parts)


@given(n=st.integers(4, 24), n_blocks=st.integers(2, 5), seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_blocks_are_equal_in_size_and_better_than_chance(n, n_blocks, seed):
    rng = np.random.default_rng(seed)
    X = rng.random((n, 2))
    model = model_of(reals(2), "linear")
    if n_blocks > n // 2:
        with pytest.raises(OptwidgetsError, match="cannot make"):
            assign_blocks(model, X, n_blocks, rng)
        return
    labels, lost = assign_blocks(model, X, n_blocks, rng)
    sizes = np.bincount(labels, minlength=n_blocks)
    assert sizes.max() - sizes.min() <= 1
    # By chance (n_blocks - 1) / (n - 1) of each column lies between the blocks.
    assert 0.0 <= lost <= (n_blocks - 1) / (n - 1) + 1e-9


def test_runs_of_a_block_stay_together_and_are_in_random_order():
    labels = np.array([1, 0, 1, 0, 2, 2] * 5)
    order = run_order(30, labels, np.random.default_rng(0))
    assert sorted(order) == list(range(30))
    assert labels[order].tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert order[:10].tolist() != sorted(order[:10])
    assert run_order(5, None, None).tolist() == [0, 1, 2, 3, 4]
