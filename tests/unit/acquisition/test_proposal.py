from __future__ import annotations

import numpy as np
import pytest

from optwidgets.acquisition import STRATEGIES, find_strategy
from optwidgets.acquisition.aims import Signed
from optwidgets.acquisition.balance import Weights
from optwidgets.acquisition.proposal import explain, in_words, nearest_rows, share_in_words
from optwidgets.data.table import Objective
from optwidgets.models import ModelConfig, fit_model, training_data
from support.engine import space_of, table_of

SPACE = space_of(1, 1)
POINTS = [{"x0": i / 8, "c0": "ABC"[i % 3]} for i in range(9)]


def model_of(unit="%"):
    objective = Objective("Yield", unit=unit)
    table = table_of(POINTS, lambda x0, c0: 80 + x0 + "ABC".index(c0), (), (objective,))
    return fit_model(training_data(SPACE, table, objective), ModelConfig())


def words_of(name, sign=1):
    model = model_of()
    proposals = explain(
        model, find_strategy(name), np.array([[0.4, 0.5]]), [{"x0": 0.4, "c0": "B"}],
        np.array([sign * 81.234]), objective=Objective("Yield", "max" if sign > 0 else "min"),
        aim=Signed(sign), best=0.0, weights=Weights(),
    )  # fmt: skip
    return proposals[0]


@pytest.mark.parametrize(
    ("name", "sign", "start", "end"),
    [
        ("EI", 1, "expected gain ", " %"), ("qLogEI", -1, "expected gain ", " %"),
        ("UCB", 1, "upper bound 8", " %"), ("qUCB", -1, "lower bound 8", " %"),
        ("LogPI", 1, "chance to improve ", " %"), ("TS", 1, "drawn outcome 81.2", " %"),
        ("TS", -1, "drawn outcome 81.2", " %"),
    ],
)  # fmt: skip
def test_each_strategy_has_words_of_its_own(name, sign, start, end):
    words = words_of(name, sign).gain_words
    assert words.startswith(start)
    assert words.endswith(end)


@pytest.mark.parametrize("name", STRATEGIES)
def test_numbers_are_plain_and_finite(name):
    proposal = words_of(name)
    for value in (proposal.mean, proposal.sd, proposal.explore, proposal.distance, proposal.gain):
        assert type(value) is float
        assert np.isfinite(value)
    assert 0.0 <= proposal.explore <= 1.0
    assert proposal.gain >= 0.0


def test_the_sd_is_that_of_a_measurement():
    model, X = model_of(), np.array([[0.4, 0.5]])
    assert words_of("EI").sd == model.predict(X, observation_noise=True)[1][0]


def test_exploration_is_high_where_nothing_is_known_and_low_at_the_best():
    table = table_of([{"x0": x} for x in (0.0, 0.02, 0.04)], lambda x0: x0)
    space = space_of(1)
    model = fit_model(training_data(space, table, "Output"), ModelConfig())
    near, far = explain(
        model, find_strategy("EI"), np.array([[0.04], [1.0]]), [{}, {}], np.zeros(2),
        objective=Objective("Output"), aim=Signed(1), best=1.0, weights=Weights(),
    )  # fmt: skip
    assert near.explore < 0.2 < far.explore
    assert near.nearest_row == far.nearest_row == 3


def test_another_category_is_one_away():
    rows, distance = nearest_rows(model_of(), np.array([[0.0, 1.0], [0.125, 0.5]]))
    assert rows == [3, 2]
    assert distance == pytest.approx([0.25, 0.0])
    rows, distance = nearest_rows(model_of(), np.array([[1.05, 0.0]]))
    assert rows == [7]  # the last one of category A, not the nearest in x0
    assert distance == pytest.approx([0.3])


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (0.0999, 2, "0.10"), (99.96, 3, "100"), (9999.0, 3, "9999"), (1e6, 3, "1.00 × 10⁶"),
        (999_999, 2, "999\u202f999"), (float("nan"), 2, "unknown"), (float("-inf"), 2, "unknown"),
        (-0.00051, 2, "−0.00051"), (-12e-15, 2, "−1.2 × 10⁻¹⁴"),
    ],
)  # fmt: skip
def test_numbers_in_words(value, digits, words):
    assert in_words(value, digits) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "under 1 %"), (0.5, "50 %"), (1.0, "over 99 %")]
)
def test_shares_in_words(share, words):
    assert share_in_words(share) == words
