"""A server on a damaged database: it does not start, or what it answers is true or an error."""

from __future__ import annotations

import logging

import httpx
import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.server.database import ServerDatabase
from support.damage import damaged
from support.optwidgets_server import running

SHORT, LONG = range(1000, 1010), range(1010, 1310)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a server's file, and what it answers."""
    path = tmp_path_factory.mktemp("whole") / "lab.db"

    def campaign(tx):
        session = tx.create_session("Reactor")
        session.add_variable("T", "real", bounds=(0, 100))
        for number in range(30):
            session.add_experiment({"T": number}, output=float(number), note="n" * 100)
        return session.id

    with running(path, no_auth=True) as server:
        session_id = server.host.writer.submit(campaign).result(10)
        with httpx.Client(base_url=server.url) as http:
            parameters = [{"name": "a", "type": "double", "bounds": {"min": 0, "max": 1}}]
            made = http.post("/v1/experiments", json={"name": "Other", "parameters": parameters})
            observations = f"/v1/experiments/{made.json()['id']}/observations"
            for number in range(5):
                values = {"assignments": {"a": number / 10}, "values": [{"value": number}]}
                assert http.post(observations, json=values).status_code == 200
            session = f"/api/v1/sessions/{session_id}"
            paths = (f"{session}/journal", f"{session}/rows", f"{session}/experiments")
            truth = {
                path: http.get(path).json() for path in (*paths, observations, "/api/v1/sessions")
            }
    return path.read_bytes(), session, truth


def check_answers(http, session, truth):
    for path, true in truth.items():
        answer = http.get(path)
        assert answer.status_code != 500, (path, answer.text)
        assert answer.status_code != 200 or answer.json() == true, path
    row = {"rows": [{"inputs": {"T": 1}}]}
    answer = http.post(f"{session}/rows", json=row, headers={"Idempotency-Key": "k"})
    assert answer.status_code in {201, 400, 404, 503}, answer.text
    if answer.status_code == 201:
        assert len(http.get(f"{session}/rows").json()["rows"]) == 31


def check(whole, seeds, folder, caplog):
    """Start a server on one damaged copy after the other; return how many served."""
    content, session, truth = whole
    served = 0
    for seed in seeds:
        path = folder / f"{seed}.db"
        path.write_bytes(damaged(content, seed))
        try:
            ServerDatabase(str(path)).close()  # what `serve` looks at first
        except OptwidgetsError:
            continue
        with (
            running(path, no_auth=True) as server,
            httpx.Client(base_url=server.url, timeout=60) as http,
        ):
            check_answers(http, session, truth)
            served += 1
        faults = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert not faults, (seed, faults)
    return served


def test_a_damaged_file_is_no_fault(whole, tmp_path, caplog):
    assert check(whole, SHORT, tmp_path, caplog)


@pytest.mark.slow
def test_three_hundred_damaged_files_are_no_fault(whole, tmp_path, caplog):
    print(f"\n{check(whole, LONG, tmp_path, caplog)} of 300 damaged files were served")
