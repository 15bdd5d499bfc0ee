"""Server-sent events: every entry of a session once it is on the disk, and its tasks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from optwidgets.journal.lines import read_stored
from optwidgets.server.faces.native.errors import ERRORS
from optwidgets.server.faces.native.requests import SessionId
from optwidgets.server.faces.native.wire import entry_to_json, stored_to_json
from optwidgets.server.signing_in import host_of, needs
from optwidgets.server.task_store import StoredTask

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.server.host import Host

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["journal"], responses=ERRORS)

HEARTBEAT_SECONDS = 15.0
MAX_WAITING = 1000


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
    back reads the tasks again.
    """
    host = host_of(request)
    state = await host.state(session_id)
    after = state.revision if last_event_id is None else last_event_id
    return StreamingResponse(
        _stream(host, session_id, after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(host: Host, session_id: str, after: int) -> AsyncIterator[str]:
    # A client too slow to follow is cut off; it comes back with the id of what it has.
    news: asyncio.Queue[list[Entry] | StoredTask | None] = asyncio.Queue(MAX_WAITING)

    def put(item: list[Entry] | StoredTask | None) -> None:
        if news.full():
            news.get_nowait()
            item = None
        news.put_nowait(item)

    stop = host.subscribe(session_id, put)
    stop_tasks = host.tasks.subscribe(session_id, put)
    closing = asyncio.ensure_future(host.closing.wait())
    closing.add_done_callback(lambda _: put(None))
    try:
        yield "retry: 500\n\n"
        missed = await host.read(lambda connection: read_stored(connection, session_id, after))
        if missed:
            after = missed[-1].revision
            yield _event(after, [stored_to_json(entry) for entry in missed])
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    item = await news.get()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if item is None:
                return
            if isinstance(item, StoredTask):
                yield f"event: task\ndata: {json.dumps(item.to_dict())}\n\n"
                continue
            fresh = [entry for entry in item if entry.revision > after]
            if fresh:
                after = fresh[-1].revision
                yield _event(after, [entry_to_json(entry) for entry in fresh])
    finally:
        stop()
        stop_tasks()
        closing.cancel()


def _event(revision: int, entries: list[dict[str, Any]]) -> str:
    # JSON escapes line ends, so that the data is one line.
    return f"id: {revision}\nevent: entries\ndata: {json.dumps({'entries': entries})}\n\n"
