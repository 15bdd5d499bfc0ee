"""A journal that is too long for one request: sent in parts, a session once it is whole."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optwidgets.journal.changes import from_stored
from optwidgets.server.answers import Answer, Once
from optwidgets.server.arriving import LONGEST, Arriving
from optwidgets.server.errors import Conflict, NoSuchSession, Unprocessable, WrongType
from optwidgets.server.faces.native.errors import ERRORS
from optwidgets.server.faces.native.journal import bring_in, json_answer
from optwidgets.server.faces.native.requests import Key, SessionId
from optwidgets.server.faces.native.wire import AppendedBody, EntryBody
from optwidgets.server.signing_in import Writer, host_of

if TYPE_CHECKING:
    import sqlalchemy as sa

    from optwidgets.journal.entry import Entry, Stored
    from optwidgets.server.transaction import Transaction

router = APIRouter(
    prefix="/api/v1/sessions/{session_id}/journal/parts",
    tags=["journal"],
    responses=ERRORS,
)

OCTETS = "application/octet-stream"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class PartsBody(BaseModel):
    """What has arrived: bytes, their SHA-256, and whether there is a session of this id already."""

    bytes: int
    sha256: str
    exists: bool


class ArrivedBody(BaseModel):
    """How many bytes are there."""

    bytes: int


class WholeBody(BaseModel):
    """What was sent in all."""

    model_config = ConfigDict(extra="forbid", strict=True)

    bytes: int = Field(ge=1, le=LONGEST)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class HeadLine(BaseModel):
    """The first line of a journal that arrives in parts."""

    created_at: str


@router.get("", response_model=PartsBody)
async def read_parts(request: Request, session_id: SessionId, principal: Writer) -> Response:
    """Tell how much of a journal has arrived, so that its sender can go on from there."""
    host = host_of(request)
    arriving = Arriving(session_id, principal.id)

    def query(connection: sa.Connection) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        for part in arriving.parts(connection):
            digest.update(part)
            size += len(part)
        return size, digest.hexdigest()

    size, digest = await host.read(query)
    try:
        await host.state(session_id)
        exists = True
    except NoSuchSession:
        exists = False
    return JSONResponse({"bytes": size, "sha256": digest, "exists": exists})


@router.put("/{start:int}", response_model=ArrivedBody, openapi_extra=_BODY)
async def put_part(
    request: Request,
    session_id: SessionId,
    principal: Writer,
    start: Annotated[int, Path(ge=0, le=LONGEST, description="Number of its first byte.")],
) -> Response:
    """Send the next part of a journal, bytes of any number; a part from 0 begins anew.

    A journal is lines of JSON: ``{"created_at": ...}``, then its entries as reading them gives them.
    It is no session until it is complete. The part that came last may be sent again.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != OCTETS:
        raise WrongType(f"Send a part of a journal as {OCTETS}.", field="Content-Type")
    body = await request.body()
    if not body:
        raise Unprocessable("This part of the journal is empty.")
    arriving = Arriving(session_id, principal.id)
    there = await host_of(request).write(lambda tx: arriving.add(tx, start, body))
    return JSONResponse({"bytes": there})


@router.post(
    "/complete",
    response_model=AppendedBody,
    status_code=201,
    responses={200: {"model": AppendedBody}},
)
async def complete_journal(
    request: Request, session_id: SessionId, principal: Writer, body: WholeBody, key: Key
) -> Response:
    """Make a session of the parts, all or nothing; the parts are forgotten then."""
    host = host_of(request)
    arriving = Arriving(session_id, principal.id)
    once = Once(principal.id, f"{session_id}:{key}", await request.body())
    known = await host.answered(once)
    if known is not None:
        return json_answer(known)
    content = await host.read(lambda connection: b"".join(arriving.parts(connection)))
    if len(content) != body.bytes or hashlib.sha256(content).hexdigest() != body.sha256:
        raise Conflict(
            f"{len(content)} bytes of this journal are here, not these {body.bytes}. Ask how much "
            "has arrived, and send the rest."
        )
    # Reading a long journal is nothing to make other writes wait for.
    created_at, stored, entries = await asyncio.to_thread(_read, content)

    def operation(tx: Transaction) -> Answer:
        answer = bring_in(tx, session_id, created_at, stored, principal, entries)
        arriving.clear(tx)
        return answer

    return json_answer(await host.write_once(operation, once))


def _read(content: bytes) -> tuple[str, list[Stored], list[Entry]]:
    head, *lines = content.splitlines()
    try:
        created_at = HeadLine.model_validate_json(head).created_at
    except ValidationError as error:
        raise Unprocessable(
            'A journal begins with a line {"created_at": "..."}; this one does not.'
        ) from error
    stored = []
    for number, line in enumerate(lines, 1):
        try:
            stored.append(EntryBody.model_validate_json(line).stored())
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(str(part) for part in problem["loc"])
            raise Unprocessable(
                f"Entry {number} of the journal: {place} {problem['msg']}."
            ) from None
    return created_at, stored, [from_stored(entry) for entry in stored]
