"""Formulas of constraints and derived variables: what was read is written and read again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optwidgets.errors import OptwidgetsError
from optwidgets.space.expressions import FUNCTIONS, parse_expression, parse_rule
from support.fuzz.mutation import mutate_text
from support.fuzz.target import refused

mutate = mutate_text(
    (*FUNCTIONS, *"abcx`(),+-*/^<>=≤≥−×·÷ 0123456789.", "**", "<=", ">=", "==", "1e5", "1e999"),
)


def seeds() -> Iterator[bytes]:
    yield b"sqrt(a) * `Flow rate` <= 3"
    yield "2 × a + b^2 − min(a, b, 3)/log10(a)".encode()
    yield b"-(a - b)^-2 ** .5 >= 1e3 * (a + b)"


def check(content: bytes) -> None:
    text = content.decode("utf-8", "surrogatepass" if content[:1] == b"\xed" else "replace")
    try:
        tree = parse_expression(text)
    except OptwidgetsError as error:
        refused(error)
    else:
        check_tree(tree)
    try:
        rule = parse_rule(text)
    except OptwidgetsError as error:
        refused(error)
    else:
        check_tree(rule.left)
        check_tree(rule.right)


def check_tree(tree) -> None:
    values = {name: np.array([0.0, 1.5, -2.0]) for name in tree.names}
    tree.text(pretty=True)
    tree.linear()
    value = np.broadcast_to(tree.evaluate(values), 3)
    again = parse_expression(tree.text())
    assert again.text() == tree.text(), (again.text(), tree.text())
    np.testing.assert_array_equal(np.broadcast_to(again.evaluate(values), 3), value)
