"""The comparison with peers: sample efficiency, CPU seconds and memory, side by side.

Run with ``make bench ARGS=compare``, or ``python benchmarks/compare.py [--minutes 60] [--peers
ours,botorch] [--problems branin] [--seeds 8] [--evaluations 22] [--results FILE] [--again] [--renew]``.
Peers' environments are made in `.peers/` on first need. It goes seed by seed over all problems,
so that any stop is balanced; each finished run is a line in the results, and the next call goes on
where this one stopped. `--peers ours --renew` measures ours again wherever another version of it was
measured: costs are those of the new version then, ratios of CPU seconds those of the turns taken with
each peer. The seed of the first call is drawn then and stored; everything else
follows from it. Tables and figures: `report_compare.py`.
"""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from comparison import tasks
from comparison.process import RemotePeer
from comparison.store import DONE, Store
from comparison.turns import take_turns, wanted
from peers import environments
from peers.registry import PEERS

RESULTS = Path(__file__).resolve().parent / "results" / "compare.jsonl"
OURS = "ours"
DEFAULT = (OURS, "sobol", "botorch", "ax", "baybe", "optuna_gp", "optuna_tpe", "skopt")


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def commit() -> str:
    """Return which version of our own code is measured."""
    words = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    done = subprocess.run(
        words, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


class Crew:
    """The workers: one process for each peer, kept for a round over all problems."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.workers: dict[str, RemotePeer] = {}

    def chosen(self, names: list[str]) -> dict[str, RemotePeer]:
        """Return living workers of these peers."""
        for name in names:
            if name not in self.workers or not self.workers[name].alive:
                self.workers[name] = RemotePeer(
                    name, environments.command(name), environments.extensions(name)
                )
        return {name: self.workers[name] for name in names}

    def close(self) -> None:
        for worker in self.workers.values():
            worker.close()
        self.workers.clear()


def with_environments(names: list[str]) -> list[str]:
    """Return the peers whose environment is there or could be made; say which are not."""
    able = []
    for name in names:
        environment = PEERS[name].environment
        try:
            if environment is not None:
                environments.ensure(environment)
        except (environments.EnvironmentMissingError, OSError) as error:
            print(f"{PEERS[name].title} is left out: {error}", flush=True)
        else:
            able.append(name)
    return able


def compare(store: Store, chosen: argparse.Namespace, deadline: float) -> None:
    """Fill the store, until all is there or the time is over."""
    header = store.header()
    if header is None:
        store.begin(secrets.randbits(31), machine())
        header = store.header()
        assert header is not None
    print(f"seed {header['seed']}, results in {store.path}", flush=True)
    names = with_environments(chosen.peers)
    crew, measured = Crew(names), commit()
    settled = store.settled(again=chosen.again, version=measured if chosen.renew else None)
    try:
        for number in range(chosen.seeds):
            seed = header["seed"] + number
            for problem in chosen.problems:
                missing = [name for name in names if (problem, seed, name) not in settled]
                if not missing:
                    continue
                if time.monotonic() > deadline:
                    print("The time is over; the next call goes on here.")
                    return
                began = time.monotonic()
                task = tasks.make(problem, seed)
                turn = [name for name in names if name in missing or name == OURS]
                records = take_turns(task, seed, crew.chosen(turn), chosen.evaluations)
                for record in wanted(records, missing):
                    store.add({**record, "load": os.getloadavg()[0], "commit": measured})
                    if record["status"] != DONE:
                        print(f"  {record['peer']}: {record['status']}: {record['error']}")
                took = time.monotonic() - began
                print(f"seed {number + 1}, {problem}: {took:.0f} s", flush=True)
            # Fresh processes for each round: memory that a library keeps does not add up.
            crew.close()
    finally:
        crew.close()


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare optwidgets with its peers.")
    parser.add_argument("--peers", type=_names(PEERS), default=list(DEFAULT))
    known = dict.fromkeys((*tasks.NAMES, *(n for names in tasks.MORE.values() for n in names)))
    parser.add_argument("--problems", type=_names(known), default=list(tasks.NAMES))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--evaluations", type=int, default=22)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--again", action="store_true", help="do runs again that failed")
    parser.add_argument("--renew", action="store_true", help="do runs of another version again")
    return parser.parse_args(words)


def _names(known):
    def parse(text):
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(
                f"{unknown[0]} is not known. There are {', '.join(known)}."
            )
        return names

    return parse


if __name__ == "__main__":
    chosen = arguments(sys.argv[1:])
    compare(Store(chosen.results), chosen, time.monotonic() + 60 * chosen.minutes)
