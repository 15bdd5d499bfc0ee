"""Options of designs: what they are called, what they may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import finite_number
from optwidgets.space.text import enumerate_words, short


@dataclass(frozen=True)
class Option:
    """One entry of `OPTIONS`.

    Parameters
    ----------
    name
        How users call it.
    default
        Value if it is not given.
    check
        From a given value and the name to the value that is used.
    words
        What it sets, for the reference.
    """

    name: str
    default: Any
    check: Callable[[Any, str], Any]
    words: str


def whole_number(low: int, high: int) -> Callable[[Any, str], int]:
    """Return a check for whole numbers from low to high."""

    def check(value: Any, name: str) -> int:
        try:
            number = index(value.item() if hasattr(value, "item") else value)
        except (TypeError, ValueError):
            number = low - 1
        if isinstance(value, bool) or not low <= number <= high:
            raise OptwidgetsError(
                f"{name} must be a whole number from {low} to {high:,}, not {short(value)}.",
                field=name,
            )
        return number

    return check


def _number(low: float, high: float) -> Callable[[Any, str], float]:
    def check(value: Any, name: str) -> float:
        number = finite_number(value, name)
        if not low <= number <= high:
            raise OptwidgetsError(
                f"{name} must be from {low:g} to {high:g}, not {short(value)}.", field=name
            )
        return number

    return check


def _one_of(*known: str) -> Callable[[Any, str], str]:
    def check(value: Any, name: str) -> str:
        text = str(value).strip().lower()
        if text == "as_generated":  # ALchemist's word
            text = "standard"
        if text not in known:
            raise OptwidgetsError(
                f"{name} '{short(value)}' is not known. Choose one of "
                f"{', '.join(map(repr, known))}.",
                field=name,
            )
        return text

    return check


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise OptwidgetsError(f"{name} must be a text, not {short(value)}.", field=name)
    return value


def _text_or_number(value: Any, name: str) -> str | float:
    return value if isinstance(value, str) else finite_number(value, name)


def _texts(value: Any, name: str) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise OptwidgetsError(
            f'{name} must be a list of texts, such as ["A", "A*B", "A**2"].', field=name
        )
    return [_text(text, name) for text in value]


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise OptwidgetsError(f"{name} must be True or False, not {short(value)}.", field=name)
    return value


OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option(
            "lhs_criterion",
            "maximin",
            _one_of("maximin", "correlation", "ratio"),
            "what the best of several draws is: largest smallest distance, smallest correlation, "
            "smallest ratio of distances",
        ),
        Option(
            "n_levels",
            None,
            whole_number(2, 100),
            "levels of a continuous variable: 2, for `optimal` 5",
        ),
        Option(
            "n_center", 1, whole_number(0, 1000), "centre runs; in cube and star each for `ccd`"
        ),
        Option("generators", None, _text, 'such as `"a b ab"`: one word for each variable'),
        Option("resolution", None, whole_number(3, 5), "smallest length of an alias word, 3 to 5"),
        Option(
            "ccd_alpha",
            "orthogonal",
            _text_or_number,
            "orthogonal, rotatable, spherical, practical, faced, or a number",
        ),
        Option("ccd_face", "circumscribed", _text, "circumscribed, inscribed or faced"),
        Option("gsd_reduction", 2, whole_number(2, 100), "about how many times fewer runs"),
        Option("effects", None, _texts, 'effects of the model: `["A", "A*B", "A**2"]`'),
        Option("model_type", None, _text, "linear, interaction or quadratic, instead of effects"),
        Option("p_multiplier", None, _number(1.0, 100.0), "runs for each coefficient"),
        Option("criterion", "D", _text, "D, A or I"),
        Option("algorithm", "fedorov", _text, "exchange algorithm"),
        Option("max_iter", 200, whole_number(1, 100_000), "exchanges at most"),
        Option("augment", False, _flag, "whether the rows that are there count as runs"),
        Option("replicates", 1, whole_number(1, 100), "how often the whole design is carried out"),
        Option(
            "blocks",
            1,
            whole_number(1, 1000),
            "blocks (days, batches) that the runs are divided in",
        ),
        Option("run_order", "random", _one_of("random", "standard"), "order of the runs"),
        Option(
            "allow_infeasible",
            False,
            _flag,
            "whether what constraints leave is taken though it cannot estimate the model",
        ),
    )
}

ORDERING = ("replicates", "blocks", "run_order")


def check_options(
    given: Mapping[str, Any], known: Sequence[str], what: str, defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """Return every known option, as given or by default.

    Parameters
    ----------
    given
        Options by name; None means the default.
    known
        Names of the options that there are here.
    what
        What has these options, such as ``Design 'ccd'``.
    defaults
        Defaults that differ from the table's.

    Raises
    ------
    OptwidgetsError
        For an option that is not known here, or a value that is not possible.

    Examples
    --------
    >>> check_options({"n_center": 3}, ["n_center", "n_levels"], "It", {"n_levels": 2})
    {'n_center': 3, 'n_levels': 2}
    """
    for name in given:
        if name not in known:
            takes = f"It takes {enumerate_words(known, 20)}" if known else "It takes none"
            raise OptwidgetsError(
                f"{what} has no option '{short(name)}'. {takes}.",
                field=str(name),
            )
    return {
        name: OPTIONS[name].check(given[name], name)
        if given.get(name) is not None
        else defaults.get(name, OPTIONS[name].default)
        for name in known
    }
