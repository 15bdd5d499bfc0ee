"""What another process, such as a kernel with the same file, writes under a running server."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from optwidgets import OptimizationSession, OptwidgetsError
from optwidgets.journal.sql import SqlJournal
from optwidgets.server import host as hosts
from optwidgets.server import transaction
from support.hosting import hosted


@contextlib.asynccontextmanager
async def two_hosted(path):
    """A host of two sessions, ``a`` and ``b``, that looks outside only when it writes."""
    async with hosted(path) as host:
        for session_id in ("a", "b"):
            await host.write(lambda tx, name=session_id: begin(tx, name))
        yield host


def begin(tx, session_id):
    session = tx.create_session("Reactor", session_id=session_id)
    session.add_variable("T", "real", bounds=(0, 100))


def add(tx, session_id):
    tx.session(session_id).add_experiment({"T": 1}, output=1.0)


def add_outside(path, session_id):
    other = OptimizationSession(journal=SqlJournal(path, session_id=session_id))
    other.add_experiment({"T": 2}, output=2.0)
    other.close()


async def rows(host, session_id):
    return len((await host.state(session_id)).table)


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(hosts, "LOOK_SECONDS", 3600)
    return tmp_path / "lab.db"


async def test_a_session_that_made_room_is_seen_as_it_was_changed_since(path, monkeypatch):
    monkeypatch.setattr(transaction, "MAX_HOSTED", 1)
    async with two_hosted(path) as host:
        add_outside(path, "a")
        await host.write(lambda tx: add(tx, "b"))
        assert await rows(host, "a") == 1


async def test_what_came_from_outside_is_seen_though_the_next_write_fails(path):
    def fail(tx):
        add(tx, "b")
        raise RuntimeError("after it has written")

    async with two_hosted(path) as host:
        add_outside(path, "a")
        with pytest.raises(RuntimeError):
            await host.write(fail)
        await host.write(lambda tx: None)  # the next look
        assert [await rows(host, name) for name in "ab"] == [1, 0]


async def test_a_session_that_was_damaged_from_outside_keeps_nobody_else_from_writing(path):
    async with two_hosted(path) as host:
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "INSERT INTO entries SELECT session_id, revision + 1, at, actor, key, step,"
                " step_group, target, body, hash FROM entries"
                " WHERE session_id = 'a' ORDER BY revision DESC LIMIT 1"
            )
        await host.write(lambda tx: add(tx, "b"))
        assert await rows(host, "b") == 1
        with pytest.raises(OptwidgetsError, match="altered or damaged at entry"):
            await host.state("a")
        await host.write(lambda tx: add(tx, "b"))
        assert await rows(host, "b") == 2
