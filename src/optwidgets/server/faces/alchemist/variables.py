"""Routes for variables and linear constraints."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Query, UploadFile
from fastapi.responses import JSONResponse

from optwidgets.errors import OptwidgetsError
from optwidgets.server.declaring import refusal
from optwidgets.server.errors import NotFound
from optwidgets.server.faces.alchemist.access import Reads, Writes
from optwidgets.server.faces.alchemist.describing import (
    linear_constraints,
    space_summary,
)
from optwidgets.server.faces.alchemist.schemas import variables as bodies
from optwidgets.server.faces.alchemist.schemas.common import ErrorResponse, Message
from optwidgets.server.faces.alchemist.space_file import SpaceFile, read_space_file
from optwidgets.session import OptimizationSession
from optwidgets.space.edits import VariableChanged, added_in_order
from optwidgets.space.variable import make_variable

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["Variables"])
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: refusal(ErrorResponse)}


@router.post("/variables", responses=NOT_FOUND)
async def add_variable(
    variable: bodies.AddVariableRequest, writes: Writes
) -> bodies.VariableResponse:
    """Add a variable to the search space."""
    name, kind, options = _options(variable)

    def add(session: OptimizationSession) -> dict[str, Any]:
        session.add_variable(name, kind, **options)
        return {"message": "Variable added successfully", "variable": _echo(variable)}

    return bodies.VariableResponse(**await writes.write(add))


@router.get("/variables", responses=NOT_FOUND)
async def list_variables(reads: Reads) -> bodies.VariablesListResponse:
    """Return all variables."""
    found = space_summary((await reads.state()).space)
    return bodies.VariablesListResponse(
        variables=found["variables"], n_variables=found["n_variables"]
    )


@router.post("/variables/load", responses=NOT_FOUND)
async def load_variables(
    writes: Writes, file: Annotated[UploadFile, File()]
) -> bodies.VariablesLoadedResponse:
    """Load a search space: a list of variables is added, an object replaces what is there."""
    loaded = read_space_file(await file.read())

    def load(session: OptimizationSession) -> dict[str, Any]:
        return _load(session, loaded)

    return bodies.VariablesLoadedResponse(**await writes.write(load))


@router.get("/variables/export", responses=NOT_FOUND)
async def export_variables(
    reads: Reads, include_constraints: Annotated[bool, Query()] = False
) -> JSONResponse:
    """Return the search space as a file that ``variables/load`` takes."""
    space = (await reads.state()).space
    variables = space.to_dict()
    content: Any = variables
    if include_constraints:
        content = {"variables": variables, "constraints": linear_constraints(space)}
    name = f"variables_{reads.session_id[:8]}.json"
    return JSONResponse(content, headers={"Content-Disposition": f"attachment; filename={name}"})


@router.put("/variables/{variable_name}", responses=NOT_FOUND)
async def update_variable(
    variable_name: str, variable: bodies.AddVariableRequest, writes: Writes
) -> bodies.VariableResponse:
    """Define a variable anew; its name stays."""
    name, kind, options = _options(variable)
    if name != variable_name:
        raise OptwidgetsError(
            "The name in the body must be the one in the URL. To rename, use the native API.",
            field="name",
        )

    def update(session: OptimizationSession) -> dict[str, Any]:
        _known(session, name)
        session.commit([VariableChanged(name, make_variable(name, kind, **options))])
        found = {"unit": None, "description": None} | session.state.space[name].to_dict()
        return {"message": "Variable updated successfully", "variable": found}

    return bodies.VariableResponse(**await writes.write(update))


@router.delete("/variables/{variable_name}", responses=NOT_FOUND)
async def delete_variable(variable_name: str, writes: Writes) -> bodies.VariableDeletedResponse:
    """Remove a variable; constraints that speak of it have to be removed before."""

    def delete(session: OptimizationSession) -> dict[str, Any]:
        _known(session, variable_name)
        session.remove_variable(variable_name)
        return {
            "message": f"Variable '{variable_name}' deleted successfully",
            "n_variables": len(session.state.space),
        }

    return bodies.VariableDeletedResponse(**await writes.write(delete))


@router.post("/constraints", responses=NOT_FOUND)
async def add_constraint(
    constraint: bodies.AddConstraintRequest, writes: Writes
) -> bodies.ConstraintResponse:
    """Add a linear constraint on the settings."""

    def add(session: OptimizationSession) -> dict[str, Any]:
        session.add_input_constraint(
            constraint.constraint_type, constraint.coefficients, constraint.rhs, constraint.name
        )
        found = session.state.space.constraints[-1].to_dict()
        return {"message": "Constraint added successfully", "constraint": found}

    return bodies.ConstraintResponse(**await writes.write(add))


@router.get("/constraints", responses=NOT_FOUND)
async def list_constraints(reads: Reads) -> bodies.ConstraintsListResponse:
    """Return all linear constraints."""
    found = linear_constraints((await reads.state()).space)
    return bodies.ConstraintsListResponse(constraints=found, n_constraints=len(found))


@router.delete("/constraints/{constraint_name}", responses=NOT_FOUND)
async def delete_constraint(constraint_name: str, writes: Writes) -> Message:
    """Remove a constraint."""

    def delete(session: OptimizationSession) -> dict[str, Any]:
        if constraint_name not in {rule.label for rule in session.state.space.constraints}:
            raise NotFound(f"There is no constraint {constraint_name[:80]!r} in this session.")
        session.remove_input_constraint(constraint_name)
        return {"message": f"Constraint '{constraint_name}' deleted successfully"}

    return Message(**await writes.write(delete))


def _options(variable: Any) -> tuple[str, str, dict[str, Any]]:
    """Return name, kind and options of a body, in the spelling of `make_variable`."""
    given = variable.model_dump()
    name, kind = given.pop("name"), given.pop("type")
    if "categories" in given:
        given["values"] = given.pop("categories")
    if kind == "categorical" and given.get("unit"):
        # Labels have no unit here; said in the description, it is not lost.
        words = (given.get("description"), f"Unit: {given['unit']}")
        given["description"] = ". ".join(filter(None, words))
        given["unit"] = None
    return name, kind, given


def _echo(variable: Any) -> dict[str, Any]:
    """Return a body as the answer repeats it, with the labels as ``values``."""
    return {
        "values" if key == "categories" else key: value
        for key, value in variable.model_dump().items()
    }


def _known(session: OptimizationSession, name: str) -> None:
    if name not in session.state.space:
        raise NotFound(f"There is no variable {name[:80]!r} in this session.")


def _load(session: OptimizationSession, loaded: SpaceFile) -> dict[str, Any]:
    if loaded.replaces:
        session.search_space.replace(loaded.space())
        rules = len(loaded.constraints)
        words = f"{len(loaded.variables)} variables and {rules} constraints"
    else:
        rules = 0
        words = f"{len(loaded.variables)} variables"
        session.commit(added_in_order(loaded.variables))
    return {
        "message": f"Loaded {words} successfully",
        "n_variables": len(loaded.variables),
        "n_constraints": rules,
    }
