"""Formulas that people type, read by a small grammar of our own: nothing of them is executed.

.. code-block:: text

    rule    = sum ("<=" | ">=" | "<" | ">" | "==") sum
    sum     = product {("+" | "-") product}
    product = power {("*" | "/") power}          a leading "-" counts like a factor
    power   = atom [("^" | "**") power]
    atom    = number | name | "`any name`" | function "(" sum {"," sum} ")" | "(" sum ")"
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import plain
from optwidgets.space.text import enumerate_words, short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = Mapping[str, NDArray[np.float64]]
    Meaning = Callable[..., NDArray[np.float64]]

MAX_LENGTH = 2000
_MAX_DEPTH = 60

#: Function to its number of arguments; None for any number from one.
FUNCTIONS: Mapping[str, int | None] = {
    "abs": 1, "sqrt": 1, "exp": 1, "log": 1, "log10": 1,
    "sin": 1, "cos": 1, "tanh": 1, "min": None, "max": None,
}  # fmt: skip

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|`(?P<quoted>[^`]+)`"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<sign><=|>=|==|\*\*|[-+*/^(),<>=≤≥−×·÷]))"
)
_SPELLINGS = {"≤": "<=", "≥": ">=", "<": "<=", ">": ">=", "=": "==", "−": "-", "×": "*", "·": "*",
              "÷": "/", "**": "^"}  # fmt: skip
_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 2, "^": 3}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN_NAME = re.compile(r"[^\W\d]\w*\Z")


@dataclass(frozen=True)
class Expression:
    """A formula as a tree; see `parse_expression`.

    Parameters
    ----------
    head
        ``number``, ``name``, an operator, ``neg``, or the name of a function.
    parts
        What it is applied to.
    value
        The number or the name.
    """

    head: str
    parts: tuple[Expression, ...] = ()
    value: float | str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables in it, in the order in which they come."""
        if self.head == "name":
            return (str(self.value),)
        return tuple(dict.fromkeys(name for part in self.parts for name in part.names))

    def evaluate(self, values: Values) -> NDArray[np.float64]:
        """Value at m points, (m,); NaN where it has none, such as a root of -1.

        Parameters
        ----------
        values
            Name to the values (m,) of a variable.
        """
        import numpy as np

        with np.errstate(all="ignore"):
            return np.asarray(_evaluated(self, values, _meanings()), dtype=np.float64)

    def linear(  # noqa: PLR0911  (one for each kind of part)
        self,
    ) -> tuple[dict[str, float], float] | None:
        """Coefficients and constant of a weighted sum; None for anything else."""
        if self.head == "number":
            return {}, float(self.value)
        if self.head == "name":
            return {str(self.value): 1.0}, 0.0
        if self.head not in _RANK or self.head == "^":
            return None
        parts = [part.linear() for part in self.parts]
        if any(part is None for part in parts):
            return None
        (left, constant), *rest = [part for part in parts if part is not None]
        if self.head == "neg":
            return _scaled(left, constant, -1.0)
        (right, other) = rest[0]
        if self.head in "+-":
            sign = 1.0 if self.head == "+" else -1.0
            names = dict.fromkeys([*left, *right])
            total = {name: left.get(name, 0.0) + sign * right.get(name, 0.0) for name in names}
            return total, constant + sign * other
        if self.head == "*" and not (left and right):
            return _scaled(left, constant, other) if left else _scaled(right, other, constant)
        if self.head == "/" and not right and other:
            return _scaled(left, constant, 1.0 / other)
        return None

    def renamed(self, old: str, new: str) -> Expression:
        """Return the formula after a variable got another name."""
        if self.head == "name":
            return Expression("name", (), new) if self.value == old else self
        return Expression(self.head, tuple(p.renamed(old, new) for p in self.parts), self.value)

    def text(self, *, pretty: bool = False) -> str:
        """Write the formula so that it can be read again, or as people write it."""
        if self.head == "number":
            return plain(float(self.value))
        if self.head == "name":
            name = str(self.value)
            return name if pretty or _PLAIN_NAME.match(name) else f"`{name}`"
        if self.head not in _RANK:
            return f"{self.head}({', '.join(part.text(pretty=pretty) for part in self.parts)})"
        rank = _RANK[self.head]
        first = self._inside(0, pretty, above=rank + (self.head == "^"))
        if self.head == "neg":
            return ("−" if pretty else "-") + self._inside(0, pretty, above=rank + 1)
        power = self.parts[1]
        if pretty and self.head == "^" and power.head == "number":
            whole = plain(float(power.value))
            if whole.isdigit():
                return first + whole.translate(_SUPERSCRIPTS)
        second = self._inside(1, pretty, above=rank + (self.head in "-/*+"))
        sign = {"*": "·", "-": "−"}.get(self.head, self.head) if pretty else self.head
        return f"{first} {sign} {second}" if self.head != "^" else f"{first}^{second}"

    def _inside(self, at: int, pretty: bool, above: int) -> str:
        part = self.parts[at]
        words = part.text(pretty=pretty)
        negative = part.head == "number" and words.startswith("-")
        return f"({words})" if _RANK.get(part.head, 9) < above or negative else words


