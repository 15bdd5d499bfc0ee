"""Limits of outcomes in the form that ALchemist's users and files know: outcome constraints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from optwidgets.data.objective import Objective
from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import finite_number
from optwidgets.space.text import short

SIDES = ("lower", "upper")


def limits_of(objectives: Iterable[Objective]) -> list[dict[str, Any]]:
    """Return the limits of objectives as outcome constraints.

    Examples
    --------
    >>> limits_of([Objective("Cost", "minimize", upper=5.0)])
    [{'objective_name': 'Cost', 'bound_type': 'upper', 'value': 5.0}]
    """
    return [
        {"objective_name": objective.name, "bound_type": side, "value": getattr(objective, side)}
        for objective in objectives
        for side in SIDES
        if getattr(objective, side) is not None
    ]


def limit_change(bound_type: object, value: object) -> dict[str, float]:
    """Return the option of an objective that one outcome constraint sets.

    Raises
    ------
    OptwidgetsError
        For another kind of bound, or a value that is no number.

    Examples
    --------
    >>> limit_change("lower", 20)
    {'lower': 20.0}
    """
    side = str(bound_type).strip().lower()
    if side not in SIDES:
        raise OptwidgetsError(
            f"An outcome constraint is 'lower' or 'upper', not {short(bound_type)!r}.",
            field="bound_type",
        )
    return {side: finite_number(value, "The value of an outcome constraint", field="value")}


def with_limits(
    objectives: Sequence[Objective], constraints: object, messages: list[str]
) -> tuple[Objective, ...]:
    """Return objectives with the outcome constraints of a file; what has no objective is told."""
    found = {objective.name: objective for objective in objectives}
    for item in constraints if isinstance(constraints, list) else ():
        name = item.get("objective_name") if isinstance(item, Mapping) else None
        if name not in found:
            messages.append(
                f"The file limits {short(name)}, which is no objective of it. It is left out."
            )
            continue
        new = limit_change(item.get("bound_type"), item.get("value"))
        for side, value in new.items():
            old = getattr(found[name], side)
            # Of two limits on one side, the tighter one says both.
            tighter = max if side == "lower" else min
            limit = value if old is None else tighter(old, value)
            limits: dict[str, Any] = {side: limit}
            found[name] = replace(found[name], **limits)
    return tuple(found.values())
