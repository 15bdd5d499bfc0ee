"""Strategies by name: found as people write them, and by what they work with."""

from __future__ import annotations

from optwidgets.acquisition.base import MOST_FOR_HYPERVOLUME, SEVERAL, STRATEGIES, Strategy
from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import plain_key

_ALIASES = {
    "thompsonsampling": "TS", "thompson": "TS", "lcb": "UCB", "gphedge": "gp_hedge",
    "qipv": "qNIPV", "ipv": "qNIPV"
}  # fmt: skip


def strategies_of(backend: str) -> list[str]:
    """Names of the strategies that work with the models of a backend.

    Examples
    --------
    >>> strategies_of("sklearn")
    ['EI', 'PI', 'UCB', 'gp_hedge']
    """
    return [name for name, strategy in STRATEGIES.items() if backend in strategy.backends]


def several_of(n_objectives: int) -> list[str]:
    """Names of the strategies for so many objectives at once.

    Examples
    --------
    >>> several_of(5)
    ['qLogNParEGO']
    """
    return list(SEVERAL) if n_objectives <= MOST_FOR_HYPERVOLUME else ["qLogNParEGO"]


def default_for_several(n_objectives: int, *, weighted: bool = False) -> str:
    """Name of the strategy for several objectives when none is named.

    Parameters
    ----------
    n_objectives
        Number of objectives.
    weighted
        Whether weights of the objectives are given: they ask for one compromise.

    Examples
    --------
    >>> default_for_several(2), default_for_several(5), default_for_several(2, weighted=True)
    ('qLogNEHVI', 'qLogNParEGO', 'qLogNParEGO')
    """
    whole_front = n_objectives <= MOST_FOR_HYPERVOLUME and not weighted
    return "qLogNEHVI" if whole_front else "qLogNParEGO"


def strategies_with(option: str, like: Strategy) -> list[str]:
    """Names of the strategies that have an option and could take the place of another one.

    Examples
    --------
    >>> strategies_with("weights", like=SEVERAL["qLogNEHVI"])
    ['qLogNParEGO']
    >>> strategies_with("beta", like=STRATEGIES["gp_hedge"])
    ['UCB']
    """
    same = SEVERAL if like.name in SEVERAL else STRATEGIES
    return [
        name
        for name, strategy in same.items()
        if option in strategy.options and set(like.backends) <= set(strategy.backends)
    ]


def check_balance(strategy: Strategy, backend: str) -> None:
    """Refuse a balance where a strategy has none, and name those that have one.

    Examples
    --------
    >>> check_balance(STRATEGIES["gp_hedge"], "sklearn")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Portfolio of EI, PI and UCB has no balance of exploring \
and exploiting. Leave it out, or choose one of EI, PI, UCB.
    """
    if strategy.balance:
        return
    fitting = [name for name in strategies_of(backend) if STRATEGIES[name].balance]
    instead = f", or choose one of {', '.join(fitting)}" if strategy.name in STRATEGIES else ""
    raise OptwidgetsError(
        f"{strategy.label} has no balance of exploring and exploiting. Leave it out{instead}.",
        field="Balance",
    )


def is_for_several(name: str) -> bool:
    """Whether a name is that of a strategy for several objectives."""
    return plain_key(name) in _SEVERAL_KEYS


def strategy_named(name: str) -> Strategy:
    """Strategy of exactly this name, for one objective or several.

    Examples
    --------
    >>> strategy_named("qLogNEHVI").label
    'Log noisy expected hypervolume improvement'
    """
    return STRATEGIES[name] if name in STRATEGIES else SEVERAL[name]


def find_several(name: str, n_objectives: int) -> Strategy:
    """Strategy for several objectives by name.

    Raises
    ------
    OptwidgetsError
        For a name that is not known or does not fit; the sentence lists those that do.

    Examples
    --------
    >>> find_several("qnehvi", 2).name
    'qNEHVI'
    >>> find_several("EI", 2)
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Strategy 'EI' does not work with 2 objectives at once. \
Choose one of qLogNEHVI, qNEHVI, qLogEHVI, qEHVI, qLogNParEGO, or name one objective.
    """
    fitting = several_of(n_objectives)
    found = _SEVERAL_KEYS.get(plain_key(name))
    if found in fitting:
        return SEVERAL[found]
    one = "one of " if len(fitting) > 1 else ""
    raise OptwidgetsError(
        f"Strategy {str(name)[:60]!r} does not work with {n_objectives} objectives at once. "
        f"Choose {one}{', '.join(fitting)}, or name one objective.",
        field="strategy",
    )


_SEVERAL_KEYS = {plain_key(known): known for known in SEVERAL} | {
    "parego": "qLogNParEGO", "qnparego": "qLogNParEGO"
}  # fmt: skip


def find_strategy(name: str, backend: str | None = None) -> Strategy:
    """Strategy by name, whatever its case, spaces and hyphens.

    Parameters
    ----------
    name
        As a user writes it.
    backend
        Backend of the model that it has to work with, if that is known.

    Raises
    ------
    OptwidgetsError
        For a name that is not known or does not fit the backend; the sentence lists
        those that do.

    Examples
    --------
    >>> find_strategy("thompson sampling").name, find_strategy("logei").name
    ('TS', 'LogEI')
    >>> find_strategy("qEI", backend="sklearn")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Strategy 'qEI' does not work with backend 'sklearn'. \
Choose one of EI, PI, UCB, gp_hedge, or train the model with backend 'botorch'.
    """
    key = plain_key(name)
    by_key = {known.lower(): known for known in STRATEGIES} | _ALIASES
    fitting = list(STRATEGIES) if backend is None else strategies_of(backend)
    choices = ", ".join("Thompson sampling" if known == "TS" else known for known in fitting)
    if key in _SEVERAL_KEYS:
        raise OptwidgetsError(
            f"Strategy {str(name)[:60]!r} needs at least two objectives. Choose one of {choices}.",
            field="strategy",
        )
    if key not in by_key:
        raise OptwidgetsError(
            f"Strategy {str(name)[:60]!r} is not known. Choose one of {choices}.", field="strategy"
        )
    found = STRATEGIES[by_key[key]]
    if found.name not in fitting:
        raise OptwidgetsError(
            f"Strategy {found.name!r} does not work with backend {backend!r}. Choose one of "
            f"{choices}, or train the model with backend {' or '.join(map(repr, found.backends))}.",
            field="strategy",
        )
    return found
