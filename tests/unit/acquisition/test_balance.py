from __future__ import annotations

import math

import pytest

from optwidgets.acquisition import STRATEGIES, find_strategy
from optwidgets.acquisition.balance import Weights, weights
from optwidgets.errors import OptwidgetsError


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_middle_is_the_textbook_and_the_same_as_none(name):
    strategy = find_strategy(name)
    assert weights(strategy, None, {}, 3.0) == weights(strategy, 0.5, {}, 3.0) == Weights()


@pytest.mark.parametrize(
    ("name", "of"),
    [("UCB", "kappa"), ("qUCB", "kappa"), ("EI", "spread"), ("qLogEI", "spread"), ("PI", "xi")],
)
def test_the_slider_goes_one_way(name, of):
    values = [getattr(weights(find_strategy(name), b / 10, {}, 1.0), of) for b in range(11)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 11


def test_options_go_before_the_slider():
    ucb, ei, pi = (find_strategy(name) for name in ("UCB", "EI", "PI"))
    assert weights(ucb, 0.9, {"beta": 9.0}, 1.0).kappa == 3.0
    assert weights(ucb, 0.9, {"kappa": 1.5}, 1.0).kappa == 1.5
    assert weights(ei, None, {"xi": 2.0}, 4.0) == Weights(xi=0.5)
    assert weights(pi, 0.0, {"xi": 0.0}, 4.0).xi == 0.0
    assert weights(ucb, None, {}, 1.0).kappa == pytest.approx(math.sqrt(0.5))


@pytest.mark.parametrize("balance", [-0.1, 1.1, float("nan"), "half", True, [0.5]])
def test_a_balance_outside_is_refused(balance):
    with pytest.raises(OptwidgetsError, match="Balance must"):
        weights(find_strategy("EI"), balance, {}, 1.0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"beta": 1.0, "kappa": 1.0}, "not both"),
        ({"beta": -1.0}, "at least 0"),
        ({"kappa": "much"}, "kappa must be a number of at least 0, not much"),
        ({"beta": float("inf")}, "beta must be a number"),
    ],
)
def test_parameters_that_are_none(options, sentence):
    with pytest.raises(OptwidgetsError, match=sentence):
        weights(find_strategy("UCB"), None, options, 1.0)
