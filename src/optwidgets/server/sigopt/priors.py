"""Priors of parameters: where a user expects good values."""

from __future__ import annotations

from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.server.sigopt.reading import Fields
from optwidgets.space.base import Variable
from optwidgets.space.variable import Real

PRIORS = {"normal": ("mean", "scale"), "beta": ("shape_a", "shape_b")}


def check_prior(fields: Fields, kind: str, variable: Variable) -> dict[str, Any]:
    """Check the prior of a parameter.

    Returns
    -------
    dict
        ``name`` and two numbers: ``mean`` and ``scale`` of a normal distribution in the
        parameter's unit, or ``shape_a`` and ``shape_b`` of a beta distribution between its bounds.

    Raises
    ------
    OptwidgetsError
        For another distribution, a number that is not possible, or a parameter that
        cannot have one.

    Examples
    --------
    >>> fields = Fields({"prior": {"name": "normal", "mean": 0.4, "scale": 0.1}}, "The parameter x")
    >>> check_prior(fields, "double", Real("x", 0, 1))
    {'name': 'normal', 'mean': 0.4, 'scale': 0.1}
    """
    what = fields.what
    if kind != "double" or not isinstance(variable, Real) or variable.log:
        raise OptwidgetsError(
            f"{what} must not have prior: only a parameter of type double without grid and "
            "without log has one.",
            field="prior",
        )
    prior = Fields(fields.data["prior"], f"The prior of {what.removeprefix('The ')}")
    prior.require("name")
    name = prior.choice("name", tuple(PRIORS), "")
    numbers = PRIORS[name]
    prior = Fields(fields.data["prior"], prior.what, ("name", *numbers, "object"))
    found: dict[str, Any] = {"name": name}
    for key in numbers:
        prior.require(key)
        found[key] = prior.number(key)
    for key in numbers:
        if key != "mean" and found[key] <= 0:
            raise prior.wrong(key, "a number above 0")
    if name == "normal" and not variable.low < found["mean"] < variable.high:
        raise prior.wrong("mean", f"a number inside {variable.describe()}")
    return found
