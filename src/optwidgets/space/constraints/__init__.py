"""Rules that variables keep together, such as a mixture's sum of 1; one table of their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import expect_object
from optwidgets.space.constraints.base import Constraint
from optwidgets.space.constraints.cardinality import CardinalityConstraint
from optwidgets.space.constraints.formulas import constraint_of_formula
from optwidgets.space.constraints.linear import LinearConstraint
from optwidgets.space.constraints.nonlinear import ExpressionConstraint, FunctionConstraint
from optwidgets.space.text import short

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "READERS",
    "CardinalityConstraint",
    "Constraint",
    "ExpressionConstraint",
    "FunctionConstraint",
    "LinearConstraint",
    "constraint_from_dict",
    "constraint_of_formula",
]

#: Type, as files write it, to what reads it.
READERS: dict[str, Callable[[Mapping[str, Any]], Constraint]] = {
    "inequality": LinearConstraint.from_dict,
    "equality": LinearConstraint.from_dict,
    ExpressionConstraint.kind: ExpressionConstraint.from_dict,
    FunctionConstraint.kind: FunctionConstraint.from_dict,
    CardinalityConstraint.kind: CardinalityConstraint.from_dict,
}


def constraint_from_dict(data: object) -> Constraint:
    """Read a constraint from its plain form.

    Raises
    ------
    OptwidgetsError
        The form is not a constraint, or of a type that this version does not know.

    Examples
    --------
    >>> constraint_from_dict({"type": "equality", "coefficients": {"a": 1}, "rhs": 1}).describe()
    'a = 1'
    """
    fields = expect_object(data, "A constraint")
    kind = str(fields.get("type", "")).strip().lower()
    if kind not in READERS:
        known = ", ".join(READERS)
        raise OptwidgetsError(
            f'Type "{short(kind)}" of a constraint is not one of {known}.', field="type"
        )
    return READERS[kind](fields)
