"""Rules of number as people write them: ``count(a, b, c) <= 2``."""

from __future__ import annotations

import re

from optwidgets.errors import OptwidgetsError
from optwidgets.space.constraints.cardinality import CardinalityConstraint
from optwidgets.space.expressions import tokens_of
from optwidgets.space.text import short

# A letter for each token: c count, n a name, 0 a number, ? a comparison; other signs are themselves.
_FORM = re.compile(r"c\((n(?:,n)*)\)\?0|0\?c\((n(?:,n)*)\)")
_COMPARISONS = ("<=", ">=", "==")
_MIRRORED = {"<=": ">=", ">=": "<=", "==": "=="}


def counting(text: object, name: str = "") -> CardinalityConstraint | None:
    """Read ``count(a, b, c) <= 2``; None for a text without a count.

    Raises
    ------
    OptwidgetsError
        For a count of another form, or a number that is not possible.

    Examples
    --------
    >>> counting("count(a, b, `flow rate`) ≥ 2").describe()
    'at least 2 of a, b and flow rate'
    >>> counting("2 > count(a, b, c)").describe()
    'at most 1 of a, b and c'
    >>> counting("a + b <= 2") is None
    True
    """
    tokens = tokens_of(text)
    form = ""
    for place, (kind, word, _) in enumerate(tokens):
        called = kind == "name" and word == "count" and tokens[place + 1 : place + 2]
        if called and called[0][1] == "(":
            form += "c"
        elif kind == "sign":
            form += "?" if word in _COMPARISONS else word
        else:
            form += "0" if kind == "number" else "n"
    if "c" not in form:
        return None
    if not _FORM.fullmatch(form):
        raise OptwidgetsError(
            f'"{short(text, 80)}" is not understood. A count is compared with a number, as in '
            "count(a, b, c) <= 2; names with blanks stand between backticks.",
            field="expression",
        )
    names = tuple(
        word.strip() for (_, word, _), letter in zip(tokens, form, strict=True) if letter == "n"
    )
    sign, at = next(
        (word, at) for kind, word, at in tokens if kind == "sign" and word in _COMPARISONS
    )
    number, written = tokens[form.index("0")][1], str(text)[at]
    step = 1 if written in "<>" and str(text)[at + 1] != "=" else 0
    if form.startswith("0"):
        sign = _MIRRORED[sign]
    return _limited(names, sign, number, step, name)


def _limited(
    names: tuple[str, ...], sign: str, written: str, step: int, name: str
) -> CardinalityConstraint:
    value = float(written)
    is_most, is_least = sign == "<=", sign == ">="
    if is_least:
        step = -step
    # "< 2" is at most 1; at most all of them would be no rule.
    lowest, highest = 1 + step, len(names) - is_most + step
    if len(set(names)) > 1 and not (value.is_integer() and lowest <= value <= highest):
        raise OptwidgetsError(
            f"Compare a count of {len(names)} variables with a whole number from {lowest} to "
            f"{highest}, not with {short(written)}.",
            field="expression",
        )
    number = int(value) - step
    most, least = None if is_least else number, 0 if is_most else number
    return CardinalityConstraint(names, most, name, least)
