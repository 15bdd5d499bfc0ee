"""Derived variables: numbers that follow from the settings, given to the model beside them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import expect_list, expect_object, expect_text
from optwidgets.space.constraints.nonlinear import check_numeric
from optwidgets.space.expressions import Expression, parse_expression
from optwidgets.space.functions import call_function, keep_function, knows_function, new_key
from optwidgets.space.text import (
    MAX_DESCRIPTION,
    clean_name,
    clean_optional,
    did_you_mean,
    enumerate_words,
    short,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optwidgets.space.base import Variable
    from optwidgets.space.functions import Function


@dataclass(frozen=True)
class Derived(ABC):
    """A number that follows from the settings of an experiment, an immutable value.

    It is never chosen and never typed in: the model sees it, the search stays over the
    variables. Use `DerivedFormula` or `DerivedFunction`.
    """

    kind: ClassVar[str]
    name: str

    @property
    @abstractmethod
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that it follows from."""

    @property
    def is_known(self) -> bool:
        """Whether this kernel can compute it."""
        return True

    @abstractmethod
    def check(self, variables: Mapping[str, Variable]) -> None:
        """Raise a sentence when it does not fit the variables of a space."""

    @abstractmethod
    def compute(self, values: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Values (m,) from the m values of each variable; NaN where there is none."""

    @abstractmethod
    def renamed(self, old: str, new: str) -> Derived:
        """Return the same after a variable got another name."""

    @abstractmethod
    def describe(self) -> str:
        """Write it as a formula."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file."""


@dataclass(frozen=True)
class DerivedFormula(Derived):
    """A formula of numeric variables, read by a grammar of our own and saved.

    Parameters
    ----------
    name
        Name of the column.
    expression
        Such as ``"a / (a + b)"``; see `optwidgets.space.expressions`.
    description
        What it stands for.

    Raises
    ------
    OptwidgetsError
        When the formula cannot be read or has no variable.

    Examples
    --------
    >>> import numpy as np
    >>> ratio = DerivedFormula("ratio", "a/(a+b)")
    >>> ratio.describe(), ratio.variables
    ('ratio = a / (a + b)', ('a', 'b'))
    >>> ratio.compute({"a": np.array([1.0, 0.0]), "b": np.array([3.0, 0.0])}).tolist()
    [0.25, nan]
    """

    kind: ClassVar[str] = "formula"

    expression: str
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", clean_name(self.name))
        object.__setattr__(self, "expression", parse_expression(self.expression).text())
        object.__setattr__(self, "description", _description(self.description))
        if not self.tree.names:
            raise OptwidgetsError("The formula needs a variable.", field="expression")

    @cached_property
    def tree(self) -> Expression:
        """The formula as a tree."""
        return parse_expression(self.expression)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables in the formula."""
        return self.tree.names

    def check(self, variables: Mapping[str, Variable]) -> None:
        """Raise a sentence when it does not fit the variables of a space."""
        check_numeric(self.variables, variables, "expression")

    def compute(self, values: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Values (m,); NaN where the formula has none."""
        import numpy as np

        found = self.tree.evaluate(values)
        return np.where(np.isfinite(found), found, np.nan)

    def renamed(self, old: str, new: str) -> DerivedFormula:
        """Return the same after a variable got another name."""
        return replace(self, expression=self.tree.renamed(old, new).text())

    def describe(self) -> str:
        """Write it as a formula."""
        return f"{short(self.name)} = {self.tree.text(pretty=True)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file."""
        return {
            "name": self.name,
            "input_cols": list(self.variables),
            "description": self.description,
            "expression": self.expression,
        }


@dataclass(frozen=True)
class DerivedFunction(Derived):
    """What only a function of this kernel knows; the function itself is not saved.

    Parameters
    ----------
    name
        Name of the column.
    names
        Variables that the function takes.
    key
        Under which the kernel keeps the function; made up if not given.
    description
        What it stands for.
    """

    kind: ClassVar[str] = "function"

    names: tuple[str, ...]
    key: str = field(default="")
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", clean_name(self.name))
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "description", _description(self.description))
        if not self.names:
            raise OptwidgetsError("Name the variables of the function.", field="variables")
        object.__setattr__(self, "key", self.key or new_key())

    def register(self, function: Function) -> None:
        """Say which function it is, in this kernel."""
        needs = f"{short(self.name)} needs a formula or a function"
        keep_function(self.key, function, otherwise=needs)

    @property
    def is_known(self) -> bool:
        """Whether this kernel knows the function."""
        return knows_function(self.key)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that it takes."""
        return self.names

    def check(self, variables: Mapping[str, Variable]) -> None:
        """Raise a sentence when it does not fit the variables of a space."""
        for name in self.names:
            if name not in variables:
                raise OptwidgetsError(did_you_mean(name, variables), field="variables")

    def compute(self, values: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Values (m,); NaN where the function gives no finite number.

        Raises
        ------
        OptwidgetsError
            When the kernel does not know the function, or it fails.
        """
        import numpy as np

        found = call_function(
            self.key,
            {name: values[name] for name in self.names},
            of=short(self.name),
            again=f"Give it again with add_derived({self.name!r}, function), or remove it.",
            returns="as many numbers",
        ).astype(np.float64)
        return np.where(np.isfinite(found), found, np.nan)

    def renamed(self, old: str, new: str) -> DerivedFunction:
        """Return the same after a variable got another name, which the function then gets."""
        return replace(self, names=tuple(new if name == old else name for name in self.names))

    def describe(self) -> str:
        """Write it as a formula."""
        inside = enumerate_words(self.names).replace(" and ", ", ")
        return f"{short(self.name)}({inside})"

    def to_dict(self) -> dict[str, Any]:
        """Plain form of the session file, without the function."""
        return {
            "name": self.name,
            "input_cols": list(self.names),
            "description": self.description,
            "key": self.key,
        }


