"""Server-sent events: entries of a session once they are on the disk, its tasks, its lock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from optwidgets.journal.lines import read_stored
from optwidgets.server.faces.native.errors import ERRORS
from optwidgets.server.faces.native.requests import SessionId
from optwidgets.server.faces.native.wire import entry_to_json, stored_to_json
from optwidgets.server.locks import standing
from optwidgets.server.signing_in import host_of, needs, still_signed_in
from optwidgets.server.task_store import StoredTask

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.server.locks import Lock

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["journal"], responses=ERRORS)

HEARTBEAT_SECONDS = 15.0
MAX_WAITING = 1000


@dataclass(frozen=True)
class LockNews:
    """Whose the session is from now on, or that it is free."""

    lock: Lock | None


if TYPE_CHECKING:
    Item = list[Entry] | StoredTask | LockNews | None


@router.get(
    "/events",
    dependencies=[needs("read")],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def events(
    request: Request,
    session_id: SessionId,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=1 << 53, description="Revision after which to begin.")
    ] = None,
) -> StreamingResponse:
    """Follow a session: an event ``entries`` per commit, its id the newest revision.

    An event ``task`` says that a task was begun, moved on or ended. It has no id: who comes
    back reads the tasks again. An event ``lock`` says that the session was locked, or is free;
    without one at the beginning it is free.
    """
    host = host_of(request)
    state = await host.state(session_id)
    after = state.revision if last_event_id is None else last_event_id
    return StreamingResponse(
        _stream(request, session_id, after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(request: Request, session_id: str, after: int) -> AsyncIterator[str]:
    host = host_of(request)
    # A client too slow to follow is cut off; it comes back with the id of what it has.
    news: asyncio.Queue[Item] = asyncio.Queue(MAX_WAITING)

    def put(item: Item) -> None:
        if news.full():
            news.get_nowait()
            item = None
        news.put_nowait(item)

    stops = [
        host.subscribe(session_id, put),
        host.tasks.subscribe(session_id, put),
        host.subscribe_lock(session_id, lambda lock: put(LockNews(lock))),
    ]
    closing = asyncio.ensure_future(host.closing.wait())
    closing.add_done_callback(lambda _: put(None))
    try:
        yield "retry: 500\n\n"
        lock = await host.lock(session_id)
        if lock is not None:
            yield _plain_event("lock", standing(lock))
        missed = await host.read(lambda connection: read_stored(connection, session_id, after))
        if missed:
            after = missed[-1].revision
            yield _event(after, [stored_to_json(entry) for entry in missed])
        while True:
            quiet = False
            try:
                async with asyncio.timeout(_patience(lock)):
                    item = await news.get()
            except TimeoutError:
                quiet = lock is None or not lock.is_over
                item = LockNews(None)
            if item is None or not await still_signed_in(request):
                return
            if quiet:
                yield ": still here\n\n"
                continue
            if isinstance(item, StoredTask):
                yield _plain_event("task", item.to_dict())
                continue
            if isinstance(item, LockNews):
                lock = item.lock
                yield _plain_event("lock", standing(lock))
                continue
            fresh = [entry for entry in item if entry.revision > after]
            if fresh:
                after = fresh[-1].revision
                yield _event(after, [entry_to_json(entry) for entry in fresh])
    finally:
        for stop in stops:
            stop()
        closing.cancel()


def _patience(lock: Lock | None) -> float:
    """Return after how many seconds to say something in any case: at the end of a lock, too."""
    left = None if lock is None else lock.seconds_left
    return HEARTBEAT_SECONDS if left is None else min(HEARTBEAT_SECONDS, max(left, 0) + 0.01)


def _plain_event(name: str, values: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(values)}\n\n"


def _event(revision: int, entries: list[dict[str, Any]]) -> str:
    # JSON escapes line ends, so that the data is one line.
    return f"id: {revision}\nevent: entries\ndata: {json.dumps({'entries': entries})}\n\n"
