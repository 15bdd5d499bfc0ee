"""Routes for the model: training, what was trained, prediction."""

from __future__ import annotations

from fastapi import APIRouter

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.state import SessionState
from optwidgets.server.compute.alchemist import training_facts
from optwidgets.server.faces.alchemist.access import Reads, Writes
from optwidgets.server.faces.alchemist.needing import COMPUTED, need_data, need_model
from optwidgets.server.faces.alchemist.schemas import model as bodies
from optwidgets.space.text import enumerate_words, short

router = APIRouter(prefix="/api/v1/sessions/{session_id}/model", tags=["Models"])

#: What ALchemist's backends do to inputs and outputs; the first one is what ours always do.
INPUTS = {
    "botorch": ("normalize", "standardize", "none"),
    "sklearn": ("minmax", "normalize", "standard", "standardize", "robust", "none"),
}
OUTPUTS = {
    "botorch": ("standardize", "none"),
    "sklearn": ("standard", "standardize", "none"),
}
OPTIMIZERS = ("L-BFGS-B", "CG", "BFGS", "TNC")


@router.post("/train", responses=COMPUTED)
async def train_model(asked: bodies.TrainModelRequest, writes: Writes) -> bodies.TrainModelResponse:
    """Train on all results; the session's next suggestions use this model."""
    need_data(await writes.state())
    told = differences(asked)
    found = await writes.compute(
        "alchemist-train",
        {
            "backend": asked.backend,
            "kernel": asked.kernel,
            "kernel_params": asked.kernel_params,
            "output_transform": asked.output_transform,
        },
    )
    message = " ".join(["Model trained successfully", *told])
    return bodies.TrainModelResponse(success=True, message=message, **found.result)


@router.get("", responses=COMPUTED)
async def get_model(reads: Reads) -> bodies.ModelInfoResponse:
    """Return the last training."""
    state = await reads.state()
    if state.model is None:
        return bodies.ModelInfoResponse(
            backend=None, hyperparameters=None, metrics=None, is_trained=False
        )
    facts = training_facts(state)
    return bodies.ModelInfoResponse(
        backend=facts["backend"],
        hyperparameters=facts["hyperparameters"],
        metrics=facts["metrics"],
        is_trained=True,
        training_config=training_config(state),
    )


@router.post("/predict", responses=COMPUTED)
async def predict(asked: bodies.PredictionRequest, reads: Reads) -> bodies.PredictionResponse:
    """Predict the first objective at points."""
    need_model(await reads.state())
    points = [dict(point) for point in asked.inputs]
    found = (await reads.compute("alchemist-predict", {"inputs": points})).result
    return bodies.PredictionResponse(
        predictions=[
            bodies.PredictionResult(inputs=point, prediction=mean, uncertainty=std)
            for point, mean, std in zip(points, found["mean"], found["std"], strict=True)
        ],
        n_predictions=len(points),
    )


def training_config(state: SessionState) -> dict[str, object]:
    """Return what trains the same model again; see `get_last_training_config`.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from optwidgets.journal.state import SessionState
    >>> record = {"backend": "botorch", "kernel": "Matern", "nu": 2.5}
    >>> training_config(replace(SessionState(), model=record))["kernel_params"]
    {'nu': 2.5}
    """
    record = state.model or {}
    parameters = {"Matern": "nu", "IBNN": "depth"}
    own = parameters.get(str(record.get("kernel")), "")
    return {
        "backend": record.get("backend"),
        "kernel": record.get("kernel"),
        "kernel_params": {own: record[own]} if own in record else {},
    }


def differences(asked: bodies.TrainModelRequest) -> list[str]:
    """Return in words what of a request does not change the model.

    Raises
    ------
    OptwidgetsError
        For a transform or optimizer that ALchemist does not have either.

    Examples
    --------
    >>> differences(bodies.TrainModelRequest(backend="botorch", input_transform="normalize"))
    []
    >>> differences(bodies.TrainModelRequest(backend="sklearn", input_transform="robust"))
    ['(inputs are always scaled by their bounds: input_transform makes no difference)']
    """
    for field, value, known in (
        ("input_transform", asked.input_transform, INPUTS[asked.backend]),
        ("output_transform", asked.output_transform, OUTPUTS[asked.backend]),
        ("optimizer", asked.optimizer, OPTIMIZERS),
    ):
        if value is not None and value not in known:
            raise OptwidgetsError(
                f"{field} {short(value)} is not known for {asked.backend}. Choose one of "
                f"{enumerate_words(known)}.",
                field=field,
            )
    told = []
    if asked.input_transform not in (None, "normalize", "minmax"):
        told.append("inputs are always scaled by their bounds: input_transform")
    if asked.output_transform == "none":
        told.append("outputs are always standardised: output_transform")
    if asked.optimizer is not None and asked.backend == "sklearn":
        told.append("the optimizer is always L-BFGS-B: optimizer")
    if asked.calibration_enabled:
        told.append("figures are calibrated by use_calibrated=true: calibration_enabled")
    return [f"({words} makes no difference)" for words in told]
