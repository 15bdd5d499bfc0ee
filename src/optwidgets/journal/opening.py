"""Where a fold begins: at the newest snapshot that holds, or at the first entry."""

from __future__ import annotations

import logging
from itertools import takewhile
from typing import TYPE_CHECKING

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.folding import Folded
from optwidgets.journal.protocol import JournalError
from optwidgets.journal.remembering import stacks_of
from optwidgets.journal.snapshot import (
    HasSnapshot,
    KeepsSnapshots,
    read_snapshot,
    state_of,
    take_snapshot,
)

if TYPE_CHECKING:
    from optwidgets.journal.changes import Change
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.protocol import Journal
    from optwidgets.journal.remembering import Read
    from optwidgets.journal.snapshot import Snapshot
    from optwidgets.journal.state import SessionState
    from optwidgets.journal.undo import UndoableStep

log = logging.getLogger(__name__)

MIN_WEIGHT = 5000
"""Fewer changes and rows than these are folded sooner than a snapshot is kept."""
SHARE = 10


def state_in(session_id: str, snapshot: Snapshot | None) -> SessionState | None:
    """Return the state of a snapshot, or None if there is none that holds."""
    data = None if snapshot is None else read_snapshot(session_id, snapshot)
    if data is None:
        return None
    try:
        return state_of(data)
    except OptwidgetsError:
        return None


def resume(folded: Folded, journal: Journal, read: Read) -> None:
    """Take a fold to the snapshot of its journal, if there is one that holds.

    Parameters
    ----------
    folded
        At its beginning.
    journal
        The journal.
    read
        As `Journal.read`, of whatever journal the session is in when it is called.
    """
    if not isinstance(journal, HasSnapshot):
        return
    snapshot = journal.snapshot()
    if snapshot is None:
        return
    data = read_snapshot(journal.session_id, snapshot)
    if data is None:
        return
    recollection = JournalRecollection(read, folded.state, snapshot.revision)
    try:
        state = state_of(data)
        stacks = stacks_of(data["steps"], recollection)
    except (OptwidgetsError, KeyError, TypeError, AttributeError, ValueError):
        # The journal says the same, only later.
        return
    if state.revision == snapshot.revision:
        folded.resume(state, stacks, snapshot.hash)


def is_due(folded: Folded, *, least: int | None = None, share: int = SHARE) -> bool:
    """Return whether a snapshot would save more than it costs, the next time.

    Parameters
    ----------
    folded
        The fold.
    least, share
        How much must have been folded since the last one: so much, and one in so many rows.
    """
    enough = max(MIN_WEIGHT if least is None else least, len(folded.state.table) // share)
    return bool(folded.hash) and folded.weight >= enough


def keep_if_due(folded: Folded, journal: Journal) -> None:
    """Have a snapshot kept beside a journal that keeps them, if it is worth it by now."""
    if not isinstance(journal, KeepsSnapshots) or not is_due(folded):
        return
    try:
        snapshot = take_snapshot(journal.session_id, folded)
    except Exception:
        # The journal has it all: nobody is kept from a session by what only makes it faster.
        log.exception("No snapshot of session %s could be made.", journal.session_id)
        return
    journal.keep_snapshot(snapshot)
    folded.weight = 0


class JournalRecollection:
    """Looks up steps from before a snapshot in the journal.

    Parameters
    ----------
    read
        As `Journal.read`.
    beginning
        The state before the first entry.
    revision
        Of the snapshot.
    """

    def __init__(self, read: Read, beginning: SessionState, revision: int) -> None:
        self._read = read
        self._beginning = beginning
        self._revision = revision
        self._steps: dict[int, UndoableStep] = {}

    def through(self, read: Read) -> JournalRecollection:
        """Return one that reads in another way, and what it finds is known to this one, too."""
        other = JournalRecollection(read, self._beginning, self._revision)
        other._steps = self._steps
        return other

    def changes(self, group: int) -> tuple[Change, ...]:
        """Return what a step changed."""
        if group in self._steps:
            return self._steps[group].changes
        entries = takewhile(lambda entry: entry.group == group, self._read(group - 1))
        return tuple(entry.change for entry in entries)

    def step(self, group: int) -> UndoableStep:
        """Return a step with the state before it; folds the journal from its beginning, once."""
        if group not in self._steps:
            folded = Folded(self._beginning)
            folded.take(list(takewhile(self._is_before_the_snapshot, self._read(0))))
            self._steps.update(
                {step.group: step for steps in folded.stacks.steps for step in steps}
            )
        try:
            return self._steps[group]
        except KeyError:
            raise JournalError(
                "The step can no longer be looked up, as if the session had been deleted. Open it "
                "again."
            ) from None

    def _is_before_the_snapshot(self, entry: Entry) -> bool:
        return entry.revision <= self._revision
