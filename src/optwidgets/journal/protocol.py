"""What every journal can do, whatever it is kept in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import Change, words_of
from optwidgets.journal.entry import Entry, Step

Listener = Callable[[list[Entry]], None]


class ConflictError(OptwidgetsError):
    """Somebody else changed the session after the revision that a change was made on.

    Parameters
    ----------
    message
        Who changed what, in words.
    entries
        The entries that came in between.
    number
        Under which number the change was set aside, if it was: see
        `OptimizationSession.resolve_set_aside`.
    """

    def __init__(
        self, message: str, entries: Sequence[Entry] = (), *, number: int | None = None
    ) -> None:
        super().__init__(message)
        self.entries = list(entries)
        self.number = number


class JournalError(OptwidgetsError):
    """A journal cannot be opened, read or written: locked, damaged, read-only, disk full."""


class DamagedError(JournalError):
    """A file whose pages do not fit together: what is whole in it can be salvaged."""


@runtime_checkable
class Journal(Protocol):
    """An append-only, hash-chained list of entries of one session.

    Attributes
    ----------
    session_id
        Identity of the session, part of the hash chain.
    created_at
        When the journal was begun, ISO 8601 in UTC.
    location
        Where it is kept, for people (a file name), or None for memory.
    lock
        Re-entrant lock around every append and every delivery of news. Whoever folds
        the journal uses the same lock, so that two locks can never wait for each other.
    """

    session_id: str
    created_at: str
    location: str | None
    lock: threading.RLock

    def append(
        self,
        changes: Sequence[Change],
        *,
        actor: str,
        expected_revision: int | None = None,
        key: str | None = None,
        step: Step = "do",
        target: int | None = None,
    ) -> list[Entry]:
        """Record changes as one step, all or nothing, and return their entries.

        With a `key` that was used before nothing is appended and the stored entries
        are returned. When the call returns, the entries are safe and subscribers in
        this process have been called.

        Raises
        ------
        ConflictError
            When the journal is no longer at `expected_revision`.
        JournalError
            When the entries could not be stored; then none of them is.
        """
        ...

    def read(self, after: int = 0) -> list[Entry]:
        """Return the entries with a revision above `after`, in order, chain checked."""
        ...

    def with_key(self, key: str) -> list[Entry]:
        """Return the entries that were appended under an idempotency key."""
        ...

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call back with new entries, in order and each once; return how to stop it."""
        ...

    def poll(self) -> None:
        """Look for entries of other processes and hand them to the subscribers; cheap."""
        ...

    def watch(self) -> None:
        """Poll by itself from now on, until the journal is closed."""
        ...

    def verify(self) -> None:
        """Check the hash chain of all entries; raise if one was altered."""
        ...

    def close(self) -> None:
        """Give back files and threads. Nothing is lost: every append was final."""
        ...


def conflict(expected: int, entries: Sequence[Entry]) -> ConflictError:
    """Return the error for changes made on an older revision, naming who changed what."""
    if not entries:
        return ConflictError(
            f"This session has no revision {expected} yet. Read it again and repeat the change."
        )
    last = entries[-1]
    what = words_of(last.change)
    count = len(entries) - 1
    more = f" and {count} more change{'s' if count > 1 else ''} came before" if count else ""
    return ConflictError(
        f"{last.actor} {what}{more} at {last.at[11:19]} UTC, after revision {expected} that this "
        "change was made on. Look at the new state and repeat the change.",
        entries,
    )
