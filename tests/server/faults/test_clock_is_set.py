"""The clock of a server is set while clients record: nothing is lost, no lock falls early."""

from __future__ import annotations

import json
import time
import uuid
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from optwidgets.journal.changes import MetadataChanged, encode_change
from optwidgets.server import steady
from optwidgets.server.steady import Ends, steady_time
from optwidgets.session import OptimizationSession
from support.clocks import Clock

DAY = 86_400.0
YEARS = 730 * DAY
JUMPS = [0.0, YEARS, YEARS + 60, -DAY, 0.0, -YEARS, YEARS, 0.0]
CHANGE = json.loads(encode_change(MetadataChanged({"description": "x"})))


class Lab:
    """One session on a server, and who writes to it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=30)
        self.session_id = uuid.uuid4().hex
        body = {"created_at": "2026-01-01T00:00:00.000+00:00", "entries": []}
        self.http.put(f"{self.path}/journal", json=body).raise_for_status()

    @property
    def path(self) -> str:
        return f"/sessions/{self.session_id}"

    def append(self, key: str, token: str = "") -> httpx.Response:
        headers = {"Idempotency-Key": key, **({"X-Lock-Token": token} if token else {})}
        return self.http.post(f"{self.path}/journal", json={"changes": [CHANGE]}, headers=headers)

    def take_lock(self, seconds: float) -> str:
        answer = self.http.post(
            f"{self.path}/lock",
            json={"locked_by": "Robot", "seconds": seconds},
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )
        answer.raise_for_status()
        return answer.json()["lock_token"]

    @property
    def is_locked(self) -> bool:
        return self.http.get(f"{self.path}/lock").json()["locked"]


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


def test_order_keys_and_locks_hold_while_the_clock_jumps(tmp_path, clock):
    path = tmp_path / "lab.db"
    with clock.server(path, "--no-auth") as server:
        lab = Lab(server.url)
        token = lab.take_lock(600)
        keys, answers = [], []
        for jump in JUMPS:
            clock.set(jump)
            for _ in range(3):
                keys.append(f"key-{len(keys)}")
                answers.append(lab.append(keys[-1], token))
                assert answers[-1].status_code == 201, answers[-1].text
            assert lab.is_locked
            assert lab.append("somebody else", "").status_code == 423
        again = [lab.append(key, token) for key in keys]
        assert [answer.text for answer in again] == [answer.text for answer in answers]
        server.stop()
    session = OptimizationSession.open(path, lab.session_id)
    session.verify()
    session.close()
    entries = entries_of(path, lab.session_id)
    assert [entry["key"] for entry in entries] == keys
    shown = [datetime.fromisoformat(entry["at"]).year for entry in entries]
    assert len(set(shown)) > 1, "the clock was not set"


def entries_of(path: Path, session_id: str) -> list[dict[str, str]]:
    import sqlite3

    with sqlite3.connect(path) as connection:
        query = "SELECT key, at FROM entries WHERE session_id = ? ORDER BY revision"
        return [{"key": key, "at": at} for key, at in connection.execute(query, (session_id,))]


def test_a_lock_ends_in_time_with_a_clock_that_was_set_back(tmp_path, clock):
    with clock.server(tmp_path / "lab.db", "--no-auth") as server:
        lab = Lab(server.url)
        lab.take_lock(1)
        clock.set(-YEARS)
        until = time.monotonic() + 20
        while lab.is_locked:
            assert time.monotonic() < until, "the lock does not end"
            time.sleep(0.1)
        assert lab.append("a").status_code == 201


def test_of_an_earlier_server_the_times_of_day_count_once(monkeypatch):
    since, until = "2026-01-01T00:00:00+00:00", "2026-01-01T00:10:00+00:00"
    for now, left in (("00:04:00", 360), ("00:11:00", -60)):
        ends = Ends()
        monkeypatch.setattr(steady, "datetime", fixed(f"2026-01-01T{now}+00:00"))
        assert ends.left("lock", since, until) == left
        monkeypatch.setattr(steady, "datetime", fixed("2028-01-01T00:00:00+00:00"))
        assert abs(ends.left("lock", since, until) - left) < 5
    monkeypatch.setattr(steady, "datetime", fixed("2024-01-01T00:00:00+00:00"))
    assert Ends().left("lock", since, until) == 600, "never longer than it was to last"


def fixed(at: str) -> type[datetime]:
    class Fixed(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromisoformat(at)

    return Fixed


def test_what_is_decided_does_not_follow_the_clock(monkeypatch):
    before = steady_time()
    monkeypatch.setattr(steady, "time", lambda: before + YEARS)
    assert 0 <= steady_time() - before < 60


def test_ends_are_not_kept_without_bound(monkeypatch):
    monkeypatch.setattr(steady, "_MANY", 3)
    ends = Ends()
    for number in range(10):
        ends.set(str(number), 60)
    assert list(ends._ends) == ["7", "8", "9"]
