"""What is measured: its goal, its limits, and how results of it compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from optwidgets.data.goals import GOALS, check_wanted, find_goal
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

_OPTIONS = ("goal", "unit", "label", "lower", "upper", "target", "band")


@dataclass(frozen=True)
class Objective:
    """What is measured and which way is better.

    Parameters
    ----------
    name
        Name of the column.
    goal
        ``"maximize"``, ``"minimize"``, ``"target"`` or ``"band"``; British spelling and capitals
        are fine.
    unit, label
        Shown beside and instead of the name.
    lower, upper
        Limits that a result must keep to be feasible (an outcome constraint), or None.
    target
        With the goal ``target``: the value to come close to; the distance from it counts.
    band
        With the goal ``band``: lowest and highest value of the results that are all as good
        as each other; the distance from the band counts.

    Examples
    --------
    >>> Objective("Yield", "Maximise", unit="%", lower=20)
    Objective(name='Yield', goal='maximize', unit='%', label='', lower=20.0, upper=None, \
target=None, band=None)
    >>> Objective("pH", "band", band=(6.5, 7.5)).words
    'Keep pH from 6.5 to 7.5'
    """

    name: str
    goal: str = "maximize"
    unit: str = ""
    label: str = ""
    lower: float | None = None
    upper: float | None = None
    target: float | None = None
    band: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "name", clean_name(self.name, what="An objective"))
        goal = find_goal(self.goal)
        put(self, "goal", goal.name)
        target, band = check_wanted(goal, self.name, self.target, self.band)
        put(self, "target", target)
        put(self, "band", band)
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

    @cached_property
    def sign(self) -> int:
        """1 where more is better, -1 where less is, 0 where a value in between is."""
        return GOALS[self.goal].sign

    @cached_property
    def wanted(self) -> tuple[float, float] | None:
        """Lowest and highest of the values that are best; None where more or less is better.

        Examples
        --------
        >>> Objective("pH", "target", target=7).wanted
        (7.0, 7.0)
        """
        return self.band if self.target is None else (self.target, self.target)

    @property
    def words(self) -> str:
        """What is to be done, for people.

        Examples
        --------
        >>> Objective("pH", "target", target=7).words
        'Bring pH to 7'
        """
        name = short(self.label or self.name)
        if self.wanted is None:
            return f"{GOALS[self.goal].verb} {name}"
        low, high = self.wanted
        return (
            f"Bring {name} to {low:g}" if low == high else f"Keep {name} from {low:g} to {high:g}"
        )

    def aimed(self, goal: str | None) -> Objective:
        """Return the objective with another goal; its own for None.

        Examples
        --------
        >>> Objective("pH", "target", target=7).aimed("maximize").target is None
        True
        """
        name = self.goal if goal is None else find_goal(goal).name
        if name == self.goal:
            return self
        return replace(self, goal=name, target=None, band=None)

    def utility(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn results so that more is better: for a target or a band, the distance less than 0.

        Examples
        --------
        >>> import numpy as np
        >>> Objective("Cost", "minimize").utility(np.array([3.0, 5.0])).tolist()
        [-3.0, -5.0]
        >>> Objective("pH", "band", band=(6, 8)).utility(np.array([5.0, 7.0, 8.5])).tolist()
        [-1.0, 0.0, -0.5]
        """
        import numpy as np

        if self.wanted is None:
            return self.sign * values
        low, high = self.wanted
        # Never a negative zero, which would be shown.
        return np.asarray(np.minimum(0.0, np.minimum(values - low, high - values)) + 0.0)

    def worth(self, value: float) -> float:
        """Return the utility of one result, without NumPy."""
        if self.wanted is None:
            return self.sign * value
        low, high = self.wanted
        return min(0.0, value - low, high - value)

    def value_of(self, utility: float) -> float:
        """Return a result that is worth so much: for a target or a band the one above it.

        Examples
        --------
        >>> Objective("Cost", "minimize").value_of(-3.0)
        3.0
        >>> Objective("pH", "target", target=7).value_of(-0.5)
        7.5
        """
        if self.wanted is None:
            return self.sign * utility
        return self.wanted[1] - min(0.0, utility)

    def to_dict(self) -> dict[str, Any]:
        """Plain form."""
        found: dict[str, Any] = {
            "name": self.name,
            "goal": self.goal,
            "unit": self.unit,
            "label": self.label,
        }
        numbers = {
            "lower": self.lower,
            "upper": self.upper,
            "target": self.target,
            "band": None if self.band is None else list(self.band),
        }
        return found | {key: value for key, value in numbers.items() if value is not None}

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
