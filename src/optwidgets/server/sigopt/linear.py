"""SigOpt's linear constraints as constraints of a space, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.server.sigopt.parameters import Parameter, kind_of
from optwidgets.server.sigopt.reading import Fields
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.constraints.base import Constraint
from optwidgets.space.text import short

#: SigOpt's type to the factor that turns it into "at most".
SIGNS = {"less_than": 1.0, "greater_than": -1.0}


def read_constraint(data: Any, parameters: Mapping[str, Parameter], label: str) -> LinearConstraint:
    """Read a linear constraint.

    Parameters
    ----------
    data
        ``{"type": "less_than", "threshold": 1, "terms": [{"name": "x", "weight": 1}]}``.
    parameters
        The experiment's parameters by name.
    label
        Name that the constraint gets in the space; the side that it limits is in it.

    Raises
    ------
    OptwidgetsError
        For a term that is no plain double or int parameter, or mixed ones.
    """
    fields = Fields(data, "A linear constraint", ("type", "threshold", "terms", "object"))
    for key in ("type", "threshold", "terms"):
        fields.require(key)
    kind = fields.choice("type", tuple(SIGNS), "")
    threshold = fields.number("threshold") or 0.0
    weights: dict[str, float] = {}
    for item in fields.items("terms") or ():
        term = Fields(item, "A term of a linear constraint", ("name", "weight", "object"))
        term.require("name")
        term.require("weight")
        name = term.text("name") or ""
        if name in weights:
            raise OptwidgetsError(
                f"{short(name)} stands twice in a linear constraint. Add its weights.",
                field="terms",
            )
        weights[name] = term.number("weight") or 0.0
    if not any(weights.values()):
        raise OptwidgetsError(
            "A linear constraint needs a term with a weight other than 0.", field="terms"
        )
    _check_terms(weights, parameters)
    sign = SIGNS[kind]
    return LinearConstraint(
        "inequality", {name: sign * weight for name, weight in weights.items()},
        sign * threshold, f"{kind} {label}",
    )  # fmt: skip


def _check_terms(
    names: Sequence[str] | Mapping[str, float], parameters: Mapping[str, Parameter]
) -> None:
    kinds: set[str] = set()
    for name in names:
        if name not in parameters:
            raise OptwidgetsError(
                f"A linear constraint names {short(name)}, which is no parameter.", field="terms"
            )
        variable = parameters[name].variable
        kind = kind_of(variable, parameters[name].kept)
        plain = variable.kind in ("real", "integer") and not getattr(variable, "log", False)
        if not plain or variable.active_if is not None:
            raise OptwidgetsError(
                f"{short(name)} cannot stand in a linear constraint: only parameters of type "
                "double or int without log, grid and conditions can.",
                field="terms",
            )
        kinds.add(kind)
    if len(kinds) > 1:
        raise OptwidgetsError(
            "A linear constraint must not mix parameters of type double and int.", field="terms"
        )


def check_feasible(
    constraints: Sequence[LinearConstraint], parameters: Mapping[str, Parameter]
) -> None:
    """Refuse constraints that leave no point with an inside.

    Raises
    ------
    OptwidgetsError
        When no point of the box keeps all of them.
    """
    from scipy.optimize import linprog

    names = sorted({name for rule in constraints for name in rule.variables})
    bounds = [parameters[name].variable.bounds for name in names]
    rows = [[rule.coefficients.get(name, 0.0) for name in names] for rule in constraints]
    found = linprog(
        [0.0] * len(names), A_ub=rows, b_ub=[rule.rhs for rule in constraints], bounds=bounds
    )
    if not found.success:
        raise OptwidgetsError(
            "No point keeps all linear constraints. Widen a bound or a threshold.",
            field="linear_constraints",
        )


def constraint_json(rule: Constraint) -> dict[str, Any] | None:
    """Write a constraint of a space; None for a kind that SigOpt does not have.

    Examples
    --------
    >>> rule = LinearConstraint("inequality", {"a": -1, "b": -2}, -3, "greater_than 1")
    >>> constraint_json(rule)["terms"][1], constraint_json(rule)["threshold"]
    ({'name': 'b', 'weight': 2.0}, 3.0)
    """
    if not isinstance(rule, LinearConstraint) or rule.is_equality:
        return None
    kind = "greater_than" if rule.name.startswith("greater_than") else "less_than"
    sign = SIGNS[kind]
    return {
        "type": kind,
        "threshold": sign * rule.rhs + 0.0,
        "terms": [
            {"name": name, "weight": sign * weight} for name, weight in rule.coefficients.items()
        ],
    }
