"""Starts the process that fuzzes targets, and reads what it found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[2]
#: Of wall time for one content: a machine may stand still for a minute.
HANG_SECONDS = 120
MAX_BYTES = 16384
MEGABYTES = 2048


@dataclass(frozen=True)
class Hunt:
    """What came of a run.

    Parameters
    ----------
    runs
        Contents that were tried.
    coverage
        Branches of ours that were reached.
    found
        One text for each thing that is not as it should be.
    """

    runs: int
    coverage: int
    found: list[str]


def hunt(
    names: Sequence[str],
    folder: Path,
    *,
    runs: int = 0,
    seconds: float = 0,
    seed: int = 20261122,
) -> dict[str, Hunt]:
    """Fuzz each of the targets for so many runs, or for so long."""
    limit = f"-max_total_time={int(seconds)}" if seconds else f"-runs={runs}"
    command = [
        *(sys.executable, "-m", "support.fuzz.child", ",".join(names), str(folder), limit),
        *(f"-seed={seed}", f"-max_len={MAX_BYTES}", f"-timeout={HANG_SECONDS}"),
        *(f"-rss_limit_mb={MEGABYTES}", "-print_final_stats=1", "-len_control=0"),
    ]
    known = os.environ.get("PYTHONPATH", "")
    search = os.pathsep.join([str(TESTS), str(TESTS.parent / "src"), *filter(None, [known])])
    # Thousands of files are written: in memory where there is such a place. The fuzzer ends without
    # cleaning up.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as scratch:
        environment = {
            **os.environ,
            "PYTHONPATH": search,
            "OMP_NUM_THREADS": "1",
            "TMPDIR": scratch,
        }
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=folder,
            env=environment,
            timeout=len(names) * (seconds + HANG_SECONDS) + 600,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return {name: _read(folder / name) for name in names}


def _read(folder: Path) -> Hunt:
    said = Path(folder, "log").read_text(errors="replace")
    found = [_told(path) for path in sorted(folder.glob("finding-*.json"))]
    found += [
        f"{path.name}: {path.read_bytes()[:2000]!r}"
        for pattern in ("crash-*", "timeout-*", "oom-*", "leak-*")
        for path in folder.glob(pattern)
    ]
    status = int(Path(folder, "status").read_text())
    if status:
        found.append(f"{folder.name} ended with {status}: {said[-3000:]}")
    tried = re.search(r"number_of_executed_units: (\d+)", said)
    reached = re.findall(r"\bcov: (\d+)", said)
    return Hunt(int(tried[1]) if tried else 0, int(reached[-1]) if reached else 0, found)


def _told(path: Path) -> str:
    finding = json.loads(path.read_text())
    return f"{finding['place']}\n{finding['content'][:1500]!r}\n{finding['told']}"
