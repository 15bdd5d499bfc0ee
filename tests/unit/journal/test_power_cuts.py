"""A notebook's files after a power cut: its session, what waits for a server, what was saved.

`support.power_cut` says what a cut may leave. `make test` looks at a few cuts, `make test-faults`
at hundreds.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest

from optwidgets.client.outbox import Outbox
from optwidgets.errors import OptwidgetsError
from optwidgets.session import OptimizationSession
from support.disk_log import Sync, events_of, traced, wait_for
from support.power_cut import Recording, cuts

# Two sittings; the second begins with the log of the first moved into the file, and with a
# snapshot. Long reasons fill the log, so that it is moved in the midst of a sitting, too.
NOTEBOOK = """
import os, sys
from pathlib import Path
from optwidgets.client.appending import Append
from optwidgets.client.outbox import Outbox
from optwidgets.journal import database, opening
from optwidgets.journal.changes import MetadataChanged
from optwidgets.session import OptimizationSession

folder, count, synchronous = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
opening.MIN_WEIGHT = 3
opened = database.Database._open
def open_with_a_short_log(self, mode):
    connection = opened(self, mode)
    connection.execute("PRAGMA wal_autocheckpoint=50")
    if synchronous != "as it is":
        connection.execute(f"PRAGMA synchronous={synchronous}")
    return connection
database.Database._open = open_with_a_short_log

def tell(what, number):
    os.write(1, b"%s %d\\n" % (what, number))

outbox = Outbox("http://lab:8000", "4f1c", folder / "own" / "outbox.db")
for sitting in range(2):
    session = OptimizationSession.open(folder / "lab.db", "Kiln")
    if not sitting:
        session.add_variable("x", "real", bounds=(0, 1e6))
    for number in range(sitting * count, (sitting + 1) * count):
        reason = "n" * 10_000 if number % 4 == 3 else None
        session.add_experiment({"x": number}, output=2.0 * number, reason=reason)
        tell(b"recorded", number)
        change = MetadataChanged({"description": str(number)})
        outbox.put(Append((change,), "you", f"k{number}", "do", None), base=number, revision=number)
        tell(b"kept", number)
        if number % 5 == 4:
            session.save_session(folder / "shelf" / "2026" / "saved.json")
            tell(b"saved", number)
    session.close()
outbox.close()
"""


def recorded(tmp_path, count, synchronous="as it is"):
    """Record a notebook of two sittings with so many results each."""
    folder, log, before = (tmp_path / name for name in ("data", "log", "before"))
    before.mkdir()
    words = traced(folder, log)
    command = [*words, sys.executable, "-c", NOTEBOOK, str(folder), str(count), synchronous]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as output:
        assert output.read().count(b"recorded") == 2 * count
    assert process.wait(60) == 0
    wait_for(log, process.pid)
    recording = Recording(
        before, folder, events_of([log], folder, marks=rb"^(recorded|kept|saved) \d+\n$")
    )
    recording.check(tmp_path / "scratch")
    return recording


def told(cut, what):
    """Return up to which number the notebook had been told that something is safe."""
    return max((int(mark.split()[1]) + 1 for mark in cut.told if mark.startswith(what)), default=0)


def rows(session):
    return [(row.inputs["x"], *row.outputs.values()) for row in session.state.table.done()]


def of_the_session(cut):
    """Return how many results of the session are lost; fail if anything else is wrong with it."""
    path = cut.folder / "lab.db"
    session = OptimizationSession.open(path, "Kiln")
    try:
        session.verify()
        found = rows(session)
    finally:
        session.close()
    assert found == [(number, 2.0 * number) for number in range(len(found))], cut.words
    assert len(found) <= told(cut, b"recorded") + 1, cut.words
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",), cut.words
    return max(told(cut, b"recorded") - len(found), 0)


def of_the_outbox(cut):
    """Return how many changes are lost that wait for a server."""
    outbox = Outbox("http://lab:8000", "4f1c", cut.folder / "own" / "outbox.db")
    keys = [item.key for item in outbox.waiting()]
    outbox.close()
    assert keys == [f"k{number}" for number in range(len(keys))], cut.words
    return max(told(cut, b"kept") - len(keys), 0)


def of_the_saved_file(cut):
    """Return how many results are lost in the JSON file; it is whole, as of one time or another."""
    path = cut.folder / "shelf" / "2026" / "saved.json"
    found = rows(OptimizationSession.load_session(path)) if path.exists() else []
    assert found == [(number, 2.0 * number) for number in range(len(found))], cut.words
    assert len(found) % 5 == 0, cut.words
    return max(told(cut, b"saved") - len(found), 0)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("notebook"), 10)


def look_at(recording, count, tmp_path):
    for cut in cuts(recording, count, tmp_path):
        for lost in (of_the_session, of_the_outbox, of_the_saved_file):
            assert not lost(cut), f"{lost.__name__}: {cut.words}"
    print(f"\n{count} power cuts of a notebook: 0 lost, 0 damaged")


def test_what_a_notebook_was_told_survives_a_power_cut(notebook, tmp_path):
    look_at(notebook, 40, tmp_path)


@pytest.mark.slow
def test_so_it_does_at_hundreds_of_places(tmp_path):
    look_at(recorded(tmp_path, 60), 600, tmp_path)


# The test must be able to fail.


def test_with_fewer_syncs_results_would_be_lost(tmp_path):
    recording = recorded(tmp_path, 5, "NORMAL")
    assert sum(of_the_session(cut) for cut in cuts(recording, 20, tmp_path)) > 0


@pytest.mark.slow
def test_with_no_syncs_files_would_be_damaged(tmp_path):
    recording = recorded(tmp_path, 40, "OFF")
    lost, damaged = 0, 0
    for cut in cuts(recording, 200, tmp_path):
        try:
            lost += of_the_session(cut)
        except OptwidgetsError:
            damaged += 1
    assert lost
    assert damaged
    print(f"\nwithout syncs: {lost} lost, {damaged} damaged of 200")


def test_without_syncs_of_its_folders_a_saved_file_would_be_lost(notebook, tmp_path):
    for missing in ("data", "shelf", "2026"):
        events = [
            event
            for event in notebook.events
            if not (isinstance(event, Sync) and event.path.name == missing)
        ]
        careless = replace(notebook, events=events)
        assert sum(of_the_saved_file(cut) for cut in cuts(careless, 20, tmp_path)), missing
