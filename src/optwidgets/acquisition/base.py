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
    """

    name: str
    label: str
    balance: str | None
    monte_carlo: bool
    source: str
    options: tuple[str, ...]


_JONES = "D. R. Jones, M. Schonlau, W. J. Welch, J. Global Optim. 13 (1998) 455"
_AMENT = "S. Ament et al., NeurIPS 2023, arXiv 2310.20708"
_KUSHNER = "H. J. Kushner, J. Basic Eng. 86 (1964) 97"
_SRINIVAS = "N. Srinivas et al., ICML 2010, arXiv 0912.3995"
_WILSON = "J. T. Wilson et al., 2017, arXiv 1712.00424"
_THOMPSON = "W. R. Thompson, Biometrika 25 (1933) 285; K. Kandasamy et al., AISTATS 2018"

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("EI", "Expected improvement", "spread", False, _JONES, ("xi",)),
        Strategy("LogEI", "Log expected improvement", "spread", False, _AMENT, ("xi",)),
        Strategy("PI", "Probability of improvement", "xi", False, _KUSHNER, ("xi",)),
        Strategy("LogPI", "Log probability of improvement", "xi", False, _KUSHNER, ("xi",)),
        Strategy("UCB", "Upper confidence bound", "beta", False, _SRINIVAS, ("beta", "kappa")),
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
    )
}

_ALIASES = {"thompsonsampling": "TS", "thompson": "TS"}


def find_strategy(name: str) -> Strategy:
    """Strategy by name, whatever its case, spaces and hyphens.

    Raises
    ------
    OptwidgetsError
        For a name that is not known; the sentence lists the choices.

    Examples
    --------
    >>> find_strategy("thompson sampling").name, find_strategy("logei").name
    ('TS', 'LogEI')
    >>> find_strategy("EHVI")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Strategy 'EHVI' is not known. Choose one of EI, LogEI, \
PI, LogPI, UCB, qEI, qLogEI, qUCB, Thompson sampling.
    """
    key = "".join(str(name).lower().split()).replace("-", "").replace("_", "")
    by_key = {known.lower(): known for known in STRATEGIES} | _ALIASES
    if key in by_key:
        return STRATEGIES[by_key[key]]
    choices = ", ".join("Thompson sampling" if known == "TS" else known for known in STRATEGIES)
    raise OptwidgetsError(
        f"Strategy {str(name)[:60]!r} is not known. Choose one of {choices}.", field="strategy"
    )
