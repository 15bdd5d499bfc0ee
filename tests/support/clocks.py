"""A server whose clock is set while it runs."""

from __future__ import annotations

import sys
from pathlib import Path

from support.server_process import ServerProcess

# The monotonic clock is left alone, as the system leaves it alone. (The program faketime 0.9.10
# does not: Python's `time.sleep` fails under it.)
_PROGRAM = """
import datetime, pathlib, sys, time
offset = pathlib.Path(sys.argv[1])
real_time, real = time.time, datetime.datetime
def seconds():
    return float(offset.read_text() or 0)
class Set(real):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(real_time() + seconds(), tz)
time.time = lambda: real_time() + seconds()
datetime.datetime = Set
from optwidgets import cli
sys.exit(cli.main(sys.argv[2:]))
"""


class Clock:
    """The clock of a server, in seconds before or after the right time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    def set(self, seconds: float) -> None:
        # A rename: the server never reads half a number.
        new = self._file.with_suffix(".new")
        new.write_text(str(seconds))
        new.rename(self._file)

    def server(self, database: Path, *options: str) -> ServerProcess:
        """Return a server that goes by this clock, not started yet."""
        program = (sys.executable, "-c", _PROGRAM, str(self._file))
        return ServerProcess(database, *options, program=program)
