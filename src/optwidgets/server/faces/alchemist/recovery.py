"""Routes for backups of sessions: ALchemist's page makes one every half a minute."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from optwidgets.server.auth import Principal
from optwidgets.server.errors import NotAllowed, NotFound
from optwidgets.server.faces.alchemist import beside
from optwidgets.server.faces.alchemist.access import Changes, Writes
from optwidgets.server.faces.alchemist.describing import session_document
from optwidgets.server.faces.alchemist.schemas import sessions as bodies
from optwidgets.server.faces.alchemist.schemas.common import Message
from optwidgets.server.faces.alchemist.sessions import take_document
from optwidgets.server.faces.alchemist.variables import NOT_FOUND
from optwidgets.server.signing_in import host_of, needs
from optwidgets.server.transaction import Transaction

router = APIRouter(prefix="/api/v1", tags=["Sessions"])
_BACKUP = "/sessions/{session_id}/backup"


class BackupDeleted(BaseModel):
    """Whether there was a backup."""

    message: str
    deleted: bool


@router.post(_BACKUP, responses=NOT_FOUND)
async def create_backup(writes: Writes) -> Message:
    """Keep a copy of the session that outlives it."""
    state = await writes.state()
    session_id = writes.session_id
    known = await writes.ask(lambda found: beside.backup_revision(found, session_id))
    if known != state.revision:
        control = await writes.ask(lambda found: beside.control_of(found, session_id, state))
        document = await asyncio.to_thread(session_document, state, control)

        def keep(transaction: Transaction) -> dict[str, Any]:
            beside.write_backup(transaction.connection, session_id, state, document)
            return {}

        # The lock does not matter: a copy changes nothing.
        await writes.changing.transact(keep)
    return Message(message="Recovery backup created")


@router.delete(_BACKUP, responses=NOT_FOUND)
async def delete_backup(session_id: str, changes: Changes) -> BackupDeleted:
    """Delete the copy; the session may be gone already."""

    def delete(transaction: Transaction) -> dict[str, Any]:
        return {"deleted": beside.delete_backup(transaction.connection, session_id)}

    body = await changes.transact(delete)
    return BackupDeleted(message="Recovery backup cleared", **body)


@router.get("/recovery/list")
async def list_backups(
    request: Request, principal: Annotated[Principal, needs("read")]
) -> bodies.RecoveryListResponse:
    """Return the copies of sessions that the token is good for."""
    found = await host_of(request).read(beside.list_backups)
    mine = [backup for backup in found if principal.may("read", backup["session_id"])]
    return bodies.RecoveryListResponse(recoveries=mine, count=len(mine))


@router.post("/recovery/{session_id}/restore", status_code=201, responses=NOT_FOUND)
async def restore_backup(session_id: str, changes: Changes) -> bodies.SessionCreateResponse:
    """Make a new session out of a copy."""
    text = await changes.host.read(lambda found: beside.backup_document(found, session_id))
    if text is None:
        raise NotFound(f"There is no backup of a session {session_id[:80]!r} here.")
    return bodies.SessionCreateResponse(**await take_document(changes, json.loads(text)))


@router.delete("/recovery/cleanup")
async def delete_old_backups(
    changes: Changes, max_age_hours: Annotated[int, Query(ge=0, le=1_000_000)] = 24
) -> Message:
    """Delete the copies that are older than some hours; of all sessions."""
    changes.principal.check_scope("admin")
    if changes.principal.sessions is not None:
        raise NotAllowed(
            f"The token {changes.principal.name!r} is good for some sessions only, and this deletes "
            "copies of others, too. Use one without that limit."
        )

    def delete(transaction: Transaction) -> dict[str, Any]:
        return {"deleted": beside.delete_old_backups(transaction.connection, max_age_hours)}

    await changes.transact(delete)
    return Message(message=f"Cleaned up recovery files older than {max_age_hours} hours")
