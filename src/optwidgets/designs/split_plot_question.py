"""What a split-plot design is asked for, checked before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space
from optwidgets.space.text import did_you_mean, enumerate_words, short

#: Levels of a split-plot design, the plots that are changed least often first.
LEVELS = ("very_hard", "hard", "easy")

_MODES = ("fresh", "crossed")
_ORDERS = ("random", "as_generated")
_POSITIONS = ("ends", "start")
# What has no meaning within a plot, and what the plots do themselves.
_NOT_INSIDE = ("blocks", "run_order", "replicates", "augment")


@dataclass(frozen=True)
class SplitPlotQuestion:
    """What a split-plot design is asked for; see `split_plot.split_plot_design`."""

    designs: Mapping[str, Any]
    replicates: Mapping[str, Any] = field(default_factory=dict)
    easy_mode: str = "fresh"
    middle_mode: str = "fresh"
    reference: Mapping[str, Any] | None = None
    order: Mapping[str, str] = field(default_factory=dict)
    hard: Sequence[str] = ()
    very_hard: Sequence[str] = ()


def levels_of(space: Space, question: SplitPlotQuestion) -> dict[str, tuple[str, ...]]:
    """Names of the variables of each level that has some."""
    named = {"very_hard": list(question.very_hard), "hard": list(question.hard)}
    for level, names in named.items():
        for name in names:
            if name not in space:
                raise OptwidgetsError(did_you_mean(name, space.names), field=level)
    twice = set(named["hard"]) & set(named["very_hard"])
    if twice:
        raise OptwidgetsError(
            f"{enumerate_words(sorted(twice))} cannot be hard and very hard. Name it once.",
            field="hard",
        )

    def level_of(name: str) -> str:
        for level, names in named.items():
            if name in names:
                return level
        return str(getattr(space[name], "changes", "easy"))

    found = {level: tuple(n for n in space.names if level_of(n) == level) for level in LEVELS}
    levels = {level: names for level, names in found.items() if names}
    if len(levels) < 2 or "easy" not in levels:
        raise OptwidgetsError(
            "A split-plot design needs a variable that is hard to change and one that is easy. "
            f"Name the hard ones of {enumerate_words(space.names)}: hard=[...]; with every "
            "variable easy use generate_initial_design.",
            field="hard",
        )
    return levels


def check_question(levels: Mapping[str, tuple[str, ...]], question: SplitPlotQuestion) -> None:
    """Refuse what does not fit the levels, or is a word that nobody knows."""
    there = enumerate_words(levels)
    asked_for: Any = question.designs
    if not isinstance(asked_for, Mapping) or set(asked_for) != set(levels):
        raise OptwidgetsError(
            f"designs must have one entry for each of {there}, such as "
            '{"hard": {"method": "full_factorial"}, "easy": {"method": "lhs", "n_points": 4}}.',
            field="designs",
        )
    for level, asked in question.designs.items():
        if not isinstance(asked, Mapping) or "method" not in asked:
            raise OptwidgetsError(
                f"The design of level {level} needs a method, such as "
                f'"{level}": {{"method": "lhs", "n_points": 4}}.',
                field="designs",
            )
        outside = [name for name in asked if name in _NOT_INSIDE]
        if outside:
            raise OptwidgetsError(
                f"'{outside[0]}' is no option inside a split-plot design. Use replicates and order "
                "of the split-plot design itself.",
                field="designs",
            )
    restricted = [level for level in levels if level != "easy"]
    for level, times in question.replicates.items():
        whole = isinstance(times, int) and not isinstance(times, bool)
        if level not in restricted or not whole or not 1 <= times <= 100:
            raise OptwidgetsError(
                f"replicates are whole numbers from 1 to 100 for {enumerate_words(restricted)}, "
                f"not {short(times)} for '{short(level)}'.",
                field="replicates",
            )
    _check_words(levels, question)


def _check_words(levels: Mapping[str, tuple[str, ...]], question: SplitPlotQuestion) -> None:
    words: list[tuple[str, object, Sequence[str]]] = [
        ("easy_mode", question.easy_mode, _MODES),
        ("middle_mode", question.middle_mode, _MODES),
        *((f"order of {level}", how, _ORDERS) for level, how in question.order.items()),
    ]
    if question.reference is not None:
        words.append(("position", question.reference.get("position", "ends"), _POSITIONS))
        words += [("reference", key, ("position", "values")) for key in question.reference]
    words += [("level in order", level, tuple(levels)) for level in question.order]
    for name, value, known in words:
        if value not in known:
            raise OptwidgetsError(
                f"{name} '{short(value)}' is not known. Choose one of "
                f"{', '.join(map(repr, known))}.",
                field=name.split()[0],
            )
