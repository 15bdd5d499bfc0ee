"""The rules between variables as their panel shows them, and as people type them there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optwidgets.space.constraints import constraint_of_formula

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optwidgets.space.constraints import Constraint
    from optwidgets.space.space import Space

_PLAIN = re.compile(r"[^\W\d]\w*")


def rule_views(space: Space) -> list[dict[str, str]]:
    """Return what the panel shows of each rule: its name and its formula.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("oil", 0, 1), Real("water", 0, 1)))
    >>> rule_views(space.constrain(rule_of_text(space, "oil + water = 1")))
    [{'name': 'constraint_0', 'formula': 'oil + water = 1'}]
    """
    return [{"name": rule.label, "formula": rule.describe()} for rule in space.constraints]


def rule_of_text(space: Space, text: str) -> Constraint:
    """Read a formula as somebody types it beside the list of variables.

    Names with blanks need no backticks here, since the names are known.

    Raises
    ------
    OptwidgetsError
        When it is none, or does not fit the variables.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("Flow rate", 0, 9), Real("T", 20, 90)))
    >>> rule_of_text(space, "Flow rate * T ≤ 300").describe()
    'Flow rate · T ≤ 300'
    """
    rule = constraint_of_formula(_with_backticks(text, space.names))
    named = rule.with_label(space.next_label())
    space.constrain(named)  # says what does not fit
    return named


def _with_backticks(text: str, names: Iterable[str]) -> str:
    odd = sorted((name for name in names if not _PLAIN.fullmatch(name)), key=len, reverse=True)
    if not odd:
        return text
    # What stands between backticks already is taken first, and stays.
    words = "|".join(["`[^`]*`", *(rf"(?<!\w){re.escape(name)}(?!\w)" for name in odd)])
    return re.sub(
        words, lambda found: found[0] if found[0].startswith("`") else f"`{found[0]}`", text
    )
