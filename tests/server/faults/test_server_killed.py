"""SIGKILL of the server under load, lost answers, stops, and a second server on one file."""

from __future__ import annotations

import json
import random
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from optwidgets.journal.changes import MetadataChanged, encode_change
from optwidgets.session import OptimizationSession
from support.server_process import ServerProcess

CHANGE = json.loads(encode_change(MetadataChanged({"description": "x"})))


def begin(url: str) -> str:
    session_id = uuid.uuid4().hex
    body = {"created_at": "2026-01-01T00:00:00.000+00:00", "entries": []}
    httpx.put(f"{url}/api/v1/sessions/{session_id}/journal", json=body).raise_for_status()
    return session_id


def append(http: httpx.Client, session_id: str, key: str) -> httpx.Response:
    return http.post(
        f"/api/v1/sessions/{session_id}/journal",
        json={"changes": [CHANGE]},
        headers={"Idempotency-Key": key},
    )


def stored_keys(url: str, session_id: str) -> list[str]:
    entries = httpx.get(f"{url}/api/v1/sessions/{session_id}/journal", timeout=60).json()
    return [entry["key"] for entry in entries["entries"]]


class Writers:
    """Four clients that record without end and note what was acknowledged."""

    def __init__(self, url: str, session_id: str, *, again: bool = False) -> None:
        self.url, self.session_id, self.again = url, session_id, again
        self.acknowledged: list[str] = []
        self._end = threading.Event()
        self._pool = ThreadPoolExecutor(4)
        self._clients = [self._pool.submit(self._write) for _ in range(4)]

    def _write(self) -> None:
        while not self._end.is_set():
            with httpx.Client(base_url=self.url, timeout=30) as http:
                key = uuid.uuid4().hex
                while not self._end.is_set():
                    try:
                        answer = append(http, self.session_id, key)
                    except httpx.TransportError:
                        time.sleep(0.02)
                        if self.again:
                            continue  # the same key: it counts once
                        break
                    if answer.status_code == 503:
                        time.sleep(0.02)
                        continue
                    assert answer.status_code == 201, answer.text
                    self.acknowledged.append(key)
                    key = uuid.uuid4().hex

    def wait(self, count: int, seconds: float) -> None:
        """Wait until so many were acknowledged, and a moment more."""
        until = time.monotonic() + 60
        while len(self.acknowledged) < count:
            assert time.monotonic() < until, "nothing is acknowledged"
            time.sleep(0.01)
        time.sleep(seconds)

    def stop(self) -> None:
        self._end.set()
        for client in self._clients:
            client.result()
        self._pool.shutdown()


@pytest.mark.parametrize("cycles", [4, pytest.param(100, marks=pytest.mark.slow)])
def test_killed_while_it_writes_nothing_acknowledged_is_lost(tmp_path, cycles):
    path = tmp_path / "lab.db"
    server = ServerProcess(path, "--no-auth")
    starts, acknowledged = [server.start()], []
    session_id = begin(server.url)
    for _ in range(cycles):
        writers = Writers(server.url, session_id)
        writers.wait(4, random.uniform(0.0, 0.5))
        server.kill()
        writers.stop()
        acknowledged += writers.acknowledged
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        starts.append(server.start())
        assert set(acknowledged) <= set(stored_keys(server.url, session_id)), "lost"
    stored = stored_keys(server.url, session_id)
    server.kill()
    assert len(stored) == len(set(stored)), "doubled"
    opened = OptimizationSession.open(path, session_id)
    opened.verify()
    assert opened.revision == len(stored)
    opened.close()
    print(
        f"\n{cycles} SIGKILLs: {len(acknowledged)} acknowledged, 0 lost; "
        f"restart to first answer: median {statistics.median(starts):.2f} s"
    )


