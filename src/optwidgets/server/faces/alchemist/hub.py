"""Who is told of what is beside a session: its control record."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import HTTPConnection

from optwidgets.server.listening import Listening

if TYPE_CHECKING:
    from optwidgets.server.transaction import Transaction

News = dict[str, Any]


class Hub:
    """Hands news of the writer's thread to whoever listens in the event loop.

    What is in the journal comes from `Host.subscribe`, and its lock from `Host.subscribe_lock`;
    this is for what is neither.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._listeners: Listening[News] = Listening()

    def subscribe(self, session_id: str, callback: Callable[[News], None]) -> Callable[[], None]:
        """Call back in the event loop with the news of a session; return how to stop it."""
        return self._listeners.add(session_id, callback)

    def tell_after(self, transaction: Transaction, session_id: str, news: News) -> None:
        """Tell news once the transaction is on the disk."""

        def told() -> None:
            # A loop that was closed has nobody to tell.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._listeners.tell, session_id, news)

        transaction.after_commit(told)


async def hub_of(connection: HTTPConnection) -> Hub:
    """Return the hub of the server that a request came to."""
    state = connection.app.state
    known: Hub | None = getattr(state, "alchemist_hub", None)
    if known is None:
        known = state.alchemist_hub = Hub()
    return known
