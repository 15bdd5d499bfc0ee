"""A write of the native API: once per key, on the revision it was made on, in somebody's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from optwidgets.journal.acting import acting
from optwidgets.journal.entry import canonical_json
from optwidgets.server.answers import Answer, Once
from optwidgets.server.auth import Principal
from optwidgets.server.faces.native.requests import Key, SessionId
from optwidgets.server.host import Host
from optwidgets.server.preconditions import ExpectedRevision
from optwidgets.server.signing_in import Writer, host_of

if TYPE_CHECKING:
    from optwidgets.server.transaction import Transaction
    from optwidgets.session import OptimizationSession


@dataclass(frozen=True)
class Change:
    """What a request that changes a session came with.

    Parameters
    ----------
    host
        The server's sessions.
    session_id, principal
        What is changed, and who does it.
    key
        The ``Idempotency-Key``.
    expected
        The revision of ``If-Match``, or None.
    path
        What is asked for, beside the body; part of what a repeat has to equal.
    """

    host: Host
    session_id: str
    principal: Principal
    key: str
    expected: int | None
    path: str

    def once(self, body: Any) -> Once:
        """Return what a repeat of the request with this body is known by."""
        return Once(
            self.principal.id, f"{self.session_id}:{self.key}", canonical_json([self.path, body])
        )

    async def make(
        self,
        body: Any,
        operation: Callable[[OptimizationSession], dict[str, Any]],
        status: int = 200,
    ) -> JSONResponse:
        """Do an operation on the session, once, and answer what it returns with the revision."""

        def change(tx: Transaction) -> Answer:
            session = tx.session(self.session_id)
            with acting(self.principal.actor(), expected_revision=self.expected):
                told = operation(session)
            return Answer(status, {**told, "revision": session.revision})

        answer = await self.host.write_once(change, self.once(body))
        headers = {"ETag": f'"{answer.body["revision"]}"'}
        if answer.replayed:
            headers["Idempotency-Replayed"] = "true"
        return JSONResponse(answer.body, answer.status, headers)


def _change(
    request: Request,
    session_id: SessionId,
    principal: Writer,
    key: Key,
    expected: ExpectedRevision,
) -> Change:
    path = f"{request.method} {request.url.path}"
    return Change(host_of(request), session_id, principal, key, expected, path)


Changing = Annotated[Change, Depends(_change)]
