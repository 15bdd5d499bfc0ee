"""A peer as seen from the comparison: a process that takes and gives JSON lines."""

from __future__ import annotations

import json
import os
import select
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from peers.worker import THREADS

BENCHMARKS = Path(__file__).resolve().parent.parent
#: Waiting goes in slices, and the slices are counted: time in which this process is stopped
#: (SIGSTOP for a quiet minute) must not look like a peer that hangs.
SLICE_SECONDS = 10.0
MOST_SLICES = 240


class PeerError(Exception):
    """A peer answered with an error, died, or did not answer."""


class RemotePeer:
    """Starts a worker and asks it; see `peers.worker` for the requests."""

    def __init__(self, name: str, command: list[str], extensions: Path | None = None) -> None:
        self.name = name
        threads = dict.fromkeys(THREADS, "1")
        environment = {**os.environ, **threads, "PYTHONUNBUFFERED": "1"}
        # Beside the interpreter stand the tools that a compile needs.
        environment["PATH"] = f"{Path(command[0]).parent}{os.pathsep}{environment.get('PATH', '')}"
        if extensions is not None:
            # A compile that was killed leaves a lock on which every later process would wait.
            for lock in extensions.glob("**/lock"):
                lock.unlink(missing_ok=True)
            environment["TORCH_EXTENSIONS_DIR"] = str(extensions)
        self.process = subprocess.Popen(
            [*command, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=BENCHMARKS,
            env=environment,
        )

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request.

        Raises
        ------
        PeerError
            Where the answer is an error, or there is none.
        """
        stdin = self.process.stdin
        assert stdin is not None
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            raise PeerError(self._ended()) from None
        answer = json.loads(self._line())
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer

    def _line(self) -> bytes:
        stdout = self.process.stdout
        assert stdout is not None
        for _ in range(MOST_SLICES):
            if select.select([stdout], [], [], SLICE_SECONDS)[0]:
                line = stdout.readline()
                if not line:
                    raise PeerError(self._ended())
                return line
        self.close()
        raise PeerError(f"No answer for {MOST_SLICES * SLICE_SECONDS / 60:.0f} minutes.")

    def _ended(self) -> str:
        return f"The process ended with exit code {self.process.wait()}."

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """End the process, which holds nothing that could be lost."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
