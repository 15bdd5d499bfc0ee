"""Sending what waited, in order and exactly once, and making room for what others did."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from optwidgets.client.appending import Append
from optwidgets.client.http import LockedOut
from optwidgets.client.outbox import NOWHERE, Outbox, Waiting
from optwidgets.client.renaming import new_names, renamed, rows_added, target_of
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.merging import chosen
from optwidgets.journal.protocol import ConflictError, JournalError
from optwidgets.journal.seeing import who_was_quicker
from optwidgets.journal.state import apply_all, initial_state
from optwidgets.journal.touching import guarded, in_the_way

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState


class Remote(Protocol):
    """What the delivery needs of a journal; see `RemoteJournal`."""

    lock: threading.RLock

    @property
    def known_revision(self) -> int:
        """Newest revision of the server that is known."""
        ...

    def catch_up(self) -> None:
        """Fetch what is new."""
        ...

    def arrived(self, entries: Sequence[Entry]) -> None:
        """Take entries of the server."""
        ...

    def post(self, append: Append, *, seen: int | None) -> list[Entry]:
        """Send an append."""
        ...

    def entries_after(self, revision: int) -> list[Entry]:
        """Return the server's entries after a revision."""
        ...

    def settle(self) -> None:
        """Show the journal as the server has it."""
        ...


@dataclass(frozen=True)
class Renames:
    """Numbers that were given for the time being, to those that the server gave."""

    rows: dict[int, int]
    groups: dict[int, int]


class Delivery:
    """Empties an outbox.

    Parameters
    ----------
    remote
        The journal.
    outbox
        What waits for it.
    """

    def __init__(self, remote: Remote, outbox: Outbox) -> None:
        self._remote = remote
        self._outbox = outbox
        self._busy = threading.Lock()
        self._renames: dict[str, Renames] = {}

    def run(self) -> None:
        """Send all that waits, then show the server's order of things.

        Raises
        ------
        Unreachable
            When the line is cut meanwhile; what was not sent waits on.
        LockedOut
            When somebody else has locked the session; so does it then.
        """
        with self._busy:
            self._remote.catch_up()
            self._renames.clear()
            while True:
                for item in self._outbox.waiting():
                    self._send(item)
                with self._remote.lock:
                    # Nothing can come in while the journal's lock is held.
                    if not self._outbox.count():
                        self._remote.settle()
                        self._outbox.settle()
                        return

    def _send(self, item: Waiting) -> None:
        names = self._names(item.episode)
        try:
            changes = tuple(renamed(change, names.rows) for change in item.changes)
            target = target_of(item, names.groups)
            sent = Append(changes, item.actor, item.key, item.step, target)
            entries = self._post(item, sent, names.groups)
        except (JournalError, LockedOut):
            raise  # the line, the token or the lock, and no matter of this change
        except OptwidgetsError as error:
            gone = rows_added(item.changes)
            names.rows.update(dict.fromkeys(gone, NOWHERE))
            names.groups[item.revision] = NOWHERE
            self._outbox.set_aside(item, str(error), rows=gone, group=item.revision)
            return
        self._remote.arrived(entries)
        rows, groups = new_names(item, entries), {item.revision: entries[0].group}
        names.rows.update(rows)
        names.groups.update(groups)
        self._outbox.delivered(item, rows=rows, groups=groups)

    def _names(self, episode: str) -> Renames:
        if episode not in self._renames:
            self._renames[episode] = Renames(
                self._outbox.renames(episode, "row"), self._outbox.renames(episode, "group")
            )
        return self._renames[episode]

    def _post(self, item: Waiting, sent: Append, groups: Mapping[int, int]) -> list[Entry]:
        meant = sent.changes
        while True:
            sent = replace(sent, changes=meant)
            known = self._remote.known_revision
            if guarded(sent.changes):
                since = self._remote.entries_after(item.base)
                stored = [entry for entry in since if entry.key == item.key]
                if stored:
                    return stored  # and the answer was lost
                ours = set(groups.values())
                others = [entry for entry in since if entry.group not in ours]
                if in_the_way(sent.changes, others):
                    before = self._state_at(item.base)
                    contrary = in_the_way(sent.changes, others, before)
                    if contrary:
                        raise ConflictError(who_was_quicker(before, since, contrary), contrary)
                    # Other objectives of the same list.
                    newest = apply_all(before, [entry.change for entry in since])
                    sent = replace(sent, changes=tuple(chosen("both", before, newest, meant)))
            try:
                return self._remote.post(sent, seen=known)
            except ConflictError:
                # Others were quicker; what they did is known now.
                continue

    def _state_at(self, revision: int) -> SessionState:
        entries = self._remote.entries_after(0)[:revision]
        return apply_all(initial_state(), [entry.change for entry in entries])
