"""Our server as a process of its own, as a user starts it; it can be killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import httpx

from support.servers import free_port


class ServerProcess:
    """`optwidgets serve` on a fixed port; start it again after a kill.

    `program` is another way to start the command line, with other options of Python.
    """

    def __init__(
        self,
        database: str | Path,
        *options: str,
        log: Path | None = None,
        program: Sequence[str] = (sys.executable, "-m", "optwidgets.cli"),
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._command = [
            *(*program, "serve"),
            *("--database", str(database), "--port", str(self.port), *options),
        ]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it and wait for its first answer; return how long that took."""
        began = time.monotonic()
        output = subprocess.DEVNULL if self.log is None else self.log.open("ab")
        self.process = subprocess.Popen(self._command, stdout=output, stderr=output)
        with httpx.Client(base_url=self.url, timeout=5) as http:
            while True:
                assert self.process.poll() is None, "the server ended"
                assert time.monotonic() - began < 60, "the server does not answer"
                try:
                    http.get("/api/v1/sessions/none/journal")
                except httpx.TransportError:
                    time.sleep(0.01)
                else:
                    return time.monotonic() - began

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(30)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
