"""Reading and averaging of large models in a process of its own, which can be limited and killed.

Parsing a model of many megabytes keeps Python's one lock for as long as it takes, and nobody
else would be answered meanwhile. The process reads one line of JSON, then the models one after
the other; it answers with one line of JSON, then the mean. Nothing that it reads can execute.

    {"task": "average", "sizes": [12, 12], "samples": [null, null], "memory": 1000000000}
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.averaging import average, check_like, read_model

Samples = Sequence[int | None]


def _check(models: Sequence[bytes], samples: Samples) -> bytes:  # noqa: ARG001
    for model in models:
        read_model(model)
    return b""


def _like(models: Sequence[bytes], samples: Samples) -> bytes:  # noqa: ARG001
    check_like(models[0], models[1])
    return b""


TASKS: dict[str, Callable[[Sequence[bytes], Samples], bytes]] = {
    "check": _check,
    "like": _like,
    "average": average,
}


def serve(given: BinaryIO, answer: BinaryIO) -> None:
    r"""Do one task.

    Examples
    --------
    >>> import io
    >>> line = b'{"task": "average", "sizes": [8, 8], "samples": [null, null]}'
    >>> out = io.BytesIO()
    >>> serve(io.BytesIO(line + b'\n{"w": 1}{"w": 2}'), out)
    >>> out.getvalue()
    b'{"size": 10}\n{"w": 1.5}'
    """
    asked: dict[str, Any] = json.loads(given.readline())
    try:
        if asked.get("memory"):
            limit_memory(int(asked["memory"]))
        models = [given.read(size) for size in asked["sizes"]]
        mean = TASKS[asked["task"]](models, asked["samples"])
        said: dict[str, Any] = {"size": len(mean)}
    except OptwidgetsError as error:
        mean, said = b"", {"error": str(error)}
    except MemoryError:
        mean, said = b"", {"error": OUT_OF_MEMORY}
    answer.write(json.dumps(said).encode() + b"\n" + mean)
    answer.flush()


OUT_OF_MEMORY = "The models need more memory than the server has for them; send smaller ones."


def limit_memory(size: int) -> None:
    """Let this process have so many bytes of address space."""
    import resource  # not on every system

    resource.setrlimit(resource.RLIMIT_AS, (size, size))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
