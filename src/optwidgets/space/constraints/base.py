"""What every constraint has: a name, the variables it speaks of, and how far a point breaks it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from optwidgets.space.base import Variable

#: Share of a constraint's size up to which a chosen point counts as meeting it.
TOLERANCE = 1e-9
#: The same for points that people typed, in which a sum is rounded somewhere.
TYPED_TOLERANCE = 1e-6
#: Share of a range by which rounding leaves a number beside its end, or beside 0.
DUST = 1e-12


@dataclass(frozen=True)
class Constraint(ABC):
    """A rule that several variables keep together, an immutable value.

    Use `LinearConstraint` or a session's methods.

    Examples
    --------
    >>> from optwidgets.space.constraints import LinearConstraint
    >>> rule = LinearConstraint("inequality", {"a": 1, "b": 2}, 3, name="budget")
    >>> rule.variables, rule.describe()
    (('a', 'b'), 'a + 2 b ≤ 3')
    """

    kind: ClassVar[str]

    @property
    @abstractmethod
    def label(self) -> str:
        """Name, by which it is removed."""

    @property
    @abstractmethod
    def variables(self) -> tuple[str, ...]:
        """Names of the variables it speaks of."""

    @property
    def is_known(self) -> bool:
        """Whether `excess` can be computed here and now."""
        return True

    @abstractmethod
    def check(self, variables: Mapping[str, Variable]) -> None:
        """Raise a sentence when it does not fit the variables of a space."""

    def fitted_to(self, variables: Mapping[str, Variable]) -> Constraint:  # noqa: ARG002
        """Return the rule with what follows from the variables of a space, as it joins them."""
        return self

    @abstractmethod
    def size(self, variables: Mapping[str, Variable]) -> float:
        """Scale of `excess` over the bounds of the variables, above 0."""

    @abstractmethod
    def excess(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """By how much m points break it, (m,); at most 0 where it is met.

        Parameters
        ----------
        values
            Name to the values (m,) of a variable, in its unit.
        """

    def excess_within(
        self,
        values: Mapping[str, NDArray[np.float64]],
        variables: Mapping[str, Variable],  # noqa: ARG002  (for rules that know dust by the range)
    ) -> NDArray[np.float64]:
        """`excess` for values of variables with these bounds, without what rounding leaves, (m,)."""
        return self.excess(values)

    @abstractmethod
    def renamed(self, old: str, new: str) -> Constraint:
        """Return the rule after a variable got another name."""

    @abstractmethod
    def with_label(self, label: str) -> Constraint:
        """Return the rule under another name."""

    @abstractmethod
    def describe(self) -> str:
        """Write the rule as a formula."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file."""

    def is_met(self, point: Mapping[str, Any], variables: Mapping[str, Variable]) -> bool:
        """Whether a point that people typed keeps the rule; one without all numbers does."""
        import numpy as np

        try:
            values = {name: np.array([float(point[name])]) for name in self.variables}
        except (KeyError, TypeError, ValueError):
            return True
        if not self.is_known:
            return True
        return not bool(
            self.excess_within(values, variables)[0] > TYPED_TOLERANCE * self.size(variables)
        )


def next_label(taken: Sequence[str]) -> str:
    """First of constraint_0, constraint_1 ... that is free; ALchemist names them so.

    Examples
    --------
    >>> next_label(["constraint_0", "budget"])
    'constraint_2'
    """
    place = len(taken)
    while f"constraint_{place}" in taken:
        place += 1
    return f"constraint_{place}"
