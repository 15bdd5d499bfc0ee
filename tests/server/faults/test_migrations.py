"""The schema's revisions: one line, true to the tables, and safe to cut off anywhere."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from optwidgets.journal.database import metadata as journal_metadata
from optwidgets.server import migrate
from optwidgets.server.database import ServerDatabase
from optwidgets.server.faces import SPOKEN
from optwidgets.server.migrate import FOLDER
from optwidgets.server.tables import metadata as server_metadata
from optwidgets.session import OptimizationSession
from support.postgres import private_postgres

assert all(spoken.face for spoken in SPOKEN), "loading the faces makes their tables known"


def script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return ScriptDirectory.from_config(config)


REVISIONS = [step.revision for step in reversed(list(script().walk_revisions()))]


def test_the_revisions_are_one_line():
    assert len(script().get_heads()) == 1
    assert len(REVISIONS) == len(list(FOLDER.glob("versions/*.py")))


def differences(database: ServerDatabase) -> list:
    with database.reading() as connection:
        context = MigrationContext.configure(connection)
        return compare_metadata(context, [journal_metadata, server_metadata])


def test_the_revisions_make_the_tables_that_the_code_knows(tmp_path):
    database = ServerDatabase(str(tmp_path / "lab.db"))
    try:
        assert not differences(database)
    finally:
        database.close()


def test_so_they_do_in_postgresql():
    with private_postgres() as postgres:
        database = ServerDatabase(postgres.url)
        try:
            assert not differences(database)
        finally:
            database.close()


def test_a_file_that_a_kernel_began_is_taken_in(tmp_path):
    path = tmp_path / "kernel.db"
    session = OptimizationSession.open(path, name="Begun in a notebook")
    session.close()
    database = ServerDatabase(str(path))
    try:
        assert not differences(database)
        with database.reading() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM sessions")).scalar() == 1
    finally:
        database.close()
    again = OptimizationSession.open(path)
    assert again.name == "Begun in a notebook"
    again.close()


def test_a_newer_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "lab.db"
    ServerDatabase(str(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="newer version"):
        ServerDatabase(str(path))
    assert path.read_bytes() == before


def test_the_file_of_before_is_kept_and_is_the_way_back(tmp_path):
    path = tmp_path / "kernel.db"
    OptimizationSession.open(path, name="Begun in a notebook").close()
    path.with_name("kernel.db.before-server-20260101T000000.part").write_bytes(b"killed here")
    ServerDatabase(str(path)).close()
    (of_the_notebook,) = tmp_path.glob("kernel.db.before-*")
    assert of_the_notebook.name.startswith("kernel.db.before-server-")
    with sqlite3.connect(of_the_notebook) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "entries" in tables
    assert "alembic_version" not in tables
    shutil.copy(of_the_notebook, tmp_path / "back.db")
    back = OptimizationSession.open(tmp_path / "back.db")
    assert back.name == "Begun in a notebook"
    back.close()
    ServerDatabase(str(path)).close()
    assert len(list(tmp_path.glob("kernel.db.before-*"))) == 1, "nothing is migrated twice"


def test_an_empty_file_needs_no_copy(tmp_path):
    ServerDatabase(str(tmp_path / "lab.db")).close()
    assert not list(tmp_path.glob("lab.db.before-*"))


def test_without_a_copy_nothing_is_migrated(tmp_path, monkeypatch):
    path = tmp_path / "kernel.db"
    OptimizationSession.open(path, name="Begun in a notebook").close()

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(migrate, "copy_whole", full)
    with pytest.raises(ValueError, match=r"is copied .*failed .*full.*Nothing was changed"):
        ServerDatabase(str(path))
    with sqlite3.connect(path) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "tokens" not in tables
    monkeypatch.undo()
    ServerDatabase(str(path)).close()


KILLED = """
import os, signal, sys
from alembic import op
from optwidgets.server.database import ServerDatabase
from optwidgets.server.faces import SPOKEN
place, path = int(sys.argv[1]), sys.argv[2]
real, done = op.create_table, 0
def create_table(*words, **options):
    global done
    if done == place:
        os.kill(os.getpid(), signal.SIGKILL)
    done += 1
    return real(*words, **options)
op.create_table = create_table
ServerDatabase(path).close()
print("ended after", done)
"""


def killed_at(place: int, path: Path) -> bool:
    """Migrate in a process that kills itself before its so-manieth table; say if it did."""
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(place), str(path)], capture_output=True, timeout=60
    )
    assert ended.returncode in {0, -signal.SIGKILL}, ended.stderr.decode()
    return ended.returncode != 0


def resumes(place: int, folder: Path) -> bool:
    path = folder / f"killed-{place}.db"
    was_killed = killed_at(place, path)
    database = ServerDatabase(str(path))
    try:
        assert not differences(database)
    finally:
        database.close()
    return was_killed


def test_a_migration_that_was_killed_goes_on_where_it_stopped(tmp_path):
    assert resumes(1, tmp_path)
    assert resumes(4, tmp_path)


@pytest.mark.slow
def test_so_it_does_at_each_of_its_steps(tmp_path):
    place = 0
    while resumes(place, tmp_path):
        place += 1
    print(f"\nkilled before each of {place} tables, resumed each time")
    assert place > 5
