"""How soon a result that somebody records is seen by everybody who is attached.

.venv/bin/python benchmarks/live_update.py [--results 200] [--listeners 5]

A server in a process of its own on this machine; one client records results, the others are
notebooks' sessions that are told by the server. Printed: milliseconds from the moment before
a result is sent to the moment at which the last session holds it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from optwidgets import OptimizationSession
from optwidgets.client.address import Address
from optwidgets.client.http import Http
from optwidgets.client.outbox import Outbox
from optwidgets.client.remote_journal import RemoteJournal
from support.server_process import ServerProcess


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--results", type=int, default=200)
    options.add_argument("--listeners", type=int, default=5)
    chosen = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        ServerProcess(f"{folder}/lab.db", "--no-auth") as server,
    ):
        measure(server.url, Path(folder), chosen.results, chosen.listeners)


def measure(url: str, folder: Path, results: int, listeners: int) -> None:
    session = OptimizationSession(name="Live")
    session.add_variable("x", "real", bounds=(0, 1))
    session.persist(url, compute="kernel")
    attached = []
    for place in range(listeners):
        outbox = Outbox(url, session.id, folder / f"{place}.db")
        journal = RemoteJournal(Http(Address(url)), session.id, outbox=outbox)
        attached.append(OptimizationSession(journal=journal))
    seen = [threading.Event() for _ in attached]
    for listener, event in zip(attached, seen, strict=True):
        listener.subscribe(lambda _, event=event: event.set())
    while not all(listener.remote.line.hears for listener in attached):
        time.sleep(0.05)
    times = []
    for number in range(results):
        for event in seen:
            event.clear()
        start = time.perf_counter()
        session.add_experiment({"x": 0.5}, output=float(number))
        for event in seen:
            event.wait(10)
        times.append(1000 * (time.perf_counter() - start))
        assert all(len(listener.state.table) == number + 1 for listener in attached)
    p50, p99 = np.percentile(times, [50, 99])
    print(f"{results} results, {listeners} listeners: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    for one in [*attached, session]:
        one.close()


if __name__ == "__main__":
    main()
