"""A server on a damaged database: what it answers is true, or an error, or comes with a warning."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections import Counter

import httpx
import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.protocol import DamagedError
from optwidgets.server.auth import create_token
from optwidgets.server.database import ServerDatabase
from optwidgets.server.rescue import sound_copy
from support.damage import damaged
from support.optwidgets_server import running
from support.server_process import ServerProcess

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
        with httpx.Client(base_url=server.url, timeout=60) as http:
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


def check_answers(http, session, truth, warning):
    for path, true in truth.items():
        answer = http.get(path)
        assert answer.status_code != 500, (path, answer.text)
        if warning:
            assert answer.headers["x-optwidgets-warning"] == warning
        else:
            assert answer.status_code != 200 or answer.json() == true, path
    before = http.get(f"{session}/rows")
    row = {"rows": [{"inputs": {"T": 1}}]}
    answer = http.post(f"{session}/rows", json=row, headers={"Idempotency-Key": "k"})
    if warning:
        assert answer.status_code == 503
        assert answer.json()["detail"] == warning
        check_rows(before, truth[f"{session}/rows"])
        return
    assert answer.status_code in {201, 400, 404, 503}, answer.text
    if answer.status_code == 201:
        assert len(http.get(f"{session}/rows").json()["rows"]) == 31


def check_rows(answer, true):
    """What is shown of a damaged file was recorded so, from the first row on."""
    if answer.status_code == 200:
        rows = answer.json()["rows"]
        assert rows == true["rows"][: len(rows)]


@contextlib.contextmanager
def served(path):
    """Serve a file as the command does; None where it refuses to."""
    with contextlib.ExitStack() as stack:
        try:
            ServerDatabase(str(path)).close()  # what `serve` looks at first
        except DamagedError:
            try:
                copy = stack.enter_context(sound_copy(path))
            except OptwidgetsError:
                yield None
                return
            options = {"read_only": copy.warning, "backups": False}
            yield stack.enter_context(running(copy.path, no_auth=True, **options))
        except OptwidgetsError:
            yield None
        else:
            yield stack.enter_context(running(path, no_auth=True))


def check(whole, seeds, folder, caplog):
    """Start a server on one damaged copy after the other; count what came of them."""
    content, session, truth = whole
    counts = Counter()
    for seed in seeds:
        path = folder / f"{seed}.db"
        path.write_bytes(damaged(content, seed))
        with served(path) as server:
            if server is None:
                counts["refused"] += 1
                continue
            warning = server.host.settings.read_only
            counts["read only" if warning else "served"] += 1
            with httpx.Client(base_url=server.url, timeout=60) as http:
                check_answers(http, session, truth, warning)
        faults = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert not faults, (seed, faults)
    return counts


def test_a_damaged_file_is_no_fault(whole, tmp_path, caplog):
    counts = check(whole, SHORT, tmp_path, caplog)
    assert counts["served"] + counts["read only"]


def test_what_is_whole_is_shown_and_nothing_is_recorded(whole, tmp_path):
    """The command itself, with tokens, on a file whose pages do not fit together."""
    content, session, truth = whole
    path = tmp_path / "lab.db"
    path.write_bytes(content)
    database = ServerDatabase(str(path))
    text = create_token(database, "reader", "write")
    database.close()
    hurt(path)
    before = path.read_bytes()
    with (
        ServerProcess(path) as server,
        httpx.Client(
            base_url=server.url, headers={"Authorization": f"Bearer {text}"}, timeout=60
        ) as http,
    ):
        ready = http.get("/health/ready").json()
        assert ready["status"] == "ready"
        assert ready["warnings"][0].startswith("lab.db is damaged. This server shows what is whole")
        rows = http.get(f"{session}/rows")
        check_rows(rows, truth[f"{session}/rows"])
        assert rows.json()["rows"]
        warning = rows.headers["x-optwidgets-warning"]
        assert "records nothing" in warning
        assert "optwidgets doctor lab.db --salvage NEW" in warning
        # Each API says it in its own form.
        for where in (f"{session}/rows", f"{session}/experiments", "/v1/experiments"):
            refused = http.post(where, json={}, headers={"Idempotency-Key": "k"})
            assert refused.status_code == 503
            assert warning in refused.text
        # Numbers of SigOpt's experiments are those of before.
        (number,) = {where.split("/")[3] for where in truth if where.startswith("/v1/")}
        shown = http.get(f"/v1/experiments/{number}", auth=(text, ""))
        assert shown.json()["name"] == "Other"
        assert http.get(f"{session}/rows", headers={"Authorization": "Bearer ow_no"}).is_error
    assert path.read_bytes() == before


def hurt(path):
    """Damage an index, so that the tables can still be read."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'entries'"
        ).fetchone()[0]
    content = bytearray(path.read_bytes())
    content[(page - 1) * size + 8 : (page - 1) * size + 64] = bytes(56)
    path.write_bytes(content)


@pytest.mark.slow
def test_three_hundred_damaged_files_are_no_fault(whole, tmp_path, caplog):
    print(f"\n300 damaged files: {dict(check(whole, LONG, tmp_path, caplog))}")
