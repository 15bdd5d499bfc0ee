"""A server that only records, in an environment with what docs/server.md lists and no more (R23)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from support.servers import free_port

ROOT = Path(__file__).parents[2]
MEGABYTE = 1_000_000
LIMIT = 60

# It takes its packages from the registry.
pytestmark = pytest.mark.slow


def listed() -> list[str]:
    """Return the packages that the documentation tells to install, without ours."""
    text = (ROOT / "docs" / "server.md").read_text()
    section = text.partition("## A server that only records")[2]
    found = re.search(r"pip install -c constraints\.txt ([a-z0-9 -]+)\n", section)
    assert found is not None
    return found[1].split()


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("record-only")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-compile", "--no-deps", str(wheel)], check=True)
    constraints = str(ROOT / "constraints.txt")
    subprocess.run([*pip, "--no-compile", "-c", constraints, *listed()], check=True)
    return python


def test_it_is_small(python):
    packages = next(python.parents[1].glob("lib/python*/site-packages"))
    files = [path for path in packages.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / MEGABYTE
    print(f"\nFIGURE a server that only records: {size:.1f} MB in site-packages")
    assert size <= LIMIT
    assert not [path for path in packages.iterdir() if path.name.startswith(("numpy", "torch"))]


def test_it_records_and_says_that_it_does_not_compute(python, tmp_path):
    port = free_port()
    serve = [python, "-m", "optwidgets.cli", "serve", "--no-auth", "--port", str(port)]
    server = subprocess.Popen([*serve, "--database", str(tmp_path / "lab.db")])
    transport = httpx.HTTPTransport(retries=10)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport) as http:
        try:
            session_id = http.post("/api/v1/sessions", json={}).json()["session_id"]
            here = f"/api/v1/sessions/{session_id}"
            http.post(
                f"{here}/variables", json={"name": "T", "type": "real", "min": 0, "max": 1}
            ).raise_for_status()
            added = http.post(f"{here}/experiments", json={"inputs": {"T": 0.5}, "output": 3.0})
            assert added.json()["n_experiments"] == 1
            (row,) = http.get(f"{here}/experiments").json()["experiments"]
            assert (row["T"], row["Output"]) == (0.5, 3.0)
            asked = {"method": "lhs", "n_points": 4}
            refused = http.post(f"{here}/initial-design", json=asked)
            assert refused.status_code == 501
            assert "only records: numpy is not installed" in refused.json()["detail"]
            # All APIs are there.
            assert len(http.get("/api/openapi.json").json()["paths"]) > 100
        finally:
            server.terminate()
            server.wait(20)
