"""Hourly backups, and low space: made beside everything else, and never in anybody's way."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
import time
from pathlib import Path
from typing import NamedTuple, Self

import httpx
import pytest

from optwidgets import cli
from optwidgets.journal import backups as copies
from optwidgets.journal.backups import back_up, backups_of, folder_of
from optwidgets.server import backups, space
from optwidgets.server.backups import Backups
from optwidgets.server.space import Space
from optwidgets.session import OptimizationSession
from support.optwidgets_server import running


class Usage(NamedTuple):
    total: int
    used: int
    free: int


NOTHING_FREE = Usage(10**12, 10**12, 10**6)
MUCH_FREE = Usage(10**12, 0, 10**12)


@pytest.fixture
def server(tmp_path):
    with running(tmp_path / "lab.db", no_auth=True) as started:
        started.host.caretaker.backups._version_now()
        yield started


def record(server, name: str) -> str:
    return server.host.writer.submit(lambda tx: tx.create_session(name).id).result(10)


def due(made_by: Backups) -> Backups:
    """Let an hour pass."""
    made_by._next = time.monotonic()
    return made_by


def names_in(path: Path, folder: Path) -> list[str]:
    """Put a backup where a database was, and say which sessions are in it."""
    folder.mkdir()
    restored = Path(shutil.copy(path, folder / "lab.db"))
    with running(restored, no_auth=True) as server:
        found = httpx.get(server.url + "/api/v1/sessions").json()
        return sorted(one["name"] for one in found["sessions"])


def test_once_an_hour_if_anything_was_written(server, tmp_path):
    path, made_by = server.database.path, server.host.caretaker.backups
    record(server, "Reactor")
    made_by.look()
    assert len(backups_of(path)) == 1
    record(server, "Column")
    made_by.look()
    assert len(backups_of(path)) == 1, "an hour has not passed"
    due(made_by).look()
    due(made_by).look()
    one, two = backups_of(path)
    assert names_in(one, tmp_path / "one") == ["Reactor"]
    assert names_in(two, tmp_path / "two") == ["Column", "Reactor"]
    assert folder_of(path).stat().st_mode & 0o077 == 0
    # What a notebook writes into the file beside the server counts, too.
    OptimizationSession.open(path, name="In a notebook").close()
    due(made_by).look()
    assert made_by.made == 3


def test_a_new_process_waits_for_the_rest_of_the_hour(tmp_path):
    path = tmp_path / "lab.db"
    OptimizationSession.open(path, name="Reactor").close()
    with sqlite3.connect(path) as connection:
        back_up(connection, path)
    connection.close()
    again = Backups(path)
    again.look()
    assert again.made == 0
    assert 3500 < again._due() - time.monotonic() <= 3600
    again.close()


def test_a_clock_that_was_set_neither_stops_nor_reorders_them(tmp_path, monkeypatch):
    path = tmp_path / "lab.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE rows (row)")
        first = back_up(connection, path, kept=2)
        monkeypatch.setattr(copies, "datetime", Yesterday)
        second = back_up(connection, path, kept=2)
        third = back_up(connection, path, kept=2)
    connection.close()
    assert backups_of(path) == [second, third]
    assert not first.exists()
    assert second.name.startswith("000002-2020")
    monkeypatch.setattr(backups.time, "time", lambda: second.stat().st_mtime - 86_400)
    other = Backups(path)
    other.look()
    assert other.made == 1, "the newest is from the future: nobody knows how old it is"
    other.close()


class Yesterday:
    @staticmethod
    def now(zone):
        from datetime import datetime

        return datetime(2020, 1, 1, tzinfo=zone)


def test_twenty_four_are_kept_and_halves_are_removed(tmp_path):
    path = tmp_path / "lab.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE rows (row)")
        made = [back_up(connection, path)]
        half = folder_of(path) / "000002-20260101T000000Z.db.part"
        half.write_bytes(b"killed here")
        made += [back_up(connection, path) for _ in range(25)]
    connection.close()
    assert backups_of(path) == made[2:]
    assert sorted(folder_of(path).iterdir()) == made[2:]


class Held:
    """Holds a backup up in the middle, by SQLite's own progress handler."""

    def __init__(self, made_by: Backups) -> None:
        self.inside, self.go_on = threading.Event(), threading.Event()
        made_by._connected().set_progress_handler(self._wait, 1)
        self.thread = threading.Thread(target=due(made_by).look)

    def _wait(self) -> int:
        self.inside.set()
        assert self.go_on.wait(30)
        return 0

    def __enter__(self) -> Self:
        self.thread.start()
        assert self.inside.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        self.thread.join(30)


