"""A process that is killed while it suggests leaves nothing behind that the next one waits for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# The search stops in the middle, so that the kill certainly comes there.
FIRST = """
import sys, time
from optwidgets import OptimizationSession
from optwidgets.acquisition.multi_objective import suggest

def held(*args):
    print("searching", flush=True)
    time.sleep(600)

suggest.find_best = held
session = OptimizationSession.open(sys.argv[1])
session.add_variable("x", "real", bounds=(0, 10))
session.add_objective("Yield")
session.add_objective("Cost", "minimize")
for x in (1, 3, 5, 7, 9):
    session.add_experiment({"x": x}, {"Yield": -((x - 4) ** 2), "Cost": (x - 6) ** 2})
session.suggest_next(deadline=None)
"""
SECOND = """
import subprocess, sys

def refuse(*args, **options):
    raise AssertionError("a process was started, perhaps a compiler")

from optwidgets import OptimizationSession
session = OptimizationSession.open(sys.argv[1])
subprocess.Popen = refuse
session.suggest_next(deadline=60)
info = session.state.table.pending()[0].suggestion
print(info.strategy, info.fallback, "torch" in sys.modules)
session.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_after_a_kill_in_the_first_suggestion_the_next_process_suggests(tmp_path):
    home, path = tmp_path / "home", tmp_path / "campaign.db"
    (home / "bin").mkdir(parents=True)
    places = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "TORCH_EXTENSIONS_DIR", "TMPDIR"), str(home))
    # A home that nobody has used yet, and no compiler to be found.
    env = os.environ | places | {"PATH": str(home / "bin")}
    with subprocess.Popen(
        [sys.executable, "-c", FIRST, str(path)], env=env, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "searching\n"
        first.send_signal(signal.SIGKILL)
    assert first.returncode == -signal.SIGKILL
    assert not [file for file in Path(home).rglob("*") if "lock" in file.name.lower()]
    second = subprocess.run(
        [sys.executable, "-c", SECOND, str(path)],
        env=env, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert second.stdout.split() == ["qLogNEHVI", "False", "False"]
