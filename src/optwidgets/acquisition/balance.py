"""Exploring against exploiting: one slider, translated for each strategy.

=========================  =====================  ============================  =====================
Strategies                 0, explore             0.5, as the source defines it  1, exploit
=========================  =====================  ============================  =====================
UCB, qUCB                  beta 8                 beta 0.5                      beta 1/32
EI, LogEI, qEI, ...        uncertainty times 4    uncertainty as predicted      uncertainty by 4
PI, LogPI, qPI             improve by 0.5 s       improve at all                come within 0.5 s
=========================  =====================  ============================  =====================

``beta`` is the squared weight of the standard deviation, 0.5 as in ALchemist; ``s`` is the
standard deviation of the results. No balance is the same as 0.5. The options ``beta``,
``kappa = √beta`` and ``xi`` (in the objective's unit) set the parameter itself.

Sources
-------
Srinivas et al. 2010 (beta). Z. Wang and N. de Freitas, "Theoretical Analysis of Bayesian
Optimisation with Unknown Gaussian Process Hyper-Parameters", 2014, arXiv 1406.7758
(expected improvement with a scaled standard deviation). Jones 2001 (PI with a target).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.options import number
from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import short

_BETA = 0.5
_BETA_RANGE = 16.0
_SPREAD_RANGE = 4.0
_XI_AT_EXPLORE = 0.5


@dataclass(frozen=True)
class Weights:
    """Balance of a strategy, in standardised units.

    Parameters
    ----------
    kappa
        Weight of the standard deviation in an upper bound, √beta.
    xi
        Improvement that is asked for.
    spread
        Factor of the standard deviation in an expected improvement.
    """

    kappa: float = math.sqrt(_BETA)
    xi: float = 0.0
    spread: float = 1.0


def weights(
    strategy: Strategy, balance: float | None, options: Mapping[str, Any], scale: float
) -> Weights:
    """Weights of `strategy` at a balance.

    Parameters
    ----------
    strategy
        Which parameter the balance sets.
    balance
        0 to explore, 1 to exploit, None for the strategy's own.
    options
        May hold ``beta`` or ``kappa``, or ``xi``, which go before the balance.
    scale
        Standard deviation of the results, in the objective's unit.

    Examples
    --------
    >>> from optwidgets.acquisition.naming import find_strategy
    >>> weights(find_strategy("UCB"), None, {"beta": 4.0}, 1.0).kappa
    2.0
    >>> weights(find_strategy("EI"), 1.0, {}, 1.0)
    Weights(kappa=0.7071067811865476, xi=0.0, spread=0.25)
    >>> (
    ...     weights(find_strategy("PI"), 0.0, {}, 1.0).xi,
    ...     weights(find_strategy("PI"), None, {"xi": 1.0}, 4.0).xi,
    ... )
    (0.5, 0.25)
    """
    tilt = 1.0 - 2.0 * _share(balance)
    if strategy.balance == "beta":
        return Weights(kappa=_kappa(tilt, options))
    xi = number("xi", options["xi"]) / scale if "xi" in options else 0.0
    if strategy.balance == "spread":
        return Weights(xi=xi, spread=_SPREAD_RANGE**tilt)
    if strategy.balance == "xi":
        return Weights(xi=xi if "xi" in options else _XI_AT_EXPLORE * tilt)
    return Weights()


def _kappa(tilt: float, options: Mapping[str, Any]) -> float:
    if "beta" in options and "kappa" in options:
        raise OptwidgetsError("Give beta or kappa, not both: kappa is the root of beta.")
    if "kappa" in options:
        return number("kappa", options["kappa"], minimum=0.0)
    if "beta" in options:
        return math.sqrt(number("beta", options["beta"], minimum=0.0))
    return math.sqrt(_BETA * _BETA_RANGE**tilt)


def _share(balance: float | None) -> float:
    if balance is None:
        return 0.5
    share = number("Balance", balance)
    if not 0.0 <= share <= 1.0:
        raise OptwidgetsError(
            f"Balance must lie between 0 (explore) and 1 (exploit), not {short(balance)}.",
            field="balance",
        )
    return share
