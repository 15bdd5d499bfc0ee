"""Variables with a list of values: numbers or labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from optwidgets.errors import OptwidgetsError
from optwidgets.space import numbers
from optwidgets.space.base import FAR, Variable, as_list, nearest, with_texts
from optwidgets.space.text import (
    MAX_DESCRIPTION,
    MAX_UNIT,
    clean_label,
    clean_name,
    clean_optional,
    enumerate_words,
    short,
)
from optwidgets.space.units import without_unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

#: More choices than this are a scale, or free text, and not a list.
MAX_CHOICES = 1000


def _several(values: object, field: str, noun: str) -> Sequence[Any]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise OptwidgetsError(f"{field} must be a list, such as [{noun}].", field=field)
    found = as_list(values)
    if len(found) > MAX_CHOICES:
        raise OptwidgetsError(
            f"{field} has {len(found)} entries. Use at most {MAX_CHOICES}.", field=field
        )
    return found


@dataclass(frozen=True, repr=False)
class Discrete(Variable):
    """One of a few numbers.

    Parameters
    ----------
    name, unit, description
        As for `Real`.
    values
        At least two different finite numbers; kept in ascending order.

    Examples
    --------
    >>> ratio = Discrete("Ratio", (280, 80, 30))
    >>> ratio.values, ratio.from_unit([0.1, 0.9])
    ((30.0, 80.0, 280.0), [30.0, 280.0])
    >>> ratio.check(100.0), ratio.contains(100.0)
    (100.0, False)
    """

    kind: ClassVar[str] = "discrete"

    values: tuple[float, ...]
    unit: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "name", clean_name(self.name))
        self._check_roles()
        found: list[float] = []
        for value in _several(self.values, "Values", "5, 10, 20"):
            number = numbers.finite_number(value, "Values", field="Values")
            if number in found:
                raise OptwidgetsError(f"{numbers.plain(number)} is there already.", field="Values")
            found.append(number)
        if len(found) < 2:
            raise OptwidgetsError("Give at least two values.", field="Values")
        put(self, "values", tuple(sorted(found)))
        if not self.values[-1] - self.values[0] < float("inf"):
            raise OptwidgetsError("The values are too far apart.", field="Values")
        put(self, "unit", clean_optional(self.unit, field="Unit", what="The unit", limit=MAX_UNIT))
        text = clean_optional(
            self.description, field="Description", what="The description", limit=MAX_DESCRIPTION
        )
        put(self, "description", text)

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest of the values."""
        return self.values[0], self.values[-1]

    @cached_property
    def _level_array(self) -> NDArray[np.float64]:
        return self.to_unit(self.values)

    @property
    def levels(self) -> NDArray[np.float64]:
        """Unit values of the choices, ascending."""
        return self._level_array

    def check(self, value: object) -> float:
        """Return the canonical value; bounds are not enforced."""
        if isinstance(value, str):
            return self.parse(value)
        return self._on_level(numbers.finite_number(value, self.name))

    def _on_level(self, number: float) -> float:
        """Take away the rounding of a file: 0.30000000000000004 is the level 0.3."""
        closest = min(self.values, key=lambda level: abs(level - number))
        return closest if abs(closest - number) <= 1e-9 * abs(closest) else number

    def contains(self, value: object) -> bool:
        """Whether a value lies inside the bounds or is one of the choices."""
        if type(value) is float and value in self.values:
            return True
        try:
            return self.check(value) in self.values
        except OptwidgetsError:
            return False

    def parse(self, text: str) -> float:
        """Read what a person typed or pasted."""
        number = without_unit(text, self.name, self.unit)
        low, high = self.bounds
        return self._on_level(numbers.parse_number(number, self.name, low=low, high=high))

    def format(self, value: Any) -> str:
        """Write a value as people read it, without the unit."""
        number = float(value)
        digits = max(numbers.typed_decimals(level) for level in self.values)
        if not self.contains(number):
            digits = max(digits, min(numbers.typed_decimals(number), digits + 1))
        return numbers.show(number, digits)

    def to_unit(self, values: Iterable[Any] | ArrayLike) -> NDArray[np.float64]:
        """Map ``n`` values to ``n`` floats; inside the bounds they lie in [0, 1]."""
        import numpy as np

        x = np.asarray(values if hasattr(values, "__array__") else list(values), dtype=np.float64)  # type: ignore[arg-type]
        low, high = self.bounds
        with np.errstate(over="ignore", invalid="ignore"):
            unit = np.clip((x - low) / (high - low), -FAR, FAR)
        return np.where(np.isfinite(x), unit, np.nan)

    def amounts(self, unit: ArrayLike) -> NDArray[np.float64]:
        """Map ``n`` floats to numbers, between the choices as well: what formulas compute with."""
        import numpy as np

        low, high = self.bounds
        return np.asarray(low + np.asarray(unit, dtype=np.float64) * (high - low))

    def from_unit(self, unit: ArrayLike) -> list[float]:
        """Map ``n`` floats of the unit interval to canonical values."""
        return [self.values[index] for index in nearest(self.levels, unit)]

    def snap(self, unit: ArrayLike) -> NDArray[np.float64]:
        """Nearest feasible unit values."""
        return self.levels[nearest(self.levels, unit)]

    def describe(self) -> str:
        """Range or choices in words."""
        words = enumerate_words(numbers.plain(value) for value in self.values)
        return f"{words} {self.unit}" if self.unit else words

    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file."""
        fields = {"name": self.name, "type": self.kind, "allowed_values": list(self.values)}
        return with_texts(fields, self)


@dataclass(frozen=True, repr=False)
class Categorical(Variable):
    """One of a few labels.

    Parameters
    ----------
    name, description
        As for `Real`.
    categories
        At least two different labels, in the order to show them. Numbers are
        taken by their text.

    Examples
    --------
    >>> catalyst = Categorical("Catalyst", ("A", "B", "C"))
    >>> catalyst.to_unit(["A", "C"]).tolist(), catalyst.from_unit([0.4])
    ([0.0, 1.0], ['B'])
    >>> catalyst.check("D")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Catalyst "D" is not one of A, B and C.
    """

    kind: ClassVar[str] = "categorical"

    categories: tuple[str, ...]
    description: str = ""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "name", clean_name(self.name))
        self._check_roles()
        found: dict[str, None] = {}
        for category in _several(self.categories, "Categories", '"A", "B"'):
            label = clean_label(
                label_text(category),
                field="Categories",
                empty="Write a name for the category.",
                what="The category",
            )
            if label in found:
                raise OptwidgetsError(f"{short(label)} is there already.", field="Categories")
            found[label] = None
        if len(found) < 2:
            raise OptwidgetsError("Give at least two categories.", field="Categories")
        put(self, "categories", tuple(found))
        text = clean_optional(
            self.description, field="Description", what="The description", limit=MAX_DESCRIPTION
        )
        put(self, "description", text)

    @property
    def bounds(self) -> tuple[str, ...]:
        """All labels."""
        return self.categories

    @cached_property
    def index(self) -> dict[str, int]:
        """Place of each label in ``categories``."""
        return {label: place for place, label in enumerate(self.categories)}

    @property
    def levels(self) -> NDArray[np.float64]:
        """Unit values of the labels, in their order."""
        import numpy as np

        return np.arange(len(self.categories)) / (len(self.categories) - 1)

    def check(self, value: object) -> str:
        """Return the canonical value; bounds are not enforced."""
        if isinstance(value, str) and value in self.index:
            return str(value)
        label = label_text(value)
        cleaned = label.strip() if isinstance(label, str) else None
        if cleaned is not None and cleaned in self.index:
            return cleaned
        if cleaned == "" or value is None:
            raise OptwidgetsError(
                f"{short(self.name)} is empty. Choose {enumerate_words(self.categories)}.",
                column=self.name,
            )
        raise OptwidgetsError(
            f'{short(self.name)} "{short(value)}" is not one of '
            f"{enumerate_words(self.categories)}.",
            column=self.name,
        )

    def contains(self, value: object) -> bool:
        """Whether a value lies inside the bounds or is one of the choices."""
        if isinstance(value, str) and value in self.index:
            return True
        try:
            self.check(value)
        except OptwidgetsError:
            return False
        return True

    def parse(self, text: str) -> str:
        """Read a label; if none is spelled so, capitals are ignored."""
        try:
            return self.check(text)
        except OptwidgetsError:
            folded = text.strip().casefold()
            close = [label for label in self.categories if label.casefold() == folded]
            if len(close) == 1:
                return close[0]
            raise

    def format(self, value: Any) -> str:
        """Write a value as people read it, without the unit."""
        return str(value)

    def to_unit(self, values: Iterable[Any] | ArrayLike) -> NDArray[np.float64]:
        """Map ``n`` values to ``n`` floats; inside the bounds they lie in [0, 1]."""
        import numpy as np

        index = self.index
        labels = as_list(values)
        try:
            codes = [index[label] for label in labels]
        except (KeyError, TypeError):
            codes = [index[self.check(label)] for label in labels]
        return np.asarray(codes, dtype=np.float64) / (len(self.categories) - 1)

    def from_unit(self, unit: ArrayLike) -> list[str]:
        """Map ``n`` floats of the unit interval to canonical values."""
        return [self.categories[index] for index in nearest(self.levels, unit)]

    def snap(self, unit: ArrayLike) -> NDArray[np.float64]:
        """Nearest feasible unit values."""
        levels = self.levels
        return levels[nearest(levels, unit)]

    def describe(self) -> str:
        """Range or choices in words."""
        return ", ".join(short(label) for label in self.categories)

    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file."""
        fields = {"name": self.name, "type": self.kind, "values": list(self.categories)}
        return with_texts(fields, self)


def label_text(value: object) -> object:
    """Text of a label; whole numbers lose the ``.0`` that a table gave them.

    Examples
    --------
    >>> label_text(2.0), label_text(True), label_text("A"), label_text(None)
    ('2', 'True', 'A', None)
    """
    item = getattr(value, "item", None)
    if item is not None and getattr(value, "ndim", None) == 0:
        value = item()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bool, int)):
        return str(value)
    if isinstance(value, float) and not math.isnan(value):
        return numbers.plain(value)
    return value
