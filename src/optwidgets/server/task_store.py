"""Long work as it is stored: one line for each task."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import canonical_json, now
from optwidgets.server.answers import Once
from optwidgets.server.compute.computations import find
from optwidgets.server.compute.recording import Computed, Question
from optwidgets.server.errors import TooMany, Unprocessable
from optwidgets.server.tables import tasks_table
from optwidgets.tasks import Cancelled

if TYPE_CHECKING:
    from optwidgets.server.transaction import Transaction

State = Literal["pending", "running", "done", "failed", "cancelled"]
UNFINISHED = ("pending", "running")
#: Tasks of one session that may wait at a time.
MAX_WAITING = 50
column = tasks_table.c


@dataclass(frozen=True)
class StoredTask:
    """A piece of long work, as it is on the disk, with its progress.

    Parameters
    ----------
    id, session_id, kind, actor
        Which one, of which session, what, and for whom.
    state
        ``pending`` (others are before it), ``running``, ``done``, ``failed`` or ``cancelled``.
    created_at, started_at, ended_at
        ISO 8601 in UTC.
    fraction, stage
        Share that is done, or None, and what is being done; of a running task.
    result
        What was computed, as JSON values.
    error
        ``detail``, ``error_type``, ``status_code`` and ``field`` of what went wrong.
    revision
        Of the newest entry that was recorded, if any was.
    fell_back
        Whether the deadline passed and a quick replacement answered.
    replayed
        Whether the request that is answered was a repeat.
    """

    id: str
    session_id: str
    kind: str
    actor: str
    state: State
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    fraction: float | None = None
    stage: str = ""
    result: Any = None
    error: Mapping[str, Any] | None = None
    revision: int | None = None
    fell_back: bool = False
    replayed: bool = False

    @property
    def finished(self) -> bool:
        """Whether it has ended, one way or another."""
        return self.state not in UNFINISHED

    def to_dict(self) -> dict[str, Any]:
        """Return the task as JSON values."""
        return {
            "id": self.id,
            "session_id": self.session_id,
            "kind": self.kind,
            "label": _label(self.kind),
            "actor": self.actor,
            "state": self.state,
            "created_at": self.created_at,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "progress": {"fraction": self.fraction, "stage": self.stage},
            "result": self.result,
            "error": None if self.error is None else dict(self.error),
            "revision": self.revision,
            "fell_back": self.fell_back,
        }


def insert(tx: Transaction, question: Question, once: Once) -> StoredTask:
    """Store a task, or find the one that was stored under the same key."""
    tx.session(question.session_id)  # raises where there is none
    mine = sa.and_(
        column.principal == once.principal,
        column.session_id == question.session_id,
        column.key == question.key,
    )
    known = tx.connection.execute(sa.select(column.fingerprint).where(mine)).scalar()
    if known is not None:
        if known != once.fingerprint:
            raise Unprocessable(
                f"The Idempotency-Key {question.key!r} was used for another task. Use a new key "
                "for each request, and the same one only to repeat it."
            )
        return select(tx.connection, mine, replayed=True)[0]
    waiting = sa.and_(column.session_id == question.session_id, column.state.in_(UNFINISHED))
    count = tx.connection.execute(
        sa.select(sa.func.count()).select_from(tasks_table).where(waiting)
    ).scalar_one()
    if count >= MAX_WAITING:
        raise TooMany(
            f"{count} tasks of this session wait already. Cancel some, or wait.", retry_after=10
        )
    task = StoredTask(
        uuid.uuid4().hex,
        question.session_id,
        question.name,
        question.principal.actor(question.actor),
        "pending",
        now(),
    )
    tx.connection.execute(
        sa.insert(tasks_table).values(
            id=task.id,
            session_id=task.session_id,
            principal=once.principal,
            key=question.key,
            fingerprint=once.fingerprint,
            actor=task.actor,
            kind=task.kind,
            state=task.state,
            created_at=task.created_at,
            fell_back=False,
        )
    )
    return task


def begin(tx: Transaction, task_id: str) -> None:
    """Say that it is a task's turn."""
    mine = sa.and_(column.id == task_id, column.state == "pending")
    change = sa.update(tasks_table).where(mine).values(state="running", started_at=now())
    tx.connection.execute(change)


def done(tx: Transaction, task_id: str, computed: Computed) -> None:
    """Store what a task has computed, in the transaction that records it."""
    mine = sa.and_(column.id == task_id, column.state.in_(UNFINISHED))
    ended = end(
        tx,
        mine,
        "done",
        result=canonical_json(computed.result),
        revision=computed.entries[-1].revision if computed.entries else None,
        fell_back=computed.fell_back,
    )
    if not ended:
        # Cancelled in the last moment: what was computed is not recorded either.
        raise Cancelled("The task was cancelled. Nothing was changed.")


def end(
    tx: Transaction,
    where: sa.ColumnElement[bool],
    state: State,
    *,
    error: Mapping[str, Any] | None = None,
    **values: Any,
) -> int:
    """End tasks; return how many there were."""
    if error is not None:
        values["error"] = canonical_json(dict(error))
    change = sa.update(tasks_table).where(where).values(state=state, ended_at=now(), **values)
    return int(tx.connection.execute(change).rowcount)


def select(
    connection: sa.Connection,
    where: sa.ColumnElement[bool],
    limit: int = 1,
    *,
    replayed: bool = False,
) -> list[StoredTask]:
    """Return stored tasks, newest first."""
    newest = (column.created_at.desc(), column.id)
    query = sa.select(tasks_table).where(where).order_by(*newest).limit(limit)
    return [
        StoredTask(
            row.id,
            row.session_id,
            row.kind,
            row.actor,
            row.state,
            row.created_at,
            row.started_at,
            row.ended_at,
            result=None if row.result is None else json.loads(row.result),
            error=None if row.error is None else json.loads(row.error),
            revision=row.revision,
            fell_back=bool(row.fell_back),
            replayed=replayed,
        )
        for row in connection.execute(query)
    ]


def running(task: StoredTask, fraction: float | None, stage: str) -> StoredTask:
    """Return a task with its progress."""
    return replace(task, state="running", fraction=fraction, stage=stage)


def _label(kind: str) -> str:
    # A task of an older version may be of a kind that is gone.
    with contextlib.suppress(OptwidgetsError):
        return find(kind).label
    return kind
