"""Routes for plans of experiments; nothing is recorded, clients stage what they want to run."""

from __future__ import annotations

from fastapi import APIRouter

from optwidgets.server.faces.alchemist.access import Reads
from optwidgets.server.faces.alchemist.needing import COMPUTED, need_variables
from optwidgets.server.faces.alchemist.schemas import designs as bodies

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["Experiments"])


@router.post("/initial-design", responses=COMPUTED)
async def plan_initial_design(
    asked: bodies.InitialDesignRequest, reads: Reads
) -> bodies.InitialDesignResponse:
    """Plan experiments by a design."""
    need_variables(await reads.state())
    found = (await reads.compute("alchemist-design", asked.model_dump())).result
    return bodies.InitialDesignResponse(method=asked.method, n_points=len(found["points"]), **found)


@router.post("/optimal-design/info", responses=COMPUTED)
async def count_coefficients(
    asked: bodies.OptimalDesignInfoRequest, reads: Reads
) -> bodies.OptimalDesignInfoResponse:
    """Tell how many runs the model needs, before any is chosen."""
    need_variables(await reads.state())
    found = await reads.compute("alchemist-optimal-design-info", asked.model_dump())
    return bodies.OptimalDesignInfoResponse(**found.result)


@router.post("/optimal-design", responses=COMPUTED)
async def plan_optimal_design(
    asked: bodies.OptimalDesignRequest, reads: Reads
) -> bodies.OptimalDesignResponse:
    """Choose the runs that tell most about a model."""
    need_variables(await reads.state())
    found = (await reads.compute("alchemist-optimal-design", asked.model_dump())).result
    return bodies.OptimalDesignResponse(n_points=len(found["points"]), **found)


@router.post("/split-plot-design", responses=COMPUTED)
async def plan_split_plot(
    asked: bodies.SplitPlotDesignRequest, reads: Reads
) -> bodies.SplitPlotDesignResponse:
    """Plan experiments in plots, within which hard variables stay as they are."""
    need_variables(await reads.state())
    found = (await reads.compute("alchemist-split-plot", asked.arguments())).result
    return bodies.SplitPlotDesignResponse(n_points=len(found["points"]), **found)
