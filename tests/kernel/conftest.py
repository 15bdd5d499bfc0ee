"""Real kernels, without a browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.kernels import Kernel


@pytest.fixture
def kernel(tmp_path, monkeypatch) -> Iterator[Kernel]:
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("JUPYTER_PATH", str(Path(sys.prefix, "share", "jupyter")))
    kernel = Kernel(tmp_path)
    yield kernel
    kernel.close()
