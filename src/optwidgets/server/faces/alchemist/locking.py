"""Routes for the lock of a session, and for the control record."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import now
from optwidgets.server.declaring import refusal
from optwidgets.server.faces.alchemist import beside
from optwidgets.server.faces.alchemist.access import (
    LOCK_COOKIE,
    Changes,
    LockToken,
    Reads,
    Writes,
)
from optwidgets.server.faces.alchemist.hub import Hub, hub_of
from optwidgets.server.faces.alchemist.schemas import sessions as bodies
from optwidgets.server.faces.alchemist.schemas.common import ErrorResponse
from optwidgets.server.locks import standing
from optwidgets.server.transaction import Transaction

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["Sessions"])
_LOCK = "/lock"
_CONTROL = "/control"
REFUSED: dict[int | str, dict[str, Any]] = {
    403: refusal(ErrorResponse, "Somebody else holds the lock"),
    404: refusal(ErrorResponse),
}
Tells = Annotated[Hub, Depends(hub_of)]


def _may_take_over(request: Request, changes: Changes) -> bool:
    # Without tokens everybody is the administrator, and a lock would hold nobody back.
    return changes.principal.scope == "admin" and not request.app.state.settings.no_auth


TakesOver = Annotated[bool, Depends(_may_take_over)]


@router.post(_LOCK, responses=REFUSED, response_model_exclude_unset=True)
async def lock_session(
    session_id: str,
    asked: bodies.SessionLockRequest,
    changes: Changes,
    lock_token: LockToken,
    takes_over: TakesOver,
    response: Response,
) -> bodies.SessionLockResponse:
    """Take the lock: until it is released, a write has to carry the token of the answer.

    As ``lock_token`` in the query, in the header ``X-Lock-Token``, or in the cookie that this
    answer sets. A lock that is held is taken over with its token, or by an administrator.
    It binds every API of the server, and notebooks that are attached to the session.
    """

    def take(transaction: Transaction) -> dict[str, Any]:
        transaction.session(session_id)
        lock, token = transaction.locks.take(
            session_id,
            asked.locked_by,
            client_id=asked.client_id,
            seconds=asked.seconds,
            token=lock_token,
            over=takes_over,
        )
        return {**standing(lock), "lock_token": token}

    body = await changes.transact(take)
    response.set_cookie(
        LOCK_COOKIE,
        body["lock_token"],
        path=f"/api/v1/sessions/{session_id}",
        httponly=True,
        samesite="strict",
    )
    return bodies.SessionLockResponse(**body)


@router.delete(_LOCK, responses=REFUSED, response_model_exclude_unset=True)
async def unlock_session(
    session_id: str,
    changes: Changes,
    lock_token: LockToken,
    takes_over: TakesOver,
    response: Response,
) -> bodies.SessionLockResponse:
    """Release the lock, with its token or as an administrator."""

    def release(transaction: Transaction) -> dict[str, Any]:
        transaction.session(session_id)
        transaction.locks.release(session_id, lock_token, over=takes_over)
        return {**standing(None), "lock_token": None}

    body = await changes.transact(release)
    response.delete_cookie(LOCK_COOKIE, path=f"/api/v1/sessions/{session_id}")
    return bodies.SessionLockResponse(**body)


@router.get(_LOCK, responses=REFUSED, response_model_exclude_unset=True)
async def get_lock(reads: Reads) -> bodies.SessionLockResponse:
    """Return who holds the lock; never its token."""
    lock = await reads.host.lock(reads.session_id)
    return bodies.SessionLockResponse(**standing(lock), lock_token=None)


@router.get(_CONTROL, responses=REFUSED)
async def get_control(reads: Reads) -> bodies.ControlResponse:
    """Return what a human asks of the controller of the campaign, and what it says it does."""
    state = await reads.state()
    found = await reads.ask(lambda asked: beside.control_of(asked, reads.session_id, state))
    return bodies.ControlResponse(**found)


@router.put(_CONTROL, responses=REFUSED)
async def update_control(
    asked: bodies.ControlUpdateRequest, writes: Writes, hub: Tells
) -> bodies.ControlResponse:
    """Write one half of the record: what is asked, or what is done.

    A heartbeat, which reports the same again, moves the time only and leaves no trace in the
    audit log.
    """
    if (asked.requested is None) == (asked.reported is None):
        raise OptwidgetsError(
            "Send either 'requested' or 'reported': the first is written by a human, the second "
            "by the controller."
        )

    def update(transaction: Transaction) -> dict[str, Any]:
        session = transaction.session(writes.session_id)
        connection = transaction.connection
        before = beside.control_of(connection, writes.session_id, session.state)
        half, said = _half(asked)
        record = {**before, **said}
        beside.write_control(connection, writes.session_id, record)
        if before[half] != record[half]:
            facts = {half: record[half], "by": record[f"{half}_by"]}
            if half == "reported":
                facts["detail"] = record["detail"]
            session.log_event(f"control_{half}", facts, "Consumer control channel")
        hub.tell_after(
            transaction, writes.session_id, {"event": "control_changed", "control": record}
        )
        return record

    return bodies.ControlResponse(**await writes.transact(update))


def _half(asked: bodies.ControlUpdateRequest) -> tuple[str, dict[str, Any]]:
    if asked.requested is not None:
        return "requested", {
            "requested": asked.requested,
            "requested_at": now(),
            "requested_by": asked.requested_by,
        }
    return "reported", {
        "reported": asked.reported,
        "reported_at": now(),
        "reported_by": asked.reported_by,
        "detail": asked.detail,
    }
