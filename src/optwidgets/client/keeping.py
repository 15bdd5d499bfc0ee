"""What a journal on a server keeps here: changes that wait for it, and those that came too late."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from optwidgets.client.appending import Append

if TYPE_CHECKING:
    from optwidgets.client.line import Line
    from optwidgets.client.outbox import Outbox, Waiting
    from optwidgets.journal.changes import Change
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.memory import MemoryJournal


class Keeping:
    """The outbox of a journal as a `Shelf`, and as the place of entries for the time being."""

    if TYPE_CHECKING:
        outbox: Outbox
        line: Line
        _copy: MemoryJournal

    def set_aside(self) -> list[Waiting]:
        """Return the changes that the server could not take; see `Shelf`."""
        return self.outbox.aside()

    def keep_aside(self, changes: Sequence[Change], *, actor: str, base: int, reason: str) -> int:
        """Set changes aside that came too late, until somebody decides; return their number."""
        late = Append(tuple(changes), actor, str(uuid.uuid4()), "do", None)
        number = self.outbox.put(late, base=base, revision=len(self._copy) + 1, aside=reason)
        self.line.tell()
        return number

    def discard(self, number: int) -> None:
        """Throw away a change that was set aside."""
        self.outbox.discard(number)
        self.line.tell()

    def _keep(self, append: Append, base: int) -> list[Entry]:
        """Keep an append in the outbox, and take it into the copy for the time being."""
        self.outbox.put(append, base=base, revision=len(self._copy) + 1)
        entries = self._copy.append(
            append.changes,
            actor=append.actor,
            key=append.key,
            step=append.step,
            target=append.target,
        )
        self.line.follow()
        self.line.tell()
        return entries
