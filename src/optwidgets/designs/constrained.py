"""Space-filling designs where variables keep rules together.

Sources
-------
R. Lekivetz, B. Jones, Qual. Reliab. Eng. Int. 31 (2015) 829 (clusters of many feasible
points, one point for each: a design for regions of any shape).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.grid import all_combinations, n_combinations
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.feasible import FeasibleSet
from optwidgets.space.linear_coordinates import even_levels

Array = NDArray[np.float64]
Generate = Callable[[int], Array]

# Finite spaces up to this size are listed.
_LISTED = 50_000
_POOL, _POOL_EACH, _LARGEST_POOL = 400, 25, 8_000
_CLUSTER_ROUNDS = 12
# A sequence is followed to so many times its length to find enough feasible points.
_LONGER, _LONGEST = 32, 65_536


def held_units(encoding: Encoding, hold: Mapping[str, Any]) -> dict[int, float]:
    """Column to unit value of held variables.

    Raises
    ------
    OptwidgetsError
        When a held variable does not exist or its value is of another type.
    """
    space = encoding.space
    checked = space.check_point(hold, partial=True)
    return {space.index(name): float(space[name].to_unit([v])[0]) for name, v in checked.items()}


def feasible_design(
    encoding: Encoding,
    held: Mapping[int, float],
    n: int,
    known: Array,
    rng: np.random.Generator,
    *,
    sequence: Generate | None = None,
    plain: bool = False,
) -> Array:
    """Points that fill the part of a space that its constraints leave.

    Parameters
    ----------
    encoding
        Encoding of a space with d variables.
    held
        Column to unit value of held variables.
    n
        Number of points.
    known
        Encoded points that are there already, m x d.
    rng
        Source of randomness.
    sequence
        From a number of points to the first ones of a sequence in the cube. If enough of
        them are feasible, these are the design.
    plain
        Whether points are drawn evenly and independently, without any choice.

    Returns
    -------
    Array
        n x d, all different and none of them known.

    Raises
    ------
    InfeasibleRegionError
        When no point keeps the constraints.
    OptwidgetsError
        When fewer than n points are left.
    """
    feasible = FeasibleSet(encoding, held)
    d = len(encoding)
    taken = {point.tobytes() for point in _rounded(known)}
    combinations = n_combinations(encoding)
    if combinations <= _LISTED:
        pool = all_combinations(encoding)
        for dim, unit in held.items():
            pool = pool[np.abs(pool[:, dim] - unit) < 1e-9]
        pool = pool[feasible.contains(pool)]
        if len(pool) == 0:
            raise feasible.error()
        return _chosen(pool, n, known, taken, rng, plain=plain, listed=True)
    if plain:
        pool = feasible.some(rng.random((8, d)), rng)[:0]
        for _ in range(20):
            pool = np.vstack(
                [pool, feasible.draw(even_levels(encoding, rng.random((2 * n, d))), rng)]
            )
            fresh = _fresh(pool, taken)
            if len(fresh) >= n:
                return fresh[:n]
        # A region so thin that hardly a draw hits it: points that were moved into it count, too.
        pool = _more(pool, feasible, n, taken, rng)
        return _chosen(pool, n, known, taken, rng, plain=True)
    if sequence is not None:
        points = even_levels(encoding, sequence(min(_LONGER * n, max(n, _LONGEST))))
        for dim, unit in held.items():
            points[:, dim] = unit
        points = encoding.snap(points)
        fresh = _fresh(points[feasible.contains(points)], taken)
        if len(fresh) >= n:
            return fresh[:n]
    size = min(_LARGEST_POOL, max(_POOL, _POOL_EACH * n))
    pool = feasible.draw(even_levels(encoding, rng.random((size, d))), rng)
    if len(pool) < size // 2:
        pool = np.vstack([pool, feasible.some(even_levels(encoding, rng.random((size, d))), rng)])
        pool = _more(pool, feasible, n, taken, rng)
    return _chosen(pool, n, known, taken, rng, plain=False)


def _more(
    pool: Array, feasible: FeasibleSet, n: int, taken: set[bytes], rng: np.random.Generator
) -> Array:
    """Pool (p x d) with points until n of them are new, as far as there are so many."""
    encoding, count = feasible.encoding, len(_fresh(pool, taken))
    while count < n:
        drawn = even_levels(encoding, rng.random((max(_POOL, 2 * n), len(encoding))))
        pool = np.vstack([pool, feasible.some(drawn, rng)])
        before, count = count, len(_fresh(pool, taken))
        if count == before:
            break
    return pool


def _chosen(
    pool: Array,
    n: int,
    known: Array,
    taken: set[bytes],
    rng: np.random.Generator,
    *,
    plain: bool,
    listed: bool = False,
) -> Array:
    fresh = _fresh(pool, taken)
    if len(fresh) < n:
        raise OptwidgetsError(
            f"Only {len(fresh):,} points that keep the constraints were found that are not in the "
            f"table yet. Ask for at most {len(fresh):,} points, or change a constraint."
            if len(fresh)
            else (
                "Every point that keeps the constraints is in the table."
                if listed
                else "No point that keeps the constraints was found that is not in the table yet."
            )
            + " Change a constraint or repeat the best.",
            field="n_points",
        )
    if plain:
        return np.asarray(fresh[rng.permutation(len(fresh))[:n]])
    return fresh[_clusters(fresh, n, known)]


def _clusters(pool: Array, n: int, known: Array) -> NDArray[np.intp]:
    """Members of the pool (p x d) nearest to the middles of n clusters; known points are middles."""
    from scipy.spatial.distance import cdist

    inside = known[(np.abs(known - 0.5) <= 0.5 + 1e-9).all(axis=1)]
    nearest = cdist(pool, inside).min(axis=1) if len(inside) else np.full(len(pool), math.inf)
    chosen: list[int] = []
    for _ in range(n):  # the farthest from all before: a start without empty clusters
        at = int(np.argmax(nearest)) if chosen or len(inside) else _middle(pool)
        chosen.append(at)
        nearest = np.minimum(nearest, np.linalg.norm(pool - pool[at], axis=1))
        nearest[at] = -1.0
    middles = pool[chosen].copy()
    for _ in range(_CLUSTER_ROUNDS):
        owner = cdist(pool, np.vstack([middles, inside])).argmin(axis=1)
        for k in range(n):
            members = pool[owner == k]
            if len(members):
                middles[k] = members.mean(axis=0)
    distance = cdist(pool, middles)
    picked: list[int] = []
    for k in range(n):
        column = distance[:, k].copy()
        column[picked] = np.inf
        picked.append(int(column.argmin()))
    return np.array(picked, dtype=np.intp)


def _middle(pool: Array) -> int:
    return int(np.linalg.norm(pool - pool.mean(axis=0), axis=1).argmin())


def _fresh(points: Array, taken: set[bytes]) -> Array:
    """Points that are not taken, each once, in order."""
    seen, kept = set(taken), []
    for i, point in enumerate(_rounded(points)):
        key = point.tobytes()
        if key not in seen:
            kept.append(i)
        seen.add(key)
    return np.asarray(points[kept])


def _rounded(X: Array) -> Array:
    # Adding zero turns -0.0 into 0.0, which has other bytes.
    return np.round(X, 9) + 0.0
