"""Rules of number: how many of several variables are used at once, and with how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import (
    expect_integer,
    expect_list,
    expect_object,
    expect_text,
)
from optwidgets.space.constraints.base import DUST, Constraint
from optwidgets.space.constraints.nonlinear import check_numeric
from optwidgets.space.numbers import finite_number
from optwidgets.space.text import clean_rule_name, enumerate_words, short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optwidgets.space.base import Variable

# Share of the smallest amount that rounding may take off.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class CardinalityConstraint(Constraint):
    """So many of several variables are other than 0.

    Parameters
    ----------
    names
        Numeric variables, each of which can be 0.
    at_most
        How many may be other than 0, from 1; None for all of them.
    name
        How it is called; a space gives those without a name one.
    at_least
        How many have to be other than 0.
    smallest
        What a variable that is used has at least, to either side of 0 and in its own unit: it
        is 0, or no nearer to 0 than that. At 0, any other number counts as used.

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
    >>> CardinalityConstraint(("a", "b", "c"), 2, at_least=2, smallest=0.05).describe()
    'exactly 2 of a, b and c, each 0 or at least 0.05'
    """

    kind: ClassVar[str] = "cardinality"

    names: tuple[str, ...]
    at_most: int | None = None
    name: str = ""
    at_least: int = 0
    smallest: float = 0.0

    def __post_init__(self) -> None:
        given = expect_list(self.names, "The variables of a constraint")
        names = tuple(expect_text(name, "The name of a variable") for name in given)
        if len(set(names)) < len(names) or len(names) < 2:
            raise OptwidgetsError(
                "Name two variables or more, each of them once.", field="variables"
            )
        fewest = _checked("at_least", self.at_least, 0, len(names))
        smallest = finite_number(self.smallest, "smallest")
        if smallest < 0.0:
            raise OptwidgetsError(
                f"smallest must be 0 or more, not {smallest:g}.", field="smallest"
            )
        # All of them, and 0 as well: that would be no rule.
        most = len(names) - (fewest == 0 and smallest == 0.0)
        number = most if self.at_most is None else self.at_most
        if self.at_most is None and most < len(names):
            raise OptwidgetsError(
                "Say how many of the variables are used: at_most, at_least or exactly.",
                field="at_most",
            )
        settled = {
            "names": names,
            "at_most": _checked("at_most", number, max(1, fewest), most),
            "at_least": fewest,
            "smallest": smallest,
            "name": clean_rule_name(self.name),
        }
        for field, value in settled.items():
            object.__setattr__(self, field, value)

    @property
    def most(self) -> int:
        """How many may be other than 0."""
        assert self.at_most is not None  # since it was made
        return self.at_most

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
        short_of = [name for name in self.names if _reach(variables[name]) < self.smallest]
        if short_of:
            raise OptwidgetsError(
                f"smallest is {self.smallest:g}, but {enumerate_words(short_of)} cannot be as far "
                "from 0. Use a smaller number, or widen the bounds.",
                field="smallest",
            )

    def fitted_to(self, variables: Mapping[str, Variable]) -> CardinalityConstraint:
        """Return the rule with a smallest amount, where some have to be used.

        A thousandth of the narrowest range, if none was given: a variable that has next to
        nothing would else count as used.
        """
        if not self.at_least or self.smallest or any(n not in variables for n in self.names):
            return self
        narrowest = min(_reach(variables[name]) for name in self.names)
        return replace(self, smallest=1e-3 * narrowest)

    def size(self, variables: Mapping[str, Variable]) -> float:  # noqa: ARG002  (one protocol)
        """Scale of `excess`: one variable."""
        return 1.0

    def excess(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """By how many variables m points break it, (m,); at most 0 where it is met.

        A variable between 0 and the smallest amount counts for what it lacks of it.
        """
        import numpy as np

        amounts = np.stack([np.abs(values[name]) for name in self.names])
        used = (amounts > 0.0).sum(axis=0)
        broken = np.maximum(used - float(self.most), self.at_least - used)
        if self.smallest:
            lacks = np.where(amounts > 0.0, 1.0 - amounts / self.smallest, 0.0)
            # What rounding takes off a sum is no lack.
            broken = np.maximum(broken, np.where(lacks > _ROUNDING, lacks, 0.0).max(axis=0))
        return np.asarray(broken)

    def excess_within(
        self, values: Mapping[str, NDArray[np.float64]], variables: Mapping[str, Variable]
    ) -> NDArray[np.float64]:
        """`excess` for values that rounding left beside 0, as in -0.3 + 0.3, or the smallest amount.

        Examples
        --------
        >>> import numpy as np
        >>> from optwidgets.space.variable import Real
        >>> rule = CardinalityConstraint(("a", "b"), 1)
        >>> values = {"a": np.array([0.3]), "b": np.array([5e-17])}
        >>> variables = {"a": Real("a", 0, 1), "b": Real("b", 0, 1)}
        >>> rule.excess(values).tolist(), rule.excess_within(values, variables).tolist()
        ([1.0], [0.0])
        """
        import numpy as np

        amounts = {}
        for name in self.names:
            low, high = getattr(variables[name], "bounds")  # noqa: B009  (only of numeric kinds)
            amount, dust = np.abs(values[name]), DUST * (float(high) - float(low))
            amount = np.where(amount <= dust, 0.0, amount)
            enough = (amount > 0.0) & (amount >= self.smallest - dust)
            amounts[name] = np.where(enough, np.maximum(amount, self.smallest), amount)
        return self.excess(amounts)

    def renamed(self, old: str, new: str) -> CardinalityConstraint:
        """Return the rule after a variable got another name."""
        return replace(self, names=tuple(new if name == old else name for name in self.names))

    def with_label(self, label: str) -> CardinalityConstraint:
        """Return the rule under another name."""
        return replace(self, name=label)

    def describe(self) -> str:
        """Write the rule in words."""
        names = enumerate_words(short(name) for name in self.names)
        amount = f"0 or at least {self.smallest:g}"
        if self.at_least == 0 and self.most == len(self.names):
            return f"each of {names} is {amount}"
        if self.at_least == self.most:
            count = f"exactly {self.most}"
        elif self.at_least == 0:
            count = f"at most {self.most}"
        elif self.most == len(self.names):
            count = f"at least {self.at_least}"
        else:
            count = f"{self.at_least} to {self.most}"
        return f"{count} of {names}" + (f", each {amount}" if self.smallest else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file."""
        more = {"at_least": self.at_least, "smallest": self.smallest}
        return {
            "type": self.kind,
            "variables": list(self.names),
            "at_most": self.at_most,
            "name": self.name,
            **{field: value for field, value in more.items() if value},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CardinalityConstraint:
        """Read and check the plain form."""
        fields = expect_object(data, "A constraint")
        return cls(
            fields.get("variables"),  # type: ignore[arg-type]
            fields.get("at_most"),
            fields.get("name") or "",
            fields.get("at_least") or 0,
            fields.get("smallest") or 0.0,
        )


def _checked(field: str, value: Any, least: int, most: int) -> int:
    number = expect_integer(value, field)
    if not least <= number <= most:
        raise OptwidgetsError(f"{field} must be from {least} to {most}, not {number}.", field=field)
    return number


def _reach(variable: Variable) -> float:
    """Largest distance from 0 that a variable can have."""
    ends: Any = getattr(variable, "bounds")  # noqa: B009  (only of numeric kinds)
    return max(abs(float(end)) for end in ends)
