"""Acknowledged changes survive SIGKILL. `benchmarks/durability.py` does it at length."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path):
    script = Path(__file__).parents[3] / "benchmarks" / "durability.py"
    spec = importlib.util.spec_from_file_location("durability", script)
    durability = importlib.util.module_from_spec(spec)
    sys.modules["durability"] = durability
    spec.loader.exec_module(durability)
    outcome = durability.measure(4, tmp_path / "reactor.db", seed=3)
    assert outcome.acknowledged > 4
    assert outcome.lost == 0
    assert outcome.unequal == 0
