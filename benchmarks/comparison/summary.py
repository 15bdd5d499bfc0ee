"""From the raw records to what the tables say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from comparison.scores import area, mean_ranks, regret_curve, sign_test, wins
from comparison.store import DONE, FAILED, UNSUPPORTED, Key

Areas = dict[tuple[str, int], dict[str, float]]
#: A peer is ranked with the others if it has this share of the runs that it can do.
FULL_SHARE = 0.9


@dataclass(frozen=True)
class Pairing:
    """How often `ours` was better than a peer, in runs that both did."""

    won: float
    count: int

    @property
    def share(self) -> float:
        return self.won / self.count if self.count else float("nan")

    @property
    def chance(self) -> float:
        """Probability of so uneven a split if both were equal."""
        return sign_test(self.won, self.count)


class Summary:
    """What the records of a comparison say; all of it computed from them alone.

    Parameters
    ----------
    runs
        The records by problem, seed and peer, as `Store.runs` returns them.
    ours
        The peer that the others are paired with.
    """

    def __init__(self, runs: Mapping[Key, dict[str, Any]], ours: str = "ours") -> None:
        self.runs = dict(runs)
        self.ours = ours
        self.problems = list(dict.fromkeys(problem for problem, _, _ in self.runs))
        self.peers = list(dict.fromkeys(peer for _, _, peer in self.runs))
        self.done = {key: run for key, run in self.runs.items() if run["status"] == DONE}
        self.curves = {key: curve_of(run) for key, run in self.done.items()}
        self.areas: Areas = defaultdict(dict)
        for (problem, seed, peer), curve in self.curves.items():
            start = self.done[problem, seed, peer]["start"]
            self.areas[problem, seed][peer] = area(curve, start)

    def counts(self, peer: str) -> Counter[str]:
        """Return how many runs of a peer ended in which way."""
        return Counter(run["status"] for key, run in self.runs.items() if key[2] == peer)

    def errors(self, status: str = FAILED) -> dict[tuple[str, str, str], int]:
        """Return peer, problem and sentence of what did not work, and how often."""
        return Counter(
            (peer, problem, run.get("error", ""))
            for (problem, _, peer), run in self.runs.items()
            if run["status"] == status
        )

    def unsupported(self) -> dict[tuple[str, str, str], int]:
        return self.errors(UNSUPPORTED)

    def field(self) -> list[str]:
        """Return the peers that did nearly all runs of the problems they can do."""
        out = []
        for peer in self.peers:
            possible = sum((problem, peer) not in self._cannot() for problem, _ in self.areas)
            if possible and self.counts(peer)[DONE] >= FULL_SHARE * possible:
                out.append(peer)
        return out

    def _cannot(self) -> set[tuple[str, str]]:
        """Return problems and peers that said they have no way to do them."""
        return {
            (problem, peer)
            for (problem, _, peer), run in self.runs.items()
            if run["status"] == UNSUPPORTED
        }

    def ranks(self, peers: Iterable[str]) -> dict[str, float]:
        """Return the mean rank of some peers among themselves.

        Only runs count that all of them did, leaving aside who cannot do a problem at all.
        """
        return mean_ranks(self.shared(peers))

    def shared(self, peers: Iterable[str]) -> Areas:
        """Return the areas of the runs that all of these peers did who can do the problem."""
        wanted = set(peers)
        cannot = self._cannot()
        out: Areas = {}
        for (problem, seed), areas in self.areas.items():
            needed = {peer for peer in wanted if (problem, peer) not in cannot}
            if needed and needed <= set(areas):
                out[problem, seed] = {peer: areas[peer] for peer in areas if peer in needed}
        return out

    def pairing(self, peer: str, problems: Iterable[str] | None = None) -> Pairing:
        """Return how often ours beat a peer, on some problems or on all."""
        chosen = set(self.problems if problems is None else problems)
        areas = {key: scores for key, scores in self.areas.items() if key[0] in chosen}
        return Pairing(*wins(areas, self.ours, peer))

    def median_area(self, problem: str, peer: str) -> tuple[float, int] | None:
        """Return the median log-regret area of a peer on a problem, and of how many runs."""
        found = [a[peer] for (name, _), a in self.areas.items() if name == problem and peer in a]
        return (median(found), len(found)) if found else None

    def median_final(self, problem: str, peer: str) -> float | None:
        """Return the median regret at the end."""
        found = [
            c[-1] for (name, _, who), c in self.curves.items() if (name, who) == (problem, peer)
        ]
        return median(found) if found else None

    def median_curve(self, problem: str, peer: str) -> list[float]:
        """Return the median over runs of the regret after each evaluation."""
        found = [c for (name, _, who), c in self.curves.items() if (name, who) == (problem, peer)]
        return [median(values) for values in zip(*found, strict=False)] if found else []

    def seconds(self, peer: str, problem: str | None = None) -> float | None:
        """Return the median CPU seconds of a suggestion: asking, and telling its result."""
        found = [
            value
            for (name, _, who), run in self.done.items()
            if who == peer and problem in {None, name}
            for value in run["cpu"]
        ]
        return median(found) if found else None

    def slower(self, peer: str, problems: Iterable[str] | None = None) -> tuple[float, int] | None:
        """Return how many times a peer's CPU seconds are ours, and from how many runs.

        The median over runs in which both took turns of the ratio of the run's medians.
        """
        chosen = set(self.problems if problems is None else problems)
        ratios = []
        for (problem, _, who), run in self.done.items():
            if who == peer and problem in chosen and "ours_cpu" in run:
                ratios.append(median(run["cpu"]) / median(run["ours_cpu"]))
        return (median(ratios), len(ratios)) if ratios else None

    def renewed(self) -> bool:
        """Return whether ours was measured again by itself after the turns with its peers."""
        return any(
            mine["cpu"] != run["ours_cpu"]
            for (problem, seed, _), run in self.done.items()
            if "ours_cpu" in run and (mine := self.done.get((problem, seed, self.ours)))
        )

    def memory(self, peer: str) -> float | None:
        """Return the median over runs of the most memory that the process held, in MB."""
        found = [run["peak_mb"] for key, run in self.done.items() if key[2] == peer]
        return median(found) if found else None

    def versions(self, peer: str) -> dict[str, str]:
        """Return the versions that the last run of a peer recorded."""
        found = [run["versions"] for key, run in self.done.items() if key[2] == peer]
        return found[-1] if found else {}

    def commits(self) -> list[str]:
        """Return which commits of ours were measured."""
        found = [
            run["commit"]
            for key, run in self.done.items()
            if key[2] == self.ours and "commit" in run
        ]
        return list(dict.fromkeys(found))

    def notes(self, peer: str) -> list[str]:
        """Return what was not the library's own way, in any of its runs."""
        found = [run["note"] for key, run in self.done.items() if key[2] == peer and run["note"]]
        return list(dict.fromkeys(found))


def curve_of(run: Mapping[str, Any]) -> list[float]:
    """Return the regret curve of a record."""
    return regret_curve(run["costs"], run["allowed"], run["best"], run["reference"])
