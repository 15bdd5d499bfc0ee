"""schemathesis against a running server of ours, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

#: What a schema cannot say: whether a change fits the session as it is by now.
LEFT_OUT = "positive_data_acceptance"


def fuzz(server, *options: str, seed: int = 20261122, seconds: float = 300) -> str:
    """Return what schemathesis tells of a run; an assertion fails if it found anything.

    Parameters
    ----------
    server
        A running server.
    options
        Of ``schemathesis run``: phases, numbers of examples, paths.
    """
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{server.url}/api/openapi.json",
        *("--exclude-checks", f"{LEFT_OUT},ignored_auth"),
        *("--header", f"Authorization: Bearer {server.token('admin')}"),
        *("--generation-database", "none"),
        *("--suppress-health-check", "all"),
        *("--request-timeout", "60"),
        *("--seed", str(seed)),
        *("--max-failures", "20"),
        "--continue-on-failure",
        "--no-color",
        *options,
    ]
    with tempfile.TemporaryDirectory() as folder:  # it keeps notes where it runs
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, check=False, cwd=folder
        )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout
