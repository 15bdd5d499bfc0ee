"""What `suggest_next` takes beside strategy and number: names, defaults, limits and what they do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.naming import strategies_with
from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import short


@dataclass(frozen=True)
class Option:
    """One entry of `OPTIONS`.

    Parameters
    ----------
    name
        How users call it.
    words
        What it does.
    default
        Its value where none is given, in words where there is more than one.
    limits
        Least and greatest value of a whole number; None for what is something else.
    """

    name: str
    words: str
    default: str
    limits: tuple[int, int] | None = None


OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option("beta", "squared weight of the standard deviation in an upper bound", "0.5"),
        Option("kappa", "the root of `beta`, instead of it", "0.71"),
        Option("xi", "improvement asked for, in the unit of the objective", "0"),
        Option(
            "mc_samples",
            "draws of the results of a batch",
            "128; 64 or 32 for several objectives",
            (2, 8192),
        ),
        Option("n_mc_points", "points over which the variance is averaged", "512", (16, 8192)),
        Option("candidates", "points at which Thompson sampling draws", "1024", (16, 8192)),
        Option(
            "ref_point",
            "worst values that count, by objective or in their order",
            "inferred from the results",
        ),
        Option("weights", "importance of each objective, by name or in their order", "drawn anew"),
        Option(
            "restarts",
            "candidates that a gradient search improves",
            "10; 8 for several objectives",
            (1, 1000),
        ),
        Option(
            "raw_samples",
            "candidates spread over the space that are priced at first",
            "512; 128 or 256 for several objectives",
            (16, 65536),
        ),
        Option(
            "local_samples",
            "candidates round each of the best results, in clouds of six widths; 0 for none",
            "48",
            (0, 6144),
        ),
        Option(
            "noisy_from",
            "variance of the noise, as a share of that of the results, from which the best result "
            "may be luck: the best predicted mean at a measured point counts instead",
            "0.02 for inferred noise, 0.001 for known",
        ),
        Option(
            "trust_region",
            'whether to look only near the best result; `"auto"`: from 8 variables or 201 results',
            "False",
        ),
        Option(
            "batch_strategy",
            "what backend sklearn takes for a result that is awaited: `cl_min`, `cl_mean` or `cl_max`",
            "`cl_min`",
        ),
    )
}


def check_options(strategy: Strategy, options: Mapping[str, Any], common: tuple[str, ...]) -> None:
    """Refuse options that `strategy` does not know."""
    known = (*strategy.options, *common)
    for name in options:
        if name not in known:
            others = strategies_with(name, like=strategy)
            instead = f", or take a strategy that knows it: {', '.join(others)}" if others else ""
            raise OptwidgetsError(
                f"Option {str(name)[:60]!r} is not known to {strategy.label}. "
                f"Choose from {', '.join(known)}{instead}.",
                field=str(name),
            )


def count_of(name: str, settings: Mapping[str, Any], default: int) -> int:
    """Read an option that is a whole number within its limits, or say why it is none.

    Examples
    --------
    >>> count_of("restarts", {"restarts": 3}, 10), count_of("restarts", {}, 10)
    (3, 10)
    >>> count_of("restarts", {"restarts": 0}, 10)
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: restarts must be a whole number from 1 to 1,000, not 0.
    """
    limits = OPTIONS[name].limits
    assert limits is not None  # of this very table
    return whole_number(name, settings.get(name, default), minimum=limits[0], maximum=limits[1])


def number(name: str, value: Any, *, minimum: float = -math.inf) -> float:
    """Finite number of at least `minimum`, or a sentence."""
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if isinstance(value, bool) or not math.isfinite(result) or result < minimum:
        least = "" if minimum == -math.inf else f" of at least {minimum:g}"
        raise OptwidgetsError(f"{name} must be a number{least}, not {short(value)}.", field=name)
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
            f"{name} must be a whole number from {minimum} to {maximum:,}, not {short(value)}.",
            field=name,
        )
    return int(result)
