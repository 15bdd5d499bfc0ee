"""Routes for suggestions and the best point by the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import ExtrasSet
from optwidgets.journal.queue import is_queued
from optwidgets.journal.state import SessionState
from optwidgets.server.compute.recording import rows_made
from optwidgets.server.faces.alchemist import queueing
from optwidgets.server.faces.alchemist.access import Reads, Writes
from optwidgets.server.faces.alchemist.needing import COMPUTED, need_model
from optwidgets.server.faces.alchemist.schemas import acquisition as bodies

if TYPE_CHECKING:
    from optwidgets.server.compute.recording import Computed
    from optwidgets.session import OptimizationSession

router = APIRouter(prefix="/api/v1/sessions/{session_id}/acquisition", tags=["Acquisition"])


@router.post("/suggest", responses=COMPUTED)
async def suggest(asked: bodies.AcquisitionRequest, writes: Writes) -> bodies.AcquisitionResponse:
    """Propose the next points; they stay out of the queue until somebody stages them.

    Points that were proposed before and never staged give way to the new ones.
    """
    state = need_model(await writes.state())

    def keep(session: OptimizationSession, made: Computed) -> None:
        points = _points(made)
        hidden = queueing.hiding(made.result["rows"])
        session.commit([ExtrasSet({**hidden, "last_suggestions": points})])
        session.lock_acquisition(
            strategy=asked.strategy,
            parameters=_audited(asked),
            suggestions=points,
            notes=f"Suggested {len(points)} point(s) using {asked.strategy}",
        )

    made = await writes.compute("alchemist-suggest", _question(asked, state), keep)
    points = _points(made)
    rounds = [row.iteration for row in rows_made(entry.change for entry in made.entries)]
    return bodies.AcquisitionResponse(
        suggestions=points,
        n_suggestions=len(points),
        diagnostics=made.result["diagnostics"],
        iteration=rounds[0] if rounds else None,
    )


def _points(made: Computed) -> list[dict[str, Any]]:
    return [item["inputs"] for item in made.result["suggestions"]]


@router.post("/find-optimum", responses=COMPUTED)
async def find_optimum(
    asked: bodies.FindOptimumRequest, reads: Reads
) -> bodies.FindOptimumResponse:
    """Find the best point by the model; nothing is recorded."""
    state = need_model(await reads.state())
    names = state.table.target_names
    if len(names) > 1:
        raise OptwidgetsError(
            f"find-optimum gives one point, and this session has {len(names)} objectives "
            f"({', '.join(names)}). Ask the session for its Pareto set instead."
        )
    question = {"goal": _goal(asked, state), "observed": asked.observed}
    found = await reads.compute("alchemist-optimum", question)
    return bodies.FindOptimumResponse(**found.result)


def _question(asked: bodies.AcquisitionRequest, state: SessionState) -> dict[str, Any]:
    waiting = (row for row in state.table if row.state == "suggested")
    several = len(state.table.target_names) > 1
    return {
        # The default of the wire is for a single objective.
        "strategy": None
        if several and "strategy" not in asked.model_fields_set
        else asked.strategy,
        "goal": _goal(asked, state),
        "n_suggestions": asked.n_suggestions,
        "xi": asked.xi,
        "kappa": asked.kappa,
        "hold": asked.hold,
        "observed": asked.observed,
        "replaces": [row.id for row in waiting if not is_queued(row, state)],
    }


def _goal(
    asked: bodies.AcquisitionRequest | bodies.FindOptimumRequest, state: SessionState
) -> str | None:
    """Return the goal that was asked for; the objectives' own ones where they were set."""
    if state.table.objectives and "goal" not in asked.model_fields_set:
        return None
    return asked.goal


def _audited(asked: bodies.AcquisitionRequest) -> dict[str, Any]:
    given = asked.model_dump(exclude_none=True, exclude={"strategy"})
    return {"goal": asked.goal, "n_suggestions": asked.n_suggestions, **given}
