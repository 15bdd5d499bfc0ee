from __future__ import annotations

import numpy as np
import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.models.linear_algebra import append_row, invert_lower, safe_cholesky


def random_covariance(n, seed=0):
    a = np.random.default_rng(seed).normal(size=(n, n))
    return a @ a.T + 0.1 * np.eye(n)


def test_a_sound_covariance_gets_no_jitter():
    covariance = random_covariance(6)
    factor = safe_cholesky(covariance)
    assert factor @ factor.T == pytest.approx(covariance, abs=1e-12)
    assert (np.triu(factor, 1) == 0).all()


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_repeated_rows_get_as_much_as_they_need_at_any_scale(scale):
    covariance = scale * np.ones((5, 5))
    factor = safe_cholesky(covariance)
    assert factor @ factor.T == pytest.approx(covariance, rel=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_cannot_be_a_covariance_is_refused_in_a_sentence(bad):
    with pytest.raises(OptwidgetsError, match="orders of magnitude"):
        safe_cholesky(np.full((2, 2), bad))
    with pytest.raises(OptwidgetsError, match="factorised"):
        safe_cholesky(np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_what_rounding_made_negative_counts_as_nothing():
    vectors = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))[0]
    matrix = (vectors * [-0.03, 0.0, 0.2, 1.0, 3.0]) @ vectors.T
    matrix = 0.5 * (matrix + matrix.T)
    factor = safe_cholesky(matrix)
    assert (np.triu(factor, 1) == 0).all()
    assert (factor.diagonal() > 0).all()
    assert factor @ factor.T == pytest.approx(matrix, abs=0.031)


def test_the_argument_is_left_alone():
    covariance = random_covariance(4)
    before = covariance.copy()
    safe_cholesky(covariance)
    assert (covariance == before).all()


def test_a_row_appended_is_the_factor_of_the_larger_matrix():
    covariance = random_covariance(7)
    inverse = invert_lower(safe_cholesky(covariance[:6, :6]))
    grown = append_row(inverse, covariance[6, :6], covariance[6, 6])
    assert grown == pytest.approx(invert_lower(safe_cholesky(covariance)), abs=1e-9)


def test_a_row_that_repeats_another_stays_finite():
    inverse = invert_lower(safe_cholesky(np.array([[1.0]])))
    assert np.isfinite(append_row(inverse, np.array([1.0]), 1.0)).all()
