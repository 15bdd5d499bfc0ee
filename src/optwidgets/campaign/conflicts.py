"""Changes that came too late: others were quicker, or the line was cut. Theirs, mine, or both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwidgets.durable import replace_file
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.acting import acting
from optwidgets.journal.changes import words_of
from optwidgets.journal.merging import Choice, chosen, offered
from optwidgets.journal.protocol import ConflictError
from optwidgets.journal.touching import touched
from optwidgets.journal.words import describe_all

if TYPE_CHECKING:
    import threading
    from os import PathLike

    from optwidgets.events import Events
    from optwidgets.journal.shelf import Kept
    from optwidgets.journal.store import Store


class SessionConflicts:
    """What was set aside, and deciding on it; mixed into `OptimizationSession`."""

    if TYPE_CHECKING:
        _store: Store
        _events: Events
        _aside_words: dict[int, str]
        lock: threading.RLock

    @property
    def set_aside(self) -> list[dict[str, Any]]:
        """Changes that came too late, with who was quicker; nothing of them is lost.

        Dicts with ``number``, ``at``, ``actor``, ``words``, ``reason``, ``choices`` (what
        `resolve_set_aside` takes), ``about`` (kind and name of what is set) and ``changes``.
        """
        with self.lock:
            return [
                {
                    "number": item.number,
                    "words": self._words(item),
                    "choices": list(offered(item.changes, self._store.state)),
                    "about": sorted(
                        {thing for change in item.changes for thing in touched(change)}
                    ),
                    **item.to_json(),
                }
                for item in self._store.shelf.set_aside()
            ]

    def save_set_aside(self, path: str | PathLike[str]) -> None:
        """Save the changes that came too late as JSON; a file that is there is replaced as a whole."""
        text = json.dumps(self.set_aside, indent=2)
        replace_file(Path(path).expanduser(), f"{text}\n".encode())

    def resolve_set_aside(self, number: int, choice: Choice = "theirs") -> None:
        """Decide on a change that came too late; it is set aside no more then.

        Parameters
        ----------
        number
            Its number in `set_aside`.
        choice
            ``"theirs"`` leaves the session as others have made it; ``"mine"`` makes the
            change over again; ``"both"`` keeps what only one has changed, and of two results
            for one row makes two rows.

        Raises
        ------
        OptwidgetsError
            When there is no such change, or it cannot be made any more.
        """
        with self.lock:
            store = self._store
            known = {item.number: item for item in store.shelf.set_aside()}
            if number not in known:
                raise OptwidgetsError(f"No change number {number} was set aside.")
            item = known[number]
            choices = offered(item.changes, store.state)
            if choice not in choices:
                raise OptwidgetsError(
                    f"Choose one of {', '.join(choices)}, not {choice!r:.40}.", field="choice"
                )
            if choice != "theirs":
                base = store.state_at(item.base)
                try:
                    # Who decides has seen what others did.
                    with acting(store.current_actor, seen=store.mark):
                        store.commit(lambda newest: chosen(choice, base, newest, item.changes))
                except ConflictError as later:
                    if later.number is not None:
                        store.shelf.discard(number)
                    raise
            store.shelf.discard(number)
            self._events.emit("set_aside", {"number": number, "choice": choice})

    @property
    def mark(self) -> str:
        """What can be seen of the session now; a view sends it along with what it wants."""
        return self._store.mark

    def _words(self, item: Kept) -> str:
        # Every view asks after each change; an old state takes a while to be folded.
        if item.number not in self._aside_words:
            try:
                words = describe_all(self._store.state_at(item.base), item.changes)
            except OptwidgetsError:
                # It is about a row that had its number for the time being only.
                words = words_of(item.changes[0])
            self._aside_words[item.number] = words
        return self._aside_words[item.number]