def test_others_write_and_read_while_one_is_made(server, tmp_path):
    record(server, "Before")
    made_by = server.host.caretaker.backups
    with Held(made_by):
        record(server, "Meanwhile")
        found = httpx.get(server.url + "/api/v1/sessions").json()["sessions"]
        assert {one["name"] for one in found} == {"Before", "Meanwhile"}
        assert not backups_of(server.database.path), "it is there when it is whole"
    assert made_by.problem is None
    assert "Before" in names_in(backups_of(server.database.path)[0], tmp_path / "new")


def test_a_server_that_stops_gives_it_up(tmp_path):
    path = tmp_path / "lab.db"
    OptimizationSession.open(path, name="Reactor").close()
    made_by = Backups(path)
    made_by._connected()
    made_by._connection.set_progress_handler(lambda: made_by._closing, 1)
    looked = threading.Thread(target=made_by.look)
    real = made_by._check_room

    def close_then_look():
        real()
        made_by.interrupt()

    made_by._check_room = close_then_look
    looked.start()
    looked.join(30)
    made_by.close()
    assert made_by.made == 0
    assert list(folder_of(path).iterdir()) == []


def health(server) -> dict:
    answers = [httpx.get(server.url + path) for path in ("/health", "/health/ready")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["warnings"] == answers[1].json()["warnings"]
    return answers[0].json()


def metric(server, name: str) -> float:
    lines = httpx.get(server.url + "/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def test_one_that_fails_is_said_and_breaks_nothing(server, monkeypatch, caplog):
    made_by = server.host.caretaker.backups
    record(server, "Reactor")
    due(made_by).look()
    record(server, "Column")

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr(copies, "put_in_place", full)
        due(made_by).look()
        due(made_by).look()
    said = "The last backup failed: database or disk is full."
    assert [said in record.message for record in caplog.records] == [True], "once in a row"
    assert health(server)["warnings"] == [said]
    assert metric(server, "optwidgets_backup_failed") == 1
    assert len(list(folder_of(server.database.path).iterdir())) == 1, "no half is left"
    record(server, "Still writes")
    due(made_by).look()
    assert health(server)["warnings"] == []
    assert metric(server, "optwidgets_backup_failed") == 0
    assert metric(server, "optwidgets_backups_total") == 2


def test_one_does_not_take_the_space_that_recording_needs(server, monkeypatch):
    made_by = server.host.caretaker.backups
    record(server, "Reactor")
    monkeypatch.setattr(backups.shutil, "disk_usage", lambda _: NOTHING_FREE)
    due(made_by).look()
    assert made_by.problem == "The last backup failed: there is too little space for one."
    assert not backups_of(server.database.path)


def test_none_of_a_damaged_file_takes_the_place_of_a_whole_one(tmp_path, capsys):
    path = tmp_path / "lab.db"
    session = OptimizationSession.open(path, name="Reactor")
    session.add_variable("temperature", "real", bounds=(20, 100))
    session.close()
    made_by = Backups(path)
    made_by.look()
    (whole,) = backups_of(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    made_by.close()
    again = due(Backups(path))
    again.look()
    again.close()
    assert again.problem is not None
    assert backups_of(path) == [whole]
    assert cli.main(["doctor", str(path)]) == 1
    assert f"The newest backup is {whole}, made on " in capsys.readouterr().out
    path.unlink()
    shutil.copy(whole, path)
    assert OptimizationSession.open(path).name == "Reactor"


def test_none_are_made_where_nobody_wants_them(tmp_path):
    with running(tmp_path / "lab.db", no_auth=True, backups=False) as server:
        assert server.host.caretaker.backups is None
        assert health(server)["warnings"] == []


def test_low_space_is_said_once_and_taken_back(server, monkeypatch, caplog):
    looked_at = server.host.caretaker.space
    free = NOTHING_FREE
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: free)
    with caplog.at_level(logging.INFO, logger=space.__name__):
        looked_at.look()
        looked_at.look()
        (said,) = health(server)["warnings"]
        assert said.startswith("Little space is left beside the database: 1 MB, 0 % of the disk.")
        assert metric(server, "optwidgets_low_space") == 1
        assert metric(server, "optwidgets_free_bytes") == 10**6
        free = MUCH_FREE
        looked_at.look()
    assert health(server)["warnings"] == []
    assert metric(server, "optwidgets_low_space") == 0
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


@pytest.mark.parametrize(
    ("total", "free", "low"),
    [
        (10**9, 199_999_999, True),
        (10**9, 200_000_000, False),
        (10**11, 4_999_999_999, True),
        (10**11, 5_000_000_000, False),
    ],
)
def test_low_is_under_five_percent_or_two_hundred_megabytes(
    tmp_path, monkeypatch, total, free, low
):
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: Usage(total, total - free, free))
    looked_at = Space(tmp_path / "lab.db")
    looked_at.look()
    assert (looked_at.problem is not None) == low
