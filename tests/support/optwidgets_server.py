"""A real server of ours, in a thread of the test's process, on a free port of loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from optwidgets.server.auth import create_token
from optwidgets.server.commands import make_server
from optwidgets.server.host import Host
from optwidgets.server.settings import Settings
from support.servers import free_port


@dataclass(frozen=True)
class RunningServer:
    """A running server: where it answers, what it keeps, and tokens for it."""

    url: str
    settings: Settings
    web: uvicorn.Server

    @property
    def host(self) -> Host:
        return self.web.config.app.state.host

    @property
    def database(self):
        return self.host.database

    def token(self, scope: str = "admin", name: str = "tester", **options) -> str:
        return create_token(self.database, name, scope, **options)

    def client(self, scope: str = "admin", **options) -> httpx.Client:
        """Return a client that sends a token of a scope."""
        headers = {"Authorization": f"Bearer {self.token(scope)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **options)


@contextmanager
def running(database: Path | str, *, port: int | None = None, **options) -> Iterator[RunningServer]:
    """Run a server as long as the block lasts; it stops as it does at SIGTERM."""
    settings = Settings(database=str(database), port=port or free_port(), **options)
    web = make_server(settings)
    thread = threading.Thread(target=web.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not web.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < until, "the server takes more than 20 s to start"
        time.sleep(0.005)
    try:
        yield RunningServer(f"http://127.0.0.1:{settings.port}", settings, web)
    finally:
        web.should_exit = True
        for _ in range(200):  # short waits: a machine that stood still is no server that hangs
            thread.join(0.1)
            if not thread.is_alive():
                break
        assert not thread.is_alive(), "the server does not stop"
