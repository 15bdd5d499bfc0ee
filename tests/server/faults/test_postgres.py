"""The server over a real PostgreSQL: the same promises, also when it is killed under load."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from optwidgets.cli import main
from optwidgets.journal.changes import MetadataChanged, encode_change
from optwidgets.server.database import ServerDatabase
from optwidgets.session import OptimizationSession
from support.optwidgets_server import running
from support.postgres import private_postgres


@pytest.fixture(scope="module")
def postgres():
    with private_postgres() as made:
        yield made


@pytest.fixture
def server(postgres):
    with running(postgres.url, no_auth=True) as started:
        yield started


def begin(server) -> str:
    session_id = uuid.uuid4().hex
    body = {"created_at": "2026-01-01T00:00:00.000+00:00", "entries": []}
    httpx.put(f"{server.url}/api/v1/sessions/{session_id}/journal", json=body).raise_for_status()
    return session_id


def append(http: httpx.Client, session_id: str, text: str, key: str) -> httpx.Response:
    change = json.loads(encode_change(MetadataChanged({"description": text})))
    return http.post(
        f"/api/v1/sessions/{session_id}/journal",
        json={"changes": [change]},
        headers={"Idempotency-Key": key},
    )


def keys(server, session_id: str) -> list[str]:
    entries = httpx.get(f"{server.url}/api/v1/sessions/{session_id}/journal").json()["entries"]
    return [entry["key"] for entry in entries]


def test_a_session_lives_in_postgresql(server):
    session_id = begin(server)
    with httpx.Client(base_url=server.url) as http:
        first = append(http, session_id, "one", "a")
        assert first.status_code == 201, first.text
        assert append(http, session_id, "one", "a").headers["Idempotency-Replayed"] == "true"
    assert keys(server, session_id) == ["a"]


def test_experiments_of_sigopts_api_live_in_postgresql(server):
    x = {"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}
    with httpx.Client(base_url=server.url, timeout=30) as http:
        project = uuid.uuid4().hex
        http.post("/v1/clients/1/projects", json={"id": project, "name": "P"}).raise_for_status()
        body = {"name": "Franke", "project": project, "parameters": [x]}
        path = f"/v1/experiments/{http.post('/v1/experiments', json=body).json()['id']}"
        http.post(f"{path}/queued_suggestions", json={"assignments": {"x": 0.5}})
        suggested = http.post(f"{path}/suggestions", json={"metadata": {"host": "h"}}).json()
        told = {"suggestion": suggested["id"], "value": 2, "metadata": {"seed": 3}}
        observed = http.post(f"{path}/observations", json=told).json()
        found = http.get("/v1/experiments", params={"search": "FRAN", "limit": "1"}).json()
        projects = http.get("/v1/clients/1/projects").json()["data"]
        http.delete(path)
        rest = http.get("/v1/experiments", params={"search": "FRAN"}).json()
    assert (suggested["source"], suggested["metadata"]) == ("queued", {"host": "h"})
    assert (observed["value"], observed["metadata"]) == (2, {"seed": 3})
    assert (found["count"], rest["count"]) == (1, 0)
    assert {item["id"]: item["experiment_count"] for item in projects}[project] == 1


def test_the_doctor_checks_it(server, postgres, capsys):
    session_id = begin(server)
    with httpx.Client(base_url=server.url) as http:
        for key in ("a", "b"):
            assert append(http, session_id, key, key).status_code == 201
    address = postgres.url.replace("optwidgets@", "optwidgets:secret@")
    assert main(["doctor", address]) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert f"{session_id}: 2 entries, every hash fits" in said
    with psycopg.connect(postgres.url, autocommit=True) as beside:
        spoiled = "UPDATE entries SET actor = %s WHERE session_id = %s AND revision = 1"
        beside.execute(spoiled, ["somebody", session_id])
        assert main(["doctor", address]) == 1
        beside.execute("DELETE FROM entries WHERE session_id = %s", [session_id])
    said += capsys.readouterr().out
    assert session_id in said
    assert main(["doctor", address, "--salvage", "new.db"]) == 1
    assert main(["doctor", "postgresql://nobody:secret@127.0.0.1:1/none"]) == 1
    assert "secret" not in said + capsys.readouterr().out


#: What PostgreSQL reports when its disk is full, for as long as the trigger is there. A sequence
#: counts what was tried, also in transactions that failed.
FULL = """
    CREATE SEQUENCE tries;
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM nextval('tries');
        RAISE EXCEPTION 'could not extend file: No space left' USING ERRCODE = '53100';
    END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON entries EXECUTE FUNCTION full_disk()
