"""The one place where a session changes: validate, append, fold, tell everybody."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.acting import Request, current_request, storable
from optwidgets.journal.changes import Change
from optwidgets.journal.collecting import without_collecting
from optwidgets.journal.entry import Entry, Step
from optwidgets.journal.folding import Folded
from optwidgets.journal.foreseeing import checked, foreseen
from optwidgets.journal.listeners import Listeners, Rewritten
from optwidgets.journal.numbering import renumbered
from optwidgets.journal.opening import keep_if_due, resume
from optwidgets.journal.protocol import ConflictError, Journal, JournalError, Listener, conflict
from optwidgets.journal.seeing import Sight, too_late, who_was_quicker
from optwidgets.journal.shelf import MemoryShelf, Shelf
from optwidgets.journal.state import SessionState, initial_state, reduce
from optwidgets.journal.touching import guarded, in_the_way
from optwidgets.journal.words import describe

if TYPE_CHECKING:
    import pandas as pd

    from optwidgets.journal.undo import UndoableStep

REFRESH_SECONDS = 0.25

Changes = Sequence[Change] | Callable[[SessionState], Sequence[Change]]


class Store:
    """A journal with its fold: the state, undo and redo, and who wants to know.

    Parameters
    ----------
    journal
        Where the changes are kept.
    actor
        Whose changes these are, unless `acting` says otherwise.
    """

    def __init__(self, journal: Journal, *, actor: str) -> None:
        self.journal = journal
        self.actor = storable(actor)
        self.lock = journal.lock
        self._folded = Folded(initial_state(journal.session_id, journal.created_at))
        self._listeners = Listeners()
        self._watching = False
        self._refreshed = 0.0
        self._sight = Sight()
        self._shelf = MemoryShelf()
        self.on_aside: Callable[[int], None] = lambda _: None
        self.last_commit: list[Entry] = []
        """Entries of the newest commit of this process; read it under the lock."""
        with self.lock, without_collecting():
            self._unsubscribe = journal.subscribe(self._fold)
            resume(self._folded, journal, self._read)
            self._fold(journal.read(self._folded.state.revision))
        self.keep_snapshot()

    # ------------------------------------------------------------ reading

    @property
    def state(self) -> SessionState:
        """The state; not older than a quarter of a second if others write, too."""
        if not self._watching and self.journal.location is not None:
            self._refresh()
        return self._folded.state

    @property
    def current_actor(self) -> str:
        """In whose name a change would be recorded now."""
        request = current_request()
        return self.actor if request is None else request.actor

    @property
    def mark(self) -> str:
        """What can be seen of the session now, for `acting`; see `Sight`."""
        return self._sight.mark(self._folded.state.revision)

    @property
    def shelf(self) -> Shelf:
        """Where steps are kept that came too late."""
        journal = self.journal
        return journal if isinstance(journal, Shelf) else self._shelf

    def state_at(self, revision: int) -> SessionState:
        """Return the state at a revision that the journal has, folded from the nearest one known."""
        with self.lock:
            state = self._folded.nearest(revision)
            if state.revision < revision:
                for entry in self.journal.read(state.revision):
                    if entry.revision > revision:
                        break
                    state = reduce(state, entry)
            return state

    @property
    def undo_words(self) -> str | None:
        """What undo would reverse, or None."""
        step = self._folded.stacks.next_undo
        return step.words if step else None

    @property
    def redo_words(self) -> str | None:
        """What redo would do again, or None."""
        step = self._folded.stacks.next_redo
        return step.words if step else None

    def catch_up(self) -> SessionState:
        """Fold what other processes have appended, and return the state."""
        self.journal.poll()
        return self._folded.state

    def history(self) -> pd.DataFrame:
        """Return the journal as a table, one row per entry."""
        import pandas as pd

        rows: list[dict[str, Any]] = []
        state = initial_state(self.journal.session_id, self.journal.created_at)
        for entry in self.journal.read():
            rows.append(
                {
                    "revision": entry.revision,
                    "at": pd.Timestamp(entry.at),
                    "actor": entry.actor,
                    "step": entry.step,
                    "change": type(entry.change).__name__,
                    "what": describe(state, entry.change),
                    "hash": entry.hash[:12],
                }
            )
            state = reduce(state, entry)
        columns = ["revision", "at", "actor", "step", "change", "what", "hash"]
        return pd.DataFrame(rows, columns=columns).set_index("revision")

    def lock_is_mine(self) -> bool:
        """Return whether the current thread is inside a change, or a callback of one."""
        # Condition variables of the standard library rely on the same method.
        return bool(self.lock._is_owned())  # type: ignore[attr-defined]  # noqa: SLF001

    # ------------------------------------------------------------ changing

    def commit(
        self, changes: Changes, *, step: Step = "do", target: int | None = None
    ) -> list[Entry]:
        """Check changes against the state, append them as one step, and fold them.

        Parameters
        ----------
        changes
            The changes, or a function from the newest state to them; the function is
            called again if another process was quicker.
        step, target
            As in `Journal.append`.

        Raises
        ------
        OptwidgetsError
            When the changes don't fit the state; then nothing is changed.
        ConflictError
            When `acting` expects a revision that is no longer the newest, or when somebody
            else has set what the changes set, too, since their author has looked. The changes
            are on the `shelf` then.
        """
        request = current_request() or Request(self.actor)
        with self.lock:
            mark = request.seen or self.mark
            key = request.next_key()
            if key is not None and (known := self.journal.with_key(key)):
                self.catch_up()
                self.last_commit = known
                return known
            self.catch_up()
            self._expect(request)
            while True:
                entries = self._try(changes, request, key, step, target, mark)
                if entries is not None:
                    if request.expected_revision is not None:
                        request.expected_revision = self._folded.state.revision
                    return entries
                self.catch_up()
                self._expect(request)

    def undo(self) -> str:
        """Reverse the newest step that is not undone yet; return it in words."""
        return self._back_or_forth(
            "undo",
            lambda: self._folded.stacks.next_undo,
            lambda step: step.reverse(),
            "There is nothing to undo.",
        )

    def redo(self) -> str:
        """Do the step again that was undone last; return it in words."""
        return self._back_or_forth(
            "redo",
            lambda: self._folded.stacks.next_redo,
            lambda step: step.changes,
            "There is nothing to redo.",
        )

    # ------------------------------------------------------------ telling

    def subscribe(self, callback: Listener, *, watch: bool = True) -> Callable[[], None]:
        """Call back with new entries once the state holds them; return how to stop it.

        With `watch`, changes of other processes are looked for without being asked.
        """
        with self.lock:
            if watch:
                self._watching = True
                self.journal.watch()
            return self._listeners.add(callback)

    def move_to(self, journal: Journal) -> None:
        """Go on in another journal of the same session, which holds these entries and may be more.

        Parameters
        ----------
        journal
            The journal; it shares the lock of the one before, because everybody who knows
            this store holds on to that lock.
        """
        with self.lock:
            before = self.journal
            if journal.lock is not self.lock or journal.session_id != before.session_id:
                raise ValueError("Only a journal of the same session with the same lock fits.")
            self._unsubscribe()
            self.journal = journal
            self._unsubscribe = journal.subscribe(self._fold)
            self._fold(journal.read(self._folded.state.revision))
            if self._watching:
                journal.watch()
        before.close()

    @property
    def folded(self) -> Folded:
        """The fold; look at it under the lock."""
        return self._folded

    def keep_snapshot(self) -> None:
        """Have the state kept beside the journal, if much was changed since it last was."""
        with self.lock:
            keep_if_due(self._folded, self.journal)

    def close(self) -> None:
        """Stop listening and close the journal."""
        if getattr(self.journal, "snapshot_at_close", False):
            self.keep_snapshot()
        self._unsubscribe()
        self.journal.close()

    # ------------------------------------------------------------ inside

    def _try(
        self,
        changes: Changes,
        request: Request,
        key: str | None,
        step: Step,
        target: int | None,
        mark: str,
    ) -> list[Entry] | None:
        state = self._folded.state
        built = changes(state) if callable(changes) else changes
        if step in {"do", "start"}:
            built = renumbered(built, state)
            self._make_way(changes, built, request.actor, mark)
        if not built:
            return []
        self._folded.expect(state, built, checked(state, built))
        try:
            entries = self.journal.append(
                built,
                actor=request.actor,
                expected_revision=state.revision,
                key=key,
                step=step,
                target=target,
            )
        except ConflictError:
            return None
        self._sight.own(entries)
        self._fold(entries)
        self.last_commit = entries
        return entries

    def _make_way(self, changes: Changes, built: Sequence[Change], actor: str, mark: str) -> None:
        """Set changes aside, and raise, if others have set the same unseen by their author."""
        seen = self._sight.revision(mark)
        if seen >= self._folded.state.revision or not guarded(built):
            return
        between = self.journal.read(seen)
        others = self._sight.others(between)
        if not in_the_way(built, others):
            return
        before = self.state_at(seen)
        # A function has put the list of all objectives together anew.
        contrary = in_the_way(built, others, before if callable(changes) else None)
        if not contrary:
            return
        if callable(changes):
            with contextlib.suppress(OptwidgetsError):
                built = changes(before)  # as it was meant
        told = who_was_quicker(before, between, contrary)
        number = self.shelf.keep_aside(built, actor=actor, base=seen, reason=told)
        self.on_aside(number)
        raise too_late(told, contrary, number)

    def _expect(self, request: Request) -> None:
        expected = request.expected_revision
        if expected is not None and expected != self._folded.state.revision:
            raise conflict(expected, self.journal.read(expected))

    def _back_or_forth(
        self,
        step: Step,
        pick: Callable[[], UndoableStep | None],
        changes: Callable[[UndoableStep], Sequence[Change]],
        nothing: str,
    ) -> str:
        with self.lock:
            request = current_request()
            mark = (request and request.seen) or self.mark
            self.catch_up()
            taken = pick()
            if taken is None:
                raise OptwidgetsError(nothing)
            self._know_of(taken.group, mark)
            ahead = foreseen()
            if ahead is not None and ahead.step is not taken:
                self._expect_nothing_since(ahead.before)
                ahead = None  # the session was read again, and this is the same step
            words = taken.words
            built = changes(taken) if ahead is None else ahead.changes
            self.commit(built, step=step, target=taken.group)
            return words

    def _expect_nothing_since(self, before: SessionState) -> None:
        """Raise if a step came after the one that was to be gone back on, or done again."""
        between = self.journal.read(before.revision)
        if between:
            told = who_was_quicker(before, between, between)
            raise ConflictError(f"{told} Look at it, and ask again to go back on that.", between)

    def _read(self, after: int) -> list[Entry]:
        # Of the journal that the session is in by then; see `move_to`.
        return self.journal.read(after)

    def _know_of(self, group: int, mark: str) -> None:
        """Raise if a step is one of somebody else that was not seen: it is not gone back on."""
        seen = self._sight.revision(mark)
        if group <= seen:
            return
        news = self._sight.others(e for e in self.journal.read(seen) if e.group == group)
        if news:
            told = who_was_quicker(self.state_at(group - 1), news, news)
            raise ConflictError(f"{told} Look at it, and ask again to go back on that.", news)

    def _fold(self, entries: list[Entry]) -> None:
        folded = self._folded
        if isinstance(entries, Rewritten):
            self._sight.rewritten(entries.after)
            known = folded.go_back(entries.after)
            # The state at just this revision may be forgotten; the fold begins before it then.
            folded.take(entries if known == entries.after else self.journal.read(known))
            self._listeners.deliver(entries)
            return
        if entries and entries[0].revision > folded.state.revision + 1:
            entries = self.journal.read(folded.state.revision)
        self._listeners.deliver(folded.take(entries))

    def _refresh(self) -> None:
        # Inside a block that holds the lock the state must not move by being read.
        if time.monotonic() - self._refreshed < REFRESH_SECONDS or self.lock_is_mine():
            return
        if self.lock.acquire(blocking=False):
            try:
                self._refreshed = time.monotonic()
                # A file out of reach is said when something is to be saved; what is
                # known can still be read.
                with contextlib.suppress(JournalError):
                    self.catch_up()
            finally:
                self.lock.release()
