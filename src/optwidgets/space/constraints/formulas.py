"""Rules as people write them: which kind of constraint a formula is."""

from __future__ import annotations

from optwidgets.space.constraints.base import Constraint
from optwidgets.space.constraints.counting import counting
from optwidgets.space.constraints.linear import LinearConstraint
from optwidgets.space.constraints.nonlinear import ExpressionConstraint
from optwidgets.space.expressions import parse_rule


def constraint_of_formula(expression: str, name: str = "") -> Constraint:
    """Make the constraint of a formula: one that counts variables, a linear one where it is linear.

    Examples
    --------
    >>> constraint_of_formula("2 * (a + b) == 2 - b").to_dict()["coefficients"]
    {'a': 2.0, 'b': 3.0}
    >>> constraint_of_formula("a * b <= 3").kind
    'nonlinear'
    >>> constraint_of_formula("count(a, b, c) == 2").describe()
    'exactly 2 of a, b and c'
    """
    counted = counting(expression, name)
    if counted is not None:
        return counted
    rule = parse_rule(expression)
    left, right = rule.left.linear(), rule.right.linear()
    if left is None or right is None:
        return ExpressionConstraint(expression, name)
    names = dict.fromkeys([*left[0], *right[0]])
    turn = -1.0 if rule.sign == ">=" else 1.0
    factors = {n: turn * (left[0].get(n, 0.0) - right[0].get(n, 0.0)) for n in names}
    kind = "equality" if rule.sign == "==" else "inequality"
    return LinearConstraint(kind, factors, turn * (right[1] - left[1]), name)