@dataclass(frozen=True)
class Rule:
    """Two formulas and how they compare: ``<=``, ``>=`` or ``==``."""

    left: Expression
    sign: str
    right: Expression


def parse_rule(text: object) -> Rule:
    """Read a rule such as ``a * b <= 3``.

    Raises
    ------
    OptwidgetsError
        One sentence that says what is wrong, and where.

    Examples
    --------
    >>> rule = parse_rule("sqrt(a) * `Flow rate` <= 3")
    >>> rule.left.names, rule.sign, rule.right.value
    (('a', 'Flow rate'), '<=', 3.0)
    >>> parse_rule("a + ")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: "a + " ends too early.
    """
    reader = _Reader(text)
    left = reader.sum()
    sign = reader.take()
    if sign not in ("<=", ">=", "=="):
        raise reader.error("needs a comparison, such as <= 3,")
    right = reader.sum()
    reader.expect_end()
    return Rule(left, sign, right)


def parse_expression(text: object) -> Expression:
    """Read a formula such as ``2 * a + b^2``.

    Raises
    ------
    OptwidgetsError
        One sentence that says what is wrong, and where.

    Examples
    --------
    >>> import numpy as np
    >>> formula = parse_expression("2 * a + b^2")
    >>> formula.evaluate({"a": np.array([1.0, 2.0]), "b": np.array([3.0, 0.0])}).tolist()
    [11.0, 4.0]
    >>> formula.text(pretty=True)
    '2 · a + b²'
    """
    reader = _Reader(text)
    found = reader.sum()
    reader.expect_end()
    return found


def tokens_of(text: object) -> list[tuple[str, str, int]]:
    """Split a formula: kind, word and place of each number, name (quoted or not) and sign.

    Raises
    ------
    OptwidgetsError
        For a text that is empty or too long, or holds a character that no formula can.

    Examples
    --------
    >>> tokens_of("`Flow rate` < 3")
    [('quoted', 'Flow rate', 1), ('sign', '<=', 12), ('number', '3', 14)]
    """
    return _Reader(text).tokens


