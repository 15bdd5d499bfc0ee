"""What is computed is recorded once, in the right name, and fits what others did meanwhile."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager

import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.server.auth import Principal
from optwidgets.server.compute.pool import Outcome
from optwidgets.server.compute.recording import Question, decoded, record
from optwidgets.server.database import ServerDatabase
from optwidgets.server.errors import Conflict, NoSuchSession, Unprocessable
from optwidgets.server.host import Host
from optwidgets.server.settings import Settings
from support import odd_computations

ANN = Principal("t1", "Ann", "write")


@pytest.fixture(autouse=True)
def paths(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    assert odd_computations


@asynccontextmanager
async def a_host(tmp_path):
    path = str(tmp_path / "lab.db")
    host = Host(ServerDatabase(path), Settings(path))
    try:
        session_id = await host.write(campaign)
        yield host, session_id
    finally:
        await host.close()


def campaign(tx):
    session = tx.create_session("Reactor")
    session.add_variable("temperature", "real", bounds=(20, 100))
    for value in (20, 35, 50, 65, 80, 100):
        session.add_experiment({"temperature": value}, output=-((value - 60) ** 2) / 100)
    return session.id


def record_body(tx, question, body):
    outcome = Outcome(None, ((body,),))
    record(tx, question, outcome, decoded(outcome))


async def test_a_suggestion_is_recorded_with_the_numbers_that_are_free(tmp_path):
    async with a_host(tmp_path) as (host, session_id):
        heard = []

        async def be_quicker():
            await host.write(lambda tx: tx.session(session_id).add_experiment({"temperature": 42}))

        quicker = []

        def on_progress(fraction, stage):
            heard.append(stage)
            if not quicker:
                quicker.append(asyncio.ensure_future(be_quicker()))

        computed = await host.compute(
            session_id,
            "suggest",
            {"n_suggestions": 2},
            principal=ANN,
            key="k1",
            on_progress=on_progress,
        )
        await quicker[0]
        state = await host.state(session_id)
        again = await host.compute(
            session_id, "suggest", {"n_suggestions": 2}, principal=ANN, key="k1"
        )
        with pytest.raises(Unprocessable, match="was used for another request"):
            await host.compute(session_id, "suggest", {}, principal=ANN, key="k1")
        predicted = await host.compute(
            session_id, "predict", {"points": [{"temperature": 60}]}, principal=ANN
        )
        rows = await host.view(session_id, lambda s: [row.id for row in s.state.table])
        replay = await host.view(session_id, lambda session: session.replay()["equal"].tolist())

    assert computed.result["rows"] == [8, 9]
    assert [point["row"] for point in computed.result["suggestions"]] == [8, 9]
    assert [row.state for row in state.table][-2:] == ["suggested", "suggested"]
    assert [entry.actor for entry in computed.entries] == ["Ann"]
    assert (again.result, again.entries) == (computed.result, computed.entries)
    assert (computed.replayed, again.replayed) == (False, True)
    assert rows == list(range(1, 10))
    assert predicted.entries == ()
    assert replay == [True]
    assert "Fitting the model" in heard


async def test_two_that_ask_at_a_time_get_different_points(tmp_path):
    async with a_host(tmp_path) as (host, session_id):
        ask = [host.compute(session_id, "suggest", {}, principal=ANN) for _ in range(2)]
        answers = [computed.result["suggestions"][0] for computed in await asyncio.gather(*ask)]
    assert len({point["inputs"]["temperature"] for point in answers}) == 2
    assert sorted(point["row"] for point in answers) == [7, 8]


async def test_cancelled_records_nothing_and_the_next_one_is_served(tmp_path):
    async with a_host(tmp_path) as (host, session_id):
        started = asyncio.Event()
        task = asyncio.ensure_future(
            host.compute(
                session_id, "deaf", {}, principal=ANN, on_progress=lambda *_: started.set()
            )
        )
        await asyncio.wait_for(started.wait(), 30)
        before = (await host.state(session_id)).revision
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        computed = await host.compute(session_id, "rename", {"name": "New"}, principal=ANN)
        assert [entry.revision for entry in computed.entries] == [before + 1, before + 2]
        with pytest.raises(NoSuchSession):
            await host.compute("nobody", "suggest", {}, principal=ANN)
        with pytest.raises(OptwidgetsError, match="no computation"):
            await host.compute(session_id, "pie", {}, principal=ANN)


async def test_a_result_that_does_not_fit_any_more_is_a_conflict(tmp_path):
    async with a_host(tmp_path) as (host, session_id):
        body = '["VariableRemoved",{"name":"temperature"}]'
        question = Question(session_id, "train", {}, ANN)
        await host.write(lambda tx: tx.session(session_id).remove_variable("temperature"))
        before = await host.state(session_id)
        with pytest.raises(Conflict, match="changed while this was computed"):
            await host.write(lambda tx: record_body(tx, question, body))
        assert (await host.state(session_id)).revision == before.revision


async def test_a_row_that_was_run_meanwhile_is_not_taken_away(tmp_path):
    def operation(tx):
        session = tx.session(session_id)
        keep = session.add_experiment({"temperature": 21}, state="suggested")
        gone = session.add_experiment({"temperature": 22}, state="suggested")
        session.experiment_manager.record(keep, 1.0)
        body = f'["RowsRemoved",{{"ids":[{keep},{gone},99]}}]'
        record_body(tx, Question(session_id, "suggest", {}, ANN), body)
        return keep, gone, {row.id for row in session.state.table}

    async with a_host(tmp_path) as (host, session_id):
        keep, gone, rows = await host.write(operation)
    assert keep in rows
    assert gone not in rows


def test_the_server_itself_loads_no_library_for_models(tmp_path):
    import subprocess
    import textwrap

    program = """
        import asyncio, sys
        from optwidgets.server.app import make_app
        from optwidgets.server.auth import EVERYBODY
        from optwidgets.server.settings import Settings
        async def main():
            app = make_app(Settings(sys.argv[1], no_auth=True))
            async with app.router.lifespan_context(app):
                host = app.state.host
                def campaign(tx):
                    session = tx.create_session()
                    session.add_variable("x", "real", bounds=(0, 1))
                    for x in (0.1, 0.4, 0.6, 0.9):
                        session.add_experiment({"x": x}, output=x)
                    return session.id
                session_id = await host.write(campaign)
                for name in ("train", "suggest"):
                    await host.compute(session_id, name, {}, principal=EVERYBODY)
        asyncio.run(main())
        print([name for name in ("torch", "sklearn", "pandas", "scipy") if name in sys.modules])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path / "lab.db")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
