"""Environments of the peers: `.peers/NAME`, made from `requirements/NAME.txt`.

Run with ``python -m peers.environments [NAME ...]`` in `benchmarks/`. Each file names every
package with its version, and pip installs just these: peers' own pins would bring the builds of
torch for GPUs, and some of them contradict one another. torch comes first and alone, as in the
project's own environment.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from peers.registry import PEERS

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = Path(__file__).resolve().parent / "requirements"
HOME = ROOT / ".peers"
STAMP = "requirements.sha256"


class EnvironmentMissingError(Exception):
    """An environment could not be made."""


def command(peer: str) -> list[str]:
    """Return the command that starts a peer's worker."""
    return [str(interpreter(PEERS[peer].environment)), "-m", "peers.worker"]


def interpreter(environment: str | None) -> Path:
    """Return the interpreter of an environment; None is the one of this process."""
    return Path(sys.executable) if environment is None else HOME / environment / "bin" / "python"


def extensions(peer: str) -> Path:
    """Return where BoTorch keeps what it compiles, away from users' caches.

    Each environment has a folder of its own: it would compile again what another one left, since
    the paths of its headers differ.
    """
    folder = HOME / "torch_extensions" / (PEERS[peer].environment or "project")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ensure(environment: str) -> None:
    """Make an environment, if it is not there yet as its file says.

    Raises
    ------
    EnvironmentMissingError
        Where it cannot be made, with the last line that the installation printed.
    """
    wanted = REQUIREMENTS / f"{environment}.txt"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    stamp = HOME / environment / STAMP
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"Setting up the environment of {environment} in {HOME.name}/", flush=True)
    target = HOME / environment
    if not (target / "bin" / "pip").exists():
        _run("scripts/make-venv", str(target))
    if any(line.startswith("torch==") for line in wanted.read_text().splitlines()):
        _run("scripts/install-torch", str(target))
    _run(str(target / "bin" / "pip"), "install", "--quiet", "--no-deps", "-r", str(wanted))
    stamp.write_text(digest)


def _run(*words: str) -> None:
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise EnvironmentMissingError(f"{words[0]} failed: {lines[-1]}")


if __name__ == "__main__":
    known = sorted({entry.environment for entry in PEERS.values() if entry.environment})
    for name in sys.argv[1:] or known:
        ensure(name)
