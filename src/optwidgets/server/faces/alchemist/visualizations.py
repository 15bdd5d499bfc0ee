"""Routes for the numbers behind figures."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from optwidgets.errors import OptwidgetsError
from optwidgets.server.compute.alchemist import training_facts
from optwidgets.server.faces.alchemist.access import Reading, Reads
from optwidgets.server.faces.alchemist.needing import COMPUTED, need_model
from optwidgets.server.faces.alchemist.schemas import visualizations as bodies

router = APIRouter(prefix="/api/v1/sessions/{session_id}/visualizations", tags=["Visualizations"])

Calibrated = Annotated[bool, Query()]
Target = Annotated[str | None, Query(max_length=1000)]
Splits = Annotated[int, Query(ge=2, le=10)]

_TRAIN_FIRST = "A model must be trained before figures can be drawn."


async def _drawn(reads: Reading, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    need_model(await reads.state(), _TRAIN_FIRST)
    found: dict[str, Any] = (await reads.compute(name, asked)).result
    return found


@router.post("/contour", responses=COMPUTED)
async def get_contour(asked: bodies.ContourDataRequest, reads: Reads) -> bodies.ContourDataResponse:
    """Return predictions over two variables."""
    return bodies.ContourDataResponse(
        **await _drawn(reads, "alchemist-contour", asked.model_dump())
    )


@router.post("/surface", responses=COMPUTED)
async def get_surface(asked: bodies.ContourDataRequest, reads: Reads) -> bodies.ContourDataResponse:
    """Return the numbers of a contour, to be drawn as a surface."""
    return await get_contour(asked, reads)


@router.get("/parity", responses=COMPUTED)
async def get_parity(
    reads: Reads, use_calibrated: Calibrated = False, target: Target = None
) -> bodies.ParityDataResponse:
    """Return each result, predicted from the others."""
    asked = {"target": target, "use_calibrated": use_calibrated}
    return bodies.ParityDataResponse(**await _drawn(reads, "alchemist-parity", asked))


@router.get("/metrics", responses=COMPUTED)
async def get_metrics(reads: Reads, cv_splits: Splits = 5) -> bodies.MetricsDataResponse:  # noqa: ARG001
    """Return errors against the number of results.

    Each result is predicted from all others, so that ``cv_splits`` makes no difference.
    """
    return bodies.MetricsDataResponse(**await _drawn(reads, "alchemist-learning", {}))


@router.get("/qq-plot", responses=COMPUTED)
async def get_qq_plot(
    reads: Reads, use_calibrated: Calibrated = False, target: Target = None
) -> bodies.QQPlotDataResponse:
    """Return errors in standard deviations against a normal distribution."""
    asked = {"target": target, "use_calibrated": use_calibrated}
    return bodies.QQPlotDataResponse(**await _drawn(reads, "alchemist-qq", asked))


@router.get("/calibration-curve", responses=COMPUTED)
async def get_calibration_curve(
    reads: Reads, use_calibrated: Calibrated = False, target: Target = None
) -> bodies.CalibrationCurveDataResponse:
    """Return how many results intervals hold, against how many they should."""
    asked = {"target": target, "use_calibrated": use_calibrated}
    return bodies.CalibrationCurveDataResponse(
        **await _drawn(reads, "alchemist-calibration", asked)
    )


@router.get("/hyperparameters", responses=COMPUTED)
async def get_hyperparameters(reads: Reads) -> bodies.HyperparametersResponse:
    """Return what was fitted in the last training."""
    facts = training_facts(need_model(await reads.state(), _TRAIN_FIRST))
    try:
        checked = (await reads.compute("calibration", {})).result
    except OptwidgetsError:  # such as too few results by now
        checked = {"attrs": {}}
    ours = {"botorch": ("normalize", "standardize"), "sklearn": ("minmax", "standard")}
    inputs, outputs = ours.get(facts["backend"], (None, None))
    return bodies.HyperparametersResponse(
        hyperparameters=facts["hyperparameters"],
        backend=facts["backend"],
        kernel=facts["kernel"],
        input_transform=inputs,
        output_transform=outputs,
        calibration_factor=checked["attrs"].get("factor"),
    )
