"""Routes for staged experiments: the older names of the queue."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.queue import known_of, queued_rows
from optwidgets.server.errors import Conflict
from optwidgets.server.faces.alchemist import queueing
from optwidgets.server.faces.alchemist.access import Reads, Writes, with_variables
from optwidgets.server.faces.alchemist.queue_routes import REFUSED
from optwidgets.server.faces.alchemist.schemas import experiments as bodies
from optwidgets.server.faces.alchemist.training import Trains
from optwidgets.session import OptimizationSession

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["Experiments"])
_STAGED = "/experiments/staged"


@router.post(_STAGED, responses=REFUSED, deprecated=True)
async def stage_experiment(
    asked: bodies.StageExperimentRequest, writes: Writes
) -> bodies.StagedExperimentResponse:
    """Put a point into the queue."""

    def stage(session: OptimizationSession) -> dict[str, Any]:
        queueing.stage(with_variables(session), [(asked.inputs, asked.reason)])
        return {"n_staged": len(queueing.pending(session.state))}

    return bodies.StagedExperimentResponse(staged_inputs=asked.inputs, **await writes.write(stage))


@router.post(_STAGED + "/batch", responses=REFUSED, deprecated=True)
async def stage_experiments(
    asked: bodies.StageExperimentsBatchRequest, writes: Writes
) -> bodies.StagedExperimentsListResponse:
    """Put points into the queue, all or none."""

    def stage(session: OptimizationSession) -> dict[str, Any]:
        points = [(inputs, asked.reason) for inputs in asked.experiments]
        ids = queueing.stage(with_variables(session), points)
        return {"ids": ids, "n_staged": len(queueing.pending(session.state))}

    return bodies.StagedExperimentsListResponse(
        experiments=[dict(inputs) for inputs in asked.experiments],
        reason=asked.reason,
        **await writes.write(stage),
    )


@router.get(_STAGED, responses=REFUSED, deprecated=True)
async def list_staged(reads: Reads) -> bodies.StagedExperimentsListResponse:
    """Return the points that wait and are not started."""
    state = await reads.state()
    rows = queueing.pending(state)
    items = [queueing.one_item(state, row.id) for row in rows]
    reasons = [item["reason"] for item in items]
    return bodies.StagedExperimentsListResponse(
        experiments=[
            {**item["inputs"], **(known_of(row, state).get("plot") or {})}
            for row, item in zip(rows, items, strict=True)
        ],
        n_staged=len(rows),
        reason=reasons[0] if reasons else None,
        reasons=reasons,
        ids=[item["id"] for item in items],
    )


@router.delete(_STAGED, responses=REFUSED, deprecated=True)
async def clear_staged(writes: Writes) -> bodies.StagedExperimentsClearResponse:
    """Take all points that wait out of the queue."""

    def clear(session: OptimizationSession) -> dict[str, Any]:
        rows = queueing.pending(session.state)
        queueing.delete(session, rows)
        return {"n_cleared": len(rows)}

    return bodies.StagedExperimentsClearResponse(**await writes.write(clear))


@router.post(_STAGED + "/complete", responses=REFUSED, deprecated=True)
async def complete_staged(
    asked: bodies.CompleteStagedExperimentsRequest, writes: Writes, trains: Trains
) -> bodies.StagedExperimentsCompletedResponse:
    """Record the results of all points that wait, in their order."""

    def complete(session: OptimizationSession) -> dict[str, Any]:
        added = _complete(session, asked)
        return {"n_added": added, "n_experiments": session.state.table.counts["done"]}

    body = await writes.write(complete)
    words = "Staged experiments completed and added to dataset"
    trained = await trains.run(writes) if body["n_added"] else {}
    return bodies.StagedExperimentsCompletedResponse(
        message=words if body["n_added"] else "No staged experiments to complete",
        **body,
        **trained,
    )


def _complete(session: OptimizationSession, asked: bodies.CompleteStagedExperimentsRequest) -> int:
    state = session.state
    if any(row.state == "running" for row in queued_rows(state)):
        raise Conflict(
            "Some items are being run, so that results cannot be matched by their order. Complete "
            "each one with POST .../experiments/queue/{id}/complete."
        )
    rows = queueing.pending(state)
    if not rows:
        return 0
    for name, values in (("outputs", asked.outputs), ("noises", asked.noises)):
        if values is not None and len(values) != len(rows):
            raise OptwidgetsError(
                f"{len(rows)} experiments are staged, and there are {len(values)} {name}. Give one "
                "for each, in their order.",
                field=name,
            )
    for place, row in enumerate(rows):
        queueing.complete(
            session,
            row,
            [asked.outputs[place]],
            noise=None if asked.noises is None else asked.noises[place],
            iteration=asked.iteration,
            reason=asked.reason if not row.reason else None,
        )
    return len(rows)
