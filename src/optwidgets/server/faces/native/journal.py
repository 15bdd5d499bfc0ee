"""The journal of a session: read it, append to it, bring in a whole one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.acting import acting
from optwidgets.journal.entry import canonical_json
from optwidgets.journal.lines import read_stored
from optwidgets.journal.numbering import renumbered
from optwidgets.journal.protocol import conflict
from optwidgets.journal.rules import check
from optwidgets.journal.snapshot_lines import load_snapshot
from optwidgets.journal.touching import in_the_way
from optwidgets.server.answers import Answer, Once
from optwidgets.server.errors import Conflict, NoSuchSession
from optwidgets.server.faces.native.errors import ERRORS
from optwidgets.server.faces.native.requests import Key, SessionId
from optwidgets.server.faces.native.wire import (
    AppendBody,
    AppendedBody,
    JournalBody,
    WholeJournalBody,
    entry_to_json,
    stored_to_json,
)
from optwidgets.server.preconditions import ExpectedRevision
from optwidgets.server.signing_in import Writer, host_of, needs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from optwidgets.journal.entry import Entry, Stored
    from optwidgets.journal.protocol import Journal
    from optwidgets.journal.snapshot import Snapshot
    from optwidgets.server.auth import Principal
    from optwidgets.server.transaction import Transaction

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["journal"], responses=ERRORS)

MAX_ENTRIES = 10_000


@router.get("/journal", response_model=JournalBody, dependencies=[needs("read")])
async def read_journal(
    request: Request,
    session_id: SessionId,
    after: Annotated[int, Query(ge=0, le=1 << 53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_ENTRIES)] = MAX_ENTRIES,
    *,
    snapshot: Annotated[
        bool,
        Query(description="Whether a snapshot may stand for the first entries, if there is one."),
    ] = False,
) -> Response:
    """Read the entries after a revision; repeat with the last one's until there are no more."""
    host = host_of(request)
    state = await host.state(session_id)

    def query(connection: sa.Connection) -> tuple[list[dict[str, Any]], Snapshot | None]:
        begin = load_snapshot(connection, session_id) if snapshot and not after else None
        known = after if begin is None else begin.revision
        stored = read_stored(connection, session_id, known, limit=limit)
        return [stored_to_json(entry) for entry in stored], begin

    entries, begin = await host.read(query)
    body = {
        "session_id": session_id,
        "created_at": str(state.metadata["created_at"]),
        "revision": state.revision,
        "entries": entries,
        "snapshot": None if begin is None else vars(begin),
    }
    return EscapedJSONResponse(body, headers={"ETag": f'"{state.revision}"'})


@router.post("/journal", response_model=AppendedBody, status_code=201)
async def append_to_journal(
    request: Request,
    session_id: SessionId,
    body: AppendBody,
    principal: Writer,
    key: Key,
    expected: ExpectedRevision,
) -> Response:
    """Record changes as one step, all or nothing. When this is answered, they are on the disk."""
    changes = body.decoded()

    def operation(tx: Transaction) -> Answer:
        session = tx.session(session_id)
        journal = tx.journal(session_id)
        if expected is not None and expected != session.revision:
            raise conflict(expected, journal.read(expected))
        since = _since(journal, session.revision, body.seen)
        if in_the_way(changes, since):
            raise conflict(body.seen or 0, since)
        numbered = changes
        if body.step in {"do", "start"}:
            numbered = list(renumbered(changes, session.state))
        try:
            state = session.state
            tx.fold_of(session_id).expect(state, numbered, check(state, numbered))
        except OptwidgetsError as error:
            if since:
                # It may fit what is there now once its author has seen that.
                raise conflict(body.seen or 0, since) from error
            raise
        entries = journal.append(
            numbered,
            actor=principal.actor(body.actor),
            key=key,
            step=body.step,
            target=body.target,
        )
        answer = {
            "revision": session.revision,
            "entries": [entry_to_json(entry) for entry in entries],
        }
        return Answer(201, answer)

    once = Once(principal.id, f"{session_id}:{key}", await request.body())
    return json_answer(await host_of(request).write_once(operation, once))


@router.put("/journal", response_model=AppendedBody, responses={201: {"model": AppendedBody}})
async def put_journal(
    request: Request,
    session_id: SessionId,
    principal: Writer,
    body: WholeJournalBody,
) -> Response:
    """Bring in a session with its id, its entries and their hashes; the same again is fine."""
    stored = [entry.stored() for entry in body.entries]

    return json_answer(
        await host_of(request).write(
            lambda tx: bring_in(tx, session_id, body.created_at, stored, principal)
        )
    )


def bring_in(
    tx: Transaction,
    session_id: str,
    created_at: str,
    stored: Sequence[Stored],
    principal: Principal,
    entries: Sequence[Entry] | None = None,
) -> Answer:
    """Make a session of a whole journal; ``entries`` are the stored ones, where they are read.

    Raises
    ------
    Conflict
        When there is a session of this id that begins otherwise.
    """
    answer = {"revision": len(stored), "entries": []}
    try:
        tx.session(session_id)
    except NoSuchSession:
        with acting(principal.actor()):
            tx.create_session(session_id=session_id, created_at=created_at)
        tx.journal(session_id).take_over(stored, entries)
        return Answer(201, answer)
    if read_stored(tx.connection, session_id)[: len(stored)] != stored:
        raise Conflict(
            f"There is a session {session_id} here already, with other entries. Attach to "
            "that one, or save yours under a new id."
        )
    return Answer(200, answer)


def _since(journal: Journal, revision: int, seen: int | None) -> list[Entry]:
    """Return the entries that the author of changes had not seen."""
    if seen is None or seen == revision:
        return []
    if seen > revision:
        raise conflict(seen, [])
    return journal.read(seen)


def json_answer(answer: Answer) -> Response:
    """Return what was answered to a write as a response."""
    headers = {"Idempotency-Replayed": "true"} if answer.replayed else {}
    return Response(answer.text, answer.status, headers, media_type="application/json")


class EscapedJSONResponse(JSONResponse):
    """JSON in ASCII: half a character from a damaged paste can be escaped but not encoded."""

    def render(self, content: Any) -> bytes:
        """Return the bytes of the answer."""
        return canonical_json(content).encode()
