"""The server is stopped and started again while notebooks work on one session."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import pytest

from optwidgets import OptimizationSession
from optwidgets.client.address import Address
from optwidgets.client.http import Http
from optwidgets.client.outbox import Outbox
from optwidgets.client.remote_journal import RemoteJournal
from support.optwidgets_server import running
from support.waiting import until


def until_sent(sessions, seconds=60.0):
    """Wait until nothing waits any more, for as long as it gets less."""
    for session in sessions:
        session.remote.line.try_now()
    left, end = None, time.monotonic() + seconds
    while True:
        waiting = [s.remote.outbox.count() for s in sessions]
        if not any(waiting) and all(s.remote.line.is_up for s in sessions):
            return
        if left is None or sum(waiting) < left:
            left, end = sum(waiting), time.monotonic() + seconds
        states = [s.remote.line.status for s in sessions]
        assert time.monotonic() < end, f"it did not happen: {states}"
        time.sleep(0.05)


def attached(url, session_id, folder, name):
    """Return a session as a notebook of its own has it."""
    outbox = Outbox(url, session_id, folder / f"{name}.db")
    return OptimizationSession(
        journal=RemoteJournal(Http(Address(url)), session_id, outbox=outbox), actor=name
    )


class Writing(threading.Thread):
    """Records results until it is told to end; what goes wrong is kept."""

    def __init__(self, session, ended):
        super().__init__()
        self.session, self.ended = session, ended
        self.count, self.fault = 0, None

    def run(self):
        try:
            while not self.ended.is_set():
                note = self.session.actor
                self.session.add_experiment({"x": 0.5}, output=float(self.count), note=note)
                self.count += 1
                time.sleep(0.2)
        except Exception as error:
            self.fault = error


def write_through(sessions, restarts, up_for):
    """Let all sessions write; yield at each time of a restart, and the writers at the end."""
    ended = threading.Event()
    writers = [Writing(session, ended) for session in sessions]
    for writer in writers:
        writer.start()
    for _ in range(restarts):
        time.sleep(up_for)
        yield writers
    ended.set()
    for writer in writers:
        writer.join()
        assert writer.fault is None
    yield writers


def work_through_restarts(folder, count, restarts, up_for):
    database = folder / "lab.db"
    with ExitStack() as stack:
        server = stack.enter_context(running(database, no_auth=True))
        first = OptimizationSession(name="Reactor")
        first.add_variable("x", "real", bounds=(0, 1))
        first.persist(server.url)
        sessions = [attached(server.url, first.id, folder, f"writer{n}") for n in range(count)]
        for session in sessions:
            session.subscribe(lambda entries: None)
        work = write_through(sessions, restarts, up_for)
        for _ in range(restarts):
            next(work)
            stack.pop_all().close()
            port = server.settings.port
            stack.enter_context(running(database, no_auth=True, port=port))
        writers = next(work)
        until_sent(sessions)
        last = attached(server.url, first.id, folder, "reader")
        found = sorted((row.note, row.outputs["Output"]) for row in last.state.table)
        assert found == sorted(
            (writer.session.actor, float(n)) for writer in writers for n in range(writer.count)
        )
        for session in sessions:
            session._store.catch_up()
            until(lambda s=session: s.state == last.state)
            assert session.set_aside == []
        for session in [*sessions, last, first]:
            session.close()


def test_no_notebook_meets_an_error_while_the_server_restarts(tmp_path):
    work_through_restarts(tmp_path, count=2, restarts=1, up_for=0.5)


@pytest.mark.slow
def test_no_notebook_meets_an_error_in_fifty_restarts(tmp_path):
    work_through_restarts(tmp_path, count=8, restarts=50, up_for=3.0)


WORKER = """
import sys
from optwidgets import OptimizationSession
session = OptimizationSession.attach(sys.argv[1], compute=sys.argv[2], actor="worker")
print("attached", flush=True)
while True:
    session.suggest_next("EI", n_suggestions=2, hold={})
    session.undo()
"""


def kill_while_suggesting(folder, kills, compute):
    chance = random.Random(3)
    with running(folder / "lab.db", no_auth=True) as server:
        session = OptimizationSession(name="Reactor")
        session.add_variable("x", "real", bounds=(0, 1))
        for place in range(6):
            session.add_experiment({"x": place / 5}, output=-((place / 5 - 0.4) ** 2))
        url = session.persist(server.url, compute="kernel")
        for _ in range(kills):
            worker = subprocess.Popen(
                [sys.executable, "-c", WORKER, url, compute],
                stdout=subprocess.PIPE,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            assert worker.stdout.readline().strip() == b"attached"
            time.sleep(chance.uniform(0.0, 4.0))
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            worker.stdout.close()
        journal = RemoteJournal(Http(Address(server.url)), session.id)
        again = OptimizationSession(journal=journal)
        session._store.catch_up()
        until(lambda: session.state == again.state)
        # Whole suggestions or none: each is one step of two rows.
        assert len(again.state.table) in {6, 8, *range(10, 6 + 2 * kills + 1, 2)}
        assert again.state.table.counts["done"] == 6
        again.verify()
        again.close()
        session.close()


def test_a_kernel_that_is_killed_while_it_suggests_leaves_whole_steps(tmp_path):
    kill_while_suggesting(tmp_path, 1, "kernel")


@pytest.mark.slow
@pytest.mark.parametrize("compute", ["kernel", "server"])
def test_twenty_kernels_that_are_killed_leave_whole_steps(tmp_path, compute):
    kill_while_suggesting(tmp_path, 20, compute)
