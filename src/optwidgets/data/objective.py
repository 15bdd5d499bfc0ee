"""What is measured: its goal, its limits, and how results of it compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import expect_object
from optwidgets.space.numbers import finite_number
from optwidgets.space.space import Space
from optwidgets.space.text import MAX_NAME, MAX_UNIT, clean_name, clean_optional, short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Column of the results while no objective is defined, as in ALchemist.
DEFAULT_TARGET = "Output"

_GOALS = {
    "maximize": "maximize",
    "maximise": "maximize",
    "max": "maximize",
    "minimize": "minimize",
    "minimise": "minimize",
    "min": "minimize",
}


_OPTIONS = ("goal", "unit", "label", "lower", "upper")


@dataclass(frozen=True)
class Objective:
    """What is measured and which way is better.

    Parameters
    ----------
    name
        Name of the column.
    goal
        ``"maximize"`` or ``"minimize"``; British spelling and capitals are fine.
    unit, label
        Shown beside and instead of the name.
    lower, upper
        Limits that a result must keep to be feasible (an outcome constraint), or None.

    Examples
    --------
    >>> Objective("Yield", "Maximise", unit="%", lower=20)
    Objective(name='Yield', goal='maximize', unit='%', label='', lower=20.0, upper=None)
    """

    name: str
    goal: str = "maximize"
    unit: str = ""
    label: str = ""
    lower: float | None = None
    upper: float | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "name", clean_name(self.name, what="An objective"))
        goal = _GOALS.get(str(self.goal).strip().lower())
        if goal is None:
            raise OptwidgetsError(
                f'Goal "{short(self.goal)}" is not one of maximize and minimize.', field="Goal"
            )
        put(self, "goal", goal)
        put(self, "unit", clean_optional(self.unit, field="Unit", what="The unit", limit=MAX_UNIT))
        put(
            self,
            "label",
            clean_optional(self.label, field="Label", what="The label", limit=MAX_NAME),
        )
        for side in ("lower", "upper"):
            limit = getattr(self, side)
            if limit is not None:
                put(self, side, finite_number(limit, f"The {side} limit of {short(self.name)}"))
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise OptwidgetsError(
                f"The lower limit of {short(self.name)}, {self.lower:g}, lies above its upper "
                f"limit, {self.upper:g}. Change one of them.",
                field="lower",
            )

    @property
    def is_limited(self) -> bool:
        """Whether a result must keep a limit."""
        return self.lower is not None or self.upper is not None

    def is_feasible(self, value: float) -> bool:
        """Whether a result keeps the limits, which count as inside.

        Examples
        --------
        >>> Objective("Cost", "minimize", upper=5.0).is_feasible(5.0)
        True
        """
        return (self.lower is None or value >= self.lower) and (
            self.upper is None or value <= self.upper
        )

    @property
    def sign(self) -> int:
        """1 where more is better, else -1."""
        return 1 if self.goal == "maximize" else -1

    def utility(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn results so that more is better.

        Examples
        --------
        >>> import numpy as np
        >>> Objective("Cost", "minimize").utility(np.array([3.0, 5.0])).tolist()
        [-3.0, -5.0]
        """
        return self.sign * values

    def to_dict(self) -> dict[str, Any]:
        """Plain form."""
        found: dict[str, Any] = {
            "name": self.name,
            "goal": self.goal,
            "unit": self.unit,
            "label": self.label,
        }
        limits = {"lower": self.lower, "upper": self.upper}
        return found | {side: limit for side, limit in limits.items() if limit is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Objective:
        """Read the plain form."""
        data = expect_object(data, "An objective")
        known = {key: data[key] for key in _OPTIONS if data.get(key) is not None}
        return cls(data.get("name"), **known)  # type: ignore[arg-type]  # checked there


def check_objectives(objectives: Iterable[Objective], space: Space) -> tuple[Objective, ...]:
    """Refuse objectives that share a name, with each other or with a variable.

    Raises
    ------
    OptwidgetsError
        ``error.field`` is ``"Name"``.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> check_objectives([Objective("T")], Space((Real("T", 0, 1),)))
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: T is a variable already. Use another name for the objective.
    """
    found: dict[str, Objective] = {}
    for objective in objectives:
        if objective.name in found:
            raise OptwidgetsError(
                f"{short(objective.name)} exists already. Use another name.", field="Name"
            )
        if objective.name in space:
            raise OptwidgetsError(
                f"{short(objective.name)} is a variable already. "
                "Use another name for the objective.",
                field="Name",
            )
        found[objective.name] = objective
    return tuple(found.values())
