"""Rules of number: at most so many of several variables are used at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import expect_integer, expect_list, expect_object, expect_text
from optwidgets.space.constraints.base import Constraint
from optwidgets.space.constraints.nonlinear import check_numeric
from optwidgets.space.text import clean_rule_name, enumerate_words, short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optwidgets.space.base import Variable

# What rounding leaves of a zero inside a range, as in -0.3 + 0.3.
_NOTHING = 1e-12


@dataclass(frozen=True)
class CardinalityConstraint(Constraint):
    """At most so many of several variables are other than 0.

    Parameters
    ----------
    names
        Numeric variables, each of which can be 0.
    at_most
        How many may be other than 0, from 1.
    name
        How it is called; a space gives those without a name one.

    Raises
    ------
    OptwidgetsError
        For fewer than two names, one twice, or a number that is not possible.

    Examples
    --------
    >>> import numpy as np
    >>> rule = CardinalityConstraint(("a", "b", "c"), 2)
    >>> rule.describe()
    'at most 2 of a, b and c'
    >>> rule.excess({"a": np.array([1.0]), "b": np.array([2.0]), "c": np.array([0.0])}).tolist()
    [0.0]
    """

    kind: ClassVar[str] = "cardinality"

    names: tuple[str, ...]
    at_most: int
    name: str = ""

    def __post_init__(self) -> None:
        given = expect_list(self.names, "The variables of a constraint")
        names = tuple(expect_text(name, "The name of a variable") for name in given)
        if len(set(names)) < len(names) or len(names) < 2:
            raise OptwidgetsError(
                "Name two variables or more, each of them once.", field="variables"
            )
        number = expect_integer(self.at_most, "at_most")
        if not 1 <= number < len(names):
            raise OptwidgetsError(
                f"at_most must be from 1 to {len(names) - 1}, not {number}.", field="at_most"
            )
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "at_most", number)
        object.__setattr__(self, "name", clean_rule_name(self.name))

    @property
    def label(self) -> str:
        """Name, by which it is removed."""
        return self.name

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables it counts."""
        return self.names

    def check(self, variables: Mapping[str, Variable]) -> None:
        """Raise a sentence when it does not fit the variables of a space."""
        check_numeric(self.names, variables, "variables")
        never = [name for name in self.names if not variables[name].contains(0)]
        if never:
            raise OptwidgetsError(
                f"{enumerate_words(never)} cannot be 0, so it cannot be left out. Widen its bounds "
                "to 0.",
                field="variables",
            )

    def size(self, variables: Mapping[str, Variable]) -> float:  # noqa: ARG002  (one protocol)
        """Scale of `excess`: one variable."""
        return 1.0

    def excess(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """By how many variables m points break it, (m,); at most 0 where it is met."""
        import numpy as np

        used = np.sum([np.abs(values[name]) > _NOTHING for name in self.names], axis=0)
        return np.asarray(used - float(self.at_most))

    def renamed(self, old: str, new: str) -> CardinalityConstraint:
        """Return the rule after a variable got another name."""
        names = tuple(new if name == old else name for name in self.names)
        return CardinalityConstraint(names, self.at_most, self.name)

    def with_label(self, label: str) -> CardinalityConstraint:
        """Return the rule under another name."""
        return CardinalityConstraint(self.names, self.at_most, label)

    def describe(self) -> str:
        """Write the rule in words."""
        return f"at most {self.at_most} of {enumerate_words(short(name) for name in self.names)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file."""
        return {
            "type": self.kind,
            "variables": list(self.names),
            "at_most": self.at_most,
            "name": self.name,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CardinalityConstraint:
        """Read and check the plain form."""
        fields = expect_object(data, "A constraint")
        names, at_most = fields.get("variables"), fields.get("at_most")
        return cls(names, at_most, fields.get("name") or "")  # type: ignore[arg-type]
