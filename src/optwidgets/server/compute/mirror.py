"""A copy of a stored journal, on which a computation may try changes without keeping them."""

from __future__ import annotations

import threading
from itertools import groupby
from typing import TYPE_CHECKING

from optwidgets.journal.changes import encode_change, from_stored
from optwidgets.journal.entry import Entry, Step, Stored, genesis, new_group
from optwidgets.journal.listeners import Listeners, Rewritten
from optwidgets.journal.protocol import conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optwidgets.journal.changes import Change
    from optwidgets.journal.protocol import Listener


class MirrorJournal:
    """Entries that are stored elsewhere, and behind them those of a computation.

    What is appended here is only proposed: `proposed` tells it, and whoever keeps the
    real journal records it or does not. `receive` takes the entries that were recorded.

    Parameters
    ----------
    session_id, created_at
        As in the real journal.

    Examples
    --------
    >>> from optwidgets.journal.changes import MetadataChanged
    >>> mirror = MirrorJournal("a-session", "2026-01-01T00:00:00.000+00:00")
    >>> _ = mirror.append([MetadataChanged({"name": "Reactor"})], actor="server")
    >>> mirror.proposed()
    [['["MetadataChanged",{"fields":{"name":"Reactor"},"removed":[]}]']]
    >>> mirror.revision, len(mirror.read())
    (0, 1)
    """

    location: str | None = None

    def __init__(self, session_id: str, created_at: str) -> None:
        self.session_id = session_id
        self.created_at = created_at
        self.lock = threading.RLock()
        self._stored: list[Stored] = []
        self._proposed: list[Stored] = []
        self._entries: list[Entry] = []
        self._listeners = Listeners()

    @property
    def revision(self) -> int:
        """Revision of the newest entry that is recorded in the real journal."""
        return len(self._stored)

    def receive(self, stored: Sequence[Stored]) -> None:
        """Take the entries after `revision`; what was proposed and is not among them is gone."""
        with self.lock:
            after = self.revision
            proposed, self._proposed = self._proposed, []
            fresh = [from_stored(entry) for entry in stored]
            self._stored.extend(stored)
            del self._entries[after:]
            self._entries.extend(fresh)
            if _core(stored[: len(proposed)]) == _core(proposed):
                self._listeners.deliver(fresh[len(proposed) :])
            else:
                self._listeners.deliver(Rewritten(fresh, after=after))

    def proposed(self) -> list[list[str]]:
        """Return what was appended since `receive`: for each step its changes, encoded."""
        groups = groupby(self._proposed, key=lambda entry: entry.group)
        return [[entry.body for entry in members] for _, members in groups]

    # ------------------------------------------------------------ a journal, otherwise

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
        """Propose changes as one step; see `Journal.append`."""
        with self.lock:
            newest = len(self._entries)
            if expected_revision is not None and expected_revision != newest:
                raise conflict(expected_revision, self._entries[expected_revision:])
            if not changes:
                return []
            group = new_group(
                [encode_change(change) for change in changes],
                last_revision=newest,
                last_hash=self._entries[-1].hash if self._entries else genesis(self.session_id),
                actor=actor,
                key=key,
                step=step,
                target=target,
            )
            entries = [from_stored(entry) for entry in group]
            self._proposed.extend(group)
            self._entries.extend(entries)
            self._listeners.deliver(entries)
            return entries

    def read(self, after: int = 0) -> list[Entry]:
        """Return the entries with a revision above `after`, in order."""
        with self.lock:
            return self._entries[max(after, 0) :]

    def with_key(self, key: str) -> list[Entry]:
        """Return the entries that were appended under an idempotency key."""
        with self.lock:
            return [entry for entry in self._entries if entry.key == key]

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call back with new entries; return how to stop it."""
        with self.lock:
            return self._listeners.add(callback)

    def poll(self) -> None:
        """Do nothing: entries come by `receive`."""

    def watch(self) -> None:
        """Do nothing: entries come by `receive`."""

    def verify(self) -> None:
        """Do nothing: the chain is checked where the entries are stored."""

    def close(self) -> None:
        """Do nothing: there is nothing to give back."""


def _core(entries: Sequence[Stored]) -> list[tuple[str, str, int | None]]:
    """Return what the fold makes its state from; time, actor and hash are for people."""
    return [(entry.body, entry.step, entry.target) for entry in entries]
