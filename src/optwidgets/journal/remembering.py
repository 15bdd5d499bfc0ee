"""Steps from before a snapshot: what they were called, how to undo them, and the rest if asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from optwidgets.data.edits import RowsAdded
from optwidgets.journal.changes import SuggestionsMade, decode_change, encode_change
from optwidgets.journal.undo import UndoableStep, UndoStacks
from optwidgets.journal.weighing import weight

if TYPE_CHECKING:
    from optwidgets.journal.changes import Change
    from optwidgets.journal.entry import Entry

Read = Callable[[int], "Iterable[Entry]"]
"""As `Journal.read`."""
MAX_WEIGHT = 20_000
"""So much of the way back is kept ready; older steps are looked up in the journal."""


class Recollection(Protocol):
    """What the journal still knows of steps that were not folded."""

    def changes(self, group: int) -> tuple[Change, ...]:
        """Return what a step changed."""
        ...

    def step(self, group: int) -> UndoableStep:
        """Return a step with the state before it; folds the journal from its beginning."""
        ...

    def through(self, read: Read) -> Recollection:
        """Return one that reads in another way, and what it finds is known to this one, too."""
        ...


@dataclass(frozen=True)
class RememberedStep:
    """A step that was taken before a snapshot.

    Parameters
    ----------
    group
        Revision of its first entry.
    words
        The step in words.
    back
        The changes that undo it, as they are stored, or None if there were too many.
    recollection
        Where the rest is looked up.
    """

    group: int
    words: str
    back: tuple[str, ...] | None
    recollection: Recollection

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was changed."""
        return self.recollection.changes(self.group)

    def reverse(self) -> tuple[Change, ...]:
        """Return the changes that undo the step."""
        if self.back is None:
            return self.recollection.step(self.group).reverse()
        return tuple(decode_change(text) for text in self.back)

    def through(self, read: Read) -> RememberedStep:
        """Return the step as it is looked up in another way, such as in another thread."""
        return replace(self, recollection=self.recollection.through(read))


def stacks_to_json(stacks: UndoStacks) -> dict[str, Any]:
    """Return what can be undone and redone as JSON values; `stacks_of` reads it."""
    undo, redo = stacks.steps
    left = MAX_WEIGHT
    lines: list[dict[str, Any]] = []
    for step in reversed(undo):
        line: dict[str, Any] = {"group": step.group, "words": step.words}
        left -= _weight_back(step)
        back = _back(step) if left >= 0 else None
        if back is not None:
            line["back"] = list(back)
        lines.append(line)
    # What was undone is done again by its changes, which stand in the journal.
    again = [{"group": step.group, "words": step.words} for step in redo]
    return {"undo": lines[::-1], "redo": again}


def stacks_of(data: Mapping[str, Any], recollection: Recollection) -> UndoStacks:
    """Return the stacks that `stacks_to_json` wrote."""

    def steps(lines: Iterable[Mapping[str, Any]]) -> list[UndoableStep]:
        return [_step(line, recollection) for line in lines]

    return UndoStacks(steps(data["undo"]), steps(data["redo"]))


def _step(line: Mapping[str, Any], recollection: Recollection) -> RememberedStep:
    back: Sequence[str] | None = line.get("back")
    return RememberedStep(
        int(line["group"]),
        str(line["words"]),
        None if back is None else tuple(back),
        recollection,
    )


def _back(step: UndoableStep) -> tuple[str, ...] | None:
    if isinstance(step, RememberedStep):
        return step.back
    return tuple(encode_change(change) for change in step.reverse())


def _weight_back(step: UndoableStep) -> int:
    """Estimate what the way back takes: to take rows out again their numbers are enough."""
    if isinstance(step, RememberedStep):
        return sum(len(text) for text in step.back or ()) // 120
    added = [item for item in step.changes if isinstance(item, RowsAdded | SuggestionsMade)]
    others = [item for item in step.changes if not isinstance(item, RowsAdded | SuggestionsMade)]
    return weight(added) // 20 + weight(others)
