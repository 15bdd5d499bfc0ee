"""Two servers and one PostgreSQL that restarts: one writes, the other one says why it does not."""

from __future__ import annotations

import contextlib
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from optwidgets.server import commands, host
from optwidgets.server.database import ServerDatabase
from optwidgets.server.postgres import ADVISORY_LOCK
from server.faults.test_postgres import append, begin, keys, wait
from support.optwidgets_server import running
from support.postgres import private_postgres


@pytest.fixture(scope="module")
def postgres():
    with private_postgres() as made:
        yield made


def shut_out(server, session_id: str, key: str) -> str:
    """Try to write, and return the reason why not."""
    with httpx.Client(base_url=server.url, timeout=60) as http:
        answer = append(http, session_id, key, key)
    assert answer.status_code == 503, answer.text
    return answer.json()["detail"]


def test_who_takes_the_database_in_the_gap_is_the_only_one_that_writes(postgres, monkeypatch):
    monkeypatch.setattr(host, "HOLD_SECONDS", 3600)  # the first one notices when it writes
    monkeypatch.setattr(commands, "LAST_WORDS_SECONDS", 8.0)  # long enough for all that follows
    with running(postgres.url, no_auth=True) as first:
        session_id = begin(first)
        with httpx.Client(base_url=first.url, timeout=60) as http:
            before = [f"before-{number}" for number in range(3)]
            assert [append(http, session_id, key, key).status_code for key in before] == [201] * 3
        postgres.kill()
        postgres.start()
        with (
            running(postgres.url, no_auth=True) as second,
            httpx.Client(base_url=second.url, timeout=60) as http,
        ):
            after = [f"after-{number}" for number in range(5)]
            for key in after:
                assert append(http, session_id, key, key).status_code == 201
                assert "taken" in shut_out(first, session_id, f"lost-{key}")
            # Reading at the first one shows nothing that is older than the database.
            shown = httpx.get(f"{first.url}/api/v1/sessions/{session_id}")
            assert shown.status_code == 503
            assert httpx.get(f"{first.url}/health/ready").status_code == 503
            assert keys(second, session_id) == [*before, *after]
            wait(lambda: first.web.should_exit)


def test_a_server_that_is_idle_notices_that_it_was_shut_out(postgres, monkeypatch):
    monkeypatch.setattr(host, "HOLD_SECONDS", 3600)
    with running(postgres.url, no_auth=True) as first:
        postgres.kill()
        postgres.start()
        monkeypatch.setattr(host, "HOLD_SECONDS", 0.01)
        with running(postgres.url, no_auth=True) as second:
            assert not second.host.lost.is_set()
            first.web.config.app.state.host._looking.cancel()
            look = first.host._look_whether_held()
            first.host._loop.call_soon_threadsafe(first.host._loop.create_task, look)
            wait(first.host.lost.is_set)


def test_the_lock_cannot_be_lost_without_the_connection_that_writes(postgres, monkeypatch):
    monkeypatch.setattr(host, "HOLD_SECONDS", 3600)
    with running(postgres.url, no_auth=True) as first:
        session_id = begin(first)
        with psycopg.connect(postgres.url, autocommit=True) as admin:
            query = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            assert len(admin.execute(query).fetchall()) == 1
            wait(
                lambda: admin.execute(
                    "SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK]
                ).fetchone()[0]
            )
            assert "taken" in shut_out(first, session_id, "a")


def test_a_session_is_read_anew_after_another_server_came_and_went(postgres, monkeypatch):
    monkeypatch.setattr(host, "HOLD_SECONDS", 3600)
    with running(postgres.url, no_auth=True) as first:
        session_id = begin(first)
        with httpx.Client(base_url=first.url, timeout=60) as mine:
            assert append(mine, session_id, "one", "a").status_code == 201
            postgres.kill()
            postgres.start()
            with (
                running(postgres.url, no_auth=True) as second,
                httpx.Client(base_url=second.url, timeout=60) as http,
            ):
                assert append(http, session_id, "two", "b").status_code == 201
            assert append(mine, session_id, "three", "c").status_code == 201
            state = mine.get(f"/api/v1/sessions/{session_id}/objectives").json()
        assert keys(first, session_id) == ["a", "b", "c"]
        assert state["revision"] == 3


def test_a_server_ends_its_own_connection_that_it_cannot_reach_any_more(postgres):
    database = ServerDatabase(postgres.url)
    left = database.write_connection()
    try:
        # As after a cut in the network: the database still sees the old connection.
        left.detach()
        with database.write_connection() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        assert database.holding == 2
        with pytest.raises(Exception, match="terminat"):
            left.exec_driver_sql("SELECT 1")
    finally:
        left.close()
        database.close()


def record(server, session_id: str, name: str, told: list[str], done: threading.Event) -> None:
    """Record one thing after the other, each until it is answered, while the server is there."""
    with httpx.Client(base_url=server.url, timeout=60) as http:
        while not done.is_set():
            key = f"{name}-{uuid.uuid4().hex}"
            try:
                while (answer := append(http, session_id, key, key)).status_code != 201:
                    assert answer.status_code == 503, answer.text
                    if done.wait(0.05):
                        return
            except httpx.TransportError:
                return
            told.append(key)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("rounds", [1, pytest.param(6, marks=pytest.mark.slow)])
def test_under_load_the_faster_one_goes_on_and_nothing_is_doubled(postgres, monkeypatch, rounds):
    monkeypatch.setattr(commands, "LAST_WORDS_SECONDS", 0.1)
    for _ in range(rounds):
        done = threading.Event()
        mine: list[str] = []
        others: list[str] = []
        with ThreadPoolExecutor(3) as pool, contextlib.ExitStack() as servers:
            first = servers.enter_context(running(postgres.url, no_auth=True))
            session_id = begin(first)
            work = [pool.submit(record, first, session_id, name, mine, done) for name in ("a", "b")]
            wait(lambda mine=mine: len(mine) > 5)
            postgres.kill()
            postgres.start()
            last = first
            with contextlib.suppress(AssertionError):  # it was slower, and is refused
                last = servers.enter_context(running(postgres.url, no_auth=True))
            before = len(mine)
            if last is first:
                wait(lambda mine=mine, least=before + 5: len(mine) > least)
            else:
                work.append(pool.submit(record, last, session_id, "c", others, done))
                wait(lambda others=others: len(others) > 5)
                wait(first.host.lost.is_set)
            done.set()
            for one in work:
                one.result()
            stored = keys(last, session_id)
        assert sorted(stored) == sorted(set(stored)), "doubled"
        assert {*mine, *others} <= set(stored), "lost"
        if others:
            begun = stored.index(others[0])
            assert all(key.startswith("c") for key in stored[begun:]), "two have written"
