from __future__ import annotations

import numpy as np
import pytest

from optwidgets.acquisition import SEVERAL, STRATEGIES, find_strategy
from optwidgets.acquisition.options import OPTIONS, check_options, number, whole_number
from optwidgets.acquisition.suggest import SEARCHES, suggest
from optwidgets.designs import design
from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, fit_model, training_data
from support.engine import space_of, table_of


def test_options_of_other_strategies_are_refused_with_the_known_ones():
    check_options(find_strategy("UCB"), {"beta": 1, "restarts": 2}, ("restarts",))
    with pytest.raises(
        OptwidgetsError, match=r"'beta' is not known to Expected improvement. .* xi.*knows it: UCB"
    ):
        check_options(find_strategy("EI"), {"beta": 1}, ("restarts",))


def test_numbers():
    assert number("a", "1e3") == 1000.0
    assert whole_number("a", 3.0, minimum=1, maximum=5) == 3
    for bad in (0, 6, 2.5, None, float("nan"), "x"):
        with pytest.raises(OptwidgetsError, match="a must be a"):
            whole_number("a", bad, minimum=1, maximum=5)


def test_every_option_of_every_strategy_is_described_and_nothing_else():
    asked = {name for strategy in (STRATEGIES | SEVERAL).values() for name in strategy.options}
    asked |= {name for _, names in SEARCHES.values() for name in names}
    assert asked == set(OPTIONS)


def noisy_problem():
    rng = np.random.default_rng(3)
    space = space_of(2)
    points = design(space, "sobol", 12, seed=1) * 2
    table = table_of(points, lambda x0, x1: x0 - x1**2 + 0.05 * rng.standard_normal())
    model = fit_model(training_data(space, table, "Output"), ModelConfig())
    return model, space, table


def test_from_which_noise_the_best_result_may_be_luck_can_be_set():
    model, space, table = noisy_problem()
    noise = model.posterior.noise
    gains = {
        limit: suggest(model, space, table, options={"noisy_from": limit})[0].gain
        for limit in (noise / 2, noise * 2)
    }
    # A lucky result is harder to beat than what the model believes of it.
    assert gains[noise * 2] < gains[noise / 2]
    with pytest.raises(OptwidgetsError, match="noisy_from must be a number of at least 0, not -1"):
        suggest(model, space, table, options={"noisy_from": -1})


def test_local_candidates_can_be_left_out_or_be_more(monkeypatch):
    from optwidgets.acquisition.region import Region

    model, space, table = noisy_problem()
    counted = []
    around = Region.around

    def counting(region, *args):
        counted.append(len(around(region, *args)))
        return around(region, *args)

    monkeypatch.setattr(Region, "around", counting)
    for count in (0, 48, 96):
        suggest(model, space, table, options={"local_samples": count, "raw_samples": 16})
    suggest(model, space, table)
    assert counted == [0, 3 * 48, 3 * 96, 3 * 48]
    with pytest.raises(
        OptwidgetsError, match="local_samples must be a whole number from 0 to 6,144"
    ):
        suggest(model, space, table, options={"local_samples": -1})
