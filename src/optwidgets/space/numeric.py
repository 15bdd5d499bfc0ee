"""Variables on a scale: real and whole numbers, linear or logarithmic."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from optwidgets.errors import OptwidgetsError
from optwidgets.space import numbers
from optwidgets.space.base import FAR, Variable, with_texts
from optwidgets.space.text import MAX_DESCRIPTION, MAX_UNIT, clean_name, clean_optional, short
from optwidgets.space.units import without_unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

#: Whole numbers beyond this are not exact in float64.
LARGEST_INTEGER = 2**53

#: Integer variables with at most so many values are offered as levels.
MAX_INTEGER_LEVELS = 1001


@dataclass(frozen=True, repr=False)
class _Scale(Variable):
    """A number between two bounds."""

    low: float
    high: float
    log: bool = False
    unit: str = ""
    description: str = ""
    open_ended: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        put = object.__setattr__  # frozen: canonical values are put in once, here
        put(self, "name", clean_name(self.name))
        self._check_roles()
        put(self, "low", self._bound(self.low, "Minimum"))
        put(self, "high", self._bound(self.high, "Maximum"))
        flag: object = self.log
        if flag not in (False, True):
            raise OptwidgetsError("Log scale is either on or off.", field="Log scale")
        put(self, "log", bool(flag))
        put(self, "unit", clean_optional(self.unit, field="Unit", what="The unit", limit=MAX_UNIT))
        text = clean_optional(
            self.description, field="Description", what="The description", limit=MAX_DESCRIPTION
        )
        put(self, "description", text)
        self._check_bounds()

    def _bound(self, value: object, field: str) -> float:
        if value is None:
            raise OptwidgetsError(f"{short(self.name)} needs a {field.lower()}.", field=field)
        return numbers.finite_number(value, field, field=field)

    def _check_bounds(self) -> None:
        if self.open_ended and not self.observed:
            raise OptwidgetsError(f"{short(self.name)} needs a minimum.", field="Minimum")
        low, high = self.low, self.high
        if high <= low:
            raise OptwidgetsError(
                f"Maximum must be above the minimum, {numbers.plain(low)}.", field="Maximum"
            )
        if self.log and low <= 0:
            raise OptwidgetsError("Log scale needs a minimum above 0.", field="Minimum")
        if not math.isfinite(float(high) - float(low)):
            raise OptwidgetsError(
                f"From {numbers.plain(low)} to {numbers.plain(high)} is too wide a range. "
                "Bring the bounds closer together.",
                field="Maximum",
            )
        if high - low <= 1e-12 * max(abs(low), abs(high)) or high - low < 1e-300:
            raise OptwidgetsError(
                f"Maximum is too close to the minimum, {numbers.plain(low)}. "
                "Bring the bounds further apart.",
                field="Maximum",
            )

    def covering(self, values: Iterable[Any]) -> Self:
        """Return it with the scale of some values, if it is open-ended; else as it is."""
        known = [float(value) for value in values if isinstance(value, (int, float))]
        if not self.open_ended or not known:
            return self
        low, high = min(known), max(known)
        if low == high:
            # One value alone has no scale: that of its own size.
            low, high = low - max(abs(low), 1.0) / 2, high + max(abs(high), 1.0) / 2
        if self.kind == "integer":
            low, high = math.floor(low), math.ceil(high)
        if (low, high) == self.bounds or not math.isfinite(high - low):
            return self
        return replace(self, low=low, high=high)

    @property
    def is_open_ended(self) -> bool:
        """Whether it has no bounds: it is observed, and what was measured gives its scale."""
        return self.open_ended

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return self.low, self.high

    def contains(self, value: object) -> bool:
        """Whether a value lies inside the bounds or is one of the choices."""
        if type(value) is not float and type(value) is not int:
            try:
                value = self.check(value)
            except OptwidgetsError:
                return False
        if self.open_ended:
            return math.isfinite(value)
        return self.low <= value <= self.high

    def check(self, value: object) -> float:
        """Return the canonical value; bounds are not enforced."""
        if isinstance(value, str):
            return self.parse(value)
        return numbers.finite_number(value, self.name)

    def parse(self, text: str) -> float:
        """Read what a person typed or pasted."""
        number = without_unit(text, self.name, self.unit)
        return numbers.parse_number(number, self.name, low=self.low, high=self.high)

    def to_unit(self, values: Iterable[Any] | ArrayLike) -> NDArray[np.float64]:
        """Map ``n`` values to ``n`` floats; inside the bounds they lie in [0, 1]."""
        import numpy as np

        x = np.asarray(values if hasattr(values, "__array__") else list(values), dtype=np.float64)  # type: ignore[arg-type]
        finite = np.isfinite(x)
        low, high = np.float64(self.low), np.float64(self.high)
        if self.log:
            # At or below zero there is no logarithm: such rows (kept, though
            # outside) sit one full range below the minimum.
            floor = low * (low / high)
            x = np.maximum(x, floor)
            low, high, x = np.log(low), np.log(high), np.log(x)
        with np.errstate(over="ignore", invalid="ignore"):
            unit = np.clip((x - low) / (high - low), -FAR, FAR)
        return np.where(finite, unit, np.nan)

    def _values(self, unit: ArrayLike) -> NDArray[np.float64]:
        import numpy as np

        u = np.asarray(unit, dtype=np.float64)
        low, high = float(self.low), float(self.high)
        if self.log:
            with np.errstate(over="ignore"):
                x = np.exp(np.log(low) + u * (np.log(high) - np.log(low)))
            x = np.minimum(x, np.finfo(np.float64).max)
        else:
            x = low + u * (high - low)
        # The ends come back exactly, and nothing inside leaks out by rounding.
        inside = (u >= 0) & (u <= 1)
        x = np.where(inside, np.clip(x, low, high), x)
        return np.where(u == 0, low, np.where(u == 1, high, x))

    def amounts(self, unit: ArrayLike) -> NDArray[np.float64]:
        """Map ``n`` floats to numbers, not rounded: what formulas compute with."""
        return self._values(unit)

    def snap(self, unit: ArrayLike) -> NDArray[np.float64]:
        """Nearest feasible unit values."""
        import numpy as np

        return np.clip(np.asarray(unit, dtype=np.float64), 0.0, 1.0)

    def describe(self) -> str:
        """Range or choices in words."""
        if self.open_ended:
            return "any number" + (f", in {self.unit}" if self.unit else "")
        low, high = numbers.plain(self.low), numbers.plain(self.high)
        words = f"{low} – {high}".replace("-", numbers.MINUS)
        words += f" {self.unit}" if self.unit else ""
        return words + (", log scale" if self.log else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file."""
        fields: dict[str, Any] = {"name": self.name, "type": self.kind}
        if self.open_ended:
            fields["scale"] = [self.low, self.high]
        else:
            fields |= {"min": self.low, "max": self.high}
        if self.log:
            fields["log"] = True
        return with_texts(fields, self)


