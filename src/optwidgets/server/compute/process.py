"""A child process as its parent sees it: started, asked, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

GRACE_SECONDS = 0.5
START_SECONDS = 120.0
#: Longest answer of a child, in bytes; figures of large tables are the longest.
LONGEST_LINE = 256 << 20

OnProgress = Callable[[float | None, str], None]


class ChildDied(Exception):  # noqa: N818 - it is said of the child
    """The process ended before it answered; `code` is its exit status or minus a signal."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"The process ended with {code}.")
        self.code = code


class Child:
    """One process that computes; `start` makes it.

    Attributes
    ----------
    pid
        Its number in the system.
    held
        Sessions that it holds copies of, with the revision of each.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid
        self.held: dict[str, int] = {}

    @classmethod
    async def start(cls, *, memory_bytes: int, threads: int) -> Child:
        """Start a process and wait until it has loaded what computations need.

        Raises
        ------
        ChildDied
            When it does not come up.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "optwidgets.server.compute.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment(memory_bytes, threads),
            limit=LONGEST_LINE,
            # Ctrl+C in the server's terminal is the server's to handle.
            start_new_session=True,
        )
        child = cls(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                await child._receive()
        except BaseException:
            await child.stop()
            raise
        return child

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    async def ask(
        self, request: Mapping[str, Any], on_progress: OnProgress | None = None
    ) -> dict[str, Any]:
        """Send a request and return the answer, calling back with progress meanwhile.

        Raises
        ------
        ChildDied
            When the process ends first.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            await self._process.stdin.drain()
        except OSError:
            raise ChildDied(await self._process.wait()) from None
        while True:
            message = await self._receive()
            if "progress" not in message:
                self.held = message.get("held", {})
                return message
            if on_progress is not None:
                try:
                    on_progress(message["progress"], message["stage"])
                except Exception:
                    log.exception("Whoever wanted to know of progress failed.")

    async def stop(self) -> None:
        """End the process, by force if it does not go within half a second."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), GRACE_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        try:
            line = await self._process.stdout.readline()
        except ValueError:  # longer than any answer may be
            await self.stop()
            raise ChildDied(None) from None
        if not line:
            raise ChildDied(await self._process.wait())
        message: dict[str, Any] = json.loads(line)
        return message


def environment(memory_bytes: int, threads: int) -> dict[str, str]:
    """Return the environment of a child: the server's own without what is secret.

    Examples
    --------
    >>> "OPTWIDGETS_TOKEN" in environment(1 << 30, 1)
    False
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPTWIDGETS_", "PG"))
    }
    return kept | {
        "OPTWIDGETS_CHILD_MEMORY": str(memory_bytes),
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        # A progress bar would be drawn into the server's log.
        "TQDM_DISABLE": "1",
        "PYTHONUNBUFFERED": "1",
    }
