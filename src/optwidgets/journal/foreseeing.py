"""What a large step comes to, worked out before it is taken, while others go on.

To encode, check and apply a step of 100,000 rows takes seconds. A server does it beside its one
writer, which then has only to see that nothing has come in between.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from optwidgets.journal.changes import encode_change
from optwidgets.journal.collecting import without_collecting
from optwidgets.journal.remembering import RememberedStep
from optwidgets.journal.rules import check
from optwidgets.journal.weighing import weight

if TYPE_CHECKING:
    from optwidgets.journal.changes import Change
    from optwidgets.journal.remembering import Read
    from optwidgets.journal.state import SessionState
    from optwidgets.journal.undo import UndoableStep

Way = Literal["undo", "redo"]
LIGHT = 2000
"""Fewer changes and rows than these take less than a tenth of a second."""


@dataclass(frozen=True)
class Foreseen:
    """A step of undo or redo before it is taken.

    Parameters
    ----------
    step
        Which step is undone or done again.
    changes, texts
        What that changes, and each change as it is stored, by the `id` of the change.
    before, after
        The state that it was worked out for, and the one that it leads to.
    """

    step: UndoableStep
    changes: tuple[Change, ...]
    texts: Mapping[int, str]
    before: SessionState
    after: SessionState


def is_light(step: UndoableStep, way: Way) -> bool:
    """Return whether a step needs no working out beforehand."""
    if not isinstance(step, RememberedStep):
        return weight(step.changes) < LIGHT
    # What is done again stands in the journal only.
    return way == "undo" and step.back is not None and sum(map(len, step.back)) < 100 * LIGHT


def foresee(step: UndoableStep, way: Way, before: SessionState, read: Read) -> Foreseen:
    """Work out what undoing a step, or doing it again, comes to.

    Parameters
    ----------
    step, before
        The step on top of its stack, and the state that has that stack.
    way
        ``"undo"`` or ``"redo"``.
    read
        As `Journal.read`, for the thread that this is called in.

    Raises
    ------
    OptwidgetsError
        When the step cannot be looked up, or does not fit the state.

    Examples
    --------
    >>> from optwidgets.journal.changes import MetadataChanged
    >>> from optwidgets.journal.memory import MemoryJournal
    >>> from optwidgets.journal.store import Store
    >>> store = Store(MemoryJournal(), actor="you")
    >>> for name in ("Reactor", "Kiln"):
    ...     _ = store.commit([MetadataChanged({"name": name})])
    >>> step = store.folded.stacks.next_undo
    >>> ahead = foresee(step, "undo", store.state, store.journal.read)
    >>> ahead.after.name, store.state.name
    ('Reactor', 'Kiln')
    >>> with foreseeing(ahead):
    ...     _ = store.undo()
    >>> store.state.name
    'Reactor'
    """
    with without_collecting():
        known = step.through(read) if isinstance(step, RememberedStep) else step
        changes = known.reverse() if way == "undo" else known.changes
        texts = {id(change): encode_change(change) for change in changes}
        return Foreseen(step, changes, texts, before, check(before, changes))


_foreseen: ContextVar[Foreseen | None] = ContextVar("optwidgets_foreseen", default=None)


@contextlib.contextmanager
def foreseeing(ahead: Foreseen | None) -> Iterator[None]:
    """Let what is undone or done again inside the block be what was worked out, if anything was.

    It is used as far as it still holds: for the same step, and its state for the same state. If
    another step has come since, `Store.undo` raises `ConflictError`.
    """
    token = _foreseen.set(ahead)
    try:
        yield
    finally:
        _foreseen.reset(token)


def foreseen() -> Foreseen | None:
    """Return what `foreseeing` says in this thread now."""
    return _foreseen.get()


def checked(before: SessionState, changes: Sequence[Change]) -> SessionState:
    """Return the state after the changes, or raise why not, as `rules.check` does or has done."""
    ahead = _foreseen.get()
    if ahead is not None and ahead.before is before and ahead.changes is changes:
        return ahead.after
    return check(before, changes)


def text_of(change: Change) -> str:
    """Return a change as it is stored, encoded now unless it was before."""
    ahead = _foreseen.get()
    known = None if ahead is None else ahead.texts.get(id(change))
    return encode_change(change) if known is None else known
