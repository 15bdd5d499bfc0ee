"""What every variable has: a name, a kind, and a place in the unit interval."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from optwidgets.space.conditions import Condition, read_condition
from optwidgets.space.roles import check_roles, role_words, roles_to_dict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

#: A value of a variable: number, whole number or label.
Value = float | int | str

# Values a million ranges away would overflow the arithmetic of a model; they
# stay in the table as they are and are only limited where they are encoded.
FAR = 1e6


@dataclass(frozen=True)
class Variable(ABC):
    """One setting that can be chosen, an immutable value.

    Use `Real`, `Integer`, `Discrete` or `Categorical`, or `make_variable`.

    Parameters
    ----------
    name
        Name of the column.
    observed
        Whether it is measured when an experiment is run, and not chosen.
    changes
        How hard it is to change between two experiments: ``"easy"``, ``"hard"`` or
        ``"very_hard"``.
    active_if
        Values of other variables that it is there for; it always is if not given.

    Notes
    -----
    Bounds describe where suggestions may lie. They are not enforced on data:
    `check` accepts any value of the right type, `contains` says whether it
    lies inside.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> t = Real("Temperature", 60, 140, unit="°C")
    >>> t.kind, t.contains(150), t.check(150)
    ('real', False, 150.0)
    """

    kind: ClassVar[str]
    name: str
    observed: bool = field(default=False, kw_only=True)
    changes: str = field(default="easy", kw_only=True)
    active_if: Condition | None = field(default=None, kw_only=True)

    def __repr__(self) -> str:
        # It identifies a fit: what is as usual is not in it, so that fits of a version that
        # did not know it are found again.
        shown = (
            f"{item.name}={getattr(self, item.name)!r}"
            for item in fields(self)
            if not item.kw_only or getattr(self, item.name) != item.default
        )
        return f"{type(self).__name__}({', '.join(shown)})"

    def _check_roles(self) -> None:
        """Check what every kind has; called when a variable is made."""
        object.__setattr__(self, "active_if", read_condition(self.name, self.active_if))
        check_roles(self)

    @property
    def hard_to_change(self) -> bool:
        """Whether it should stay as it is from one experiment to the next."""
        return self.changes != "easy"

    @property
    def is_open_ended(self) -> bool:
        """Whether it has no bounds: it is observed, and what was measured gives its scale."""
        return False

    @property
    def tags(self) -> tuple[str, ...]:
        """What is special about it, in a word or two each; empty for most variables."""
        return role_words(self)

    @property
    def unit_text(self) -> str:
        """Unit, or an empty text for kinds that have none."""
        return str(getattr(self, "unit", ""))

    @property
    def levels(self) -> NDArray[np.float64] | None:
        """Unit values of a variable with few values, ascending; else None."""
        return None

    @property
    @abstractmethod
    def bounds(self) -> tuple[Any, ...]:
        """Smallest and largest value; for a categorical its labels."""

    @abstractmethod
    def check(self, value: object) -> Value:
        """Return the canonical Python value; raise if type or category is wrong."""

    @abstractmethod
    def contains(self, value: object) -> bool:
        """Whether a value lies inside the bounds or is one of the levels."""

    @abstractmethod
    def parse(self, text: str) -> Value:
        """Read what a person typed or pasted; raise a sentence if it cannot be read."""

    @abstractmethod
    def format(self, value: Any) -> str:
        """Write a value as people read it, without the unit."""

    @abstractmethod
    def to_unit(self, values: Iterable[Any] | ArrayLike) -> NDArray[np.float64]:
        """Map ``n`` values to ``n`` floats; inside the bounds they lie in [0, 1]."""

    @abstractmethod
    def from_unit(self, unit: ArrayLike) -> list[Any]:
        """Map ``n`` floats of the unit interval to ``n`` canonical values."""

    def amounts(self, unit: ArrayLike) -> NDArray[Any]:
        """Map ``n`` floats to what formulas compute with: numbers, not rounded, or labels."""
        import numpy as np

        return np.array(self.from_unit(unit))

    @abstractmethod
    def snap(self, unit: ArrayLike) -> NDArray[np.float64]:
        """Nearest feasible unit values, an array of the same length."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file (ALchemist's spelling and our additions)."""

    @abstractmethod
    def describe(self) -> str:
        """Range or choices in words, such as ``60 – 140 °C``."""


def nearest(levels: NDArray[np.float64], unit: ArrayLike) -> NDArray[np.intp]:
    """Index of the nearest level for each of ``n`` unit values.

    Examples
    --------
    >>> import numpy as np
    >>> nearest(np.array([0.0, 0.5, 1.0]), [0.2, 0.3, 7.0]).tolist()
    [0, 1, 2]
    """
    import numpy as np

    points = np.asarray(unit, dtype=np.float64)
    right = np.clip(np.searchsorted(levels, points), 1, max(len(levels) - 1, 1))
    if len(levels) == 1:
        return np.zeros(points.shape, dtype=np.intp)
    left = right - 1
    closer_left = points - levels[left] <= levels[right] - points
    return np.where(closer_left, left, right)


def with_texts(plain: dict[str, Any], variable: Variable) -> dict[str, Any]:
    """Add unit, description and roles where they are set, as ALchemist does.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> with_texts({"name": "T"}, Real("T", 0, 1, unit="K", observed=True))
    {'name': 'T', 'unit': 'K', 'role': 'observed'}
    """
    description = str(getattr(variable, "description", ""))
    if variable.unit_text:
        plain["unit"] = variable.unit_text
    if description:
        plain["description"] = description
    return plain | roles_to_dict(variable)


def as_list(values: Iterable[Any] | ArrayLike) -> Sequence[Any]:
    """Values as a plain list, whatever container they came in."""
    tolist = getattr(values, "tolist", None)
    return tolist() if tolist is not None else list(values)  # type: ignore[arg-type]
