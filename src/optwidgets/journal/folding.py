"""The fold of a journal as it grows, and how it goes back when entries turn out to be others."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from optwidgets.journal.state import SessionState, apply_all
from optwidgets.journal.undo import StepTaken, UndoStacks
from optwidgets.journal.weighing import weight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optwidgets.journal.changes import Change
    from optwidgets.journal.entry import Entry

KEPT_STATES = 256


class Folded:
    """The state of a session with what can be undone, entry by entry.

    Parameters
    ----------
    beginning
        The state before the first entry.

    Examples
    --------
    >>> from optwidgets.journal.changes import MetadataChanged
    >>> from optwidgets.journal.memory import MemoryJournal
    >>> from optwidgets.journal.state import initial_state
    >>> journal, folded = MemoryJournal(), Folded(initial_state())
    >>> for name in ("Reactor", "Kiln"):
    ...     _ = folded.take(journal.append([MetadataChanged({"name": name})], actor="you"))
    >>> folded.state.name, folded.go_back(1)
    ('Kiln', 1)
    >>> folded.state.name
    'Reactor'
    """

    def __init__(self, beginning: SessionState) -> None:
        self._starts: list[tuple[SessionState, UndoStacks]] = [(beginning, UndoStacks())]
        self.state = beginning
        self.stacks = UndoStacks()
        self.hash = ""
        """Of the newest entry that was folded; empty if it is not known."""
        self.weight = 0
        """How much was folded since the newest snapshot; see `weighing`."""
        # The state before each of the newest appends, and what takes the append off the
        # stacks again. States share their structure, so keeping some is cheap.
        self._trail: deque[tuple[SessionState, Callable[[], None]]] = deque(maxlen=KEPT_STATES)
        self._expected: tuple[SessionState, Sequence[Change], SessionState] | None = None

    def resume(self, state: SessionState, stacks: UndoStacks, entry_hash: str) -> None:
        """Begin at a later state than the first, as a snapshot has it."""
        self._starts.append((state, stacks))
        self.state, self.stacks, self.hash, self.weight = state, stacks.copy(), entry_hash, 0

    def copy(self) -> Folded:
        """Return a fold that stays as this one is now, to look at in another thread."""
        other = Folded(self.state)
        other.stacks, other.hash, other.weight = self.stacks.copy(), self.hash, self.weight
        return other

    def take(self, entries: Sequence[Entry]) -> list[Entry]:
        """Fold those of the entries that are new, and return them."""
        fresh = [entry for entry in entries if entry.revision > self.state.revision]
        for group, members in groupby(fresh, key=lambda entry: entry.group):
            self._take_group(group, list(members))
        return fresh

    def expect(self, before: SessionState, changes: Sequence[Change], after: SessionState) -> None:
        """Know what the next changes come to, if they are just these objects on just that state.

        Whoever checks changes has applied them; to apply 100,000 rows again takes a third of a
        second.
        """
        self._expected = (before, changes, after)

    def nearest(self, revision: int) -> SessionState:
        """Return the newest state at a revision, or before it, that is still known."""
        before = (state for state, _ in (*reversed(self._trail), *reversed(self._starts)))
        return next(state for state in (self.state, *before) if state.revision <= revision)

    def go_back(self, revision: int) -> int:
        """Return to the state at a revision, or to one before it that is still known.

        Returns
        -------
        int
            The revision of the state now; the beginning, which is 0 or that of a snapshot,
            if all later ones are forgotten. What comes after it is to be folded again.
        """
        # Other entries may lead to a later start now.
        self._starts = [start for start in self._starts if start[0].revision <= revision]
        while self.state.revision > revision:
            self.hash = ""
            if not self._trail:
                self.state, stacks = self._starts[-1]
                self.stacks = stacks.copy()
                break
            self.state, take_back = self._trail.pop()
            take_back()
        return self.state.revision

    def _take_group(self, group: int, members: list[Entry]) -> None:
        before = self.state
        changes = tuple(entry.change for entry in members)
        after = self._foretold(before, changes) or apply_all(before, changes)
        self.state = replace(after, revision=members[-1].revision)
        first = members[0]
        take_back = self.stacks.take(first.step, first.target, StepTaken(group, before, changes))
        self._trail.append((before, take_back))
        self.hash = members[-1].hash
        self.weight += weight(changes)

    def _foretold(self, before: SessionState, changes: tuple[Change, ...]) -> SessionState | None:
        expected, self._expected = self._expected, None
        if expected is None or expected[0] is not before or len(expected[1]) != len(changes):
            return None
        same = all(one is other for one, other in zip(expected[1], changes, strict=True))
        return expected[2] if same else None
