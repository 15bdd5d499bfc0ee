"""The changes of the derived variables of a space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optwidgets.space.checking import expect_integer, expect_text
from optwidgets.space.derived import Derived, derived_from_dict
from optwidgets.space.text import short

if TYPE_CHECKING:
    from optwidgets.space.space import Space


@dataclass(frozen=True)
class DerivedAdded:
    """A derived variable came, at the end or at a position.

    Examples
    --------
    >>> from optwidgets.space.derived import DerivedFormula
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> before = Space((Real("a", 0, 1), Real("b", 0, 1)))
    >>> edit = DerivedAdded(DerivedFormula("total", "a + b"))
    >>> edit.describe(before), edit.reverse(before)
    ('Derived variable total = a + b added', (DerivedRemoved(name='total'),))
    """

    derived: Derived
    position: int | None = None

    def apply(self, space: Space) -> Space:
        """Space after the change."""
        return space.derive(self.derived, self.position)

    def reverse(self, before: Space) -> tuple[DerivedRemoved, ...]:  # noqa: ARG002  (one protocol for all changes)
        """Find the changes that undo this one, given the space before it."""
        return (DerivedRemoved(self.derived.name),)

    def describe(self, before: Space) -> str:  # noqa: ARG002  (one protocol for all changes)
        """Name the change in words, given the state before it."""
        return f"Derived variable {short(self.derived.describe(), 80)} added"

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"derived": self.derived.to_dict(), "position": self.position}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DerivedAdded:
        """Read and check the plain form."""
        position = data.get("position")
        if position is not None:
            position = expect_integer(position, "The position of a derived variable")
        return cls(derived_from_dict(data.get("derived")), position)


@dataclass(frozen=True)
class DerivedRemoved:
    """A derived variable went."""

    name: str

    def apply(self, space: Space) -> Space:
        """Space after the change."""
        return space.underive(self.name)

    def reverse(self, before: Space) -> tuple[DerivedAdded, ...]:
        """Find the changes that undo this one, given the space before it."""
        gone = before.derived_named(self.name)
        return (DerivedAdded(gone, before.derived.index(gone)),)

    def describe(self, before: Space) -> str:  # noqa: ARG002  (one protocol for all changes)
        """Name the change in words, given the state before it."""
        return f"Derived variable {short(self.name)} removed"

    def to_dict(self) -> dict[str, Any]:
        """Plain form for the journal."""
        return {"name": self.name}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DerivedRemoved:
        """Read and check the plain form."""
        return cls(expect_text(data.get("name"), "The name of a derived variable"))
