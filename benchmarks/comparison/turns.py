"""One problem at one seed: all peers take turns, evaluation by evaluation.

Whatever slows the machine down slows all of them, so that ratios of their CPU seconds hold. All
get the same start and, at the same evaluation, the same noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from comparison.process import PeerError
from comparison.store import DONE, FAILED, UNSUPPORTED
from comparison.tasks import Task
from optwidgets.designs import design
from peers.base import linear_excess

#: What floating point may leave of a rule on inputs.
TOLERANCE = 1e-6


class Answers(Protocol):
    """What takes requests: a `RemotePeer`, or a stand-in in tests."""

    def ask(self, request: dict[str, Any]) -> dict[str, Any]: ...


@dataclass
class Run:
    """What one peer did on one problem."""

    peer: str
    remote: Answers
    status: str = DONE
    error: str = ""
    about: dict[str, Any] = field(default_factory=dict)
    costs: list[list[float]] = field(default_factory=list)
    allowed: list[bool] = field(default_factory=list)
    begin_cpu: float = 0.0
    cpu: list[float] = field(default_factory=list)
    peak_mb: float = 0.0

    def request(self, **request: Any) -> dict[str, Any]:
        answer = self.remote.ask(request)
        self.peak_mb = max(self.peak_mb, answer["peak_mb"])
        return answer

    def fail(self, error: PeerError) -> None:
        self.error = str(error)
        self.status = UNSUPPORTED if self.error.startswith("UnsupportedError") else FAILED


def start_design(task: Task, seed: int) -> list[dict[str, Any]]:
    """Return the points that every peer begins with."""
    return list(design(task.space, "sobol", task.start, seed=seed % 2**31))


def take_turns(
    task: Task, seed: int, remotes: dict[str, Answers], evaluations: int
) -> list[dict[str, Any]]:
    """Run all peers on a task, and return their records."""
    runs = [Run(name, remote) for name, remote in remotes.items()]
    start = start_design(task, seed)
    each(runs, lambda run: _begin(run, task, seed, start))
    for number in range(len(start), evaluations):
        each(_rotated(runs, number), lambda run, number=number: _step(run, task, seed, number))
    beside = [run.peer for run in runs]
    return [_record(run, task, seed, beside) for run in runs]


def wanted(
    records: list[dict[str, Any]], missing: list[str], ours: str = "ours"
) -> list[dict[str, Any]]:
    """Return the records that were missing, with what ours took beside each of them.

    Ours takes turns with peers that come later, too, so that their CPU seconds can be divided; its
    own record of that run is there already.
    """
    seconds = [r["cpu"] for r in records if r["peer"] == ours and r["status"] == DONE]
    beside = {"ours_cpu": seconds[0]} if seconds else {}
    return [
        record if record["peer"] == ours else {**record, **beside}
        for record in records
        if record["peer"] in missing
    ]


def each(runs: Iterable[Run], do: Callable[[Run], None]) -> None:
    """Do something with all runs that go on; one that fails is left out from then on."""
    for run in runs:
        if run.status != DONE:
            continue
        try:
            do(run)
        except PeerError as error:
            run.fail(error)


def _rotated(runs: list[Run], number: int) -> list[Run]:
    first = number % len(runs)
    return runs[first:] + runs[:first]


def _begin(run: Run, task: Task, seed: int, start: list[dict[str, Any]]) -> None:
    answer = run.request(do="begin", spec=task.spec(), seed=seed)
    run.about = {"note": answer["note"], "versions": answer["versions"]}
    run.begin_cpu = answer["cpu"]
    for number, point in enumerate(start):
        run.begin_cpu += _observe(run, task, seed, number, point)


def _step(run: Run, task: Task, seed: int, number: int) -> None:
    asked = run.request(do="ask")
    run.cpu.append(asked["cpu"] + _observe(run, task, seed, number, asked["point"]))


def _observe(run: Run, task: Task, seed: int, number: int, point: dict[str, Any]) -> float:
    """Measure a point and tell the result; return the CPU seconds that telling took."""
    draw = np.random.default_rng([seed, number])
    costs = task.costs(point)
    if not all(map(math.isfinite, costs)):
        raise PeerError(f"The point {point} has no cost.")
    run.costs.append(costs)
    over = [*task.limits(point), *(linear_excess(rule, point) for rule in task.linear)]
    run.allowed.append(all(excess <= TOLERANCE for excess in over))
    return run.request(do="tell", point=point, value=task.observe(point, draw))["cpu"]


def _record(run: Run, task: Task, seed: int, beside: list[str]) -> dict[str, Any]:
    return {
        "problem": task.name,
        "seed": seed,
        "peer": run.peer,
        "status": run.status,
        **({"error": run.error} if run.error else {}),
        **run.about,
        "start": task.start,
        "best": task.best,
        "reference": task.reference,
        "costs": run.costs,
        "allowed": run.allowed,
        "begin_cpu": run.begin_cpu,
        "cpu": run.cpu,
        "peak_mb": run.peak_mb,
        "beside": beside,
    }
