"""How long a journal of many megabytes takes to a server, and what others notice of it.

.venv/bin/python benchmarks/long_journal.py [--rows 360000]

A server in a process of its own on this machine; one session with so many planned rows is brought
to it in parts, while another client records results. Printed: seconds, megabytes, and the longest
that the other one waited for a result to be on the disk.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from optwidgets import OptimizationSession
from optwidgets.client.outbox import DATA_VARIABLE
from support.server_process import ServerProcess

NAMES = "abcdef"
BATCH = 40_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=360_000)
    rows = options.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        os.environ[DATA_VARIABLE] = folder
        with ServerProcess(f"{folder}/lab.db", "--no-auth") as server:
            measure(server.url, Path(folder), rows)


def measure(url: str, folder: Path, rows: int) -> None:
    chance = random.Random(1)
    session = OptimizationSession(name="Long")
    for name in NAMES:
        session.add_variable(name, "real", bounds=(0, 1))
    for start in range(0, rows, BATCH):
        count = min(BATCH, rows - start)
        points = [{name: chance.random() for name in NAMES} for _ in range(count)]
        session.experiment_manager.add_experiments(points)
    other = OptimizationSession(name="Other")
    other.add_variable("x", "real", bounds=(0, 1))
    other.persist(url, compute="kernel")
    waits: list[float] = []
    ended = threading.Event()

    def record() -> None:
        while not ended.wait(0.05):
            start = time.perf_counter()
            other.add_experiment({"x": 0.5}, output=1.0)
            waits.append(time.perf_counter() - start)

    thread = threading.Thread(target=record)
    thread.start()
    start = time.perf_counter()
    session.persist(url, compute="kernel")
    took = time.perf_counter() - start
    ended.set()
    thread.join()
    size = sum(file.stat().st_size for file in folder.glob("lab.db*")) / 1e6
    print(f"{rows} rows brought in {took:.1f} s; the database has {size:.0f} MB")
    print(f"results recorded meanwhile: {len(waits)}, the longest wait {max(waits):.2f} s")
    session.close()
    other.close()


if __name__ == "__main__":
    main()
