"""What the author of a change had seen, and what others have done since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from optwidgets.journal.changes import words_of
from optwidgets.journal.protocol import ConflictError
from optwidgets.journal.state import apply
from optwidgets.journal.words import describe

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState


class Sight:
    """Marks of what was seen, and the entries that are one's own.

    A mark is a revision that survives `Rewritten`: entries that had numbers for the time
    being may stand behind those of others later on, which nobody here had seen then.

    Examples
    --------
    >>> sight = Sight()
    >>> before = sight.mark(12)
    >>> sight.rewritten(10)
    >>> sight.revision(before), sight.revision(sight.mark(14))
    (10, 14)
    """

    def __init__(self) -> None:
        self._own: set[str] = set()
        self._rewritten: list[int] = []

    def mark(self, revision: int) -> str:
        """Return the mark of a revision, for `revision`."""
        return f"{len(self._rewritten)}.{revision}"

    def revision(self, mark: str) -> int:
        """Return the revision up to which everything was seen by who has the mark."""
        epoch, _, seen = mark.partition(".")
        try:
            return min([int(seen), *self._rewritten[int(epoch) :]])
        except ValueError:
            return 0

    def rewritten(self, after: int) -> None:
        """Know that other entries stand after a revision now."""
        self._rewritten.append(after)

    def own(self, entries: Iterable[Entry]) -> None:
        """Know that entries are one's own."""
        self._own.update(entry.key or entry.hash for entry in entries)

    def others(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return those of the entries that are not one's own."""
        return [entry for entry in entries if (entry.key or entry.hash) not in self._own]


def who_was_quicker(
    before: SessionState, between: Sequence[Entry], contrary: Sequence[Entry]
) -> str:
    """Return in a sentence who has changed what, and when.

    Parameters
    ----------
    before
        The state before the first entry of `between`.
    between
        All entries since.
    contrary
        Those that are in the way, of which the last is told.

    Examples
    --------
    >>> from optwidgets.journal.changes import MetadataChanged
    >>> from optwidgets.journal.memory import MemoryJournal
    >>> from optwidgets.journal.state import initial_state
    >>> theirs = MemoryJournal().append([MetadataChanged({"name": "Kiln"})], actor="Noor")
    >>> told = who_was_quicker(initial_state(), theirs, theirs)
    >>> told.replace(theirs[0].at[11:16], "10:32")
    "Noor changed the session's details at 10:32 UTC (Name of the session: none to Kiln)."
    """
    last = contrary[-1]
    state = before
    for entry in between:
        if entry.revision == last.revision:
            break
        state = apply(state, entry.change)
    more = f", and {len(contrary) - 1} more before" if len(contrary) > 1 else ""
    what = describe(state, last.change)
    return f"{last.actor} {words_of(last.change)} at {last.at[11:16]} UTC ({what}{more})."


def too_late(told: str, contrary: Sequence[Entry], number: int) -> ConflictError:
    """Return the error for a change that was set aside under a number, with the way out.

    Examples
    --------
    >>> str(too_late("Noor changed a variable at 10:32 UTC.", (), 3))[-68:]
    'aside. Decide with session.resolve_set_aside(3, "theirs") or "mine".'
    """
    return ConflictError(
        f"{told} That was not seen when this change was made, so it is set aside. "
        f'Decide with session.resolve_set_aside({number}, "theirs") or "mine".',
        contrary,
        number=number,
    )
