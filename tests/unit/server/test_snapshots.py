"""A server opens a session from its snapshot, and goes on as if it had folded the journal."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
import sqlalchemy as sa

from optwidgets.errors import OptwidgetsError
from optwidgets.journal import opening
from optwidgets.journal.acting import acting
from optwidgets.journal.database import snapshots_table
from optwidgets.server import transaction
from support.hosting import hosted


def fill(tx, n=30):
    session = tx.create_session("Reactor", session_id="s")
    session.add_variable("T", "real", bounds=(0, 100))
    with acting("maya", key="first"):
        session.add_experiment({"T": 1}, output=1.0)
    for number in range(n - 1):
        session.add_experiment({"T": number}, output=number / 3)


async def revisions(host):
    query = sa.select(snapshots_table.c.session_id, snapshots_table.c.revision)
    return [tuple(line) for line in await host.read(lambda db: db.execute(query).all())]


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "MIN_WEIGHT", 40)
    return tmp_path / "lab.db"


async def test_a_server_that_ends_keeps_snapshots_and_begins_from_them(path):
    async with hosted(path) as host:
        await host.write(fill)
        state = await host.state("s")
        assert await revisions(host) == []
    with sqlite3.connect(path) as connection:
        body = connection.execute("SELECT body FROM entries WHERE revision = 9").fetchone()[0]
        connection.execute("UPDATE entries SET body = 'x' WHERE revision = 9")
    async with hosted(path) as host:
        assert await revisions(host) == [("s", state.revision)]
        assert await host.state("s") == state  # what was altered was not read
        row = await host.write(lambda tx: tx.session("s").add_experiment({"T": 5}, output=2.0))
        assert row == 31
        assert await host.write(lambda tx: [tx.session("s").undo() for _ in range(3)]) == [
            "Row 31 added",
            "Row 30 added",
            "Row 29 added",
        ]
        with pytest.raises(OptwidgetsError, match="altered or damaged at entry 9"):
            await host.view("s", lambda session: session.verify())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entries SET body = ? WHERE revision = 9", [body])
        connection.execute("DELETE FROM snapshots")
    async with hosted(path) as host:
        await host.view("s", lambda session: session.verify())
        assert (await host.state("s")).table.ids == tuple(range(1, 29))


async def test_keys_from_before_a_snapshot_still_count_once(path):
    async with hosted(path) as host:
        await host.write(fill)
        revision = (await host.state("s")).revision

    def again(tx):
        with acting("maya", key="first"):
            tx.session("s").add_experiment({"T": 1}, output=1.0)
        return tx.session("s").revision

    async with hosted(path) as host:
        assert await host.write(again) == revision


async def test_a_server_keeps_snapshots_while_it_runs(path, monkeypatch):
    monkeypatch.setattr(transaction, "GROWN_WEIGHT", 30)
    async with hosted(path) as host:
        await host.write(fill)
        for _ in range(200):
            if await revisions(host):
                break
            await asyncio.sleep(0.01)
        [(_, first)] = await revisions(host)
        assert first == (await host.state("s")).revision
        # What was folded after it was taken counts towards the next one.
        weight = await host.write(lambda tx: tx.fold_of("s").weight)
        assert weight == 0


async def test_a_deleted_session_takes_its_snapshot_along(path):
    async with hosted(path) as host:
        await host.write(fill)
    async with hosted(path) as host:
        assert await revisions(host)
        await host.write(lambda tx: tx.delete_session("s"))
        assert await revisions(host) == []
        await host.write(lambda tx: fill(tx, 3))
        assert len((await host.state("s")).table) == 3


async def test_what_was_not_committed_is_in_no_snapshot(path):
    def fail(tx):
        fill(tx)
        tx.keep_snapshots()
        raise RuntimeError("after the snapshot")

    async with hosted(path) as host:
        with pytest.raises(RuntimeError):
            await host.write(fail)
        assert await revisions(host) == []
        await host.write(lambda tx: fill(tx, 2))
        assert len((await host.state("s")).table) == 2


async def test_a_session_that_was_loaded_slowly_is_loaded_fast_the_next_time(path):
    async with hosted(path) as host:
        await host.write(fill)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM snapshots")
    async with hosted(path) as host:
        state = await host.state("s")
        assert await revisions(host) == [("s", state.revision)]


async def test_a_session_that_has_to_make_room_leaves_a_snapshot(path, monkeypatch):
    monkeypatch.setattr(transaction, "MAX_HOSTED", 1)
    async with hosted(path) as host:
        await host.write(fill)
        await host.write(lambda tx: tx.create_session("Kiln").id)
        assert [session_id for session_id, _ in await revisions(host)] == ["s"]
