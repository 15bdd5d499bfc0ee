"""Routes for the work queue."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.queue import queue_items
from optwidgets.server.declaring import refusal
from optwidgets.server.errors import Conflict, NotFound
from optwidgets.server.faces.alchemist import queueing, results
from optwidgets.server.faces.alchemist.access import Reads, Writes, with_variables
from optwidgets.server.faces.alchemist.schemas import queue as bodies
from optwidgets.server.faces.alchemist.schemas.common import ErrorResponse
from optwidgets.server.faces.alchemist.schemas.experiments import (
    RecordResultsBatchRequest,
    RecordResultsBatchResponse,
)
from optwidgets.server.faces.alchemist.training import AutoTrain, Trains
from optwidgets.session import OptimizationSession

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["Experiments"])
REFUSED: dict[int | str, dict[str, Any]] = {
    404: refusal(ErrorResponse),
    409: refusal(ErrorResponse, "The item is in another state"),
}
_QUEUE = "/experiments/queue"
_ITEM = _QUEUE + "/{item_id}"


@router.post(_QUEUE, responses=REFUSED)
async def stage_items(asked: bodies.QueueStageRequest, writes: Writes) -> bodies.QueueListResponse:
    """Put points into the queue, all or none."""
    points = [(item.inputs, item.reason) for item in asked.items]

    def stage(session: OptimizationSession) -> dict[str, Any]:
        queueing.stage(with_variables(session), points)
        return queueing.listed(queue_items(session.state))

    return bodies.QueueListResponse(**await writes.write(stage))


@router.get(_QUEUE, responses=REFUSED)
async def list_queue(
    reads: Reads, status: Annotated[str | None, Query(max_length=100)] = None
) -> bodies.QueueListResponse:
    """Return the items, those of one status if one is given; the counts are of all."""
    found = queueing.listed(queue_items(await reads.state()))
    if status:
        found["items"] = [item for item in found["items"] if item["status"] == status]
    return bodies.QueueListResponse(**found)


@router.post(_QUEUE + "/purge", responses=REFUSED)
async def purge_queue(writes: Writes) -> bodies.QueuePurgeResponse:
    """Take the finished items out of the queue; their results stay."""
    body = await writes.write(lambda session: {"n_purged": queueing.purge(session)})
    return bodies.QueuePurgeResponse(**body)


@router.get(_ITEM, responses=REFUSED)
async def get_item(item_id: str, reads: Reads) -> bodies.QueueItemResponse:
    """Return one item."""
    state = await reads.state()
    for item in state.extras.get(queueing.LOADED) or ():
        if item.get("id") == item_id:
            return bodies.QueueItemResponse(**item)
    row = queueing.find_row(state, item_id)
    return bodies.QueueItemResponse(**queueing.one_item(state, row.id))


@router.post(_ITEM + "/start", responses=REFUSED)
async def start_item(item_id: str, writes: Writes) -> bodies.QueueItemResponse:
    """Say that a pending item is being run."""

    def start(session: OptimizationSession) -> dict[str, Any]:
        row = _open_row(session, item_id)
        queueing.start(session, row)
        return queueing.one_item(session.state, row.id)

    return bodies.QueueItemResponse(**await writes.write(start))


@router.post(_ITEM + "/complete", responses=REFUSED)
async def complete_item(
    item_id: str,
    asked: bodies.QueueCompleteRequest,
    writes: Writes,
    auto_train: Annotated[bool, Query()] = False,
) -> bodies.QueueItemResponse:
    """Record the result of an item, one output for each objective."""
    if asked.noise is not None and len(asked.noise) != 1:
        raise OptwidgetsError("A row has one noise variance, for all objectives.", field="noise")

    def complete(session: OptimizationSession) -> dict[str, Any]:
        if asked.expected_objective_label and not asked.force:
            wrong = results.check_labels(session, asked.expected_objective_label)
            if wrong:
                raise Conflict(wrong)
        row = _open_row(session, item_id)
        queueing.complete(
            session,
            row,
            asked.outputs,
            noise=None if asked.noise is None else asked.noise[0],
            actual=asked.actual_inputs,
            iteration=asked.iteration,
        )
        return queueing.one_item(session.state, row.id)

    body = await writes.write(complete)
    await AutoTrain(auto_train).run(writes)
    return bodies.QueueItemResponse(**body)


@router.post(_ITEM + "/fail", responses=REFUSED)
async def fail_item(
    item_id: str, asked: bodies.QueueFailRequest, writes: Writes
) -> bodies.QueueItemResponse:
    """Say that an item could not be run, and why."""

    def fail(session: OptimizationSession) -> dict[str, Any]:
        row = _open_row(session, item_id)
        queueing.fail(session, row, asked.error)
        return queueing.one_item(session.state, row.id)

    return bodies.QueueItemResponse(**await writes.write(fail))


@router.delete(_ITEM, responses=REFUSED)
async def delete_item(item_id: str, writes: Writes) -> bodies.QueueListResponse:
    """Take a pending item out of the queue."""

    def delete(session: OptimizationSession) -> dict[str, Any]:
        queueing.delete(session, [_open_row(session, item_id)])
        return queueing.listed(queue_items(session.state))

    return bodies.QueueListResponse(**await writes.write(delete))


@router.post("/experiments/record-batch", responses=REFUSED)
async def record_batch(
    asked: RecordResultsBatchRequest, writes: Writes, trains: Trains
) -> RecordResultsBatchResponse:
    """Record several results of one round, all or none, with at most one training."""

    def record(session: OptimizationSession) -> dict[str, Any]:
        return _record(with_variables(session), asked)

    body = await writes.write(record)
    return RecordResultsBatchResponse(
        message=f"Recorded {body['n_added']} results", **body, **await trains.run(writes)
    )


def _record(session: OptimizationSession, asked: RecordResultsBatchRequest) -> dict[str, Any]:
    round_ = queueing.next_round(session.state)
    completed: list[str] = []
    for place, entry in enumerate(asked.entries, start=1):
        with results.entry(place):
            if entry.item_id is None:
                results.add(session, entry, round_)
                continue
            queueing.complete(
                session,
                _entry_row(session, entry.item_id),
                results.outputs(entry.output, session),
                noise=entry.noise,
                actual=entry.inputs,
                iteration=entry.iteration if entry.iteration is not None else round_,
                reason=entry.reason,
            )
            completed.append(entry.item_id)
    return {
        "n_added": len(asked.entries),
        "n_experiments": session.state.table.counts["done"],
        "completed_item_ids": completed,
    }


def _entry_row(session: OptimizationSession, item_id: str) -> Any:
    """Return the row of an item that a body names; there is a path, and it is not the wrong one."""
    try:
        return _open_row(session, item_id)
    except NotFound as error:
        raise Conflict(str(error)) from error


def _open_row(session: OptimizationSession, item_id: str) -> Any:
    for item in session.state.extras.get(queueing.LOADED) or ():
        if item.get("id") == item_id:
            raise Conflict(f"Item {item_id[:80]} is {item.get('status')} already.")
    return queueing.find_row(session.state, item_id)
