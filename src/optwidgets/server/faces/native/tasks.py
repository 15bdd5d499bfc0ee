"""Long work of a session: begun, followed, cancelled."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from optwidgets.server.compute.recording import Question
from optwidgets.server.faces.native.errors import ERRORS
from optwidgets.server.faces.native.requests import Key, SessionId
from optwidgets.server.signing_in import Writer, host_of, needs

router = APIRouter(prefix="/api/v1/sessions/{session_id}/tasks", tags=["tasks"], responses=ERRORS)

MAX_WAIT_SECONDS = 30.0

TaskState = Literal["pending", "running", "done", "failed", "cancelled"]


class NewTaskBody(BaseModel):
    """What is to be computed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: str = Field(
        max_length=64,
        description="suggest, train, predict, optimum, sensitivity, design and others; the answer "
        "to one that is not known lists them.",
    )
    arguments: dict[str, Any] = Field(default_factory=dict)
    deadline: float | None = Field(
        default=None,
        gt=0,
        le=3600,
        description="Seconds after which it is stopped; a suggestion is then space-filling.",
    )
    actor: str | None = Field(default=None, max_length=100)


class ProgressBody(BaseModel):
    """How far a task is."""

    fraction: float | None
    stage: str


class TaskBody(BaseModel):
    """A task: ``result`` when it is done, ``error`` when it failed or was cancelled."""

    id: str
    session_id: str
    kind: str
    label: str
    actor: str
    state: TaskState
    created_at: str
    started_at: str | None
    ended_at: str | None
    progress: ProgressBody
    result: Any
    error: dict[str, Any] | None
    revision: int | None
    fell_back: bool


class TasksBody(BaseModel):
    """Tasks of a session, newest first."""

    tasks: list[TaskBody]


TaskId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@router.post("", response_model=TaskBody, status_code=202)
async def begin_task(
    request: Request, session_id: SessionId, body: NewTaskBody, principal: Writer, key: Key
) -> Response:
    """Begin a computation; a repeat with the same key answers with the same task.

    Tasks that record something run one after the other; the others wait as ``pending``.
    """
    question = Question(session_id, body.kind, body.arguments, principal, body.actor, key)
    task = await host_of(request).tasks.submit(question, deadline=body.deadline)
    headers = {"Idempotency-Replayed": "true"} if task.replayed else {}
    headers["Location"] = f"/api/v1/sessions/{session_id}/tasks/{task.id}"
    return JSONResponse(task.to_dict(), 202, headers)


@router.get("", response_model=TasksBody, dependencies=[needs("read")])
async def list_tasks(
    request: Request,
    session_id: SessionId,
    state: Annotated[TaskState | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """List the tasks of a session, newest first."""
    host = host_of(request)
    await host.state(session_id)
    states = (state,) if state else ()
    found = await host.tasks.list(session_id, states=states, limit=limit)
    return JSONResponse({"tasks": [task.to_dict() for task in found]})


@router.get("/{task_id}", response_model=TaskBody, dependencies=[needs("read")])
async def read_task(
    request: Request,
    session_id: SessionId,
    task_id: TaskId,
    wait: Annotated[
        float, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for its end.")
    ] = 0,
) -> Response:
    """Read a task, at once or when it has ended."""
    tasks = host_of(request).tasks
    if wait:
        return JSONResponse((await tasks.wait(session_id, task_id, wait)).to_dict())
    return JSONResponse((await tasks.get(session_id, task_id)).to_dict())


@router.delete("/{task_id}", response_model=TaskBody)
async def cancel_task(
    request: Request, session_id: SessionId, task_id: TaskId, principal: Writer
) -> Response:
    """Cancel a task: its process is gone within a second. One that has ended stays as it is.

    Needs no key: cancelling twice is the same as once.
    """
    task = await host_of(request).tasks.cancel(session_id, task_id, principal.actor())
    return JSONResponse(task.to_dict())
