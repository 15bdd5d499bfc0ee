"""How soon a computation on a server is gone once it is cancelled in a notebook.

.venv/bin/python benchmarks/remote_cancel.py [--times 10]

The processes that compute are stopped, so that they hear nothing, as in a library that does not
listen. Printed: seconds from Cancel until the widget says so, and until a process is gone.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from optwidgets import OptimizationSession, SuggestionPanel
from optwidgets.client.outbox import DATA_VARIABLE
from support.optwidgets_server import RunningServer, running


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--times", type=int, default=10)
    times = options.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        os.environ[DATA_VARIABLE] = folder
        with running(f"{folder}/lab.db", no_auth=True) as server:
            found = measure(server, times)
    for place, words in enumerate(("the widget says so", "a process is gone")):
        seconds = sorted(line[place] for line in found)
        print(f"until {words}: median {seconds[times // 2]:.2f} s, longest {seconds[-1]:.2f} s")


def measure(server: RunningServer, times: int) -> list[tuple[float, float]]:
    session = OptimizationSession(name="Cancelled")
    session.add_variable("x", "real", bounds=(0, 1))
    for place in range(6):
        session.add_experiment({"x": place / 6}, output=-((place / 6 - 0.4) ** 2))
    session.persist(server.url)
    panel = SuggestionPanel(session)
    tasks = f"{server.url}/api/v1/sessions/{session.id}/tasks?state=running"
    found = []
    for _ in range(times):
        session.suggest_next("EI", stage=False)
        pids = server.host.computing.pool.pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        panel._suggest()
        while not httpx.get(tasks).json()["tasks"]:
            time.sleep(0.01)
        start = time.perf_counter()
        panel._cancel()
        found.append(
            (since(start, lambda: panel.message), since(start, partial(gone, server, pids)))
        )
        for pid in set(pids) & set(server.host.computing.pool.pids):
            os.kill(pid, signal.SIGCONT)
    session.close()
    return found


def gone(server: RunningServer, pids: list[int]) -> bool:
    return not set(pids) <= set(server.host.computing.pool.pids)


def since(start: float, condition) -> float:
    while not condition():
        time.sleep(0.002)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
