"""The real server of ALchemist 0.4.0, unchanged, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from support.servers import free_port

ROOT = Path(__file__).parents[2]
SERVE = """
import sys, uvicorn
from api.main import app
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""


def ensure_alchemist() -> Path:
    """Return the folder of the package; made by `make test`, and here if it is missing."""
    done = subprocess.run(
        [ROOT / "scripts" / "ensure-alchemist", sys.prefix],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, f"run scripts/ensure-alchemist: {done.stderr[-2000:]}"
    return Path(done.stdout.strip())


@contextmanager
def alchemist_running(folder: Path) -> Iterator[str]:
    """Run the server in a folder, which it fills; yields its address."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ensure_alchemist()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", SERVE, str(port)],
            cwd=folder, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(process, url, folder)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait(process: subprocess.Popen, url: str, folder: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, (folder / "log.txt").read_text()[-2000:]
        try:
            if httpx.get(f"{url}/health", timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("ALchemist's server takes more than 120 s to start")
