"""The WebSocket: what happens in a session, in ALchemist's messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from fastapi import APIRouter, Depends, Request, WebSocket, WebSocketDisconnect
from starlette.requests import HTTPConnection

from optwidgets.data.edits import RowsAdded, RowsEdited, RowsRemoved
from optwidgets.journal.changes import ExtrasSet, ModelTrained, SuggestionsMade
from optwidgets.journal.queue import is_queued, number_of_key, queue_item
from optwidgets.server.auth import Principal
from optwidgets.server.faces.alchemist.describing import model_summary
from optwidgets.server.faces.alchemist.hub import hub_of
from optwidgets.server.locks import standing
from optwidgets.server.signing_in import RULE, host_of, signed_in, still_signed_in

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState
    from optwidgets.server.host import Host
    from optwidgets.server.locks import Lock

router = APIRouter(prefix="/api/v1")
MAX_WAITING = 1000
MAX_ITEMS = 50
_ROW_CHANGES = (RowsAdded, RowsEdited, RowsRemoved, SuggestionsMade)


async def _listener(connection: HTTPConnection) -> Principal:
    principal = await signed_in(cast("Request", connection))
    principal.check_scope("read")
    principal.check(str(connection.path_params["session_id"]))
    return principal


setattr(_listener, RULE, "read")


@router.websocket("/ws/sessions/{session_id}", dependencies=[Depends(_listener)])
async def follow(websocket: WebSocket, session_id: str) -> None:
    """Tell what happens in a session until the client goes away; what it sends is ignored."""
    host = host_of(cast("Request", websocket))
    await host.state(session_id)  # an unknown session is refused before anything is accepted
    hub = await hub_of(websocket)
    waiting: asyncio.Queue[Any] = asyncio.Queue(MAX_WAITING)

    def put(news: Any) -> None:
        # Who is too slow is cut off and comes back to read what there is.
        if waiting.full():
            waiting.get_nowait()
            news = None
        waiting.put_nowait(news)

    stops = [
        host.subscribe(session_id, put),
        host.subscribe_lock(session_id, lambda lock: put(_lock_news(lock))),
        hub.subscribe(session_id, put),
    ]
    try:
        await websocket.accept()
        await websocket.send_json(
            {
                "event": "connected",
                "session_id": session_id,
                "message": "WebSocket connection established",
            }
        )
        await _serve(websocket, host, session_id, waiting)
    finally:
        for stop in stops:
            stop()


async def _serve(
    websocket: WebSocket, host: Host, session_id: str, waiting: asyncio.Queue[Any]
) -> None:
    """Send until the client or the server goes."""
    tasks = [
        asyncio.create_task(_send(websocket, host, session_id, waiting)),
        asyncio.create_task(_listen(websocket)),
        asyncio.create_task(_closing(host)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await websocket.close(code=1001)


async def _closing(host: Host) -> None:
    await host.closing.wait()


async def _listen(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _send(
    websocket: WebSocket, host: Host, session_id: str, waiting: asyncio.Queue[Any]
) -> None:
    results = (await host.state(session_id)).table.counts["done"]
    while (news := await waiting.get()) is not None:
        if not await still_signed_in(cast("Request", websocket)):
            return
        if isinstance(news, dict):
            await websocket.send_json(news)
            continue
        state = await host.state(session_id)
        for message in messages_of(news, state, results):
            await websocket.send_json(message)
        results = state.table.counts["done"]


def _lock_news(lock: Lock | None) -> dict[str, Any]:
    return {"event": "lock_status_changed", **standing(lock)}


def messages_of(
    entries: Iterable[Entry], state: SessionState, results_before: int
) -> list[dict[str, Any]]:
    """Return what ALchemist's clients are told of some entries.

    A controller that stages the next point whenever results have come would never end if
    staging were told as results, so only what concerns results is.

    Parameters
    ----------
    entries
        Of one commit.
    state
        The session after it.
    results_before
        How many results there were when this was last told.
    """
    touched: dict[int, None] = {}
    queue = trained = False
    for entry in entries:
        change = entry.change
        if isinstance(change, _ROW_CHANGES):
            queue = queue or isinstance(change, RowsRemoved | SuggestionsMade)
            touched |= dict.fromkeys(_rows_of(change))
        elif isinstance(change, ExtrasSet):
            marks = (number_of_key(name) for name in (*change.fields, *change.removed))
            queue = queue or any(number is not None for number in marks)
        elif isinstance(change, ModelTrained):
            trained = change.record is not None
    rows = [state.table.row(number) for number in touched if number in state.table]
    items = [queue_item(row, state) for row in rows if is_queued(row, state)]
    count = state.table.counts["done"]
    found: list[dict[str, Any]] = [
        {
            "event": "queue_item_updated",
            "item_id": item["id"],
            **{name: item[name] for name in ("status", "reason", "output", "error")},
        }
        for item in items[:MAX_ITEMS]
    ]
    if count != results_before or any(row.is_done for row in rows):
        found.append({"event": "experiments_updated", "n_experiments": count})
    if queue or items:
        found.append({"event": "queue_updated"})
    model = model_summary(state) if trained else None
    if model is not None:
        metrics = {**model["metrics"], "backend": model["backend"]}
        found.append({"event": "model_trained", "metrics": metrics})
    return found


def _rows_of(change: Any) -> Iterable[int]:
    if isinstance(change, RowsEdited):
        return (edit.row for edit in change.edits)
    if isinstance(change, RowsRemoved):
        return ()
    return (row.id for row in change.rows)