class _Reader:
    """Tokens of a text and the rules of the grammar."""

    def __init__(self, text: object) -> None:
        if not isinstance(text, str) or not text.strip():
            raise OptwidgetsError("Type a formula, such as a * b <= 3.", field="expression")
        if len(text) > MAX_LENGTH:
            raise OptwidgetsError(
                f"The formula has {len(text)} characters. Use at most {MAX_LENGTH}.",
                field="expression",
            )
        self.text, self.at, self.depth = text, 0, 0
        self.tokens = list(self._split())

    def _split(self) -> Iterator[tuple[str, str, int]]:
        at, end = 0, len(self.text.rstrip())
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None:
                odd = self.text[at:].lstrip()[0]
                raise OptwidgetsError(
                    f'"{short(self.text)}" contains "{short(odd)}", which no formula can. Names with '
                    "blanks stand between backticks.",
                    field="expression",
                )
            kind = match.lastgroup or ""
            token = match[kind]
            yield kind, _SPELLINGS.get(token, token) if kind == "sign" else token, match.start(kind)
            at = match.end()

    def error(self, what: str) -> OptwidgetsError:
        """Sentence about the token that is next."""
        shown = short(self.text, 80)
        if self.at >= len(self.tokens) and not what.startswith("needs"):
            return OptwidgetsError(f'"{shown}" ends too early.', field="expression")
        place = self.tokens[min(self.at, len(self.tokens)) - 1][2] + 1 if self.tokens else 1
        return OptwidgetsError(f'"{shown}" {what} at character {place}.', field="expression")

    def peek(self) -> str:
        """Sign that is next, or an empty text."""
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "sign":
            return ""
        return self.tokens[self.at][1]

    def take(self) -> str:
        """Take the sign that is next."""
        sign = self.peek()
        self.at += 1
        return sign

    def expect_end(self) -> None:
        """Refuse what is left over."""
        if self.at < len(self.tokens):
            self.at += 1
            raise self.error("is not understood")

    def sum(self) -> Expression:
        """Read terms."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise OptwidgetsError("The formula is nested too deeply.", field="expression")
        found = self.product()
        while self.peek() in ("+", "-"):
            found = Expression(self.take(), (found, self.product()))
        self.depth -= 1
        return found

    def product(self) -> Expression:
        """Read factors."""
        found = self.signed()
        while self.peek() in ("*", "/"):
            found = Expression(self.take(), (found, self.signed()))
        return found

    def signed(self) -> Expression:
        """Read a factor with the signs before it."""
        turned = False
        while self.peek() in ("+", "-"):
            turned ^= self.take() == "-"
        found = self.power()
        return Expression("neg", (found,)) if turned else found

    def power(self) -> Expression:
        """Read a power; ``a^b^c`` is ``a^(b^c)``."""
        base = self.atom()
        if self.peek() != "^":
            return base
        self.take()
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise OptwidgetsError("The formula is nested too deeply.", field="expression")
        exponent = self.signed()
        self.depth -= 1
        return Expression("^", (base, exponent))

    def atom(self) -> Expression:
        """Read a number, a name, a function or what stands in parentheses."""
        if self.at >= len(self.tokens):
            raise self.error("ends")
        kind, word, _ = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            if not math.isfinite(number := float(word)):
                raise OptwidgetsError(f"{short(word)} is too large a number.", field="expression")
            return Expression("number", (), number)
        if kind == "quoted":
            return Expression("name", (), word.strip())
        if kind == "name":
            return self._call(word) if self.peek() == "(" else Expression("name", (), word)
        if word != "(":
            raise self.error("is not understood")
        found = self.sum()
        if self.take() != ")":
            raise self.error("needs a closing parenthesis")
        return found

    def _call(self, name: str) -> Expression:
        if name not in FUNCTIONS:
            raise OptwidgetsError(
                f"{short(name)} is not a function that formulas have. There are "
                f"{enumerate_words(FUNCTIONS, limit=20)}.",
                field="expression",
            )
        self.take()
        parts = [self.sum()]
        while self.peek() == ",":
            self.take()
            parts.append(self.sum())
        if self.take() != ")":
            raise self.error("needs a closing parenthesis")
        wanted = FUNCTIONS[name]
        if wanted is not None and len(parts) != wanted:
            raise OptwidgetsError(f"{name} takes one value, not {len(parts)}.", field="expression")
        return Expression(name, tuple(parts))


def _evaluated(tree: Expression, values: Values, meanings: Mapping[str, Meaning]) -> Any:
    if tree.head == "name":
        return values[str(tree.value)]
    if tree.head == "number":
        return tree.value
    return meanings[tree.head](*(_evaluated(part, values, meanings) for part in tree.parts))


def _scaled(
    factors: Mapping[str, float], constant: float, by: float
) -> tuple[dict[str, float], float]:
    return {name: factor * by for name, factor in factors.items()}, constant * by


def _meanings() -> Mapping[str, Meaning]:
    import functools

    import numpy as np

    return {
        "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power,
        "neg": np.negative, "abs": np.abs, "sqrt": np.sqrt, "exp": np.exp, "log": np.log,
        "log10": np.log10, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
        "min": lambda *parts: functools.reduce(np.minimum, parts),
        "max": lambda *parts: functools.reduce(np.maximum, parts),
    }  # fmt: skip
