"""Changes that came too late: kept until their author decides, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from optwidgets.journal.entry import now

if TYPE_CHECKING:
    from optwidgets.journal.changes import Change


class Kept(Protocol):
    """One step that was set aside."""

    @property
    def number(self) -> int:
        """Its number on the shelf."""
        ...

    @property
    def at(self) -> str:
        """When it was made, ISO 8601 in UTC."""
        ...

    @property
    def actor(self) -> str:
        """Who made it."""
        ...

    @property
    def changes(self) -> tuple[Change, ...]:
        """What it would have changed."""
        ...

    @property
    def base(self) -> int:
        """Newest revision that its author had seen."""
        ...

    @property
    def reason(self) -> str:
        """Why it was set aside: who was quicker, with what and when."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, for a file."""
        ...


@runtime_checkable
class Shelf(Protocol):
    """Where steps are kept that came too late."""

    def set_aside(self) -> Sequence[Kept]:
        """Return what is kept, the oldest first."""
        ...

    def keep_aside(self, changes: Sequence[Change], *, actor: str, base: int, reason: str) -> int:
        """Keep a step and return its number."""
        ...

    def discard(self, number: int) -> None:
        """Throw a step away."""
        ...


@dataclass(frozen=True)
class Aside:
    """A step on a `MemoryShelf`; see `Kept`."""

    number: int
    at: str
    actor: str
    changes: tuple[Change, ...]
    base: int
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, for a file."""
        changes = [[type(change).__name__, change.to_dict()] for change in self.changes]
        found = {"at": self.at, "actor": self.actor, "step": "do", "reason": self.reason}
        return {**found, "changes": changes}


class MemoryShelf:
    """A shelf for journals that have none of their own: it lives as long as the process.

    Examples
    --------
    >>> shelf = MemoryShelf()
    >>> shelf.keep_aside([], actor="you", base=3, reason="Noor was quicker.")
    1
    >>> [kept.reason for kept in shelf.set_aside()]
    ['Noor was quicker.']
    >>> shelf.discard(1)
    >>> shelf.set_aside()
    []
    """

    def __init__(self) -> None:
        self._kept: dict[int, Aside] = {}
        self._count = 0

    def set_aside(self) -> list[Aside]:
        """Return what is kept, the oldest first."""
        return list(self._kept.values())

    def keep_aside(self, changes: Sequence[Change], *, actor: str, base: int, reason: str) -> int:
        """Keep a step and return its number."""
        self._count += 1
        self._kept[self._count] = Aside(self._count, now(), actor, tuple(changes), base, reason)
        return self._count

    def discard(self, number: int) -> None:
        """Throw a step away."""
        self._kept.pop(number, None)
