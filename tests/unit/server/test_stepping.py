"""Large steps are worked out beside the writer, and taken only if nothing came in between."""

from __future__ import annotations

import asyncio
import threading

import pytest
import sqlalchemy as sa

from optwidgets.data.edits import RowsRemoved
from optwidgets.journal import foreseeing as ahead_of_it
from optwidgets.journal import opening, remembering
from optwidgets.journal.database import entries_table
from optwidgets.journal.foreseeing import foreseeing
from optwidgets.journal.protocol import ConflictError
from optwidgets.server import journal as hosted_journal
from optwidgets.server.answers import Answer, Once
from optwidgets.server.errors import Unavailable
from support.hosting import hosted

ROWS = 60
WRITER = "optwidgets-writer"


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(ahead_of_it, "LIGHT", 5)
    monkeypatch.setattr(opening, "MIN_WEIGHT", 40)
    monkeypatch.setattr(remembering, "MAX_WEIGHT", 10)
    return tmp_path / "lab.db"


@pytest.fixture
def where(monkeypatch):
    """Names of the threads that have looked a step up, encoded or checked one."""
    names = []
    for place, name in (
        (ahead_of_it, "encode_change"),
        (ahead_of_it, "check"),
        (opening.JournalRecollection, "step"),
    ):
        known = getattr(place, name)

        def noted(*given, known=known):
            names.append(threading.current_thread().name)
            return known(*given)

        monkeypatch.setattr(place, name, noted)
    return names


def fill(tx):
    session = tx.create_session("Reactor", session_id="s")
    session.add_variable("T", "real", bounds=(0, 100))
    session.experiment_manager.add_experiments([{"T": number} for number in range(ROWS)])
    session._store.commit([RowsRemoved(tuple(range(1, ROWS + 1)))])


async def step(host, way, key="k", between=None):
    once = Once("maya", key, way)
    async with host.stepping.ahead("s", way, once) as ahead:
        if between is not None:
            await host.write(between)

        def operation(tx):
            with foreseeing(ahead):
                return Answer(200, {"words": getattr(tx.session("s"), way)()})

        return await host.write_once(operation, once), ahead


async def test_a_large_step_after_a_restart_is_worked_out_beside_the_writer(path, where):
    async with hosted(path) as host:
        await host.write(fill)
    async with hosted(path) as host:
        before = await host.state("s")
        where.clear()
        answer, ahead = await step(host, "undo")
        assert WRITER not in where
        assert len(where) == 3
        assert answer.body["words"] == ahead.step.words
        rows = (await host.state("s")).table.rows
        assert [row.inputs["T"] for _, row in sorted(rows.items())] == list(range(ROWS))
        where.clear()
        await step(host, "redo", "k2")
        assert WRITER not in where
        assert (await host.state("s")).content() == before.content()
    async with hosted(path) as host:  # what was recorded folds to the same
        assert (await host.state("s")).content() == before.content()
        await host.view("s", lambda session: session._store.journal.verify())


async def test_what_is_done_again_after_a_restart_is_looked_up_beside_the_writer(path, where):
    async with hosted(path) as host:
        await host.write(fill)
        await step(host, "undo", "k1")
        await step(host, "undo", "k2")
    async with hosted(path) as host:
        where.clear()
        _, ahead = await step(host, "redo", "k3")
        assert ahead is not None
        assert WRITER not in where
        assert len((await host.state("s")).table) == ROWS


async def test_a_step_that_came_in_between_is_not_gone_back_on(path):
    async with hosted(path) as host:
        await host.write(fill)

        def another(tx):
            tx.session("s").add_experiment({"T": 7})

        with pytest.raises(ConflictError, match=r"added rows .* ask again"):
            await step(host, "undo", between=another)
        assert len((await host.state("s")).table) == 1
        last = (await host.state("s")).revision
        _, ahead = await step(host, "undo")  # the same key: nothing was answered to it
        assert ahead is None  # one row is a light step
        assert len((await host.state("s")).table) == 0
        _, ahead = await step(host, "undo", "k2")
        assert len((await host.state("s")).table) == ROWS
        assert (await host.state("s")).revision == last + 2


async def test_what_is_no_step_may_come_in_between(path, where):
    async with hosted(path) as host:
        await host.write(fill)

        def decided(tx):
            tx.session("s").lock_data(notes="read")

        where.clear()
        await step(host, "undo", between=decided)
        state = await host.state("s")
        assert len(state.table) == ROWS  # on the newest state, which knows the decision
        assert len(state.decisions) == 1
    async with hosted(path) as host:
        assert (await host.state("s")).content() == state.content()


async def test_a_session_that_is_read_again_meanwhile_is_undone_all_the_same(path):
    async with hosted(path) as host:
        await host.write(fill)
        _, ahead = await step(host, "undo", between=lambda tx: tx._drop("s"))
        assert ahead is not None
        assert len((await host.state("s")).table) == ROWS


async def test_a_session_that_was_deleted_and_made_again_is_another(path):
    async with hosted(path) as host:
        await host.write(fill)

        def made_again(tx):
            tx.delete_session("s")
            tx.create_session("Kiln", session_id="s").add_variable("p", "real", bounds=(0, 1))

        await step(host, "undo", between=made_again)
        state = await host.state("s")
        assert len(state.space) == 0
        assert len(state.table) == 0


async def test_two_who_undo_at_once_undo_two_steps(path, where):
    async with hosted(path) as host:
        await host.write(fill)
        where.clear()
        answers = await asyncio.gather(step(host, "undo", "k1"), step(host, "undo", "k2"))
        assert len({answer.body["words"] for answer, _ in answers}) == 2
        assert WRITER not in where
        state = await host.state("s")
        assert len(state.table) == 0
        assert len(state.space) == 1


async def test_a_repeat_is_answered_and_works_nothing_out(path):
    async with hosted(path) as host:
        await host.write(fill)
        await step(host, "undo")
        answer, ahead = await step(host, "undo")
        assert answer.replayed
        assert ahead is None
        assert len((await host.state("s")).table) == ROWS


async def test_what_fails_on_the_disk_leaves_nothing_of_a_step(path, monkeypatch):
    async with hosted(path) as host:
        await host.write(fill)
        revision = (await host.state("s")).revision

        def broken(session_id, group):
            lines = known(session_id, group)
            lines[-1]["hash"] = None
            return lines

        known = hosted_journal.lines_of
        with monkeypatch.context() as patch:
            patch.setattr(hosted_journal, "lines_of", broken)
            with pytest.raises(Unavailable):
                await step(host, "undo")
        assert (await host.state("s")).revision == revision
        newest = sa.select(sa.func.max(entries_table.c.revision))
        assert await host.read(lambda db: db.execute(newest).scalar()) == revision
        await step(host, "undo")
        assert len((await host.state("s")).table) == ROWS
