"""Routes for sessions: begin, describe, delete, files up and down."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, File, Response, UploadFile

from optwidgets.journal.session_file import from_session_file
from optwidgets.server.auth import Principal
from optwidgets.server.errors import NotAllowed
from optwidgets.server.faces.alchemist import beside
from optwidgets.server.faces.alchemist.access import Changes, Reads, Writes
from optwidgets.server.faces.alchemist.describing import (
    data_summary,
    file_name,
    last_change,
    last_suggestion,
    model_summary,
    session_document,
    space_summary,
)
from optwidgets.server.faces.alchemist.schemas import sessions as bodies
from optwidgets.server.faces.alchemist.schemas.common import Message
from optwidgets.server.faces.alchemist.space_file import parse_json
from optwidgets.server.faces.alchemist.variables import NOT_FOUND
from optwidgets.server.transaction import Transaction
from optwidgets.session import OptimizationSession

router = APIRouter(prefix="/api/v1", tags=["Sessions"])
_SESSION = "/sessions/{session_id}"


@router.post("/sessions", status_code=201)
async def create_session(
    changes: Changes,
    asked: Annotated[bodies.CreateSessionRequest | None, Body()] = None,
) -> bodies.SessionCreateResponse:
    """Begin a session."""
    details = asked.model_dump(exclude_none=True) if asked else {}
    name = details.pop("name", "") or "Untitled Session"

    def create(transaction: Transaction) -> dict[str, Any]:
        session = transaction.create_session(name)
        session.update_metadata(**details)
        return _created(session)

    may_create(changes.principal)
    return bodies.SessionCreateResponse(**await changes.transact(create))


@router.get(_SESSION, responses=NOT_FOUND)
async def get_session(reads: Reads) -> bodies.SessionInfoResponse:
    """Return everything about a session but its rows."""
    state = await reads.state()
    at = await reads.view(last_change)
    details = state.metadata
    return bodies.SessionInfoResponse(
        session_id=reads.session_id,
        created_at=str(details["created_at"]),
        last_accessed=at,
        metadata=bodies.SessionMetadataInfo(
            name=state.name,
            description=details.get("description", ""),
            tags=list(details.get("tags", ())),
            author=details.get("author", ""),
            last_modified=at,
        ),
        target_columns=list(state.table.target_names),
        search_space=space_summary(state.space),
        data=bodies.DataSummary(**data_summary(state)),
        model=model_summary(state),  # type: ignore[arg-type]  # checked by Pydantic
    )


@router.get(_SESSION + "/state", responses=NOT_FOUND)
async def get_state(reads: Reads) -> bodies.SessionStateResponse:
    """Return how the campaign stands."""
    state = await reads.state()
    model = state.model
    suggested = last_suggestion(state)
    goals = [objective.goal for objective in state.table.objectives] or ["maximize"]
    return bodies.SessionStateResponse(
        session_id=reads.session_id,
        n_variables=len(state.space),
        n_experiments=state.table.counts["done"],
        model_trained=model is not None,
        model_backend=None if model is None else str(model.get("backend")),
        last_suggestion=suggested,
        last_goal=None if suggested is None else goals[0],
    )


@router.delete(_SESSION, status_code=204, responses=NOT_FOUND)
async def delete_session(session_id: str, writes: Writes) -> None:
    """Delete a session with all that it holds."""

    def delete(transaction: Transaction) -> dict[str, Any]:
        transaction.delete_session(session_id)
        return {}

    await writes.transact(delete)


@router.post(_SESSION + "/save", responses=NOT_FOUND)
async def save_session(reads: Reads) -> Message:
    """Do nothing: every answered change is on the disk already."""
    await reads.state()
    return Message(message="Session persisted to server storage")


@router.get(_SESSION + "/export", responses=NOT_FOUND)
async def export_session(reads: Reads) -> Response:
    """Return the session as a file that ``sessions/import`` takes."""
    return await _file(reads, f"session_{reads.session_id}")


@router.get(_SESSION + "/download", responses=NOT_FOUND)
async def download_session(reads: Reads) -> Response:
    """Return the session as a file of its name."""
    return await _file(reads, (await reads.state()).name)


@router.post("/sessions/import", status_code=201)
async def import_session(
    changes: Changes, file: Annotated[UploadFile, File()]
) -> bodies.SessionCreateResponse:
    """Make a new session out of a file."""
    return await _taken(changes, await file.read())


@router.post("/sessions/upload", status_code=201)
async def upload_session(
    changes: Changes, file: Annotated[UploadFile, File()]
) -> bodies.SessionCreateResponse:
    """Make a new session out of a file; the same as ``import``."""
    return await _taken(changes, await file.read())


@router.get(_SESSION + "/metadata", responses=NOT_FOUND)
async def get_metadata(reads: Reads) -> bodies.SessionMetadataResponse:
    """Return name, description, tags and author."""
    return bodies.SessionMetadataResponse(**await reads.view(_metadata))


@router.patch(_SESSION + "/metadata", responses=NOT_FOUND)
async def update_metadata(
    asked: bodies.UpdateMetadataRequest, writes: Writes
) -> bodies.SessionMetadataResponse:
    """Change name, description, tags or author; what is left out stays."""

    def update(session: OptimizationSession) -> dict[str, Any]:
        session.update_metadata(**asked.model_dump())
        return _metadata(session)

    return bodies.SessionMetadataResponse(**await writes.write(update))


def may_create(principal: Principal) -> None:
    """Refuse a token that is good for some sessions only: a new one is none of them."""
    if principal.sessions is not None:
        raise NotAllowed(
            f"The token {principal.name!r} is good for some sessions only, so it cannot make new "
            "ones. Use one without that limit."
        )


async def take_document(changes: Any, document: Any) -> dict[str, Any]:
    """Make a new session out of the values of a session file."""
    may_create(changes.principal)
    found, _ = await asyncio.to_thread(from_session_file, document)

    def take(transaction: Transaction) -> dict[str, Any]:
        session = transaction.create_session()
        session.begin_with(found)
        return _created(session)

    body: dict[str, Any] = await changes.transact(take)
    return body


async def _taken(changes: Any, content: bytes) -> bodies.SessionCreateResponse:
    document = await asyncio.to_thread(parse_json, content, "The session file")
    return bodies.SessionCreateResponse(**await take_document(changes, document))


async def _file(reads: Any, name: str) -> Response:
    state = await reads.state()
    control = await reads.ask(lambda found: beside.control_of(found, reads.session_id, state))
    text = await asyncio.to_thread(session_document, state, control, reads.texts)
    headers = {"Content-Disposition": f"attachment; filename={file_name(name, 'json')}"}
    # Half a character from a damaged paste cannot be encoded; in JSON it can be escaped.
    content = text.encode("utf-8", "backslashreplace")
    return Response(content, media_type="application/json", headers=headers)


def _created(session: OptimizationSession) -> dict[str, Any]:
    return {"session_id": session.id, "created_at": str(session.state.metadata["created_at"])}


def _metadata(session: OptimizationSession) -> dict[str, Any]:
    details = session.state.metadata
    return {
        "session_id": session.id,
        "name": session.name,
        "created_at": str(details["created_at"]),
        "last_modified": last_change(session),
        "description": details.get("description", ""),
        "tags": list(details.get("tags", ())),
        "author": details.get("author", ""),
    }
