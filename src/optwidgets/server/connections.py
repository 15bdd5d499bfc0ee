"""Connections of clients that keep a server waiting, or that are too many, are closed."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from optwidgets.server.settings import is_loopback

if TYPE_CHECKING:
    from optwidgets.server.settings import Settings


def patient_but_not_for_ever(settings: Settings) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol for HTTP with the limits that it lacks.

    A client may take `settings.head_seconds` for the head of a request, also when it sends a letter
    each second (the attack called slowloris), and one address may hold `settings.connections`
    connections. Loopback is free of the second limit: a proxy on this machine stands for many.
    How long a body may take is up to :class:`~optwidgets.server.guard.Guard`.
    """
    held: Counter[str] = Counter()

    class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
        _waiting: asyncio.TimerHandle | None = None
        _address = ""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self._address = self.client[0] if self.client else ""
            held[self._address] += 1
            if held[self._address] > settings.connections and not is_loopback(self._address):
                self.transport.close()
                return
            self._wait_for_head()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._is_answering() or self.transport.get_protocol() is not self:
                self._stop_waiting()  # a request has begun, or became a WebSocket
            elif self._waiting is None:
                self._wait_for_head()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            held[self._address] -= 1
            if not held[self._address]:
                del held[self._address]
            super().connection_lost(exc)

        def _is_answering(self) -> bool:
            cycle: Any = self.cycle
            return cycle is not None and not cycle.response_complete

        def _wait_for_head(self) -> None:
            self._waiting = self.loop.call_later(settings.head_seconds, self.transport.close)

        def _stop_waiting(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

    return Protocol
