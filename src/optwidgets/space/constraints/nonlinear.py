"""Rules that are not linear: a formula that is saved, or a function that lives in the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import expect_list, expect_object, expect_text
from optwidgets.space.constraints.base import Constraint
from optwidgets.space.expressions import Rule, parse_rule
from optwidgets.space.functions import call_function, keep_function, knows_function, new_key
from optwidgets.space.text import clean_rule_name, did_you_mean, enumerate_words, short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optwidgets.space.base import Variable
    from optwidgets.space.functions import Function


def check_numeric(names: tuple[str, ...], variables: Mapping[str, Variable], field: str) -> None:
    """Raise a sentence when a name is no numeric variable."""
    for name in names:
        if name not in variables:
            raise OptwidgetsError(did_you_mean(name, variables), field=field)
    labels = [name for name in names if variables[name].kind == "categorical"]
    if labels:
        raise OptwidgetsError(
            f"{enumerate_words(labels)} cannot stand in this constraint: its values are labels. "
            "Use numeric variables.",
            field=field,
        )


@dataclass(frozen=True)
class ExpressionConstraint(Constraint):
    """A formula of variables that is at most, or at least, another one.

    Parameters
    ----------
    expression
        Such as ``"a * b <= 3"``; see `optwidgets.space.expressions`.
    name
        How it is called; a space gives those without a name one.

    Raises
    ------
    OptwidgetsError
        When the formula cannot be read, has no variable or is an equality.

    Examples
    --------
    >>> import numpy as np
    >>> rule = ExpressionConstraint("a**2*b >= 1 + 2*a")
    >>> rule.describe(), rule.expression
    ('a² · b ≥ 1 + 2 · a', 'a^2 * b >= 1 + 2 * a')
    >>> rule.excess({"a": np.array([1.0, 3.0]), "b": np.array([1.0, 1.0])}).tolist()
    [2.0, -2.0]
    """

    kind: ClassVar[str] = "nonlinear"

    expression: str
    name: str = ""

    def __post_init__(self) -> None:
        rule = parse_rule(self.expression)
        if rule.sign == "==":
            raise OptwidgetsError(
                f"{short(self.expression, 80)} is an equality that is not linear, which leaves no "
                "room to search. Use two limits, such as <= and >=, a little apart.",
                field="expression",
            )
        if not (rule.left.names or rule.right.names):
            raise OptwidgetsError("The formula needs a variable.", field="expression")
        text = f"{rule.left.text()} {rule.sign} {rule.right.text()}"
        object.__setattr__(self, "expression", text)
        object.__setattr__(self, "name", clean_rule_name(self.name))

    @cached_property
    def rule(self) -> Rule:
        """The formula as trees."""
        return parse_rule(self.expression)

    @property
    def label(self) -> str:
        """Name, by which it is removed."""
        return self.name

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables in the formula."""
        return tuple(dict.fromkeys(self.rule.left.names + self.rule.right.names))

    def check(self, variables: Mapping[str, Variable]) -> None:
        """Raise a sentence when it does not fit the variables of a space."""
        check_numeric(self.variables, variables, "expression")

    def size(self, variables: Mapping[str, Variable]) -> float:  # noqa: ARG002  (one protocol)
        """Scale of `excess`: the limit where it is a number."""
        found = self.rule.right.linear()
        return max(1.0, abs(found[1])) if found is not None and not found[0] else 1.0

    def excess(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """By how much m points break it, (m,); infinite where the formula has no value."""
        import numpy as np

        known = np.zeros(len(next(iter(values.values()))), dtype=bool)
        for name in self.variables:
            known |= np.isnan(values[name])
        gap = self.rule.left.evaluate(values) - self.rule.right.evaluate(values)
        gap = gap if self.rule.sign == "<=" else -gap
        # A missing value breaks nothing; a formula without a value at known ones does.
        return np.where(known, np.nan, np.where(np.isnan(gap), np.inf, gap))

    def renamed(self, old: str, new: str) -> ExpressionConstraint:
        """Return the rule after a variable got another name."""
        if old not in self.variables:
            return self
        left, right = self.rule.left.renamed(old, new), self.rule.right.renamed(old, new)
        return ExpressionConstraint(f"{left.text()} {self.rule.sign} {right.text()}", self.name)

    def with_label(self, label: str) -> ExpressionConstraint:
        """Return the rule under another name."""
        return ExpressionConstraint(self.expression, label)

    def describe(self) -> str:
        """Write the rule as a formula."""
        sign = "≤" if self.rule.sign == "<=" else "≥"
        return f"{self.rule.left.text(pretty=True)} {sign} {self.rule.right.text(pretty=True)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file."""
        return {"type": self.kind, "expression": self.expression, "name": self.name}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ExpressionConstraint:
        """Read and check the plain form."""
        fields = expect_object(data, "A constraint")
        return cls(fields.get("expression"), fields.get("name") or "")  # type: ignore[arg-type]


@dataclass(frozen=True)
class FunctionConstraint(Constraint):
    """A rule that only a function of this kernel knows; the function itself is not saved.

    Parameters
    ----------
    names
        Variables that the function takes.
    name
        How it is called.
    key
        Under which the kernel keeps the function; made up if not given.
    """

    kind: ClassVar[str] = "function"

    names: tuple[str, ...]
    name: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        if not self.names:
            raise OptwidgetsError("Name the variables of the function.", field="variables")
        object.__setattr__(self, "name", clean_rule_name(self.name))
        object.__setattr__(self, "key", self.key or new_key())

    def register(self, function: Function) -> None:
        """Say which function it is, in this kernel."""
        keep_function(self.key, function, otherwise=f"{short(self.name)} needs a function")

    @property
    def label(self) -> str:
        """Name, by which it is removed."""
        return self.name

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables it speaks of."""
        return self.names

    def check(self, variables: Mapping[str, Variable]) -> None:
        """Raise a sentence when it does not fit the variables of a space."""
        check_numeric(self.names, variables, "variables")

    def size(self, variables: Mapping[str, Variable]) -> float:  # noqa: ARG002  (one protocol)
        """Scale of `excess`."""
        return 1.0

    @property
    def is_known(self) -> bool:
        """Whether this kernel knows the function."""
        return knows_function(self.key)

    def excess(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """By how much m points break it, (m,).

        Raises
        ------
        OptwidgetsError
            When the kernel does not know the function, or it fails.
        """
        import numpy as np

        found = call_function(
            self.key,
            {name: values[name] for name in self.names},
            of=f"the constraint {short(self.name)}",
            again=f"Give it again with add_constraint_function({self.name!r}, function), or remove "
            "the constraint.",
            returns="as many numbers, at most 0 where a point is allowed",
        )
        gap = np.where(found, 0.0, 1.0) if found.dtype == bool else found
        return np.where(np.isnan(gap), np.inf, gap)

    def renamed(self, old: str, new: str) -> FunctionConstraint:
        """Return the rule after a variable got another name, which the function then gets."""
        names = tuple(new if name == old else name for name in self.names)
        return FunctionConstraint(names, self.name, self.key)

    def with_label(self, label: str) -> FunctionConstraint:
        """Return the rule under another name."""
        return FunctionConstraint(self.names, label, self.key)

    def describe(self) -> str:
        """Write the rule as a formula."""
        return f"{short(self.name)}({enumerate_words(self.names).replace(' and ', ', ')}) ≤ 0"

    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file, without the function."""
        return {
            "type": self.kind,
            "variables": list(self.names),
            "name": self.name,
            "key": self.key,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FunctionConstraint:
        """Read and check the plain form."""
        fields = expect_object(data, "A constraint")
        names = expect_list(fields.get("variables"), "The variables of a constraint")
        return cls(
            tuple(expect_text(name, "The name of a variable") for name in names),
            fields.get("name") or "",
            expect_text(fields.get("key", ""), "The key of a function"),
        )
