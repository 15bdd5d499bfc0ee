"""How a route gets at its session: who asks, for which one, and whether its lock allows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import sqlalchemy as sa
from fastapi import Cookie, Depends, Header, Query, Request, Response

from optwidgets.journal.acting import acting
from optwidgets.journal.changes import from_stored
from optwidgets.journal.entry import canonical_json
from optwidgets.journal.lines import read_stored
from optwidgets.journal.row_texts import RowTexts
from optwidgets.journal.state import SessionState
from optwidgets.server.answers import Answer, Once
from optwidgets.server.auth import Principal
from optwidgets.server.faces.alchemist.errors import NoVariablesError
from optwidgets.server.host import Host
from optwidgets.server.locks import borne
from optwidgets.server.preconditions import ExpectedRevision
from optwidgets.server.signing_in import host_of, needs
from optwidgets.session import OptimizationSession

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.server.compute.recording import Computed
    from optwidgets.server.transaction import Transaction

T = TypeVar("T")
Body = dict[str, Any]
LOCK_COOKIE = "alchemist_lock"


@lru_cache(maxsize=8)
def texts_of(_session_id: str) -> RowTexts:
    """Return the texts of a session's rows; kept for the sessions that were asked for last."""
    # Each text is checked by its row: what is kept fits, whichever server of a test asks.
    return RowTexts()


@dataclass(frozen=True)
class Reading:
    """A session that may be read.

    Parameters
    ----------
    host
        The server's sessions.
    principal
        Who asks.
    session_id
        Which session; it exists once one of the methods has answered.
    """

    host: Host
    principal: Principal
    session_id: str

    @property
    def texts(self) -> RowTexts:
        """Texts of the session's rows, kept from one request to the next."""
        return texts_of(self.session_id)

    async def state(self) -> SessionState:
        """Return what is true of the session now."""
        return await self.host.state(self.session_id)

    async def view(self, look: Callable[[OptimizationSession], T]) -> T:
        """Read through a method of the session."""
        return await self.host.view(self.session_id, look)

    async def ask(self, query: Callable[[sa.Connection], T]) -> T:
        """Read from the tables beside the session, which has to exist."""
        await self.state()
        return await self.host.read(query)

    async def entries(self) -> list[Entry]:
        """Return the whole journal; read on a connection of its own, so that no write waits."""
        return await self.ask(
            lambda found: [from_stored(entry) for entry in read_stored(found, self.session_id)]
        )

    async def compute(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Run a named computation on the session in a child process."""
        return await self.host.compute(
            self.session_id, name, dict(arguments), principal=self.principal
        )


@dataclass(frozen=True)
class Changing:
    """Something may be changed, at most once per idempotency key.

    Parameters
    ----------
    host
        The server's sessions.
    principal
        Who asks.
    response
        Told when an answer is a repeat.
    once
        The key, if the request carries one, and what it was sent with.
    expected
        The revision of ``If-Match``, if the request carries one: what was changed since is not
        overwritten.
    """

    host: Host
    principal: Principal
    response: Response
    once: Once | None
    expected: int | None

    async def transact(self, operation: Callable[[Transaction], Body]) -> Body:
        """Do an operation, all or nothing; when this returns, it is on the disk.

        Returns
        -------
        dict
            What the operation returned, as JSON values; for a repeat, what it returned then.
        """

        def done(transaction: Transaction) -> Answer:
            with acting(self.principal.actor(), expected_revision=self.expected):
                return Answer(200, operation(transaction))

        answer = await self.host.write_once(done, self.once)
        if answer.replayed:
            self.response.headers["Idempotency-Replayed"] = "true"
        body: Body = answer.body
        return body


@dataclass(frozen=True)
class Writing(Reading):
    """A session that may be changed, as long as nobody else holds its lock.

    Parameters
    ----------
    changing
        How it is changed.
    """

    changing: Changing

    async def write(self, change: Callable[[OptimizationSession], Body]) -> Body:
        """Change the session and return the body of the answer; see `Changing.transact`."""
        return await self.transact(lambda tx: change(tx.session(self.session_id)))

    async def transact(self, operation: Callable[[Transaction], Body]) -> Body:
        """Change the session and the tables beside it, all or nothing."""

        def checked(transaction: Transaction) -> Body:
            transaction.session(self.session_id)  # raises where there is none
            transaction.check_lock(self.session_id)
            return operation(transaction)

        return await self.changing.transact(checked)

    async def compute(
        self,
        name: str,
        arguments: Mapping[str, Any],
        and_then: Callable[[OptimizationSession, Computed], None] | None = None,
    ) -> Any:
        """Run a computation that changes the session, unless the lock forbids it.

        Parameters
        ----------
        name, arguments
            As `Host.compute` takes them.
        and_then
            Further changes, which are recorded together with its own or not at all.
        """
        once = self.changing.once

        def also(transaction: Transaction, computed: Computed) -> None:
            if and_then is not None:
                with acting(self.principal.actor()):
                    and_then(transaction.session(self.session_id), computed)

        return await self.host.compute(
            self.session_id,
            name,
            dict(arguments),
            principal=self.principal,
            key=None if once is None else once.key,
            content=None if once is None else once.content,
            and_then=None if and_then is None else also,
        )


async def _changing(
    request: Request,
    response: Response,
    principal: Annotated[Principal, needs("write")],
    expected: ExpectedRevision,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Changing:
    once = None
    if idempotency_key is not None:
        content = await _content(request)
        asked = f"{request.method} {request.url.path}?{request.url.query}\n{content}"
        once = Once(principal.id, idempotency_key, asked)
    return Changing(host_of(request), principal, response, once, expected)


async def _content(request: Request) -> str:
    """Return what was sent; a form was taken from the stream before, by the route's files."""
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        return (await request.body()).hex()
    parts: list[list[str]] = []
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            parts.append([name, value])
        else:
            parts.append([name, value.filename or "", (await value.read()).hex()])
            await value.seek(0)
    return canonical_json(parts)


def _reading(
    session_id: str, request: Request, principal: Annotated[Principal, needs("read")]
) -> Reading:
    return Reading(host_of(request), principal, session_id)


async def _lock_token(
    changes: Annotated[Changing, Depends(_changing)],  # noqa: ARG001 - notes the header first
    lock_token: Annotated[str | None, Query(max_length=200)] = None,
    x_lock_token: Annotated[str | None, Header(max_length=200)] = None,
    alchemist_lock: Annotated[str | None, Cookie(include_in_schema=False)] = None,
) -> str | None:
    # ALchemist's own clients send the token nowhere but on release. Those that keep cookies,
    # as browsers and the sessions of HTTP libraries do, hold their lock all the same.
    token = lock_token or x_lock_token or alchemist_lock
    borne.set(token)
    return token


LockToken = Annotated[str | None, Depends(_lock_token)]
Changes = Annotated[Changing, Depends(_changing)]


def _writing(
    session_id: str,
    changing: Changes,
    lock_token: LockToken,  # noqa: ARG001 - noted for the writer
) -> Writing:
    return Writing(changing.host, changing.principal, session_id, changing)


Reads = Annotated[Reading, Depends(_reading)]
Writes = Annotated[Writing, Depends(_writing)]


def with_variables(session: OptimizationSession) -> OptimizationSession:
    """Return a session, or raise `NoVariablesError` where its space is empty."""
    if not len(session.state.space):
        raise NoVariablesError
    return session
