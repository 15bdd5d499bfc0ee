"""Jupyter servers with a home of their own, so that nobody's settings reach a test."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

QUIET = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # A dialog about unsaved changes or an LSP would only be in the way of a driven browser.
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}


@dataclass(frozen=True)
class Server:
    """A running server: where it answers and which folder it shows."""

    url: str
    folder: Path
    log: Path
    process: subprocess.Popen

    def address(self, path: str) -> str:
        return f"{self.url}/{path.lstrip('/')}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(home: Path, base: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which Jupyter finds nothing but the installation itself."""
    kept = {
        name: value
        for name, value in base.items()
        if not name.startswith(("JUPYTER", "IPYTHON")) and name not in {"PYTHONPATH", "PYTHONHOME"}
    }
    settings = home / "config" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(QUIET))
    return {
        **kept,
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "OMP_NUM_THREADS": "1",
    }


COMMON = (
    "--no-browser",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--IdentityProvider.token=",
    "--ServerApp.open_browser=False",
)
COMMANDS: dict[str, Sequence[str]] = {
    "lab": (
        *("-m", "jupyterlab", *COMMON),
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ),
    "notebook": (
        *("-m", "notebook", *COMMON),
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ),
    "voila": ("-m", "voila", "--no-browser", "--Voila.ip=127.0.0.1"),
}


@contextmanager
def running(
    kind: str,
    folder: Path,
    home: Path,
    *,
    python: Path | str = sys.executable,
    base: Mapping[str, str] = os.environ,
) -> Iterator[Server]:
    """Run JupyterLab, Notebook 7 or Voila on a free port until the block is left."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    where = (
        [f"--port={port}", str(folder)]
        if kind == "voila"
        else [f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"]
    )
    if kind != "voila" and os.geteuid() == 0:
        where.append("--allow-root")
    log = home / f"{kind}.log"
    environment = clean_environment(home, base)
    with log.open("w") as output:
        process = subprocess.Popen(
            [python, *COMMANDS[kind], *where],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://127.0.0.1:{port}", folder, log, process)
    try:
        _wait_until_it_answers(server, "/" if kind == "voila" else "/api/status")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(server: Server, path: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"The server ended at once:\n{server.log.read_text()}")
        with suppress(OSError), urllib.request.urlopen(server.address(path), timeout=5):
            return
        time.sleep(0.2)
    raise RuntimeError(f"The server did not answer in 120 s:\n{server.log.read_text()}")
