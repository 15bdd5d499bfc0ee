"""Undo and redo, and the objectives of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from optwidgets.journal.foreseeing import foreseeing
from optwidgets.server.faces.native.errors import ERRORS
from optwidgets.server.faces.native.requests import SessionId
from optwidgets.server.faces.native.writing import Change, Changing
from optwidgets.server.signing_in import host_of, needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from optwidgets.journal.foreseeing import Way
    from optwidgets.session import OptimizationSession

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["steps"], responses=ERRORS)

Name = Annotated[str, Path(max_length=256)]
Text = Annotated[str, Field(max_length=256)]


class StepBody(BaseModel):
    """What was undone or done again, in words."""

    words: str
    revision: int


class ObjectiveChange(BaseModel):
    """What is measured and which way is better; only what is given is changed."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    name: Text | None = None
    goal: Text | None = Field(
        default=None, description="maximize, minimize, target (with target) or band (with band)."
    )
    unit: Text | None = None
    label: Text | None = None
    lower: float | None = None
    upper: float | None = None
    target: float | None = None
    band: list[float] | None = Field(default=None, min_length=2, max_length=2)

    def given(self) -> dict[str, Any]:
        """Return the options that the client sent."""
        given = self.model_dump(exclude_unset=True)
        if given.get("band") is not None:
            given["band"] = tuple(given["band"])
        return given


class ObjectiveBody(ObjectiveChange):
    """An objective; ``lower`` and ``upper`` are what a result must keep to be feasible."""

    name: Text
    goal: Text = "maximize"
    unit: Text = ""
    label: Text = ""


class ObjectivesBody(BaseModel):
    """All objectives, and the revision at which these are they."""

    objectives: list[ObjectiveBody]
    revision: int


@router.post("/undo", response_model=StepBody)
async def undo(change: Changing) -> Response:
    """Undo the newest step."""
    return await _step(change, "undo", lambda session: session.undo())


@router.post("/redo", response_model=StepBody)
async def redo(change: Changing) -> Response:
    """Do the step again that was undone last."""
    return await _step(change, "redo", lambda session: session.redo())


async def _step(change: Change, way: Way, take: Callable[[OptimizationSession], str]) -> Response:
    async with change.host.stepping.ahead(change.session_id, way, change.once(None)) as ahead:

        def operation(session: OptimizationSession) -> dict[str, Any]:
            with foreseeing(ahead):
                return {"words": take(session)}

        return await change.make(None, operation)


@router.get("/objectives", response_model=ObjectivesBody, dependencies=[needs("read")])
async def read_objectives(request: Request, session_id: SessionId) -> Response:
    """List the objectives."""
    state = await host_of(request).state(session_id)
    told = [objective.to_dict() for objective in state.table.objectives]
    body = {"objectives": told, "revision": state.revision}
    return JSONResponse(body, headers={"ETag": f'"{state.revision}"'})


@router.post("/objectives", response_model=ObjectivesBody, status_code=201)
async def add_objective(change: Changing, body: ObjectiveBody) -> Response:
    """Add an objective."""
    given = body.given()

    def operation(session: OptimizationSession) -> dict[str, Any]:
        session.add_objective(**given)
        return _objectives(session)

    return await change.make(given, operation, 201)


@router.patch("/objectives/{name}", response_model=ObjectivesBody)
async def change_objective(change: Changing, name: Name, body: ObjectiveChange) -> Response:
    """Change an objective; give ``If-Match`` to change it only as you know it."""
    given = body.given()

    def operation(session: OptimizationSession) -> dict[str, Any]:
        session.change_objective(name, **given)
        return _objectives(session)

    return await change.make(given, operation)


@router.delete("/objectives/{name}", response_model=ObjectivesBody)
async def remove_objective(change: Changing, name: Name) -> Response:
    """Remove an objective; its results stay in the rows."""

    def operation(session: OptimizationSession) -> dict[str, Any]:
        session.remove_objective(name)
        return _objectives(session)

    return await change.make(None, operation)


def _objectives(session: OptimizationSession) -> dict[str, Any]:
    return {"objectives": [objective.to_dict() for objective in session.state.table.objectives]}
