"""From costs to scores: regret, area, ranks, pairs. Pure functions of numbers."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

#: Regrets below count as this: what is left is rounding.
FLOOR = 1e-4


def hypervolume(costs: Iterable[Sequence[float]], reference: Sequence[float]) -> float:
    """Return the area that pairs of costs dominate below a reference point.

    >>> hypervolume([(1, 2), (2, 1), (2, 2), (9, 0)], (3, 3))
    3.0
    """
    inside = sorted((a, b) for a, b in costs if a < reference[0] and b < reference[1])
    area, ceiling = 0.0, float(reference[1])
    for a, b in inside:
        if b < ceiling:
            area += (reference[0] - a) * (ceiling - b)
            ceiling = b
    return area


def regret_curve(
    costs: Sequence[Sequence[float]],
    allowed: Sequence[bool],
    best: float,
    reference: Sequence[float] | None = None,
) -> list[float]:
    """Return the regret after each evaluation, at least `FLOOR`.

    One cost: the least allowed cost so far over `best`; until there is an allowed one, the largest
    cost seen so far counts. Several costs: the share of the volume `best` that is missing.

    >>> regret_curve([[3.0], [1.0], [2.0]], [True, False, True], 0.5)
    [2.5, 2.5, 1.5]
    """
    curve = []
    for n in range(1, len(costs) + 1):
        kept = [cost for cost, fine in zip(costs[:n], allowed[:n], strict=True) if fine]
        if reference is not None:
            gap = 1.0 - hypervolume(kept, reference) / best
        elif kept:
            gap = min(cost[0] for cost in kept) - best
        else:
            gap = max(cost[0] for cost in costs[:n]) - best
        curve.append(max(gap, FLOOR))
    return curve


def area(curve: Sequence[float], start: int) -> float:
    """Return the mean log10 regret after the start: less is better.

    >>> area([100.0, 100.0, 10.0, 1.0], start=2)
    0.5
    """
    after = curve[start:]
    return sum(map(math.log10, after)) / len(after)


def ranks(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the rank of each name, 1 for the least; equal ones share their mean rank.

    >>> ranks({"a": 0.2, "b": 0.1, "c": 0.2})
    {'a': 2.5, 'b': 1.0, 'c': 2.5}
    """
    out = {}
    for name, score in scores.items():
        less = sum(other < score for other in scores.values())
        equal = sum(other == score for other in scores.values())
        out[name] = less + (equal + 1) / 2
    return out


def mean_ranks(areas: Mapping[tuple[str, int], Mapping[str, float]]) -> dict[str, float]:
    """Return the mean over problems of the mean rank of each peer among those of one run.

    Each problem counts once, however many seeds it has.

    >>> mean_ranks(
    ...     {("p", 1): {"a": 1, "b": 2}, ("p", 2): {"a": 1, "b": 2}, ("q", 1): {"a": 2, "b": 1}}
    ... )
    {'a': 1.5, 'b': 1.5}
    """
    by_problem: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (problem, _), scores in areas.items():
        for name, rank in ranks(scores).items():
            by_problem[problem][name].append(rank)
    means: dict[str, list[float]] = defaultdict(list)
    for found in by_problem.values():
        for name, values in found.items():
            means[name].append(sum(values) / len(values))
    return {name: sum(values) / len(values) for name, values in means.items()}


def wins(
    areas: Mapping[tuple[str, int], Mapping[str, float]], ours: str, theirs: str
) -> tuple[float, int]:
    """Return how many paired runs `ours` won, ties as halves, and how many pairs there are.

    >>> wins({("p", 1): {"a": 1, "b": 2}, ("p", 2): {"a": 2, "b": 2}, ("p", 3): {"a": 1}}, "a", "b")
    (1.5, 2)
    """
    pairs = [(s[ours], s[theirs]) for s in areas.values() if ours in s and theirs in s]
    won = sum(1.0 if a < b else 0.5 if a == b else 0.0 for a, b in pairs)
    return won, len(pairs)


def sign_test(won: float, count: int) -> float:
    """Return the two-sided probability of so uneven a split of pairs if both were equal.

    Half wins are rounded towards the even split.

    >>> round(sign_test(9, 10), 4)
    0.0215
    """
    if not count:
        return 1.0
    more = max(won, count - won)
    more = math.floor(more)
    tail = sum(math.comb(count, k) for k in range(more, count + 1)) / 2.0**count
    return min(1.0, 2 * tail)
