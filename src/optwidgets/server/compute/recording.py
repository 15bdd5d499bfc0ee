"""From a question to its record: computed in a child process, committed by the writer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import RowsAdded, RowsRemoved
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.acting import acting
from optwidgets.journal.changes import Change, SuggestionsMade, decode_change
from optwidgets.journal.collecting import without_collecting
from optwidgets.journal.entry import Entry, Stored, canonical_json
from optwidgets.journal.lines import read_stored
from optwidgets.server.answers import Answer, Once
from optwidgets.server.compute.computations import check_arguments, find
from optwidgets.server.compute.pool import ComputePool, Outcome
from optwidgets.server.compute.process import OnProgress
from optwidgets.server.errors import Conflict, Locked, NotInstalled
from optwidgets.server.installed import missing_to_compute

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState
    from optwidgets.server.auth import Principal
    from optwidgets.server.host import Host
    from optwidgets.server.transaction import Transaction


@dataclass(frozen=True)
class Computed:
    """What was computed and recorded.

    Parameters
    ----------
    result
        The answer, as JSON values; rows that were added have their recorded numbers.
    entries
        What was recorded; empty if nothing was.
    fell_back
        Whether the deadline passed and its fallback answered.
    replayed
        Whether this is the answer to an earlier request with the same key.
    """

    result: Any
    entries: tuple[Entry, ...] = ()
    fell_back: bool = False
    replayed: bool = False


@dataclass(frozen=True)
class Question:
    """What is to be computed, for whom.

    Parameters
    ----------
    session_id, name, arguments
        See `ComputePool.run`.
    principal
        Who asks; changes are recorded in their name.
    actor
        Who they say they are, beside that.
    key
        Idempotency key: what was computed under it before is answered again.
    content
        What the key stands for; the arguments, unless those depend on the state of the session.
    """

    session_id: str
    name: str
    arguments: Mapping[str, Any]
    principal: Principal
    actor: str | None = None
    key: str | None = None
    content: str | bytes | None = None

    @property
    def once(self) -> Once | None:
        """The key as the store of answers knows it."""
        if self.key is None:
            return None
        content = self.content or canonical_json([self.name, dict(self.arguments)])
        return Once(self.principal.id, f"{self.session_id}:compute:{self.key}", content)


class Computing:
    """Computes for the sessions of a host.

    Parameters
    ----------
    host
        Where the sessions are.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        settings = host.settings
        self.pool = ComputePool(
            children=settings.children, memory_bytes=settings.child_memory_bytes
        )

    async def answer(
        self,
        question: Question,
        *,
        on_progress: OnProgress | None = None,
        deadline: float | None = None,
        on_start: Callable[[], Awaitable[None]] | None = None,
        and_then: Callable[[Transaction, Computed], None] | None = None,
    ) -> Computed:
        """Compute, record what was changed, and return the answer; see `Host.compute`.

        Parameters
        ----------
        on_start
            Called when it is this question's turn: those that record wait for each other.
        and_then
            What is to be written in the same transaction as the changes.
        """
        if (missing := missing_to_compute()) is not None:
            raise NotInstalled(missing)
        found = find(question.name)
        check_arguments(found, question.arguments)
        if deadline is None and found.fallback is not None:
            deadline = self._host.settings.deadline_seconds
        session_id = question.session_id
        created_at = str((await self._host.state(session_id)).metadata["created_at"])
        if (known := await self._known(question)) is not None:
            return known
        if found.records:
            # Said now, and not after a minute of computing.
            await self._host.write(lambda tx: tx.check_lock(session_id))

        async def entries_after(revision: int) -> list[Stored]:
            return await self._host.read(
                lambda connection: read_stored(connection, session_id, revision)
            )

        # The next one has to see what this one records: two suggestions at a time would
        # propose the same point.
        turn = self.pool.turn(session_id) if found.records else contextlib.nullcontext()
        async with turn:
            if on_start is not None:
                await on_start()
            outcome = await self.pool.run(
                session_id,
                entries_after,
                question.name,
                question.arguments,
                created_at=created_at,
                on_progress=on_progress,
                deadline=deadline,
            )
            return await self._record(question, outcome, and_then)

    async def _known(self, question: Question) -> Computed | None:
        """Return what was answered under the key before, without computing anything."""
        once = question.once
        if once is None:
            return None
        answer = await self._host.answered(once)
        return None if answer is None else await self._again(question, answer)

    async def _record(
        self,
        question: Question,
        outcome: Outcome,
        and_then: Callable[[Transaction, Computed], None] | None,
    ) -> Computed:
        fresh: list[Computed] = []
        steps: list[list[Change]] = []

        def operation(tx: Transaction) -> Answer:
            computed = record(tx, question, outcome, steps)
            if and_then is not None:
                and_then(tx, computed)
            fresh[:] = [computed]
            body = {
                "result": computed.result,
                "revisions": [entry.revision for entry in computed.entries],
                "fell_back": computed.fell_back,
            }
            return Answer(200, body)

        if not outcome.changes and and_then is None:
            return Computed(outcome.result, (), outcome.fell_back)
        # Reading a hundred thousand rows is nothing to make other writes wait for.
        steps[:] = await asyncio.to_thread(decoded, outcome)
        answer = await self._host.write_once(operation, question.once)
        if answer.replayed:
            return await self._again(question, answer)
        return fresh[0]

    async def _again(self, question: Question, answer: Answer) -> Computed:
        revisions = answer.body["revisions"]
        entries: list[Entry] = []
        if revisions:
            entries = await self._host.view(
                question.session_id, lambda session: session.entries(revisions[0] - 1)
            )
        own = tuple(entries[: len(revisions)])
        return Computed(answer.body["result"], own, answer.body["fell_back"], replayed=True)


