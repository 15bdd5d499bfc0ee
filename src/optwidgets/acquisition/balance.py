"""Exploring against exploiting: one slider, translated for each strategy.

===========  ==========================  ==============================  ===================
Strategies   0, explore                  0.5, as the source defines it   1, exploit
===========  ==========================  ==============================  ===================
UCB, qUCB    mean + 4 sd (beta 16)       mean + 2 sd (beta 4)            the mean (beta 1e-4)
EI and PI    improve by 0.5 s at least   improve at all                  come within 0.5 s
===========  ==========================  ==============================  ===================

``s`` is the standard deviation of the results. No balance is the same as 0.5. The options
``beta``, ``kappa = √beta`` and ``xi`` (in the objective's unit) set the parameter itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from optwidgets.acquisition.base import Strategy
from optwidgets.errors import OptwidgetsError

_KAPPA_AT_EXPLORE = 4.0
_MIN_KAPPA = 0.01
_XI_AT_EXPLORE = 0.5


def kappa_of(balance: float | None, options: Mapping[str, Any]) -> float:
    """Weight of the standard deviation, √beta.

    Examples
    --------
    >>> kappa_of(None, {}), kappa_of(0.0, {}), kappa_of(0.5, {"beta": 9.0})
    (2.0, 4.0, 3.0)
    """
    if "beta" in options and "kappa" in options:
        raise OptwidgetsError("Give beta or kappa, not both: kappa is the root of beta.")
    if "kappa" in options:
        return number("kappa", options["kappa"], minimum=0.0)
    if "beta" in options:
        return math.sqrt(number("beta", options["beta"], minimum=0.0))
    return max(_KAPPA_AT_EXPLORE * (1.0 - _share(balance)), _MIN_KAPPA)


def xi_of(balance: float | None, options: Mapping[str, Any], scale: float) -> float:
    """Improvement that is asked for, in standardised units.

    Parameters
    ----------
    balance
        0 to 1, or None.
    options
        May hold ``xi`` in the objective's unit.
    scale
        Standard deviation of the results, in the objective's unit.

    Examples
    --------
    >>> xi_of(None, {}, 2.0), xi_of(0.0, {}, 2.0), xi_of(None, {"xi": 1.0}, 2.0)
    (0.0, 0.5, 0.5)
    """
    if "xi" in options:
        return number("xi", options["xi"]) / scale
    return _XI_AT_EXPLORE * (1.0 - 2.0 * _share(balance))


def check_options(strategy: Strategy, options: Mapping[str, Any], common: tuple[str, ...]) -> None:
    """Refuse options that `strategy` does not know."""
    known = (*strategy.options, *common)
    for name in options:
        if name not in known:
            raise OptwidgetsError(
                f"Option {str(name)[:60]!r} is not known to {strategy.label}. "
                f"Choose from {', '.join(known)}.",
                field=str(name),
            )


def number(name: str, value: Any, *, minimum: float = -math.inf) -> float:
    """Finite number of at least `minimum`, or a sentence."""
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if isinstance(value, bool) or not math.isfinite(result) or result < minimum:
        least = "" if minimum == -math.inf else f" of at least {minimum:g}"
        raise OptwidgetsError(f"{name} must be a number{least}, not {value!r}.", field=name)
    return result


def whole_number(name: str, value: Any, *, minimum: int, maximum: int) -> int:
    """Whole number within limits, or a sentence.

    Examples
    --------
    >>> whole_number("Batch size", 3, minimum=1, maximum=10)
    3
    """
    result = number(name, value)
    if result != int(result) or not minimum <= result <= maximum:
        raise OptwidgetsError(
            f"{name} must be a whole number from {minimum} to {maximum:,}, not {value!r}.",
            field=name,
        )
    return int(result)


def _share(balance: float | None) -> float:
    if balance is None:
        return 0.5
    share = number("Balance", balance)
    if not 0.0 <= share <= 1.0:
        raise OptwidgetsError(
            f"Balance must lie between 0 (explore) and 1 (exploit), not {balance!r}.",
            field="balance",
        )
    return share
