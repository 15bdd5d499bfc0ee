from __future__ import annotations

import pytest

from optwidgets.acquisition import STRATEGIES, find_strategy
from optwidgets.errors import OptwidgetsError


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("EI", "EI"), ("ei", "EI"), ("Log EI", "LogEI"), ("log-pi", "LogPI"), ("QEI", "qEI"),
        ("q_log_ei", "qLogEI"), ("ThompsonSampling", "TS"), ("thompson", "TS"),
        (" Thompson Sampling ", "TS"), ("ts", "TS"),
    ],
)  # fmt: skip
def test_spellings(spelling, name):
    assert find_strategy(spelling).name == name


@pytest.mark.parametrize("name", ["", "EHVI", None, 3, "x" * 10_000, "<b>EI</b>"])
def test_unknown_names_are_answered_with_the_choices(name):
    with pytest.raises(OptwidgetsError, match=r"EI, LogEI, PI, .* Thompson sampling") as refused:
        find_strategy(name)
    assert len(str(refused.value)) < 200
    assert refused.value.field == "strategy"


def test_the_nine_strategies_are_there_with_their_sources():
    assert list(STRATEGIES) == ["EI", "LogEI", "PI", "LogPI", "UCB", "qEI", "qLogEI", "qUCB", "TS"]
    for name, strategy in STRATEGIES.items():
        assert strategy.name == name
        assert any(year.strip("(),:").isdigit() for year in strategy.source.split())
        assert strategy.monte_carlo == name.startswith("q")
    assert [name for name, s in STRATEGIES.items() if s.balance is None] == ["TS"]
