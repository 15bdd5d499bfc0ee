"""A server's file after a power cut, at any moment between its start and its end.

`support.power_cut` says what a cut may leave. `make test` looks at a few cuts, `make test-faults`
at hundreds.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import sys
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from optwidgets.journal.changes import MetadataChanged, encode_change
from optwidgets.journal.entry import Entry
from optwidgets.journal.locations import names
from optwidgets.journal.sql import read_entries
from optwidgets.server.database import ServerDatabase
from optwidgets.server.migrate import FOLDER
from optwidgets.server.tables import answers_table
from optwidgets.session import OptimizationSession
from support.disk_log import Mark, events_of, traced, wait_for
from support.power_cut import Cut, Recording, cuts
from support.server_process import ServerProcess

CLIENTS = 4
OLD = "0006_sigopt_runs"
SESSION = uuid.UUID(int=1).hex
FIELDS = ("description", "author", "sample")
# With a short log, which is moved into the file while clients record, and early snapshots.
SERVER = """
import sys
from optwidgets.cli import main
from optwidgets.journal import opening
from optwidgets.server import database
synchronous = sys.argv.pop(1)
opening.MIN_WEIGHT = 60
prepare = database._prepare
def prepare_with_a_short_log(connection, record):
    prepare(connection, record)
    connection.execute("PRAGMA wal_autocheckpoint=60")
    if synchronous != "as it is":
        connection.execute(f"PRAGMA synchronous={synchronous}")
database._prepare = prepare_with_a_short_log
sys.exit(main())
"""


def file_of_an_older_version(path):
    """Make the file of a server that had a session, and is now started in this version."""
    session = OptimizationSession.open(path, "Before")
    session.add_variable("x", "real", bounds=(0, 1))
    session.close()
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, OLD)
    engine.dispose()


def record(http, key):
    """Record three changes in one request; what it was told is found in the recording."""
    changes = [MetadataChanged({field: key}) for field in FIELDS]
    http.post(
        f"/api/v1/sessions/{SESSION}/journal",
        json={"changes": [json.loads(encode_change(change)) for change in changes]},
        headers={"Idempotency-Key": key},
    ).raise_for_status()


def recorded(tmp_path, results, synchronous="as it is"):
    """Record a server that takes over an old file, is killed, started again, and stopped."""
    folder, before = tmp_path / "data", tmp_path / "before"
    folder.mkdir()
    file_of_an_older_version(folder / "lab.db")
    shutil.copytree(folder, before)
    logs = [tmp_path / "first", tmp_path / "second"]
    for sitting, log in enumerate(logs):
        program = (*traced(folder, log), sys.executable, "-c", SERVER, synchronous)
        with ServerProcess(
            folder / "lab.db", "--no-auth", "--children", "1", program=program
        ) as server:
            if not sitting:
                body = {"created_at": "2026-01-01T00:00:00.000+00:00", "entries": []}
                httpx.put(
                    f"{server.url}/api/v1/sessions/{SESSION}/journal", json=body
                ).raise_for_status()

            def client(name, server=server, sitting=sitting):
                with httpx.Client(base_url=server.url, timeout=60) as http:
                    for number in range(results // CLIENTS // 2):
                        record(http, f"key-{sitting}-{name}-{number}")

            with ThreadPoolExecutor(CLIENTS) as pool:
                list(pool.map(client, range(CLIENTS)))
            process = server.process
            if sitting:
                server.stop()
            else:
                server.kill()
        wait_for(log, process.pid)
    events = events_of(logs, folder, marks=rb'"key":"key-')
    recording = Recording(before, folder, events)
    recording.check(tmp_path / "scratch")
    return recording


def keys_in(marks):
    return {key.decode() for mark in marks for key in re.findall(rb'"key":"(key-[-\d]+)"', mark)}


def in_a_server(path):
    """Return the entries in a file, as a server sees them; fail if its tables do not agree."""
    database = ServerDatabase(str(path))
    try:
        with database.reading() as connection:
            entries = read_entries(connection, SESSION, path.name)
            answered = set(connection.execute(sa.select(answers_table.c.key)).scalars())
    finally:
        database.close()
    assert answered == {f"{SESSION}:{entry.key}" for entry in entries}
    return entries


def in_a_notebook(path):
    """Return the entries in a file, as a notebook sees them; fail if its views do not agree."""
    before = OptimizationSession.open(path, "Before")
    assert before.search_space.names == ("x",)
    before.close()
    if SESSION not in names(path):
        return []
    session = OptimizationSession.open(path, SESSION)
    try:
        session.verify()
        entries = session.entries()
        metadata = session.state.metadata
    finally:
        session.close()
    newest = entries[-1].key if entries else ""
    assert {metadata.get(field, "") for field in FIELDS} == {newest}
    return entries


def lost(cut: Cut, truth: list[Entry], looks: Sequence[Callable[[Path], list[Entry]]]) -> int:
    """Return how many acknowledged requests are lost; fail if anything else is wrong."""
    path = cut.folder / "lab.db"
    check_the_migration(cut)
    for look in looks:
        entries = look(path)
        assert entries == truth[: len(entries)], cut.words
        assert len(entries) % len(FIELDS) == 0, f"half a request: {cut.words}"
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",), cut.words
        assert not connection.execute("PRAGMA foreign_key_check").fetchall(), cut.words
    return len(keys_in(cut.told) - {entry.key for entry in entries})


def check_the_migration(cut: Cut) -> None:
    """Fail unless a whole copy of the old file lies beside one that was migrated."""
    copy = cut.folder.with_name(f"{cut.folder.name}-copy")
    shutil.copytree(cut.folder, copy)
    if version_of(copy / "lab.db") != OLD:
        backups = list(copy.glob("lab.db.before-*"))
        assert [version_of(backup) for backup in backups] == [OLD], cut.words
    shutil.rmtree(copy)


def version_of(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM sessions").fetchone()[0]
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def look_at(recording: Recording, count: int, scratch: Path, *, eyes: int = 2) -> int:
    """Return how many acknowledged requests so many cuts lose, seen by a server, a notebook or both."""
    end = scratch / "end"
    shutil.copytree(recording.folder, end)
    truth = in_a_server(end / "lab.db")
    assert {entry.key for entry in truth} == keys_in(
        event.data for event in recording.events if isinstance(event, Mark)
    )
    looks = (in_a_server, in_a_notebook)
    return sum(
        lost(cut, truth, (looks if number % 2 else looks[::-1])[:eyes])
        for number, cut in enumerate(cuts(recording, count, scratch))
    )


def test_what_a_server_answered_survives_a_power_cut(tmp_path):
    assert not look_at(recorded(tmp_path, 40), 40, tmp_path, eyes=1)


@pytest.mark.slow
def test_so_it_does_at_hundreds_of_places(tmp_path):
    assert not look_at(recorded(tmp_path, 400), 600, tmp_path)
    print("\n600 power cuts of a server under four clients: 0 of 400 lost, 0 damaged")


@pytest.mark.slow
def test_with_fewer_syncs_results_would_be_lost(tmp_path):
    found = look_at(recorded(tmp_path, 80, "NORMAL"), 60, tmp_path)
    assert found
    print(f"\nwith synchronous=NORMAL: {found} lost")
