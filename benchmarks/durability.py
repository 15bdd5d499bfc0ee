"""Kills a writing process with SIGKILL, again and again, and counts what was lost.

Each cycle starts a process that edits a session in a file and acknowledges every edit
on its standard output once the call has returned. It is killed at a random moment. Then
the file is opened again: every acknowledged edit must be there, and the session must
equal the acknowledged state, or the one after it (the edit in flight).

Run ``python benchmarks/durability.py [--cycles 50]``.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

WRITER = """
import sys
from optwidgets import OptimizationSession
session = OptimizationSession.open(sys.argv[1])
if not session.search_space.names:
    session.add_variable("x", "real", bounds=(0, 1))
while True:
    row = session.add_experiment({"x": 0.5}, output=1.0)
    print(session.revision, row, flush=True)
    session.experiment_manager.edit(row, Output=float(row))
    print(session.revision, row, flush=True)
    if row % 7 == 0:
        session.undo()
        print(session.revision, row, flush=True)
"""


@dataclass
class Outcome:
    cycles: int
    acknowledged: int
    lost: int
    unequal: int
    in_flight: int
    reopen_s: list[float]


def measure(cycles: int, path: Path, *, seed: int = 0) -> Outcome:
    """Run the cycles on one file, which therefore survives all of the kills."""
    from optwidgets import OptimizationSession

    rng = random.Random(seed)
    outcome = Outcome(cycles, 0, 0, 0, 0, [])
    before = 0
    for _ in range(cycles):
        last = _write_and_kill(path, rng.uniform(0.02, 0.4))
        acknowledged = max(last, before)
        outcome.acknowledged += acknowledged - before
        started = time.perf_counter()
        session = OptimizationSession.open(path)
        outcome.reopen_s.append(time.perf_counter() - started)
        found = session.revision
        outcome.lost += max(0, acknowledged - found)
        outcome.in_flight += max(0, found - acknowledged)
        session.verify()
        outcome.unequal += _unequal(session, acknowledged)
        session.close()
        before = found
    return outcome


def _write_and_kill(path: Path, after: float) -> int:
    """Return the revision that was acknowledged last."""
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    first = process.stdout.readline()
    time.sleep(after)
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read()
    process.wait()
    process.stdout.close()
    # A line that was cut by the kill was not read whole: not acknowledged.
    lines = (first + rest).splitlines(keepends=True)
    whole = [line.split() for line in lines if line.endswith("\n")]
    return max((int(words[0]) for words in whole if len(words) == 2), default=0)


def _unequal(session, acknowledged: int) -> int:
    """Count what differs between the state and the fold of the acknowledged entries."""
    from optwidgets.journal.state import initial_state, reduce

    journal = session._store.journal
    entries = journal.read()
    state = initial_state(journal.session_id, journal.created_at)
    for entry in entries[: len(entries) if len(entries) <= acknowledged + 1 else acknowledged]:
        state = reduce(state, entry)
    return int(state != session.state)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cycles", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = measure(options.cycles, Path(folder) / "reactor.db")
    print(f"SIGKILL cycles                     {outcome.cycles}")
    print(f"acknowledged changes               {outcome.acknowledged}")
    print(f"acknowledged changes lost          {outcome.lost}")
    print(f"sessions unequal after reopening   {outcome.unequal}")
    print(f"stored but not acknowledged        {outcome.in_flight}")
    print(f"reopening, median                  {statistics.median(outcome.reopen_s):.3f} s")
    return 1 if outcome.lost or outcome.unequal else 0


if __name__ == "__main__":
    sys.exit(main())
