"""The published clients of SigOpt, each in a folder of its own, run unchanged in a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NEEDED = "run scripts/ensure-sigopt-clients"


@pytest.fixture(scope="session")
def clients() -> Path:
    """Folder of the clients; made by `make test`, and here if it is missing."""
    folder = ROOT / ".clients"
    if not (folder / "sigopt-8.8.3" / ".installed").exists():
        venv = str(Path(sys.prefix))
        done = subprocess.run(
            [ROOT / "scripts" / "ensure-sigopt-clients", venv],
            cwd=ROOT, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{NEEDED}: {done.stderr[-2000:]}"
    return folder


@pytest.fixture(scope="session")
def run_client(clients: Path, tmp_path_factory: pytest.TempPathFactory):
    """Run code with one version of the client; the JSON that it prints last comes back."""
    folder = tmp_path_factory.mktemp("clients")

    def run(version: str, code: str, **variables: str):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(clients / f"sigopt-{version}"),
            "SIGOPT_PROJECT": "test-project",
            "PYTHONDONTWRITEBYTECODE": "1",
            **variables,
        }
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.strip().splitlines()[-1])

    return run
