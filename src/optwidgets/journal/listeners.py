"""Hands new entries to subscribers, in order and each once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optwidgets.journal.entry import Entry
    from optwidgets.journal.protocol import Listener

log = logging.getLogger(__name__)


class Rewritten(list["Entry"]):
    """News that takes other news back: after a revision, the journal holds these entries now.

    Subscribers that were handed entries with a later revision forget them. Only the newest
    entries of a journal are ever rewritten, those that its keeper had not confirmed.

    Parameters
    ----------
    entries
        All entries after the revision; may be none.
    after
        The last revision that stays as it was.

    Examples
    --------
    >>> Rewritten([], after=7).after
    7
    """

    def __init__(self, entries: Iterable[Entry] = (), *, after: int) -> None:
        super().__init__(entries)
        self.after = after


class Listeners:
    """The subscribers of a journal; every call is made under the journal's lock.

    A callback may itself append. Its entries are queued and handed out after the
    ones at hand, so that every subscriber sees one order.
    """

    def __init__(self) -> None:
        self._callbacks: list[Listener] = []
        self._queue: list[list[Entry]] = []
        self._busy = False
        self.delivered = 0
        """Revision of the newest entry that was handed out."""

    def __len__(self) -> int:
        return len(self._callbacks)

    def add(self, callback: Listener) -> Callable[[], None]:
        """Add a subscriber and return a function that removes it."""
        self._callbacks.append(callback)

        def remove() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return remove

    def deliver(self, entries: list[Entry]) -> None:
        """Hand out those of the entries that were not handed out before.

        `Rewritten` is handed out as it is, be it empty.
        """
        fresh = entries
        if isinstance(entries, Rewritten):
            self.delivered = entries.after
        else:
            fresh = [entry for entry in entries if entry.revision > self.delivered]
            if not fresh:
                return
        if fresh:
            self.delivered = fresh[-1].revision
        self._queue.append(fresh)
        if self._busy:
            return
        self._busy = True
        try:
            while self._queue:
                batch = self._queue.pop(0)
                for callback in tuple(self._callbacks):
                    _call(callback, batch)
        finally:
            self._busy = False


def _call(callback: Listener, entries: list[Entry]) -> None:
    # The entries are already safe: a subscriber that fails must not look like a
    # failed append, nor keep the others from their news.
    try:
        callback(entries)
    except Exception:
        log.exception("A subscriber of the session's journal failed.")
