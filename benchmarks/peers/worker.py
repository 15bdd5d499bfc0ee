"""A peer in a process of its own: one JSON object a line in, one a line out.

Run with ``python -m peers.worker NAME`` in `benchmarks/`. Requests are ``{"do": "begin", "spec":
..., "seed": ...}``, ``{"do": "tell", "point": ..., "value": ...}`` and ``{"do": "ask"}``. Every
answer has ``cpu``, the CPU seconds of all threads of this process that the request took, and
``peak_mb``, the most memory since `begin`; or ``error``, one sentence.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class Worker:
    """Answers requests for one kind of peer."""

    def __init__(self, make: Callable[[dict[str, Any], int], Any]) -> None:
        self.make = make
        self.peer: Any = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request; a failure is an answer too."""
        before = time.process_time()
        try:
            answer = getattr(self, "_" + request["do"])(request)
        except Exception as error:
            answer = {"error": sentence(error)}
        return {**answer, "cpu": time.process_time() - before, "peak_mb": peak_megabytes()}

    def _begin(self, request: dict[str, Any]) -> dict[str, Any]:
        self.peer = None
        gc.collect()
        forget_peak()
        self.peer = self.make(request["spec"], request["seed"])
        return {"note": self.peer.note, "versions": versions(self.peer.packages)}

    def _tell(self, request: dict[str, Any]) -> dict[str, Any]:
        self.peer.tell(request["point"], request["value"])
        return {}

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"point": self.peer.ask()}


def serve(worker: Worker, lines: TextIO, out: TextIO) -> None:
    """Answer line by line until the input ends."""
    for line in lines:
        out.write(json.dumps(worker.answer(json.loads(line))) + "\n")
        out.flush()


def sentence(error: BaseException) -> str:
    """Return what went wrong in one line.

    >>> sentence(ValueError("first\\nsecond"))
    'ValueError: first'
    """
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300] if text else 'no message'}"


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of packages; of one that is not installed, what it says of itself."""
    from importlib import import_module
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = import_module(name).__version__
    return found


def peak_megabytes() -> float:
    """Return the most resident memory of this process since `forget_peak`, in MB."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def forget_peak() -> None:
    """Let Linux count the peak anew, so that each run has one of its own."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def main(name: str) -> None:
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    from peers.registry import adapter

    serve(Worker(adapter(name)), sys.stdin, answers)


if __name__ == "__main__":
    for variable in THREADS:
        os.environ.setdefault(variable, "1")
    main(sys.argv[1])
