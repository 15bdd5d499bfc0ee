"""What can be undone and redone: two stacks, derived from the journal like the state."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from optwidgets.journal.state import SessionState, reverse_all
from optwidgets.journal.words import describe_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optwidgets.journal.changes import Change
    from optwidgets.journal.entry import Step

KEPT_STEPS = 1000


class UndoableStep(Protocol):
    """A step on one of the stacks: folded just now, or remembered from a snapshot."""

    @property
    def group(self) -> int:
        """Revision of its first entry."""
        ...

    @property
    def words(self) -> str:
        """The step in words."""
        ...

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was changed."""
        ...

    def reverse(self) -> tuple[Change, ...]:
        """Return the changes that undo it."""
        ...


@dataclass(frozen=True)
class StepTaken:
    """One append: what was changed and the state it was changed on.

    States share their structure, so keeping the state before is cheap.
    """

    group: int
    before: SessionState
    changes: tuple[Change, ...]

    @property
    def words(self) -> str:
        """The step in words."""
        return describe_all(self.before, self.changes)

    def reverse(self) -> tuple[Change, ...]:
        """Return the changes that undo the step."""
        return reverse_all(self.before, self.changes)


class UndoStacks:
    """The steps that can be undone, and those that can be done again.

    Parameters
    ----------
    undo, redo
        Those there are to begin with, the newest one last.
    """

    def __init__(
        self, undo: Iterable[UndoableStep] = (), redo: Iterable[UndoableStep] = ()
    ) -> None:
        self._undo: deque[UndoableStep] = deque(undo, maxlen=KEPT_STEPS)
        self._redo: list[UndoableStep] = list(redo)

    @property
    def steps(self) -> tuple[list[UndoableStep], list[UndoableStep]]:
        """What can be undone and what can be redone, the newest one last."""
        return list(self._undo), list(self._redo)

    def copy(self) -> UndoStacks:
        """Return stacks of the same steps, which go their own way."""
        return UndoStacks(self._undo, self._redo)

    def take(self, step: Step, target: int | None, taken: StepTaken) -> Callable[[], None]:
        """Account for one append of the journal; return what takes it back.

        Appends are taken back in reverse order, the newest one first.
        """
        if step in {"start", "lock"}:
            return _nothing
        if step == "undo":
            return self._move_to_redo(target)
        redo_before = self._redo
        self._redo = list(redo_before) if step == "redo" else []
        if step == "redo":
            _pull(self._redo, target)
        forgotten = self._undo[0] if len(self._undo) == KEPT_STEPS else None
        self._undo.append(taken)

        def take_back() -> None:
            self._undo.pop()
            if forgotten is not None:
                self._undo.appendleft(forgotten)
            self._redo = redo_before

        return take_back

    def _move_to_redo(self, target: int | None) -> Callable[[], None]:
        undone = _pull(self._undo, target)
        if undone is None:
            return _nothing
        self._redo.append(undone)

        def take_back() -> None:
            self._undo.append(self._redo.pop())

        return take_back

    @property
    def next_undo(self) -> UndoableStep | None:
        """The step that undo would reverse."""
        return self._undo[-1] if self._undo else None

    @property
    def next_redo(self) -> UndoableStep | None:
        """The step that redo would do again."""
        return self._redo[-1] if self._redo else None


def _nothing() -> None:
    """Take nothing back: nothing was accounted for."""


def _pull(
    steps: deque[UndoableStep] | list[UndoableStep], group: int | None
) -> UndoableStep | None:
    """Take a step off the top of a stack; None if it is older than what is kept."""
    if steps and steps[-1].group == group:
        return steps.pop()
    return None
