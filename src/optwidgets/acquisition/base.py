"""The strategies: what they are called, what they support, where they come from."""

from __future__ import annotations

from dataclasses import dataclass

from optwidgets.errors import OptwidgetsError


@dataclass(frozen=True)
class Strategy:
    """One entry of `STRATEGIES`.

    Parameters
    ----------
    name
        How users call it.
    label
        How the interface calls it.
    balance
        Parameter that the balance between exploring and exploiting sets: ``"beta"`` (weight
        of the variance), ``"spread"`` (factor of the uncertainty), ``"xi"`` (improvement
        asked for), or None when it has none.
    monte_carlo
        Whether a batch is scored as a whole by Monte Carlo samples.
    source
        Literature source.
    options
        Options of ``suggest`` that it understands, beside those of the search.
    backends
        Backends of models that it works with.
    """

    name: str
    label: str
    balance: str | None
    monte_carlo: bool
    source: str
    options: tuple[str, ...]
    backends: tuple[str, ...] = ("botorch",)


_EVERY = ("botorch", "sklearn")
_JONES = "D. R. Jones, M. Schonlau, W. J. Welch, J. Global Optim. 13 (1998) 455"
_AMENT = "S. Ament et al., NeurIPS 2023, arXiv 2310.20708"
_KUSHNER = "H. J. Kushner, J. Basic Eng. 86 (1964) 97"
_SRINIVAS = "N. Srinivas et al., ICML 2010, arXiv 0912.3995"
_WILSON = "J. T. Wilson et al., 2017, arXiv 1712.00424"
_HOFFMAN = "M. D. Hoffman, E. Brochu, N. de Freitas, UAI 2011 (GP-Hedge)"
_THOMPSON = "W. R. Thompson, Biometrika 25 (1933) 285; K. Kandasamy et al., AISTATS 2018"

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("EI", "Expected improvement", "spread", False, _JONES, ("xi",), _EVERY),
        Strategy("LogEI", "Log expected improvement", "spread", False, _AMENT, ("xi",)),
        Strategy("PI", "Probability of improvement", "xi", False, _KUSHNER, ("xi",), _EVERY),
        Strategy("LogPI", "Log probability of improvement", "xi", False, _KUSHNER, ("xi",)),
        Strategy(
            "UCB", "Upper confidence bound", "beta", False, _SRINIVAS, ("beta", "kappa"), _EVERY
        ),
        Strategy(
            "qEI", "Batch expected improvement", "spread", True, _WILSON, ("xi", "mc_samples")
        ),
        Strategy(
            "qLogEI", "Batch log expected improvement", "spread", True, _AMENT, ("xi", "mc_samples")
        ),
        Strategy(
            "qUCB",
            "Batch upper confidence bound",
            "beta",
            True,
            _WILSON,
            ("beta", "kappa", "mc_samples"),
        ),
        Strategy("TS", "Thompson sampling", None, False, _THOMPSON, ("candidates",)),
        Strategy(
            "gp_hedge", "Portfolio of EI, PI and UCB", None, False, _HOFFMAN, (), ("sklearn",)
        ),
    )
}

_ALIASES = {
    "thompsonsampling": "TS", "thompson": "TS", "lcb": "UCB", "gphedge": "gp_hedge"
}  # fmt: skip


def strategies_of(backend: str) -> list[str]:
    """Names of the strategies that work with the models of a backend.

    Examples
    --------
    >>> strategies_of("sklearn")
    ['EI', 'PI', 'UCB', 'gp_hedge']
    """
    return [name for name, strategy in STRATEGIES.items() if backend in strategy.backends]


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
    key = "".join(str(name).lower().split()).replace("-", "").replace("_", "")
    by_key = {known.lower(): known for known in STRATEGIES} | _ALIASES
    fitting = list(STRATEGIES) if backend is None else strategies_of(backend)
    choices = ", ".join("Thompson sampling" if known == "TS" else known for known in fitting)
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
