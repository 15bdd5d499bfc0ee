"""Work on models: small ones in a thread, large ones in a process of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.apart import TASKS
from optwidgets.runs.jobs import ModelFile
from optwidgets.server.errors import Unavailable
from optwidgets.server.faces.vergeai import models

if TYPE_CHECKING:
    from optwidgets.server.host import Host

#: Below that, a thread is done before a process has begun, and holds up nobody noticeably.
SMALL_BYTES = 1 << 20
SECONDS = 120.0
PYTHON = sys.executable


async def work(
    host: Host,
    task: str,
    given: Sequence[ModelFile | bytes],
    samples: Sequence[int | None] = (),
) -> bytes:
    """Do one of `optwidgets.runs.apart.TASKS` with models, and return what came out.

    Parameters
    ----------
    host
        Keeps the models.
    task
        ``check``, ``like`` or ``average``.
    given
        Models that are stored, or their bytes.
    samples
        Numbers of samples for an average.

    Raises
    ------
    OptwidgetsError
        What the task says of the models.
    Unavailable
        When it takes too long.
    """
    sizes = [len(one) if isinstance(one, bytes) else one.size for one in given]
    if sum(sizes) <= SMALL_BYTES:
        contents = [
            one if isinstance(one, bytes) else await models.read(host, one) for one in given
        ]
        return await asyncio.to_thread(TASKS[task], contents, list(samples))
    asked = {
        "task": task,
        "sizes": sizes,
        "samples": list(samples),
        "memory": host.settings.child_memory_bytes,
    }
    process = await asyncio.create_subprocess_exec(
        PYTHON, "-m", "optwidgets.runs.apart",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS):
            return await _talk(host, process, asked, given)
    except TimeoutError:
        raise Unavailable(
            f"The models took more than {SECONDS:g} s. Send smaller ones, or try again."
        ) from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _talk(
    host: Host,
    process: asyncio.subprocess.Process,
    asked: dict[str, object],
    given: Sequence[ModelFile | bytes],
) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    # A process that ended has said why, or is told apart by its silence. A closed pipe is a
    # RuntimeError in uvloop.
    with contextlib.suppress(ConnectionError, RuntimeError):
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        for one in given:
            if isinstance(one, bytes):
                process.stdin.write(one)
                await process.stdin.drain()
                continue
            async for part in models.stream(host, one):
                process.stdin.write(part)
                await process.stdin.drain()
        process.stdin.close()
    try:
        said = json.loads(await process.stdout.readline())
        if "error" in said:
            raise OptwidgetsError(said["error"], field="file")
        return await process.stdout.readexactly(said["size"])
    except (asyncio.IncompleteReadError, json.JSONDecodeError) as error:
        raise Unavailable("The work on the models was cut off. Try again.") from error
