from __future__ import annotations

import itertools

import numpy as np
import pydoe
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.designs.two_level import (
    DEFAULT_GENERATORS,
    fractional_factorial,
    generators_for,
    hadamard,
    plackett_burman,
    resolution_of,
)
from optwidgets.errors import OptwidgetsError


def test_fractions_are_those_of_pydoe():
    for words in ("a b ab", "a b -ab c +abc", "a b c d bcd acd abc abd"):
        k = len(words.split())
        assert np.array_equal(fractional_factorial(words, k), pydoe.fracfact(words))


@pytest.mark.parametrize(
    ("k", "runs", "resolution"),
    # Box and Hunter's table of the usual fractions (Montgomery 2012, table 8.14).
    [(3, 4, 3), (4, 8, 4), (5, 16, 5), (6, 16, 4), (7, 16, 4), (8, 16, 4), (9, 32, 4),
     (10, 32, 4), (11, 32, 4), (12, 32, 4), (16, 32, 4), (17, 64, 4)],
)  # fmt: skip
def test_usual_fractions(k, runs, resolution):
    words = generators_for(k)
    X = fractional_factorial(words, k)
    assert X.shape == (runs, k)
    assert resolution_of(words, k) == resolution
    assert np.array_equal(X.T @ X, runs * np.eye(k))


@pytest.mark.parametrize(
    ("k", "resolution", "runs"),
    # Smallest fractions of a resolution (NIST e-Handbook, 5.3.3.4.7).
    [(7, 3, 8), (15, 3, 16), (8, 4, 16), (16, 4, 32), (6, 5, 32), (8, 5, 64), (11, 5, 128)],
)
def test_a_resolution_is_reached_in_the_fewest_runs(k, resolution, runs):
    words = generators_for(k, resolution)
    assert len(fractional_factorial(words, k)) == runs
    assert resolution_of(words, k) >= resolution


def brute_resolution(X):
    for size in range(1, X.shape[1] + 1):
        for some in itertools.combinations(range(X.shape[1]), size):
            if abs(X[:, some].prod(axis=1).sum()) == len(X):
                return size
    return None


@pytest.mark.parametrize("k", sorted(DEFAULT_GENERATORS)[:8])
def test_resolution_is_the_shortest_word_that_is_constant(k):
    words = DEFAULT_GENERATORS[k]
    assert resolution_of(words, k) == brute_resolution(fractional_factorial(words, k))


def test_generators_are_read_as_people_write_them():
    assert np.array_equal(fractional_factorial("A B AB", 3), fractional_factorial(" a  b ab ", 3))
    assert np.array_equal(fractional_factorial("ab a b", 3)[:, 1:], fractional_factorial("a b", 2))
    assert resolution_of("a b c -abc", 4) == 4


@pytest.mark.parametrize(
    ("words", "k", "sentence"),
    [
        (3, 3, "must be a text"),
        ("a b", 3, "2 words, but there are 3 factors"),
        ("a b a1", 3, "'a1' is not a word of letters"),
        ("a b --ab", 3, "is not a word of letters"),
        ("a b -", 3, "is not a word of letters"),
        ("a b é", 3, "is not a word of letters"),
        ("a b aa", 3, "'aa' is constant"),
        ("a b -a", 3, "'a' and '-a' are the same column"),
        ("a b c d e f g h i j k l m", 13, "13 letters make 8,192 runs"),
    ],
)
def test_generators_that_cannot_be_used(words, k, sentence):
    with pytest.raises(OptwidgetsError, match=sentence):
        fractional_factorial(words, k)


def test_a_resolution_that_does_not_exist():
    with pytest.raises(OptwidgetsError, match="Resolution must be 3, 4 or 5, not 6"):
        generators_for(5, 6)


@given(k=st.integers(1, 120))
@settings(max_examples=40, deadline=None)
def test_plackett_burman_is_balanced_and_orthogonal(k):
    X = plackett_burman(k)
    assert set(np.unique(X)) == {-1.0, 1.0}
    assert np.all(X.sum(axis=0) == 0)
    assert np.array_equal(X.T @ X, len(X) * np.eye(k))
    assert len(X) % 4 == 0
    assert len(X) > k


def test_plackett_burman_has_the_fewest_runs():
    # All multiples of four but those that need other constructions.
    for k in range(1, 100):
        n = 4 * (k // 4 + 1)
        assert len(plackett_burman(k)) == n
    with pytest.raises(OptwidgetsError, match="at most 500 factors"):
        plackett_burman(501)


@pytest.mark.parametrize("n", [1, 2, 4, 8, 12, 20, 28, 36, 44, 52, 60, 76, 84, 92, 100])
def test_hadamard_matrices(n):
    H = hadamard(n)
    assert np.array_equal(H.T @ H, n * np.eye(n))


def test_orders_without_a_hadamard_matrix():
    assert hadamard(6) is None
    assert hadamard(116) is None
