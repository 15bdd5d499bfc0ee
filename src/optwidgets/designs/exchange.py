"""Five exchange algorithms that choose the runs of an optimal design from candidates.

Sources
-------
O. Dykstra, Technometrics 13 (1971) 682 (sequential).
H. P. Wynn, J. R. Stat. Soc. B 34 (1972) 133; T. J. Mitchell, F. L. Miller, Oak Ridge
National Laboratory report ORNL-4661 (1970) 130 (simple exchange).
V. V. Fedorov, Theory of Optimal Experiments, Academic Press 1972 (best pair).
R. D. Cook, C. J. Nachtsheim, Technometrics 22 (1980) 315 (modified Fedorov, a comparison).
T. J. Mitchell, Technometrics 16 (1974) 203 (DETMAX).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.criteria import Criterion, inverse
from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import short

Array = NDArray[np.float64]
Runs = list[int]

# A smaller gain is rounding: going on would exchange equal runs for ever.
_GAIN = 1e-9
_EXCURSION = 6


@dataclass(frozen=True, eq=False)
class Choice:
    """What is chosen from: n of N candidates, beside runs that are there already.

    Parameters
    ----------
    F
        Model rows of the candidates, N x p.
    fixed
        Information matrix of the runs that are there, p x p; zero if there are none.
    n
        Number of runs to choose; a candidate may be chosen more than once.
    criterion
        What is best.
    max_iter
        Largest number of exchanges (of excursions, for DETMAX).
    """

    F: Array
    fixed: Array
    n: int
    criterion: Criterion
    max_iter: int = 200

    def information(self, runs: Runs) -> Array:
        """Information matrix of the chosen and the fixed runs."""
        R = self.F[runs]
        return self.fixed + R.T @ R

    def inverse(self, runs: Runs) -> Array:
        """Inverse of the information matrix."""
        return inverse(self.information(runs))

    def score(self, runs: Runs) -> float:
        """Score of a design; minus infinity if it cannot estimate the model."""
        return self.criterion.score(self.information(runs))


def random_start(choice: Choice, rng: np.random.Generator) -> Runs:
    """Random runs that can estimate the model: a few chosen one by one, the rest at random."""
    N, p = choice.F.shape
    pool = rng.choice(N, size=min(N, max(20 * p, 200)), replace=False)
    first = _one_by_one(choice, min(choice.n, p), pool)
    return first + [int(i) for i in rng.integers(N, size=choice.n - len(first))]


def _one_by_one(choice: Choice, n: int, pool: NDArray[np.intp]) -> Runs:
    """Add the best candidate n times, from the fixed runs on."""
    F, p = choice.F[pool], choice.F.shape[1]
    # A little of every direction, so that the first steps have an inverse to work with.
    M = choice.fixed + 1e-6 * np.eye(p)
    runs: Runs = []
    missing = p - int(np.linalg.matrix_rank(choice.fixed))
    for step in range(n):
        # Until the model can be estimated at all, the determinant is what guides there.
        criterion = Criterion(None) if step < missing else choice.criterion
        best = int(np.argmax(criterion.added(inverse(M), F)))
        runs.append(int(pool[best]))
        M = M + np.outer(F[best], F[best])
    return runs


def sequential(choice: Choice, _start: Runs, rng: np.random.Generator) -> Runs:
    """Add the best candidate, run by run (Dykstra)."""
    # The first of equal candidates wins; a random order lets every start find another design.
    return _one_by_one(choice, choice.n, rng.permutation(len(choice.F)))


def simple_exchange(choice: Choice, start: Runs, _rng: np.random.Generator) -> Runs:
    """Add the best candidate, then remove the worst run (Wynn, Mitchell and Miller)."""
    runs, score = list(start), choice.score(start)
    for _ in range(choice.max_iter):
        trial = [*runs, _best_to_add(choice, runs)]
        del trial[_best_to_remove(choice, trial)]
        better = choice.score(trial)
        if better <= score + _GAIN:
            break
        runs, score = trial, better
    return runs


def fedorov(choice: Choice, start: Runs, _rng: np.random.Generator) -> Runs:
    """Exchange the best pair of a run and a candidate of all pairs (Fedorov)."""
    runs = list(start)
    for _ in range(choice.max_iter):
        gains = choice.criterion.exchanged(choice.inverse(runs), choice.F[runs], choice.F)
        place, candidate = divmod(int(np.argmax(gains)), len(choice.F))
        if gains[place, candidate] <= _GAIN:
            break
        runs[place] = candidate
    return runs


def modified_fedorov(choice: Choice, start: Runs, rng: np.random.Generator) -> Runs:
    """Exchange each run in turn for its best candidate (Cook and Nachtsheim)."""
    runs, exchanges, moved = list(start), 0, True
    while moved and exchanges < choice.max_iter:
        moved = False
        for place in rng.permutation(choice.n):
            D = choice.inverse(runs)
            gains = choice.criterion.exchanged(D, choice.F[[runs[place]]], choice.F)[0]
            candidate = int(np.argmax(gains))
            if gains[candidate] > _GAIN:
                runs[place], moved = candidate, True
                exchanges += 1
    return runs


def detmax(choice: Choice, start: Runs, rng: np.random.Generator) -> Runs:
    """Excursions to larger and smaller designs, remembering those that failed (Mitchell)."""
    best, score = sorted(start), choice.score(start)
    failed: set[tuple[int, ...]] = set()
    can_shrink = True
    for _ in range(choice.max_iter):
        shrink = can_shrink and bool(rng.integers(2))
        trial, seen = _excursion(choice, best, failed, shrink=shrink)
        if len(trial) == choice.n and (better := choice.score(trial)) > score + _GAIN:
            best, score = trial, better
            failed.clear()
        elif len(trial) == choice.n:
            failed.update(seen)
        elif len(trial) > choice.n:
            break  # the limit: nothing was found on the way up, nor before on shorter ways
        else:
            can_shrink = False
    return best


def _excursion(
    choice: Choice, start: Runs, failed: set[tuple[int, ...]], *, shrink: bool
) -> tuple[Runs, set[tuple[int, ...]]]:
    """Leave a design of n runs and come back; the way is the size further if it was known."""
    trial = list(start)
    seen: set[tuple[int, ...]] = set()
    while True:
        if shrink:
            smaller = list(trial)
            del smaller[_best_to_remove(choice, trial)]
            if not np.isfinite(choice.score(smaller)):
                return trial[: choice.n - 1], seen
            trial = smaller
        else:
            trial = sorted([*trial, _best_to_add(choice, trial)])
        size = len(trial)
        if size == choice.n or abs(size - choice.n) > _EXCURSION:
            return trial, seen
        key = tuple(trial)
        known = key in failed or key in seen
        seen.add(key)
        # Homewards, unless that was tried in vain from this very design.
        shrink = (size > choice.n) != known


def _best_to_add(choice: Choice, runs: Runs) -> int:
    return int(np.argmax(choice.criterion.added(choice.inverse(runs), choice.F)))


def _best_to_remove(choice: Choice, runs: Runs) -> int:
    return int(np.argmax(choice.criterion.removed(choice.inverse(runs), choice.F[runs])))


@dataclass(frozen=True)
class Algorithm:
    """One entry of `ALGORITHMS`.

    Parameters
    ----------
    name
        How users call it.
    label
        How the interface calls it.
    improve
        From a choice, a start and a source of randomness to chosen candidates.
    source
        Literature source.
    """

    name: str
    label: str
    improve: Callable[[Choice, Runs, np.random.Generator], Runs]
    source: str


ALGORITHMS: dict[str, Algorithm] = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm(
            "sequential", "Sequential", sequential, "O. Dykstra, Technometrics 13 (1971) 682"
        ),
        Algorithm(
            "simple_exchange",
            "Simple exchange",
            simple_exchange,
            "H. P. Wynn, J. R. Stat. Soc. B 34 (1972) 133",
        ),
        Algorithm(
            "fedorov", "Fedorov", fedorov, "V. V. Fedorov, Theory of Optimal Experiments, 1972"
        ),
        Algorithm(
            "modified_fedorov",
            "Modified Fedorov",
            modified_fedorov,
            "R. D. Cook, C. J. Nachtsheim, Technometrics 22 (1980) 315",
        ),
        Algorithm("detmax", "DETMAX", detmax, "T. J. Mitchell, Technometrics 16 (1974) 203"),
    )
}


def find_algorithm(name: object) -> Algorithm:
    """Algorithm by name, whatever its case, spaces and hyphens.

    Examples
    --------
    >>> find_algorithm("Modified Fedorov").name
    'modified_fedorov'
    """
    key = "_".join(str(name).lower().replace("-", " ").replace("_", " ").split())
    if key not in ALGORITHMS:
        raise OptwidgetsError(
            f"Algorithm '{short(name)}' is not known. Choose one of "
            f"{', '.join(map(repr, ALGORITHMS))}.",
            field="algorithm",
        )
    return ALGORITHMS[key]


def best_of_starts(
    choice: Choice, algorithm: Algorithm, starts: int, rng: np.random.Generator
) -> Runs:
    """Chosen candidates of the best of several random starts, in ascending order."""
    found: list[Runs] = [
        algorithm.improve(choice, random_start(choice, rng), rng) for _ in range(max(1, starts))
    ]
    scores = [choice.score(runs) for runs in found]
    return sorted(found[int(np.argmax(scores))])
