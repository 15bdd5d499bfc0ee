from __future__ import annotations

import pytest

from optwidgets.acquisition import STRATEGIES, find_strategy, strategies_of
from optwidgets.errors import OptwidgetsError


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("EI", "EI"), ("ei", "EI"), ("Log EI", "LogEI"), ("log-pi", "LogPI"), ("QEI", "qEI"),
        ("q_log_ei", "qLogEI"), ("ThompsonSampling", "TS"), ("thompson", "TS"),
        (" Thompson Sampling ", "TS"), ("ts", "TS"), ("qIPV", "qNIPV"),
    ],
)  # fmt: skip
def test_spellings(spelling, name):
    assert find_strategy(spelling).name == name


@pytest.mark.parametrize("name", ["", "EHVI", None, 3, "x" * 10_000, "<b>EI</b>"])
def test_unknown_names_are_answered_with_the_choices(name):
    with pytest.raises(OptwidgetsError, match=r"EI, LogEI, PI, .* Thompson sampling") as refused:
        find_strategy(name)
    assert len(str(refused.value)) < 250
    assert refused.value.field == "strategy"


def test_strategies_are_there_with_their_sources():
    assert strategies_of("botorch") == [
        "EI", "LogEI", "PI", "LogPI", "UCB", "qEI", "qLogEI", "qUCB", "qPI", "qNEI", "qLogNEI",
        "qNIPV", "TS",
    ]  # fmt: skip
    assert strategies_of("sklearn") == ["EI", "PI", "UCB", "gp_hedge"]
    for name, strategy in STRATEGIES.items():
        assert strategy.name == name
        assert any(year.strip("(),:").isdigit() for year in strategy.source.split())
        assert strategy.monte_carlo == name.startswith("q")
    assert [name for name, s in STRATEGIES.items() if s.balance is None] == [
        "qNIPV",
        "TS",
        "gp_hedge",
    ]


def test_a_strategy_that_does_not_fit_the_backend_is_answered_with_those_that_do():
    with pytest.raises(OptwidgetsError, match=r"'sklearn'.*EI, PI, UCB, gp_hedge, or train"):
        find_strategy("qLogEI", "sklearn")
    with pytest.raises(OptwidgetsError, match=r"'gp_hedge'.*LogEI.*with backend 'sklearn'"):
        find_strategy("gp-hedge", "botorch")
    assert find_strategy("LCB", "sklearn").name == "UCB"