@dataclass(frozen=True, repr=False)
class Real(_Scale):
    """A real number between two bounds.

    Parameters
    ----------
    name
        Name of the column, at most 256 characters.
    low, high
        Bounds, in ``unit``; finite, ``low < high``.
    log
        Whether equal factors count as equal steps; needs ``low > 0``.
    unit, description
        Shown beside the name.
    open_ended
        Whether an observed variable has no bounds: `low` and `high` are then those of what was
        measured, and models scale by them.

    Raises
    ------
    OptwidgetsError
        A bound or the name is not possible; ``error.field`` says which.

    Examples
    --------
    >>> rate = Real("Rate", 0.001, 1, log=True)
    >>> rate.to_unit([0.001, 0.1, 1]).round(3).tolist()
    [0.0, 0.667, 1.0]
    >>> Real("Temperature", 60, 140).parse("111,5")
    111.5
    >>> Real("Temperature", 60, 50)
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Maximum must be above the minimum, 60.
    """

    kind: ClassVar[str] = "real"

    def from_unit(self, unit: ArrayLike) -> list[float]:
        """Map ``n`` floats of the unit interval to canonical values."""
        found: list[float] = self._values(unit).tolist()
        return found

    def format(self, value: Any) -> str:
        """Write a value as people read it, without the unit."""
        number = float(value)
        if not self.log:
            step = numbers.display_step(self.low, self.high)
            return numbers.show(number, numbers.typed_decimals(step))
        wanted = numbers.significant_decimals(number, 3)
        if number and not 1e-4 <= abs(number) <= 1e6:
            return numbers.show(number, wanted)
        # Near the lower bound three digits would claim more than was typed there.
        typed = max(numbers.typed_decimals(self.low), numbers.typed_decimals(self.high)) + 1
        return numbers.show(number, min(wanted, typed))


