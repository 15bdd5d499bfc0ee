"""A journal that lives as long as the process."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optwidgets.journal.changes import encode_change, to_stored
from optwidgets.journal.entry import Entry, Step, Stored, check_chain, genesis, new_group, now
from optwidgets.journal.listeners import Listeners, Rewritten
from optwidgets.journal.protocol import conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optwidgets.journal.changes import Change
    from optwidgets.journal.protocol import Listener


@dataclass(frozen=True)
class Earlier:
    """The entries that a journal does without, because a snapshot says what they come to.

    Parameters
    ----------
    revision, hash
        Of the last one of them.
    read
        Returns those after a revision, from wherever they are; may take long.
    """

    revision: int
    hash: str
    read: Callable[[int], list[Entry]]


class MemoryJournal:
    """Entries in a list; nothing outlives the process.

    Parameters
    ----------
    session_id, created_at
        Identity of the session; a new one if not given.
    lock
        The lock to use.
    earlier
        Entries before the first one that is held here.

    Examples
    --------
    >>> from optwidgets.journal.changes import MetadataChanged
    >>> journal = MemoryJournal()
    >>> [entry] = journal.append([MetadataChanged({"name": "Reactor"})], actor="you")
    >>> entry.revision, entry.step
    (1, 'do')
    """

    location: str | None = None

    def __init__(
        self,
        session_id: str | None = None,
        created_at: str | None = None,
        *,
        lock: threading.RLock | None = None,
        earlier: Earlier | None = None,
    ) -> None:
        self.session_id = session_id or str(uuid.uuid4())
        self.created_at = created_at or now()
        self._earlier = earlier
        self._first = 0 if earlier is None else earlier.revision
        self._stored: list[Stored] = []
        self._entries: list[Entry] = []
        self._keys: dict[str, list[Entry]] = {}
        self._listeners = Listeners()
        self.lock = lock or threading.RLock()

    def __len__(self) -> int:
        return self._first + len(self._entries)

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
        """Record changes as one step; see `Journal.append`."""
        with self.lock:
            if key is not None and key in self._keys:
                return list(self._keys[key])
            if expected_revision is not None and expected_revision != len(self):
                raise conflict(expected_revision, self.read(expected_revision))
            if not changes:
                return []
            group = new_group(
                [encode_change(change) for change in changes],
                last_revision=len(self),
                last_hash=self._last_hash(),
                actor=actor,
                key=key,
                step=step,
                target=target,
            )
            entries = [
                Entry(s.revision, s.at, s.actor, s.key, step, s.group, s.target, change, s.hash)
                for s, change in zip(group, changes, strict=True)
            ]
            self._stored.extend(group)
            self._entries.extend(entries)
            if key is not None:
                self._keys[key] = entries
            self._listeners.deliver(entries)
            return entries

    def rewrite(self, after: int, entries: Sequence[Entry] = ()) -> None:
        """Forget the entries after a revision, and hold these instead.

        Subscribers are told from where on they differ; a change that is only stamped with
        another time is none.

        For journals that follow another one and ran ahead of it: entries that were never
        confirmed give way to those that were.

        Parameters
        ----------
        after
            The last revision that stays.
        entries
            What comes after it, as read from the journal that is followed.

        Raises
        ------
        OptwidgetsError
            When the entries do not continue the chain; then nothing is forgotten.

        Examples
        --------
        >>> from optwidgets.journal.changes import MetadataChanged
        >>> journal = MemoryJournal()
        >>> for name in ("Reactor", "Kiln"):
        ...     _ = journal.append([MetadataChanged({"name": name})], actor="you")
        >>> journal.rewrite(after=1)
        >>> [entry.change.fields["name"] for entry in journal.read()]
        ['Reactor']
        """
        with self.lock:
            stored = [to_stored(entry) for entry in entries]
            place = after - self._first
            check_chain(self.link(after), stored, where="The session in memory")
            gone_entries = self._entries[place:]
            same = _same(gone_entries, entries)
            for gone in gone_entries:
                if gone.key is not None:
                    self._keys.pop(gone.key, None)
            self._stored[place:] = stored
            self._entries[place:] = entries
            for entry in entries:
                if entry.key is not None:
                    self._keys.setdefault(entry.key, []).append(entry)
            news = list(entries[same:])
            if same < len(gone_entries):
                news = Rewritten(news, after=after + same)
            self._listeners.deliver(news)

    def read(self, after: int = 0) -> list[Entry]:
        """Return the entries with a revision above `after`, in order."""
        with self.lock:
            held = self._entries[max(after - self._first, 0) :]
            if self._earlier is None or after >= self._first:
                return held
            return [*self._earlier.read(max(after, 0)), *held]

    def with_key(self, key: str) -> list[Entry]:
        """Return the entries that were appended under an idempotency key."""
        with self.lock:
            return list(self._keys.get(key, ()))

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call back with new entries; return how to stop it."""
        with self.lock:
            return self._listeners.add(callback)

    def poll(self) -> None:
        """Do nothing: no other process can append."""

    def watch(self) -> None:
        """Do nothing: no other process can append."""

    def verify(self) -> None:
        """Check the hash chain of all entries."""
        with self.lock:
            check_chain(self.link(self._first), self._stored, where="The session in memory")

    def link(self, revision: int) -> Stored | str:
        """Return what the entry after a revision is chained to; see `check_chain`."""
        if revision < self._first:
            raise ValueError(f"The entries up to {self._first} are not held here.")
        if self._earlier is not None and revision == self._first:
            return Stored(revision, "", "", None, "do", revision, None, "", self._earlier.hash)
        return self._stored[revision - self._first - 1] if revision else self.session_id

    def close(self) -> None:
        """Do nothing: there is nothing to give back."""

    def _last_hash(self) -> str:
        link = self.link(len(self))
        return genesis(link) if isinstance(link, str) else link.hash


def _same(old: Sequence[Entry], new: Sequence[Entry]) -> int:
    """Return how many of the first entries do the same to a state."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if _deed(one) != _deed(other):
            break
        count += 1
    return count


def _deed(entry: Entry) -> tuple[object, ...]:
    return entry.revision, entry.step, entry.group, entry.target, entry.change
