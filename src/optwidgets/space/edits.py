"""The changes of a space, each one small, typed, immutable and reversible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Variable
from optwidgets.space.choices import Categorical, Discrete
from optwidgets.space.numbers import plain
from optwidgets.space.numeric import Integer, Real
from optwidgets.space.space import Space
from optwidgets.space.text import enumerate_words, short
from optwidgets.space.variable import variable_from_dict


def _field(data: Mapping[str, Any], name: str, kind: type) -> Any:
    value = data.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise OptwidgetsError(f"A change of the space has no valid {name}.")
    return value


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
        return space.add(self.variable, self.position)

    def reverse(self, before: Space) -> tuple[SpaceEdit, ...]:
        return (VariableRemoved(self.variable.name),)

    def describe(self, before: Space) -> str:
        return f"{short(self.variable.name)} added"

    def to_dict(self) -> dict[str, Any]:
        return {"variable": self.variable.to_dict(), "position": self.position}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VariableAdded:
        position = data.get("position")
        if position is not None:
            position = _field(data, "position", int)
        return cls(variable_from_dict(_field(data, "variable", Mapping)), position)


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
        return space.change(self.name, self.variable)

    def reverse(self, before: Space) -> tuple[SpaceEdit, ...]:
        return (VariableChanged(self.variable.name, before[self.name]),)

    def describe(self, before: Space) -> str:
        return _change_in_words(before[self.name], self.variable)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "variable": self.variable.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VariableChanged:
        variable = variable_from_dict(_field(data, "variable", Mapping))
        return cls(_field(data, "name", str), variable)


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
        return space.remove(self.name)

    def reverse(self, before: Space) -> tuple[SpaceEdit, ...]:
        return (VariableAdded(before[self.name], before.index(self.name)),)

    def describe(self, before: Space) -> str:
        return f"{short(self.name)} removed"

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VariableRemoved:
        return cls(_field(data, "name", str))


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
        return space.reorder(self.names)

    def reverse(self, before: Space) -> tuple[SpaceEdit, ...]:
        return (VariablesReordered(before.names),)

    def describe(self, before: Space) -> str:
        return "Variables reordered"

    def to_dict(self) -> dict[str, Any]:
        return {"names": list(self.names)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VariablesReordered:
        names = _field(data, "names", (list, tuple))  # type: ignore[arg-type]
        if not all(isinstance(name, str) for name in names):
            raise OptwidgetsError("A change of the space has no valid names.")
        return cls(tuple(names))


SpaceEdit = VariableAdded | VariableChanged | VariableRemoved | VariablesReordered

#: Name to class, for the journal.
SPACE_EDITS: dict[str, type[SpaceEdit]] = {
    edit.__name__: edit
    for edit in (VariableAdded, VariableChanged, VariableRemoved, VariablesReordered)
}


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
    if not found and after != before:
        found.append(f"Description of {name}")
    return found[0] if len(found) == 1 else (f"{name} changed" if found else f"{name} unchanged")


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
