"""Linear rules: a weighted sum of numbers that has a limit, or a fixed value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import expect_object
from optwidgets.space.constraints.base import Constraint
from optwidgets.space.numbers import MINUS, finite_number, plain
from optwidgets.space.text import clean_rule_name, did_you_mean, enumerate_words, short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optwidgets.space.base import Variable

_SIGNS = {"inequality": "≤", "equality": "="}


@dataclass(frozen=True)
class LinearConstraint(Constraint):
    """A weighted sum of numeric variables that is at most, or exactly, a value.

    Parameters
    ----------
    type
        ``"inequality"``: the sum is at most `rhs`; ``"equality"``: it is `rhs`.
    coefficients
        Variable to its factor; factors of 0 are left out.
    rhs
        The limit, finite. The sum has no unit of its own: values count as they are written.
    name
        How it is called; a space gives those without a name one.

    Raises
    ------
    OptwidgetsError
        For another type, no variable, or a number that is not finite.

    Examples
    --------
    >>> mixture = LinearConstraint("equality", {"oil": 1, "water": 1}, 1)
    >>> mixture.describe(), mixture.is_equality
    ('oil + water = 1', True)
    >>> LinearConstraint("inequality", {"a": -1.5, "b": 1}, 2).describe()
    '−1.5 a + b ≤ 2'
    """

    kind: ClassVar[str] = "linear"

    type: str
    coefficients: Mapping[str, float]
    rhs: float
    name: str = ""

    def __post_init__(self) -> None:
        folded = str(self.type).strip().lower()
        if folded not in _SIGNS:
            raise OptwidgetsError(
                f'Type "{short(self.type)}" is not one of inequality and equality.', field="type"
            )
        factors = {}
        for variable, factor in expect_object(self.coefficients, "Coefficients").items():
            number = finite_number(factor, f"The coefficient of {short(variable)}")
            if number:
                factors[variable] = number
        if not factors:
            raise OptwidgetsError(
                "A linear constraint needs a variable with a coefficient other than 0.",
                field="coefficients",
            )
        object.__setattr__(self, "type", folded)
        object.__setattr__(self, "coefficients", MappingProxyType(factors))
        object.__setattr__(self, "rhs", finite_number(self.rhs, "The right-hand side"))
        object.__setattr__(self, "name", clean_rule_name(self.name))

    def __hash__(self) -> int:
        return hash((self.type, frozenset(self.coefficients.items()), self.rhs, self.name))

    @property
    def label(self) -> str:
        """Name, by which it is removed."""
        return self.name

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables in the sum."""
        return tuple(self.coefficients)

    @property
    def is_equality(self) -> bool:
        """Whether the sum has one value only."""
        return self.type == "equality"

    def check(self, variables: Mapping[str, Variable]) -> None:
        """Raise a sentence when it does not fit the variables of a space."""
        for name in self.variables:
            if name not in variables:
                raise OptwidgetsError(did_you_mean(name, variables), field="coefficients")
        labels = [name for name in self.variables if variables[name].kind == "categorical"]
        if labels:
            raise OptwidgetsError(
                f"{enumerate_words(labels)} cannot stand in a linear constraint: its values are "
                "labels. Use numeric variables.",
                field="coefficients",
            )

    def size(self, variables: Mapping[str, Variable]) -> float:
        """Largest single term of the sum, or the limit: what rounding is measured against."""
        terms = [
            abs(factor) * max(abs(float(end)) for end in variables[name].bounds)
            for name, factor in self.coefficients.items()
        ]
        return max(abs(self.rhs), *terms) or 1.0

    def excess(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """By how much m points break it, (m,); at most 0 where it is met.

        Examples
        --------
        >>> import numpy as np
        >>> rule = LinearConstraint("inequality", {"a": 1, "b": 1}, 1)
        >>> rule.excess({"a": np.array([0.0, 1.0]), "b": np.array([0.5, 1.0])}).tolist()
        [-0.5, 1.0]
        """
        import numpy as np

        terms = [factor * values[name] for name, factor in self.coefficients.items()]
        beyond = np.sum(terms, axis=0) - self.rhs
        return np.abs(beyond) if self.is_equality else np.asarray(beyond)

    def renamed(self, old: str, new: str) -> LinearConstraint:
        """Return the rule after a variable got another name."""
        if old not in self.coefficients:
            return self
        factors = {(new if n == old else n): factor for n, factor in self.coefficients.items()}
        return LinearConstraint(self.type, factors, self.rhs, self.name)

    def with_label(self, label: str) -> LinearConstraint:
        """Return the rule under another name."""
        return LinearConstraint(self.type, self.coefficients, self.rhs, label)

    def describe(self) -> str:
        """Write the rule as a formula; a limit from below as people write it, with ≥."""
        factors, rhs, sign = self.coefficients, self.rhs, _SIGNS[self.type]
        if self.type == "inequality" and all(factor < 0 for factor in factors.values()):
            factors, rhs, sign = {name: -f for name, f in factors.items()}, 0.0 - rhs, "≥"
        return f"{_sum_text(factors)} {sign} {plain(rhs).replace('-', MINUS)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file, ALchemist's."""
        return {
            "type": self.type,
            "coefficients": dict(self.coefficients),
            "rhs": self.rhs,
            "name": self.name,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LinearConstraint:
        """Read and check the plain form.

        Examples
        --------
        >>> LinearConstraint.from_dict(
        ...     {"type": "inequality", "coefficients": {"T": 1.0, "n": 10.0}, "rhs": 540}
        ... ).describe()
        'T + 10 n ≤ 540'
        """
        fields = expect_object(data, "A constraint")
        return cls(
            fields.get("type"),  # type: ignore[arg-type]
            fields.get("coefficients"),  # type: ignore[arg-type]
            fields.get("rhs"),  # type: ignore[arg-type]
            fields.get("name") or "",
        )


def _sum_text(factors: Mapping[str, float]) -> str:
    words = ""
    for name, factor in factors.items():
        size = "" if abs(factor) == 1 else f"{plain(abs(factor))} "
        sign = f"{MINUS if factor < 0 else '+'}"
        joint = f" {sign} " if words else (sign if factor < 0 else "")
        words += f"{joint}{size}{short(name)}"
    return words