def derived_values(
    derived: Sequence[Derived], points: Sequence[Mapping[str, Any]]
) -> dict[str, NDArray[np.float64]]:
    """Values of derived variables for m points, (m,) each; NaN where a setting is missing.

    Examples
    --------
    >>> ratio = DerivedFormula("ratio", "a / b")
    >>> derived_values([ratio], [{"a": 1.0, "b": 4.0}, {"a": 1.0}])["ratio"].tolist()
    [0.25, nan]
    """
    import numpy as np

    found: dict[str, NDArray[np.float64]] = {}
    for item in derived:
        found[item.name] = np.full(len(points), np.nan)
        whole = [
            i for i, p in enumerate(points) if all(p.get(n) is not None for n in item.variables)
        ]
        if whole and item.is_known:
            given = {n: np.array([points[i][n] for i in whole]) for n in item.variables}
            found[item.name][whole] = item.compute(given)
    return found


def derived_from_dict(data: Any) -> Derived:
    """Read the plain form; without a formula it waits for its function.

    Examples
    --------
    >>> derived_from_dict({"name": "r", "expression": "2 * T"}).describe()
    'r = 2 · T'
    >>> derived_from_dict({"name": "r", "input_cols": ["T"]}).is_known
    False
    """
    fields = expect_object(data, "A derived variable")
    name = expect_text(fields.get("name"), "The name of a derived variable")
    description = expect_text(fields.get("description") or "", "A description")
    if fields.get("expression") is not None:
        return DerivedFormula(name, fields["expression"], description)
    names = expect_list(fields.get("input_cols"), "The variables of a derived variable")
    return DerivedFunction(
        name,
        tuple(expect_text(item, "The name of a variable") for item in names),
        expect_text(fields.get("key") or "", "The key of a function"),
        description,
    )


def _description(text: object) -> str:
    return clean_optional(text, field="Description", what="The description", limit=MAX_DESCRIPTION)