"""


def test_a_full_disk_of_postgresql_is_said_at_once(server, postgres):
    session_id = begin(server)
    with (
        httpx.Client(base_url=server.url, timeout=60) as http,
        psycopg.connect(postgres.url, autocommit=True) as beside,
    ):
        beside.execute(FULL)
        refused = append(http, session_id, "one", "a")
        tried = beside.execute("SELECT last_value FROM tries").fetchone()
        beside.execute("DROP FUNCTION full_disk CASCADE")
        assert refused.status_code == 507
        assert refused.json()["detail"].startswith("The disk is full")
        assert tried == (1,), "others do not wait while it is tried again and again"
        assert append(http, session_id, "one", "a").status_code == 201
    assert keys(server, session_id) == ["a"]


def test_a_second_server_is_refused(server, postgres):
    with pytest.raises(ValueError, match="held by another server"):
        ServerDatabase(postgres.url)


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end, "nothing is acknowledged"
        time.sleep(0.01)


def killed_under_load(server, postgres, kills: int) -> tuple[int, list[str], list[str]]:
    """Four clients record, each result again until it is answered; the database is killed."""
    session_id = begin(server)
    done = threading.Event()
    acknowledged: list[str] = []

    def client(number: int) -> None:
        with httpx.Client(base_url=server.url, timeout=60) as http:
            place = 0
            while not done.is_set():
                key = f"{number}-{place}"
                while True:
                    answer = append(http, session_id, key, key)
                    if answer.status_code == 201:
                        break
                    assert answer.status_code == 503, answer.text
                    time.sleep(0.05)
                acknowledged.append(key)
                place += 1

    with ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(client, number) for number in range(4)]
        for place in range(kills):
            wait(lambda place=place: len(acknowledged) > 4 * (place + 1))
            postgres.kill()
            postgres.start()
        wait(lambda: len(acknowledged) > 4 * (kills + 2))
        done.set()
        for one in clients:
            one.result()
    return kills, acknowledged, keys(server, session_id)


@pytest.mark.parametrize("kills", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_killed_under_load_loses_and_doubles_nothing(server, postgres, kills):
    _, acknowledged, stored = killed_under_load(server, postgres, kills)
    assert sorted(stored) == sorted(set(stored)), "doubled"
    assert set(acknowledged) <= set(stored), "lost"
    print(f"\n{kills} kills of PostgreSQL: {len(acknowledged)} acknowledged, 0 lost, 0 doubled")


def test_the_state_is_the_same_after_a_restart(postgres):
    with running(postgres.url, no_auth=True) as first:
        session = OptimizationSession(name="Kept")
        session.add_variable("T", "real", bounds=(0, 1))
        from optwidgets.server.faces.native.wire import entry_to_json

        body = {
            "created_at": session.state.metadata["created_at"],
            "entries": [entry_to_json(entry) for entry in session.entries()],
        }
        put = httpx.put(f"{first.url}/api/v1/sessions/{session.id}/journal", json=body)
        assert put.status_code == 201
    with running(postgres.url, no_auth=True) as second:
        kept = httpx.get(f"{second.url}/api/v1/sessions/{session.id}/journal").json()
        assert kept["entries"] == body["entries"]