def decoded(outcome: Outcome) -> list[list[Change]]:
    """Return the changes of each step that a computation wants recorded."""
    with without_collecting():
        return [[decode_change(body) for body in step] for step in outcome.changes]


def record(
    tx: Transaction, question: Question, outcome: Outcome, steps: Sequence[Sequence[Change]]
) -> Computed:
    """Commit what a computation changed, to the session as it is by now.

    Raises
    ------
    Conflict
        When the session was changed meanwhile so that the result does not fit any more.
    """
    session = tx.session(question.session_id)
    entries: list[Entry] = []
    numbers: dict[int, int] = {}
    with acting(question.principal.actor(question.actor)):
        for proposed in steps:
            try:
                recorded = session.commit(lambda state, step=proposed: fitting(state, step))  # type: ignore[misc]
            except Locked:
                raise
            except OptwidgetsError as error:
                raise Conflict(
                    "The session was changed while this was computed, and the result does not fit "
                    f"any more: {error} Ask again."
                ) from error
            entries += recorded
            numbers |= _numbers(proposed, [entry.change for entry in recorded])
    return Computed(renumbered_result(outcome.result, numbers), tuple(entries), outcome.fell_back)


def fitting(state: SessionState, changes: Sequence[Change]) -> list[Change]:
    """Return changes without the removal of rows that were run, or removed, meanwhile."""
    going = {row.id for row in state.table if row.state == "suggested"}
    fitted: list[Change] = []
    for change in changes:
        if isinstance(change, RowsRemoved):
            ids = tuple(number for number in change.ids if number in going)
            if ids:
                fitted.append(RowsRemoved(ids))
        else:
            fitted.append(change)
    return fitted


def rows_made(changes: Iterable[Change]) -> list[Row]:
    """Return the rows that changes add."""
    return [
        row
        for change in changes
        if isinstance(change, RowsAdded | SuggestionsMade)
        for row in change.rows
    ]


def _numbers(proposed: Sequence[Change], recorded: Sequence[Change]) -> dict[int, int]:
    """Return under which number each added row was recorded."""
    return {
        old: new for old, new in zip(_added(proposed), _added(recorded), strict=True) if old != new
    }


def _added(changes: Iterable[Change]) -> list[int]:
    return [row.id for row in rows_made(changes)]


def renumbered_result(result: Any, numbers: Mapping[int, int]) -> Any:
    """Return an answer with the recorded numbers of rows, in ``rows`` and ``suggestions``.

    Examples
    --------
    >>> renumbered_result({"rows": [3], "suggestions": [{"row": 3, "nearest": 3}]}, {3: 4})
    {'rows': [4], 'suggestions': [{'row': 4, 'nearest': 3}]}
    """
    if not numbers or not isinstance(result, dict):
        return result
    told = dict(result)
    if isinstance(told.get("rows"), list):
        told["rows"] = [numbers.get(row, row) for row in told["rows"]]
    if isinstance(told.get("suggestions"), list):
        told["suggestions"] = [
            {**point, "row": numbers.get(point.get("row"), point.get("row"))}
            for point in told["suggestions"]
        ]
    return told
