"""A process that computes for the server: it keeps copies of sessions and can be killed any time.

Talks JSON lines: one request on its standard input, any number of progress lines and one
answer on its standard output. Nothing that comes in is ever run as code.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TextIO

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import Stored
from optwidgets.server.compute import computations
from optwidgets.server.compute.errors import KEPT
from optwidgets.server.compute.mirror import MirrorJournal
from optwidgets.server.compute.plain import plain
from optwidgets.session import OptimizationSession

#: Copies that one process keeps; the one that was not asked for longest goes first.
KEPT_SESSIONS = 8

Progress = Callable[[float | None, str], None]


class Copy:
    """One session as this process knows it: recorded entries, and models fitted so far."""

    def __init__(self, session_id: str, created_at: str) -> None:
        self.journal = MirrorJournal(session_id, created_at)
        self.session = OptimizationSession(journal=self.journal, actor="server")


class Copies:
    """The sessions that this process holds copies of.

    Examples
    --------
    >>> copies = Copies()
    >>> request = {"copy": "a", "session": "a", "created_at": "2026-01-01", "entries": []}
    >>> request |= {"module": "optwidgets.server.compute.campaign", "name": "design"}
    >>> request |= {"arguments": {"method": "pie"}}
    >>> copies.answer(request, lambda fraction, stage: None)["failed"]["kind"]
    'OptwidgetsError'
    """

    def __init__(self) -> None:
        self._copies: OrderedDict[str, Copy] = OrderedDict()

    def held(self) -> dict[str, int]:
        """Return the revision up to which each session is known."""
        return {name: copy.journal.revision for name, copy in self._copies.items()}

    def answer(self, request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Compute what a request asks for; faults become part of the answer."""
        try:
            # Where the server found the computation; a client never names a module.
            import_module(request["module"])
            copy = self._copy(request)
            done = _compute(copy, request["name"], request["arguments"], progress)
        except MemoryError:
            return {"failed": {"kind": "memory"}}
        except OptwidgetsError as error:
            return {"failed": _told(error), "held": self.held()}
        except Exception as error:  # noqa: BLE001 - whatever it is, the server has to be told
            if _is_out_of_memory(error):
                return {"failed": {"kind": "memory"}}
            trace = traceback.format_exc()
            return {"failed": {"kind": "fault", "message": repr(error), "trace": trace}}
        return {**done, "held": self.held()}

    def _copy(self, request: Mapping[str, Any]) -> Copy:
        name = request["copy"]
        copy = self._copies.get(name)
        if copy is None:
            copy = self._copies[name] = Copy(request["session"], request["created_at"])
        self._copies.move_to_end(name)
        while len(self._copies) > KEPT_SESSIONS:
            self._copies.popitem(last=False)[1].session.close()
        try:
            copy.journal.receive([Stored(*values) for values in request["entries"]])
        except BaseException:
            # Half a copy would answer wrongly for ever.
            del self._copies[name]
            raise
        return copy


def _compute(
    copy: Copy, name: str, arguments: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    found = computations.find(name)
    computations.check_arguments(found, arguments)
    stop = copy.session.on("task", lambda news: progress(news["fraction"], news["stage"]))
    try:
        result = plain(found.run(copy.session, **arguments))
    finally:
        stop()
    return {"result": result, "changes": copy.journal.proposed()}


def _told(error: OptwidgetsError) -> dict[str, Any]:
    name = type(error).__name__
    return {
        "kind": name if name in KEPT else "OptwidgetsError",
        "message": str(error),
        "field": error.field,
        "row": error.row,
        "column": error.column,
    }


def _is_out_of_memory(error: BaseException) -> bool:
    # torch and the threads of the standard library say it in words only.
    words = str(error).lower()
    return isinstance(error, RuntimeError | OSError) and any(
        part in words for part in ("allocate memory", "can't start new thread", "out of memory")
    )


def limit_memory(limit: int) -> None:
    """Let this process have ``limit`` bytes of address space, where the system can do that."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


class Line:
    """Writes messages, one a line, from whichever thread has one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one message; without a reader the process has nothing to live for."""
        text = json.dumps(message, allow_nan=False)
        try:
            with self._lock:
                self._stream.write(text + "\n")
                self._stream.flush()
        except OSError:
            os._exit(0)


def _read(requests: queue.Queue[str]) -> None:
    for line in sys.stdin:
        requests.put(line)
    # The server is gone: whatever is being computed, nobody waits for it.
    os._exit(0)


def main() -> None:
    """Compute until the server closes the pipe."""
    # Libraries that print would otherwise print into the conversation.
    line = Line(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    if limit := int(os.environ.get("OPTWIDGETS_CHILD_MEMORY", "0")):
        limit_memory(limit)
    requests: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    _warm_up()
    copies = Copies()
    line.send({"ready": os.getpid()})
    while True:
        request = json.loads(requests.get())
        answer = copies.answer(
            request,
            lambda fraction, stage: line.send({"progress": fraction, "stage": stage}),
        )
        line.send(answer)


def _warm_up() -> None:
    """Load what nearly every computation needs, before anybody waits for it."""
    import pandas as pd

    from optwidgets.acquisition import suggest
    from optwidgets.models import gaussian_process

    del pd, suggest, gaussian_process
    computations.load()


if __name__ == "__main__":
    main()
