"""Processes that compute: warm, limited, killed in time, and never in the way of the record."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import DesignNotEstimableError, OptwidgetsError
from optwidgets.journal.changes import decode_change
from optwidgets.server.compute.errors import Broken, OutOfMemory, TooSlow
from optwidgets.server.compute.pool import ComputePool, stored_entries
from support import odd_computations

GONE_WITHIN = 5.0


@pytest.fixture(scope="module", autouse=True)
def paths():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        patch.setenv("OPTWIDGETS_TOKEN", "secret")
        assert odd_computations
        yield


@pytest.fixture(scope="module")
def with_pool(paths):
    """Run a scenario with a pool that all tests share, since a process takes seconds to start."""
    pool = ComputePool(memory_bytes=4 << 30)
    with asyncio.Runner() as runner:
        yield lambda scenario: runner.run(scenario(Asked(pool, campaign())))
        pids = pool.pids
        runner.run(pool.close())
    assert not [pid for pid in pids if is_alive(pid)]


def campaign():
    session = OptimizationSession(name="Reactor")
    session.add_variable("temperature", "real", bounds=(20, 100))
    for value in (20, 35, 50, 65, 80, 100):
        session.add_experiment({"temperature": value}, output=-((value - 60) ** 2) / 100)
    return session


class Asked:
    def __init__(self, pool, session):
        self.pool = pool
        self.session = session

    async def __call__(self, computation, /, deadline=None, on_progress=None, **arguments):
        return await self.pool.run(
            self.session.id,
            stored_entries(self.session),
            computation,
            arguments,
            deadline=deadline,
            on_progress=on_progress,
        )


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def gone(pid):
    start = time.monotonic()
    while is_alive(pid):
        assert time.monotonic() - start < GONE_WITHIN
        await asyncio.sleep(0.01)


def test_a_suggestion_is_what_the_session_itself_would_say(with_pool):
    async def scenario(ask):
        heard = []
        outcome = await ask(
            "suggest", on_progress=lambda *news: heard.append(news), strategy="EI", n_suggestions=2
        )
        [[body]] = outcome.changes
        ask.session.commit([decode_change(body)])
        # The copy takes over what it proposed itself, and goes on from there.
        looked = await ask("look")
        frame = (await ask("predict", points=[{"temperature": 61}])).result
        return heard, outcome, looked.result, frame, ask.session

    heard, outcome, looked, frame, session = with_pool(scenario)
    expected = campaign().suggest_next("EI", n_suggestions=2)
    points = [point["inputs"]["temperature"] for point in outcome.result["suggestions"]]
    assert points == expected["temperature"].tolist()
    assert outcome.result["rows"] == [7, 8]
    assert not outcome.fell_back
    assert any(stage == "Fitting the model" for _, stage in heard)
    assert looked["revision"] == session.revision
    assert looked["rows"] == list(range(1, 9))
    assert looked["secret"] is None
    assert frame["Output"]["mean"][0] == pytest.approx(0, abs=0.5)


def test_what_is_proposed_and_not_recorded_is_forgotten(with_pool):
    async def scenario(ask):
        outcome = await ask("rename", name="Other")
        before = (await ask("look")).result
        ask.session.add_experiment({"temperature": 42}, output=1.0)
        after = (await ask("look")).result
        return outcome, before, after, ask.session

    outcome, before, after, session = with_pool(scenario)
    assert [len(step) for step in outcome.changes] == [1, 1]
    assert before["name"] == after["name"] == "Reactor"
    assert (after["revision"], after["rows"]) == (session.revision, [*range(1, 8)])


def test_a_model_is_fitted_once_for_the_same_results(with_pool):
    async def scenario(ask):
        stages = []
        await ask("suggest")  # is not recorded: the copy begins anew
        await ask("predict", points=[{"temperature": 61}], on_progress=lambda *n: stages.append(n))
        return stages

    assert not [stage for _, stage in with_pool(scenario) if "Fitting" in stage]


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("pie", {}, "There is no computation 'pie'"),
        ("os.system", {}, "There is no computation 'os.system'"),
        ("predict", {}, "needs the argument 'points'"),
        ("predict", {"session": 1, "points": []}, "takes no argument 'session'"),
        ("optimum", {"colour": "red"}, "takes no argument 'colour'"),
        ("suggest", {"strategy": "guess"}, "guess"),
        ("suggest", {"colour": "red"}, "'colour' is not known"),
        ("figure", {"name": "pie"}, "Figure 'pie' is not known"),
        ("design", {"method": "pie"}, "pie"),
    ],
)
def test_a_bad_question_is_a_sentence(with_pool, name, arguments, sentence):
    async def scenario(ask):
        with pytest.raises(OptwidgetsError, match=sentence):
            await ask(name, **arguments)

    with_pool(scenario)


def test_cancelled_means_gone(with_pool):
    async def scenario(ask):
        pid = (await ask("sleep", seconds=0)).result["pid"]
        heard = asyncio.Event()
        task = asyncio.create_task(ask("deaf", on_progress=lambda *_: heard.set()))
        await asyncio.wait_for(heard.wait(), 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await gone(pid)
        # Another process answers the next question.
        assert (await ask("look")).result["name"] == "Reactor"
        assert pid not in ask.pool.pids

    with_pool(scenario)


def test_a_deadline_ends_the_process_and_the_fallback_answers(with_pool):
    async def scenario(ask):
        with pytest.raises(TooSlow, match=r"Spinning did not end within 0.5 s"):
            await ask("spin")
        outcome = await ask("late", deadline=0.3, word="evenly")
        again = await ask("suggest", deadline=0.001, n_suggestions=2)
        return outcome, again

    outcome, suggested = with_pool(scenario)
    assert outcome.fell_back
    assert outcome.result == {"word": "evenly", "within": 0.3}
    assert len(outcome.changes) == 1
    assert suggested.fell_back
    assert suggested.result["fell_back"]
    assert "cover the space evenly" in suggested.result["message"]
    assert len(suggested.result["rows"]) == 2


def test_memory_is_limited(with_pool):
    async def scenario(ask):
        with pytest.raises(OutOfMemory, match=r"Gorging ran out of memory.*Ask for fewer"):
            await ask("gorge")
        assert (await ask("look")).result["name"] == "Reactor"

    with_pool(scenario)


@pytest.mark.parametrize("name", ["crash", "fault"])
def test_a_broken_computation_harms_nobody_and_tells_no_secret(with_pool, name):
    async def scenario(ask):
        with pytest.raises(Broken, match="failed in the server") as caught:
            await ask(name)
        assert "secret" not in str(caught.value)
        assert (await ask("look")).result["name"] == "Reactor"

    with_pool(scenario)


def test_what_a_library_prints_is_not_taken_for_an_answer(with_pool):
    async def scenario(ask):
        return await ask("chatter")

    assert with_pool(scenario).result == "said"


def test_two_computations_run_at_a_time_and_those_that_record_take_turns():
    session = campaign()

    async def main():
        pool = ComputePool(children=2)
        ask, order = Asked(pool, session), []

        async def record(mark, seconds):
            async with pool.turn("one session"):
                order.append(f"{mark} begins")
                await asyncio.sleep(seconds)
                order.append(f"{mark} ends")

        try:
            await asyncio.gather(record("first", 0.05), record("second", 0))
            asked = [ask("sleep", seconds=0.5), ask("sleep", seconds=0.5)]
            return order, [outcome.result["pid"] for outcome in await asyncio.gather(*asked)]
        finally:
            await pool.close()

    order, pids = asyncio.run(main())
    assert order == ["first begins", "first ends", "second begins", "second ends"]
    assert len(set(pids)) == 2


def test_a_process_whose_server_is_gone_ends_itself():
    import subprocess
    import textwrap

    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent("""
                import asyncio, sys
                from support import odd_computations
                from optwidgets import OptimizationSession
                from optwidgets.server.compute.pool import ComputePool, stored_entries
                async def main():
                    pool = ComputePool()
                    pool.warm()
                    while not pool.pids:
                        await asyncio.sleep(0.01)
                    print(*pool.pids, flush=True)
                    session = OptimizationSession()
                    await pool.run(session.id, stored_entries(session), "sleep", {})
                asyncio.run(main())
            """),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(server.stdout.readline())
    assert is_alive(pid)
    server.kill()
    server.wait()
    asyncio.run(gone(pid))


def test_points_that_are_only_looked_at_change_nothing(with_pool):
    async def scenario(ask):
        looked = await ask("suggest", stage=False, n_suggestions=2)
        evenly = await ask("suggest", stage=False, deadline=0.001)
        return looked, evenly

    for outcome, n in zip(with_pool(scenario), (2, 1), strict=True):
        assert outcome.changes == ()
        assert outcome.result["rows"] == []
        assert [point["row"] for point in outcome.result["suggestions"]] == [None] * n


def test_an_error_that_faces_name_keeps_its_class(with_pool):
    async def scenario(asked):
        for name in "abc":
            asked.session.add_variable(name, "real", bounds=(0, 10))
        asked.session.add_input_constraint("inequality", {"a": 1, "b": 1}, 4)
        with pytest.raises(DesignNotEstimableError, match="break a constraint"):
            await asked("alchemist-design", method="box_behnken")

    with_pool(scenario)
