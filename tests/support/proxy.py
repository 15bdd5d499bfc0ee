"""A line that can be cut: a TCP proxy between a client and a server, in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Proxy:
    """Passes bytes on, late, in part or not at all.

    `delay` holds each piece back for some seconds; `lose` is the chance that a connection is
    cut in the middle of a piece, half of it passed on. While `down`, nobody gets through.
    """

    def __init__(self, port: int, seed: int = 0) -> None:
        self.target = port
        self.delay = 0.0
        self.lose = 0.0
        self.down = False
        self.port = 0
        self.cuts = 0
        self._chance = random.Random(seed)
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self, *, down: bool | None = None) -> None:
        """Cut all lines; `down` also says whether new ones get through from now on."""
        if down is not None:
            self.down = down
        self.cuts += 1
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(5)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self.cut(down=True)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _cut(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", self.port)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._writers |= ends
        try:
            await asyncio.gather(
                self._pass_on(reader, far_writer), self._pass_on(far_reader, writer)
            )
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.lose and self._chance.random() < self.lose:
                    writer.write(piece[: len(piece) // 2])
                    await writer.drain()
                    writer.transport.abort()
                    return
                writer.write(piece)
                await writer.drain()
        writer.transport.abort()


@contextmanager
def proxy_to(port: int, *, seed: int = 0) -> Iterator[Proxy]:
    """Put a proxy before a port of loopback."""
    proxy = Proxy(port, seed)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
