"""The changes of a space, each one small, typed, immutable and reversible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optwidgets.space.base import Variable
from optwidgets.space.checking import expect_integer, expect_list, expect_text
from optwidgets.space.choices import Categorical, Discrete
from optwidgets.space.conditions import parents_first
from optwidgets.space.constraints import Constraint, constraint_from_dict
from optwidgets.space.derived_edits import DerivedAdded, DerivedRemoved
from optwidgets.space.numbers import plain
from optwidgets.space.numeric import Integer, Real
from optwidgets.space.space import Space
from optwidgets.space.text import enumerate_words, short
from optwidgets.space.variable import variable_from_dict


@dataclass(frozen=True)
class VariableAdded:
    """A variable came, at the end or at a position.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> edit = VariableAdded(Real("T", 0, 1))
    >>> edit.apply(Space()).names, edit.reverse(Space()), edit.describe(Space())
    (('T',), (VariableRemoved(name='T'),), 'T added')
    """

    variable: Variable
    position: int | None = None

    def apply(self, space: Space) -> Space:
        """Space after the change."""
        return space.add(self.variable, self.position)

    def reverse(self, before: Space) -> tuple[SpaceEdit, ...]:  # noqa: ARG002  (one protocol for all changes)
        """Find the changes that undo this one, given the space before it."""
        return (VariableRemoved(self.variable.name),)

    def describe(self, before: Space) -> str:  # noqa: ARG002  (one protocol for all changes)
        """Name the change in words, given the state before it."""
        return f"{short(self.variable.name)} added"

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"variable": self.variable.to_dict(), "position": self.position}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VariableAdded:
        """Read and check the plain form."""
        position = data.get("position")
        if position is not None:
            position = expect_integer(position, "The position of a variable")
        return cls(variable_from_dict(data.get("variable")), position)  # type: ignore[arg-type]


@dataclass(frozen=True)
class VariableChanged:
    """A variable was replaced; another name in it is a rename.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> before = Space((Real("Temperature", 60, 140),))
    >>> edit = VariableChanged("Temperature", Real("Temperature", 60, 150))
    >>> edit.describe(before)
    'Upper bound of Temperature: 140 to 150'
    >>> edit.reverse(before)[0].apply(edit.apply(before)) == before
    True
    """

    name: str
    variable: Variable

    def apply(self, space: Space) -> Space:
        """Space after the change."""
        return space.change(self.name, self.variable)

    def reverse(self, before: Space) -> tuple[SpaceEdit, ...]:
        """Find the changes that undo this one, given the space before it."""
        return (VariableChanged(self.variable.name, before[self.name]),)

    def describe(self, before: Space) -> str:
        """Name the change in words, given the state before it."""
        return _change_in_words(before[self.name], self.variable)

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"name": self.name, "variable": self.variable.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VariableChanged:
        """Read and check the plain form."""
        variable = variable_from_dict(data.get("variable"))  # type: ignore[arg-type]
        return cls(expect_text(data.get("name"), "The name of a variable"), variable)


@dataclass(frozen=True)
class VariableRemoved:
    """A variable went; its values stay in the table.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> before = Space((Real("a", 0, 1), Real("b", 0, 1)))
    >>> edit = VariableRemoved("a")
    >>> edit.reverse(before)[0].position, edit.describe(before)
    (0, 'a removed')
    """

    name: str

    def apply(self, space: Space) -> Space:
        """Space after the change."""
        return space.remove(self.name)

    def reverse(self, before: Space) -> tuple[SpaceEdit, ...]:
        """Find the changes that undo this one, given the space before it."""
        return (VariableAdded(before[self.name], before.index(self.name)),)

    def describe(self, before: Space) -> str:  # noqa: ARG002  (one protocol for all changes)
        """Name the change in words, given the state before it."""
        return f"{short(self.name)} removed"

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"name": self.name}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VariableRemoved:
        """Read and check the plain form."""
        return cls(expect_text(data.get("name"), "The name of a variable"))


@dataclass(frozen=True)
class VariablesReordered:
    """The same variables in another order.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> before = Space((Real("a", 0, 1), Real("b", 0, 1)))
    >>> VariablesReordered(("b", "a")).apply(before).names
    ('b', 'a')
    """

    names: tuple[str, ...]

    def apply(self, space: Space) -> Space:
        """Space after the change."""
        return space.reorder(self.names)

    def reverse(self, before: Space) -> tuple[SpaceEdit, ...]:
        """Find the changes that undo this one, given the space before it."""
        return (VariablesReordered(before.names),)

    def describe(self, before: Space) -> str:  # noqa: ARG002  (one protocol for all changes)
        """Name the change in words, given the state before it."""
        return "Variables reordered"

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"names": list(self.names)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VariablesReordered:
        """Read and check the plain form."""
        names = expect_list(data.get("names"), "The order of the variables")
        return cls(tuple(expect_text(name, "The name of a variable") for name in names))


@dataclass(frozen=True)
class ConstraintAdded:
    """A constraint came, at the end or at a position.

    Examples
    --------
    >>> from optwidgets.space.constraints import LinearConstraint
    >>> from optwidgets.space.variable import Real
    >>> before = Space((Real("a", 0, 1), Real("b", 0, 1)))
    >>> edit = ConstraintAdded(LinearConstraint("equality", {"a": 1, "b": 1}, 1, "sum"))
    >>> edit.describe(before), edit.reverse(before)
    ('Constraint a + b = 1 added', (ConstraintRemoved(name='sum'),))
    """

    constraint: Constraint
    position: int | None = None

    def apply(self, space: Space) -> Space:
        """Space after the change."""
        return space.constrain(self.constraint, self.position)

    def reverse(self, before: Space) -> tuple[SpaceEdit, ...]:  # noqa: ARG002  (one protocol for all changes)
        """Find the changes that undo this one, given the space before it."""
        return (ConstraintRemoved(self.constraint.label),)

    def describe(self, before: Space) -> str:  # noqa: ARG002  (one protocol for all changes)
        """Name the change in words, given the state before it."""
        return f"Constraint {short(self.constraint.describe(), 80)} added"

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"constraint": self.constraint.to_dict(), "position": self.position}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ConstraintAdded:
        """Read and check the plain form."""
        position = data.get("position")
        if position is not None:
            position = expect_integer(position, "The position of a constraint")
        return cls(constraint_from_dict(data.get("constraint")), position)


@dataclass(frozen=True)
class ConstraintRemoved:
    """A constraint went."""

    name: str

    def apply(self, space: Space) -> Space:
        """Space after the change."""
        return space.release(self.name)

    def reverse(self, before: Space) -> tuple[SpaceEdit, ...]:
        """Find the changes that undo this one, given the space before it."""
        gone = before.constraint(self.name)
        return (ConstraintAdded(gone, before.constraints.index(gone)),)

    def describe(self, before: Space) -> str:
        """Name the change in words, given the state before it."""
        return f"Constraint {short(before.constraint(self.name).describe(), 80)} removed"

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"name": self.name}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ConstraintRemoved:
        """Read and check the plain form."""
        return cls(expect_text(data.get("name"), "The name of a constraint"))


SpaceEdit = (
    VariableAdded
    | VariableChanged
    | VariableRemoved
    | VariablesReordered
    | ConstraintAdded
    | ConstraintRemoved
    | DerivedAdded
    | DerivedRemoved
)

#: Name to class, for the journal.
SPACE_EDITS: dict[str, type[SpaceEdit]] = {
    edit.__name__: edit
    for edit in (
        VariableAdded,
        VariableChanged,
        VariableRemoved,
        VariablesReordered,
        ConstraintAdded,
        ConstraintRemoved,
        DerivedAdded,
        DerivedRemoved,
    )
}


def added_in_order(variables: Sequence[Variable]) -> list[SpaceEdit]:
    """List the changes that add variables to an empty space, those that others depend on first.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> len(added_in_order([Real("a", 0, 1), Real("b", 0, 1)]))
    2
    """
    ordered = parents_first(variables)
    edits: list[SpaceEdit] = [VariableAdded(variable) for variable in ordered]
    names = tuple(variable.name for variable in variables)
    if names != tuple(variable.name for variable in ordered):
        edits.append(VariablesReordered(names))
    return edits


def _change_in_words(before: Variable, after: Variable) -> str:
    """Name a change of one variable as people would; several at once in short."""
    name = short(before.name)
    found: list[str] = []
    if after.name != before.name:
        found.append(f"{name} renamed to {short(after.name)}")
    if after.kind != before.kind:
        found.append(f"{name}: {before.kind} to {after.kind}")
    elif isinstance(before, (Real, Integer)) and isinstance(after, (Real, Integer)):
        found += _scale_in_words(name, before, after)
    elif isinstance(before, Discrete) and isinstance(after, Discrete):
        if before.values != after.values:
            found.append(f"Values of {name}: {_listed(before)} to {_listed(after)}")
    elif (
        isinstance(before, Categorical)
        and isinstance(after, Categorical)
        and before.categories != after.categories
    ):
        found.append(f"Categories of {name}: {_listed(before)} to {_listed(after)}")
    if after.kind == before.kind and after.unit_text != before.unit_text:
        old, new = before.unit_text or "none", after.unit_text or "none"
        found.append(f"Unit of {name}: {old} to {new}")
    if before.observed != after.observed:
        found.append(f"{name}: {_roles(before)} to {_roles(after)}")
    if before.changes != after.changes:
        words = [f"{v.changes.replace('_', ' ')} to change" for v in (before, after)]
        found.append(f"{name}: {words[0]} to {words[1]}".replace(" to change to", " to"))
    if before.active_if != after.active_if:
        words = [v.active_if.describe() if v.active_if else "always there" for v in (before, after)]
        found.append(f"{name}: {words[0]} to {words[1]}")
    if not found and after != before:
        found.append(f"Description of {name}")
    return found[0] if len(found) == 1 else (f"{name} changed" if found else f"{name} unchanged")


def _roles(variable: Variable) -> str:
    return "observed" if variable.observed else "chosen"


def _scale_in_words(name: str, before: Real | Integer, after: Real | Integer) -> list[str]:
    found = []
    low, high = before.low != after.low, before.high != after.high
    if low and high:
        old = f"{plain(before.low)} – {plain(before.high)}"
        found.append(f"Bounds of {name}: {old} to {plain(after.low)} – {plain(after.high)}")
    elif low:
        found.append(f"Lower bound of {name}: {plain(before.low)} to {plain(after.low)}")
    elif high:
        found.append(f"Upper bound of {name}: {plain(before.high)} to {plain(after.high)}")
    if before.log != after.log:
        found.append(f"{name}: {'linear to log' if after.log else 'log to linear'} scale")
    return found


def _listed(variable: Discrete | Categorical) -> str:
    if isinstance(variable, Discrete):
        return enumerate_words(plain(value) for value in variable.values)
    return enumerate_words(variable.categories)
