"""A full disk: 507, nothing acknowledged that is not kept, and writing goes on with new space."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from optwidgets.journal.changes import MetadataChanged, encode_change
from support.optwidgets_server import running

MEGABYTE = 1 << 20


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 8 MiB, where mounting one is allowed; else this machine cannot run the test."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        if os.environ.get("CI"):
            pytest.fail(f"no small disk can be mounted here: {mounted.stderr}")
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def append(http: httpx.Client, session_id: str, key: str, size: int) -> httpx.Response:
    change = json.loads(encode_change(MetadataChanged({"description": "x" * size})))
    return http.post(
        f"/api/v1/sessions/{session_id}/journal",
        json={"changes": [change]},
        headers={"Idempotency-Key": key},
    )


class Ballast:
    """A file that takes all space there is, and gives at least two megabytes back."""

    def __init__(self, disk: Path) -> None:
        self._path = disk / "ballast"
        self._path.write_bytes(b"x" * (2 * MEGABYTE))

    def fill(self) -> None:
        with suppress(OSError), self._path.open("ab", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)

    def free(self) -> None:
        self._path.write_bytes(b"x")


@pytest.mark.parametrize("rounds", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(small_disk, rounds):
    with (
        running(small_disk / "lab.db", no_auth=True) as server,
        httpx.Client(base_url=server.url, timeout=60) as http,
    ):
        session_id = uuid.uuid4().hex
        path = f"/api/v1/sessions/{session_id}/journal"
        begun = {"created_at": "2026-01-01T00:00:00.000+00:00", "entries": []}
        assert http.put(path, json=begun).status_code == 201
        kept: list[str] = []
        ballast = Ballast(small_disk)
        for number in range(rounds):
            assert append(http, session_id, f"{number}-before", 100).status_code == 201
            kept.append(f"{number}-before")
            ballast.fill()
            refused = 0
            for place in range(40):
                answer = append(http, session_id, f"{number}-{place}", 20_000)
                if answer.status_code == 201:  # the log had some room left
                    kept.append(f"{number}-{place}")
                    continue
                assert answer.status_code == 507, answer.text
                assert "disk" in answer.json()["detail"]
                refused += 1
                if refused == 3:
                    break
            assert refused == 3
            assert [entry["key"] for entry in http.get(path).json()["entries"]] == kept
            ballast.free()
            again = append(http, session_id, f"{number}-after", 100)
            assert again.status_code == 201, "writing goes on without a restart"
            kept.append(f"{number}-after")
        assert [entry["key"] for entry in http.get(path).json()["entries"]] == kept
