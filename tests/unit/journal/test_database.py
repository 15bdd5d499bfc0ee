"""The SQLite file and its faults: each one a clear sentence, and nothing lost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap

import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import MetadataChanged
from optwidgets.journal.database import APPLICATION_ID, SCHEMA_VERSION, Database
from optwidgets.journal.protocol import JournalError
from optwidgets.journal.sql import SqlJournal
from optwidgets.journal.store import Store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "reactor.db"


def filled(path, count=3):
    journal = SqlJournal(path)
    for place in range(count):
        journal.append([MetadataChanged({"name": f"step {place}"})], actor="maya")
    identity = journal.session_id
    journal.close()
    return identity


def settings_of(path):
    journal = SqlJournal(path)
    with journal._database._engine.connect() as connection:
        driver = connection.connection.driver_connection
        names = ("journal_mode", "synchronous", "application_id", "user_version")
        found = {name: driver.execute(f"PRAGMA {name}").fetchone()[0] for name in names}
    journal.close()
    return found


def test_a_file_is_durable_and_ours(path):
    assert settings_of(path) == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "application_id": APPLICATION_ID,
        "user_version": SCHEMA_VERSION,
    }


def test_entries_are_there_after_reopening(path):
    identity = filled(path)
    journal = SqlJournal(path, identity)
    assert [entry.change.fields["name"] for entry in journal.read()] == [
        "step 0",
        "step 1",
        "step 2",
    ]
    journal.close()


def test_a_text_file_is_no_session_file(path):
    path.write_text("temperature,yield\n60,1\n")
    with pytest.raises(JournalError, match=r"reactor\.db is no session file"):
        SqlJournal(path)
    assert path.read_text() == "temperature,yield\n60,1\n"


def test_a_json_file_is_told_how_to_load(path):
    path.write_text('{"version": "1.1.0"}')
    with pytest.raises(JournalError, match="load_session"):
        SqlJournal(path)


def test_the_database_of_another_program_is_left_alone(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE trials (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(JournalError, match="another program"):
        SqlJournal(path)
    assert path.read_bytes() == before


def test_a_newer_file_asks_for_an_update(path):
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    with pytest.raises(JournalError, match=f"file version {SCHEMA_VERSION + 1}.*Update"):
        SqlJournal(path)


def test_a_folder_a_missing_file_and_a_missing_folder(tmp_path):
    with pytest.raises(JournalError, match="is a folder"):
        SqlJournal(tmp_path)
    with pytest.raises(JournalError, match="There is no file"):
        Database(tmp_path / "none.db", create=False)
    with pytest.raises(JournalError, match="does not exist"):
        SqlJournal(tmp_path / "nowhere" / "a.db")


@pytest.mark.parametrize("seed", range(12))
def test_damaged_pages_never_pass_as_data(path, seed):
    """Flip bytes anywhere: the session is read as it was, or the damage is named."""
    import random

    identity = filled(path, count=40)
    whole = [entry.change for entry in SqlJournal(path, identity).read()]
    data = bytearray(path.read_bytes())
    rng = random.Random(seed)
    for _ in range(64):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
    try:
        journal = SqlJournal(path, identity)
        found = [entry.change for entry in journal.read()]
    except OptwidgetsError:
        return
    assert found == whole


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_truncated_file_is_named(path, share):
    identity = filled(path, count=200)
    data = path.read_bytes()
    path.write_bytes(data[: max(8, int(len(data) * share))])
    with pytest.raises(JournalError, match=r"damaged|no session file"):
        SqlJournal(path, identity).read()


def test_an_altered_entry_is_found(path):
    identity = filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE entries SET body = replace(body, 'step 1', 'step 9') WHERE revision = 2"
        )
    journal = SqlJournal(path, identity)
    with pytest.raises(ValueError, match="altered or damaged at entry 2"):
        journal.read()
    with pytest.raises(ValueError, match="altered or damaged at entry 2"):
        journal.verify()


@pytest.mark.parametrize("sql", [
    "DELETE FROM entries WHERE revision = 1",
    "DELETE FROM entries WHERE revision = 2",
    "UPDATE entries SET actor = 'eve' WHERE revision = 2",
    "UPDATE entries SET at = '1999-01-01' WHERE revision = 3",
    "UPDATE entries SET step = 'start' WHERE revision = 3",
])  # fmt: skip
def test_removed_and_rewritten_history_is_found(path, sql):
    identity = filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute(sql)
    with pytest.raises(ValueError, match="altered or damaged"):
        SqlJournal(path, identity).read()


def limit_pages(journal, pages):
    with journal._database._engine.connect() as connection:
        connection.connection.driver_connection.execute(f"PRAGMA max_page_count={pages}")


def test_a_full_disk_is_said_and_memory_stays_what_the_disk_holds(path):
    journal = SqlJournal(path)
    store = Store(journal, actor="maya")
    store.commit([MetadataChanged({"name": "before"})])
    limit_pages(journal, 1)
    before = store.state
    with pytest.raises(JournalError, match=r"Not saved: the disk is full\. Free some space"):
        store.commit([MetadataChanged({"description": "x" * 200_000})])
    assert store.state == before
    limit_pages(journal, 1 << 30)
    store.commit([MetadataChanged({"name": "after"})])
    again = SqlJournal(path, journal.session_id)
    assert Store(again, actor="maya").state.name == "after"
    assert len(again.read()) == 2


def test_a_size_limit_of_the_system_is_survived(path):
    """A real failing write(2), not one that SQLite refuses by itself."""
    code = textwrap.dedent(
        f"""
        import resource, signal
        from optwidgets.journal.changes import MetadataChanged
        from optwidgets.journal.sql import SqlJournal
        from optwidgets.journal.store import Store
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        store = Store(SqlJournal({str(path)!r}), actor="maya")
        store.commit([MetadataChanged({{"name": "safe"}})])
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, resource.RLIM_INFINITY))
        try:
            store.commit([MetadataChanged({{"description": "x" * 500_000}})])
        except ValueError as error:
            print(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        store.commit([MetadataChanged({{"author": "Maya"}})])
        print(store.journal.session_id)
        """
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    sentence, identity = result.stdout.splitlines()
    assert sentence.startswith("Not saved: ")
    state = Store(SqlJournal(path, identity), actor="maya").state
    assert state.name == "safe"
    assert state.metadata["author"] == "Maya"
    assert "description" not in state.metadata


def test_a_file_moved_away_is_noticed_before_anything_is_lost(path):
    journal = SqlJournal(path)
    journal.append([MetadataChanged({"name": "a"})], actor="maya")
    path.rename(path.with_name("elsewhere.db"))
    with pytest.raises(JournalError, match="moved, replaced or deleted"):
        journal.append([MetadataChanged({"name": "b"})], actor="maya")
    journal.close()


def run_as_nobody(code):
    """Run Python as a user without rights; root may write everywhere."""
    drop = "import os; os.setgid(65534); os.setuid(65534)\n" if os.geteuid() == 0 else ""
    imports = (
        "from optwidgets.journal.changes import MetadataChanged\n"
        "from optwidgets.journal.sql import SqlJournal\n"
    )
    return subprocess.run(
        [sys.executable, "-c", imports + drop + textwrap.dedent(code)],
        capture_output=True,
        text=True,
    )


def test_a_read_only_folder_can_be_read_and_says_so_when_written(path, tmp_path):
    identity = filled(path)
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    for parent in tmp_path.parents:
        if os.geteuid() == 0 and parent.stat().st_uid == 0 and parent != parent.parent:
            parent.chmod(parent.stat().st_mode | 0o055)
    result = run_as_nobody(
        f"""
        journal = SqlJournal({str(path)!r}, {identity!r})
        print(len(journal.read()))
        try:
            journal.append([MetadataChanged({{"name": "x"}})], actor="eve")
        except ValueError as error:
            print(error)
        try:
            SqlJournal({str(tmp_path / "new.db")!r})
        except ValueError as error:
            print(error)
        """
    )
    tmp_path.chmod(0o755)
    assert result.returncode == 0, result.stderr
    count, append, create = result.stdout.splitlines()
    assert count == "3"
    assert append.startswith("Not saved: reactor.db is read-only here.")
    assert create.startswith("The folder ")
    assert "is read-only" in create


HOLD = """
import sys, time
import sqlalchemy as sa
from optwidgets.journal.changes import MetadataChanged
from optwidgets.journal.sql import SqlJournal
journal = SqlJournal({path!r})
journal.append([MetadataChanged({{"name": "other"}})], actor="noor")
with journal._database.writing() as connection:
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(path):
    """Another process that keeps the write lock until told."""
    identity = filled(path)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(path=str(path))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    process.session_id = identity
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_a_held_file_can_be_read_and_the_holder_is_named(path, holder):
    journal = SqlJournal(path, holder.session_id, busy_seconds=0.2)
    assert len(journal.read()) == 3
    store = Store(journal, actor="maya")
    before = store.state
    with pytest.raises(JournalError, match=rf"process {holder.pid} of ") as caught:
        store.commit([MetadataChanged({"name": "mine"})])
    assert "has been held for more than 0.2 s" in str(caught.value)
    assert store.state == before
    holder.stdin.write("\n")
    holder.stdin.flush()
    holder.wait()
    store.commit([MetadataChanged({"name": "mine"})])
    assert store.state.name == "mine"


def test_a_dead_writer_is_not_blamed(path, holder):
    holder.kill()
    holder.wait()
    with sqlite3.connect(path, isolation_level=None) as foreign:
        journal = SqlJournal(path, holder.session_id, busy_seconds=0.1)
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="by another program"):
            journal.append([MetadataChanged({"name": "mine"})], actor="maya")
        foreign.execute("ROLLBACK")


def test_a_writer_signs_off_when_it_closes(path):
    filled(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM writers").fetchone()[0] == 0


def test_opening_does_not_wait_for_a_writer(path, holder):
    assert SqlJournal(path, holder.session_id, busy_seconds=0.1).read()
