"""A variable with some of its options changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Variable
from optwidgets.space.roles import roles_to_dict
from optwidgets.space.variable import KINDS, make_variable


def changed_variable(variable: Variable, options: Mapping[str, Any]) -> Variable:
    """Variable with some options changed; of the others it keeps what fits.

    Parameters
    ----------
    variable
        What is there.
    options
        As for `SearchSpace.change_variable`.

    Examples
    --------
    >>> old = make_variable("T", "real", bounds=(60, 140), unit="°C")
    >>> changed_variable(old, {"max": 150}).bounds
    (60.0, 150.0)
    >>> changed_variable(old, {"max": 50})
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Maximum must be above the minimum, 60.
    """
    kind = str(options.get("kind", variable.kind)).strip().lower()
    if kind not in KINDS:
        return make_variable(variable.name, kind)  # raises with the list of kinds
    values = "categories" if kind == "categorical" else "allowed_values"
    spelling = {"low": "min", "high": "max", "values": values, "name": "new_name"}
    given: dict[str, Any] = {}
    for key, value in options.items():
        option = spelling.get(key, key)
        if option in given:
            raise OptwidgetsError(f"Give {option} or {key}, not both.", field=key)
        given[option] = value
    given.pop("kind", None)
    name = given.pop("new_name", variable.name)
    kept = _kept(variable, kind)
    kept |= _roles_left(variable, given)
    if "bounds" in given:
        kept.pop("min", None)
        kept.pop("max", None)
    return make_variable(name, kind, **{**kept, **given})


def _roles_left(variable: Variable, given: Mapping[str, Any]) -> dict[str, Any]:
    """Roles of a variable that nothing given speaks of."""
    kept = roles_to_dict(variable)
    for key, other in (
        ("role", "observed"), ("changes", "hard_to_change"), ("active_if", "active_if")
    ):  # fmt: skip
        if key in given or other in given:
            kept.pop(key, None)
    return kept


def _kept(variable: Variable, kind: str) -> dict[str, Any]:
    """Options that a variable of another kind can keep."""
    plain = variable.to_dict()
    kept: dict[str, Any] = {key: plain[key] for key in ("unit", "description") if key in plain}
    numeric = variable.kind != "categorical"
    if kind in ("real", "integer"):
        if numeric:
            low, high = float(variable.bounds[0]), float(variable.bounds[1])
            whole = kind == "integer"
            kept["min"] = -int(-low // 1) if whole else low
            kept["max"] = int(high // 1) if whole else high
            kept["log"] = plain.get("log", False)
    elif kind == "discrete" and numeric:
        kept["allowed_values"] = plain.get("allowed_values", list(variable.bounds))
    elif kind == "categorical" and variable.kind in ("categorical", "discrete"):
        kept["categories"] = plain.get("values", plain.get("allowed_values"))
    if kind == "categorical":
        kept.pop("unit", None)
    return kept
