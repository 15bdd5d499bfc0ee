"""The wheel, built once and installed where there is neither Node nor a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.chromium import browser, context, page, picture

__all__ = ["browser", "context", "page", "picture"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Installation:
    """An environment that has our package from the wheel only."""

    python: Path
    environment: dict[str, str]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        text=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installation(wheel, tmp_path_factory) -> Installation:
    """Install the wheel in a new environment; its dependencies are lent by the one that tests.

    A .pth file lends the packages and a copy lends Jupyter's shared files, ours left out. Copies
    and not links: Voila serves no linked extension.
    """
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    packages = Path(
        subprocess.check_output(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
    )
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for name in ("share/jupyter", "etc/jupyter"):
        shutil.copytree(
            Path(sys.prefix, name),
            folder / name,
            ignore=shutil.ignore_patterns("optwidgets"),
            dirs_exist_ok=True,
        )
    # Kernels start with "python" of the new environment.
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
        "PATH": str(folder / "bin"),
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "127.0.0.1,localhost",
    }
    environment.pop("PYTHONPATH", None)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"),
            *("--no-deps", "--no-index", str(wheel)),
        ],
        check=True,
        env=environment,
    )
    assert shutil.which("node", path=environment["PATH"]) is None
    return Installation(python, environment)
