"""What ALchemist's locks lack: renewed before their time is over, and broken by a person.

Taking a lock, giving it back and looking at it is ``/lock`` itself, in ALchemist's form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from optwidgets.journal.acting import acting
from optwidgets.server.errors import NotFound
from optwidgets.server.faces.native.errors import ERRORS
from optwidgets.server.faces.native.requests import SessionId
from optwidgets.server.locks import MAX_SECONDS, standing
from optwidgets.server.signing_in import Writer, host_of

if TYPE_CHECKING:
    from optwidgets.server.transaction import Transaction

router = APIRouter(prefix="/api/v1/sessions/{session_id}/lock", tags=["locks"], responses=ERRORS)

LockToken = Annotated[str | None, Header(max_length=200, description="Token of the lock.")]


class LockBody(BaseModel):
    """How the lock stands."""

    locked: bool
    locked_by: str | None
    locked_at: str | None
    expires_at: str | None = None


class Renewal(BaseModel):
    """For how long the lock is to hold from now on; without a number, until it is given back."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    seconds: float | None = Field(default=None, gt=0, le=MAX_SECONDS)


class Breaking(BaseModel):
    """Why somebody's lock is broken; recorded in the audit log."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@router.post("/renew", response_model=LockBody)
async def renew_lock(
    request: Request,
    session_id: SessionId,
    body: Renewal,
    principal: Writer,  # noqa: ARG001 - its scope is checked
    x_lock_token: LockToken = None,
) -> Response:
    """Have the lock end later, counted from now, with its token in ``X-Lock-Token``."""

    def renew(tx: Transaction) -> dict[str, Any]:
        tx.session(session_id)
        return standing(tx.locks.renew(session_id, x_lock_token, body.seconds))

    return JSONResponse(await host_of(request).write(renew))


@router.post("/break", response_model=LockBody)
async def break_lock(
    request: Request, session_id: SessionId, body: Breaking, principal: Writer
) -> Response:
    """Free the session without the token: a person decides that its holder is gone, or wrong.

    Who did it, and why, is in the audit log; the holder's next write with the token is refused.
    """

    def release(tx: Transaction) -> dict[str, Any]:
        session = tx.session(session_id)
        lock = tx.locks.end(session_id)
        if lock is None:
            raise NotFound("Nobody holds the lock of this session, so nothing has to be broken.")
        facts = {"locked_by": lock.locked_by, "locked_at": lock.locked_at}
        with acting(principal.actor()):
            session.log_event("lock_broken", facts, body.reason)
        return standing(None)

    return JSONResponse(await host_of(request).write(release))