@dataclass(frozen=True, repr=False)
class Integer(_Scale):
    """A whole number between two bounds, both included.

    Parameters
    ----------
    name, log, unit, description
        As for `Real`.
    low, high
        Whole numbers, ``low < high``.

    Examples
    --------
    >>> stages = Integer("Stages", 1, 5)
    >>> stages.check(3.0), stages.from_unit([0, 0.49, 1])
    (3, [1, 3, 5])
    >>> Integer("Stages", 1, 4.5)
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Use whole numbers, such as 4.
    """

    kind: ClassVar[str] = "integer"

    low: int
    high: int

    def _bound(self, value: object, field: str) -> int:
        number = super()._bound(value, field)
        if abs(number) > LARGEST_INTEGER or (type(value) is int and value != number):
            raise OptwidgetsError(
                f"{field} is beyond ±{LARGEST_INTEGER}, the largest exact whole number. "
                "Use a real variable.",
                field=field,
            )
        if number != int(number):
            raise OptwidgetsError(f"Use whole numbers, such as {int(number)}.", field=field)
        return int(number)

    @property
    def levels(self) -> NDArray[np.float64] | None:
        """Unit values of the whole numbers, if there are at most 1001; else None."""
        import numpy as np

        if self.high - self.low >= MAX_INTEGER_LEVELS:
            return None
        return self.to_unit(np.arange(self.low, self.high + 1))

    def contains(self, value: object) -> bool:
        """Whether a value is whole and lies inside the bounds."""
        whole = type(value) is not float or value.is_integer()
        return whole and super().contains(value)

    def check(self, value: object) -> int:
        """Return the canonical value; bounds are not enforced."""
        return self._whole(super().check(value))

    def parse(self, text: str) -> int:
        """Read what a person typed or pasted."""
        return self._whole(super().parse(text))

    def _whole(self, number: float) -> int:
        if number != math.floor(number):
            raise OptwidgetsError(
                f"{short(self.name)} {numbers.plain(number)} is not a whole number. "
                f"Use whole numbers, such as {math.floor(number)}.",
                column=self.name,
            )
        if abs(number) > LARGEST_INTEGER:
            raise OptwidgetsError(
                f"{short(self.name)} {numbers.plain(number)} is too large for a whole number.",
                column=self.name,
            )
        return int(number)

    def from_unit(self, unit: ArrayLike) -> list[int]:
        """Map ``n`` floats of the unit interval to canonical values."""
        import numpy as np

        limit = float(LARGEST_INTEGER)
        whole = np.clip(np.rint(self._values(unit)), -limit, limit)
        return [int(number) for number in whole.tolist()]

    def snap(self, unit: ArrayLike) -> NDArray[np.float64]:
        """Nearest feasible unit values."""
        import numpy as np

        return self.to_unit(np.rint(self._values(super().snap(unit))))

    def format(self, value: Any) -> str:
        """Write a value as people read it, without the unit."""
        whole = int(value)
        text = f"{abs(whole):,}".replace(",", numbers.THIN) if abs(whole) >= 10_000 else abs(whole)
        return f"{numbers.MINUS if whole < 0 else ''}{text}"