@pytest.mark.parametrize("restarts", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_clients_that_repeat_see_no_error_across_restarts(tmp_path, restarts):
    server = ServerProcess(tmp_path / "lab.db", "--no-auth")
    server.start()
    session_id = begin(server.url)
    writers = Writers(server.url, session_id, again=True)
    for place in range(restarts):
        writers.wait(4 * (place + 1), 0.2)
        assert server.stop() in {0, -15}
        server.start()
    writers.wait(len(writers.acknowledged) + 4, 0.0)
    writers.stop()
    stored = stored_keys(server.url, session_id)
    server.kill()
    assert len(stored) == len(set(stored)), "doubled"
    assert set(writers.acknowledged) <= set(stored), "lost"
    print(f"\n{restarts} restarts: {len(writers.acknowledged)} acknowledged, 0 lost, 0 doubled")


def send_and_leave(url: str, session_id: str, key: str, seconds: float) -> None:
    """Send an entry and hang up without reading what is answered."""
    body = httpx.Request("POST", url, json={"changes": [CHANGE]}).content  # as `append` writes it
    address = httpx.URL(url)
    head = (
        f"POST /api/v1/sessions/{session_id}/journal HTTP/1.1\r\nHost: {address.netloc.decode()}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Idempotency-Key: {key}\r\n\r\n"
    )
    with socket.create_connection((address.host, address.port), timeout=30) as line:
        line.sendall(head.encode() + body)
        time.sleep(seconds)  # before, while and after the server writes


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_lost_answer_sent_again_counts_once(tmp_path, count):
    with ServerProcess(tmp_path / "lab.db", "--no-auth") as server:
        session_id = begin(server.url)
        dice, replayed = random.Random(1), 0
        with httpx.Client(base_url=server.url, timeout=30) as http:
            for number in range(count):
                key = f"k{number}"
                send_and_leave(server.url, session_id, key, dice.uniform(0.0, 0.02))
                answers = [append(http, session_id, key) for _ in range(dice.choice([1, 2]))]
                assert {answer.status_code for answer in answers} == {201}
                assert len({answer.text for answer in answers}) == 1
                replayed += answers[0].headers.get("Idempotency-Replayed") == "true"
        assert stored_keys(server.url, session_id) == [f"k{number}" for number in range(count)]
    assert replayed > count / 10, "no answer was lost: nothing is tested"
    print(f"\n{count} requests without an answer sent again: {replayed} were recorded, 0 doubled")


def test_a_second_server_on_one_file_is_refused_until_the_first_is_gone(tmp_path):
    path = tmp_path / "lab.db"
    first = ServerProcess(path, "--no-auth")
    first.start()
    second = subprocess.run(
        [sys.executable, "-m", "optwidgets.cli", "serve", "--database", str(path), "--no-auth"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert f"process {first.process.pid}" in second.stderr
    first.kill()
    with ServerProcess(path, "--no-auth"):
        pass


def test_the_first_start_prints_a_token_once_and_no_token_reaches_the_log(tmp_path):
    path, log = tmp_path / "lab.db", tmp_path / "log"
    with ServerProcess(path, log=log) as server:
        [token] = re.findall(r"shown this once: (ow_\S+)", log.read_text())
        good = {"Authorization": f"Bearer {token}"}
        missing = f"{server.url}/api/v1/sessions/none/journal"
        assert httpx.get(missing).status_code == 401
        assert httpx.get(missing, headers=good).status_code == 404
        httpx.get(missing, params={"user_token": token}, headers=good)
        made = subprocess.run(
            [
                sys.executable,
                "-m",
                "optwidgets.cli",
                "token",
                "create",
                "--database",
                str(path),
                "--name",
                "robot",
                "--scope",
                "read",
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        assert re.fullmatch(r"ow_\S+\n", made), "the token alone, so that a script can take it"
        robot = {"Authorization": f"Bearer {made.strip()}"}
        assert httpx.get(missing, headers=robot).status_code == 404
        assert server.stop() in {0, -15}
    shown = log.read_text()
    assert shown.count(token) == 1
    assert made.strip() not in shown
    with ServerProcess(path, log=log):
        pass
    assert log.read_text().count("shown this once") == 1


def test_without_tokens_only_on_loopback():
    refused = subprocess.run(
        [sys.executable, "-m", "optwidgets.cli", "serve", "--host", "0.0.0.0", "--no-auth"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 1
    assert "loopback only" in refused.stderr
